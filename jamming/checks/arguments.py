"""Numbers and sequences as callers give them, checked and brought to plain Python.

NumPy's integers, zero-dimensional arrays and floats stand for Python's; a number where several are
meant stands for one. What is out of range is refused by its name, before any work starts.
"""

import contextlib
import math
import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from jamming.checks.errors import BadInput

# of counts that go into 32-bit integers on the device: ticks, sizes of arrays
MOST = 2**31 - 1
LARGEST_SEED = 2**63 - 1
# within float32 and float64, with room for its square and that of its inverse
TINY, HUGE = 1e-15, 1e15
WITHIN = {"float32": {"least": TINY, "most": HUGE}, "float64": {"least": 1e-100, "most": 1e100}}
# seeds are 32 bits wide
SEEDS = 2**32
# hidden layers, each of which is a part of a compiled program
DEEPEST = 1000
# characters of a value that a message shows
LONGEST = 40
# trajectories of one command
RUNS = 100_000


def whole(name: str, value: Any, *, least: int = 1, most: int = MOST) -> int:
    """`value` as an int.

    Raises:
        BadInput: it is no whole number, or not between `least` and `most`.
    """
    plain: Any = value.item() if getattr(value, "shape", None) == () else value
    if isinstance(plain, bool):
        plain = None
    try:
        number = operator.index(plain)
    except TypeError as error:
        raise BadInput(f"{name} = {shown(value)} is not a whole number: give one") from error
    if number < least:
        raise BadInput(f"{name} = {shown(number)} is too small: it must be at least {least}")
    if number > most:
        raise BadInput(f"{name} = {shown(number)} is too large: it must be at most {most}")
    return number


def wholes(name: str, values: Any, *, least: int = 1, most: int = MOST) -> tuple[int, ...]:
    """One whole number or several as a tuple of ints.

    Raises:
        BadInput: one of them is no whole number, or out of range.
    """
    return tuple(whole(name, value, least=least, most=most) for value in _several(name, values))


def number(
    name: str,
    value: Any,
    *,
    above: int | float = -math.inf,
    least: int | float = -math.inf,
    most: int | float = math.inf,
    below: int | float = math.inf,
) -> float:
    """`value` as a finite float with above < value < below and least <= value <= most; -0.0 as 0.

    Raises:
        BadInput: it is no real number, NaN or infinite, or out of range.
    """
    try:
        real = float("true" if isinstance(value, bool | np.bool_) else value)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(f"{name} = {shown(value)} is not a number: give one") from error
    if not math.isfinite(real):
        raise BadInput(f"{name} must be finite, not {real}")
    if not (above < real < below and least <= real <= most):
        raise BadInput(f"{name} must be {_range(above, least, most, below)}, not {real:g}")
    return real + 0.0  # without the sign of a zero: equal values, equal keys


def unbounded(name: str, value: Any, **bounds: int | float) -> float:
    """As `number`, or infinity, which stands for no bound.

    Raises:
        BadInput: as there.
    """
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        if float(value) == math.inf:
            return math.inf
    return number(name, value, **bounds)


def numbers(name: str, values: Any, **bounds: int | float) -> tuple[float, ...]:
    """One number or several as a tuple of floats; `bounds` as those of `number`.

    Raises:
        BadInput: one of them is no number, or out of range.
    """
    return tuple(number(name, value, **bounds) for value in _several(name, values))


def time(name: str, value: Any) -> float:
    """`value` as a float from 0 to infinity.

    Raises:
        BadInput: it is no number, negative or NaN.
    """
    try:
        real = float(value)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{name} = {shown(value)} is not a time: give one number") from error
    if not real >= 0:
        raise BadInput(f"the time {name} must be 0 or more, not {real}")
    return real


def flag(name: str, value: Any) -> bool:
    """`value` as a bool.

    Raises:
        BadInput: it is neither True nor False.
    """
    if not isinstance(value, bool | np.bool_):
        raise BadInput(f"{name} = {shown(value)} is neither yes nor no: give True or False")
    return bool(value)


def some(name: str, values: tuple[Any, ...], *, least: int = 1) -> tuple[Any, ...]:
    """`values`, of which there are enough.

    Raises:
        BadInput: there are fewer than `least`.
    """
    if len(values) < least:
        raise BadInput(f"{name}: give {least} at least, not {len(values) or 'nothing'}")
    return values


def one_of(name: str, value: Any, known: Iterable[str]) -> str:
    """`value`, one of those that are known.

    Raises:
        BadInput: it is none of them.
    """
    if not isinstance(value, str) or value not in known:
        raise BadInput(f"unknown {name} '{short(str(value))}': choose {', '.join(known)}")
    return str(value)


def shown(value: Any) -> str:
    """How a message shows a value, which may be of any length."""
    try:
        return short(repr(value))
    except ValueError:  # Python writes no integers of more than some thousand digits
        return "a number of very many digits"


def short(text: str) -> str:
    """The text, cut after `LONGEST` characters."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def settle(frozen: Any, values: Mapping[str, Any]) -> None:
    """Set fields of a frozen dataclass, from its `__post_init__`: brought to plain types."""
    for name, value in values.items():
        object.__setattr__(frozen, name, value)


def layers(depth: Any) -> int:
    """How many hidden layers: L.

    Raises:
        BadInput: none, or too many.
    """
    return whole("depth", depth, most=DEEPEST)


def positive(of: str, frozen: Any, *names: str) -> None:
    """Settle fields of a dynamics, floats above 0, of which each may be infinite.

    Raises:
        BadInput: one is no number, or not positive.
    """
    for name in names:
        settle(frozen, {name: unbounded(f"{of}: {name}", getattr(frozen, name), above=0.0)})


def steps(of: str, most: Any) -> int:
    """The budget `max_ticks` of a dynamics; one more must be a number of the device, too.

    Raises:
        BadInput: none, or too many.
    """
    return whole(f"{of}: max_ticks", most, most=MOST - 1)


def seeds(first: int, several: Any, *, name: str = "seeds", least: int = 1) -> int:
    """How many seeds there are from `first` on.

    Raises:
        BadInput: fewer than `least`, or more than there are.
    """
    count = whole(name, several, least=least)
    if first + count > SEEDS:
        raise BadInput(f"seeds must be below 2^32, not {first} and {count - 1} more: lower them")
    return count


def runs(**counts: int) -> int:
    """How many trajectories there are, the product of `counts`.

    Raises:
        BadInput: more than `RUNS`.
    """
    total = math.prod(counts.values())
    if total > RUNS:
        said = " x ".join(f"{count} {name}" for name, count in counts.items() if count > 1)
        raise BadInput(f"{said} are {total} trajectories: ask for {RUNS} at most")
    return total


def _several(name: str, values: Any) -> Iterable[Any]:
    if isinstance(values, str | bytes):
        raise BadInput(f"{name} = {shown(values)} is no number: give one or several")
    if getattr(values, "shape", None) == () or not isinstance(values, Iterable):
        return (values,)
    return values


def _range(above: float, least: float, most: float, below: float) -> str:
    low = f"above {above:g}" if above > -math.inf else f"at least {least:g}"
    high = f"below {below:g}" if below < math.inf else f"at most {most:g}"
    if max(above, least) == -math.inf:
        return high
    return low if min(most, below) == math.inf else f"{low} and {high}"
