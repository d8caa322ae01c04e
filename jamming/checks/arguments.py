"""Numbers and sequences as callers give them, checked and brought to plain Python.

NumPy's integers, zero-dimensional arrays and floats stand for Python's; a number where several are
meant stands for one. Each check names what it refuses, as a `BadInput`, before any work starts.
"""

import contextlib
import math
import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from jamming.checks.errors import BadInput

MOST = 2**31 - 1  # of counts that go into 32-bit integers on the device: ticks, sizes of arrays
LARGEST_SEED = 2**63 - 1
SEEDS = 2**32  # of those that are 32 bits wide
DEEPEST = 1000  # hidden layers, each of which is a part of a compiled program
LONGEST = 40  # characters of a value that a message shows
RUNS = 100_000  # trajectories of one command
TINY, HUGE = 1e-15, 1e15  # in float32, with room for its square and that of its inverse
WITHIN = {"float32": {"least": TINY, "most": HUGE}, "float64": {"least": 1e-100, "most": 1e100}}


def whole(name: str, value: Any, *, least: int = 1, most: int = MOST) -> int:
    """`value` as an int from `least` to `most`."""
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
    """One whole number or several as a tuple of ints."""
    return tuple(whole(name, value, least=least, most=most) for value in _several(name, values))


def number(
    name: str,
    value: Any,
    *,
    above: float = -math.inf,
    least: float = -math.inf,
    most: float = math.inf,
    below: float = math.inf,
) -> float:
    """`value` as a finite float, above < value < below, least <= value <= most; -0.0 becomes 0."""
    try:
        real = float("true" if isinstance(value, bool | np.bool_) else value)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(f"{name} = {shown(value)} is not a number: give one") from error
    if not math.isfinite(real):
        raise BadInput(f"{name} must be finite, not {real}")
    if not (above < real < below and least <= real <= most):
        bounds = {"above": above, "at least": least, "below": below, "at most": most}
        said = " and ".join(f"{word} {x:g}" for word, x in bounds.items() if math.isfinite(x))
        raise BadInput(f"{name} must be {said}, not {real:g}")
    return real + 0.0  # without the sign of a zero: equal values, equal keys


def unbounded(name: str, value: Any, **bounds: float) -> float:
    """As `number`, or infinity, which stands for no bound."""
    real = 0.0
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        real = float(value)
    if math.isnan(real) or real == -math.inf:
        raise BadInput(f"{name} must be a number, or inf for no bound, not {real}")
    return math.inf if real == math.inf else number(name, value, **bounds)


def numbers(name: str, values: Any, **bounds: float) -> tuple[float, ...]:
    """One number or several as a tuple of floats, each as `number`."""
    return tuple(number(name, value, **bounds) for value in _several(name, values))


def time(name: str, value: Any) -> float:
    """`value` as a float from 0 to infinity."""
    return unbounded(f"the time {name}", value, least=0.0)


def flag(name: str, value: Any) -> bool:
    """`value` as a bool."""
    if not isinstance(value, bool | np.bool_):
        raise BadInput(f"{name} = {shown(value)} is neither yes nor no: give True or False")
    return bool(value)


def some(name: str, values: tuple[Any, ...], *, least: int = 1) -> tuple[Any, ...]:
    """`values`, if there are `least` or more."""
    if len(values) < least:
        raise BadInput(f"{name}: give {least} at least, not {len(values) or 'nothing'}")
    return values


def one_of(name: str, value: Any, known: Iterable[str]) -> str:
    """`value`, if it is one of those that are known."""
    if not isinstance(value, str) or value not in known:
        raise BadInput(f"unknown {name} {shown(value)}: choose {', '.join(known)}")
    return str(value)


def shown(value: Any) -> str:
    """How a message shows a value, which may be of any length."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integers of more than some thousand digits
        return "a number of very many digits"
    if "\n" in text:  # of an object that is written in several lines
        text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def settle(frozen: Any, values: Mapping[str, Any]) -> None:
    """Set fields of a frozen dataclass, from its `__post_init__`."""
    for name, value in values.items():
        object.__setattr__(frozen, name, value)


def layers(depth: Any) -> int:
    """The number of hidden layers L."""
    return whole("depth", depth, most=DEEPEST)


def dynamics(of: str, frozen: Any, *positive: str) -> None:
    """Settle the budget `max_ticks` of a dynamics, and its numbers above 0, which may be infinite.

    One more tick than `max_ticks` must fit into an integer of the device, too.
    """
    settle(frozen, {"max_ticks": whole(f"{of}: max_ticks", frozen.max_ticks, most=MOST - 1)})
    for name in positive:
        settle(frozen, {name: unbounded(f"{of}: {name}", getattr(frozen, name), above=0.0)})


def seeds(first: int, several: Any, *, name: str = "seeds", least: int = 1) -> int:
    """How many seeds there are from `first` on, `least` or more."""
    count = whole(name, several, least=least)
    if first + count > SEEDS:
        raise BadInput(f"seeds must be below 2^32, not {first} and {count - 1} more: lower them")
    return count


def runs(**counts: int) -> int:
    """How many trajectories there are: the product of `counts`, at most `RUNS`."""
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
