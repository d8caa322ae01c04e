"""Numbers and sequences as callers give them, checked and brought to plain Python.

NumPy's integers, zero-dimensional arrays and floats stand for Python's; a number where several are
meant stands for one. What is out of range is refused by its name, before any work starts.
"""

import math
import operator
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jamming.errors import BadInput

# of counts that go into 32-bit integers on the device: ticks, sizes of arrays
MOST = 2**31 - 1
# within float32, with room for its square and that of its inverse
TINY, HUGE = 1e-15, 1e15


def whole(name: str, value: Any, *, least: int = 1, most: int = MOST) -> int:
    """`value` as an int.

    Raises:
        BadInput: it is no whole number, or not between `least` and `most`.
    """
    try:
        number = operator.index(value.item() if getattr(value, "shape", None) == () else value)
    except (TypeError, AttributeError, ValueError) as error:
        raise BadInput(f"{name} = {value!r} is not a whole number: give one") from error
    if number < least:
        raise BadInput(f"{name} = {number} is too small: it must be at least {least}")
    if number > most:
        raise BadInput(f"{name} = {number} is too large: it must be at most {most}")
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
    above: float = -math.inf,
    least: float = -math.inf,
    most: float = math.inf,
    below: float = math.inf,
) -> float:
    """`value` as a finite float with above < value < below and least <= value <= most.

    Raises:
        BadInput: it is no real number, NaN or infinite, or out of range.
    """
    try:
        real = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(f"{name} = {value!r} is not a number: give one") from error
    if not math.isfinite(real):
        raise BadInput(f"{name} must be finite, not {real}")
    if not (above < real < below and least <= real <= most):
        raise BadInput(f"{name} must be {_range(above, least, most, below)}, not {real:g}")
    return real


def numbers(name: str, values: Any, **bounds: float) -> tuple[float, ...]:
    """One number or several as a tuple of floats; `bounds` as those of `number`.

    Raises:
        BadInput: one of them is no number, or out of range.
    """
    return tuple(number(name, value, **bounds) for value in _several(name, values))


def path(value: Any) -> Path:
    """`value` as a path, ~ and ~user being the home directories that they stand for.

    Raises:
        BadInput: there is no such user, or no file can have such a name.
    """
    try:
        found = Path(value).expanduser()
        named = b"\0" not in os.fsencode(found)
    except (TypeError, UnicodeError) as error:
        raise BadInput(f"{value!r} cannot name a file or folder: give another name") from error
    except RuntimeError as error:
        raise BadInput(f"{value} is in the home directory of nobody known: give another") from error
    if not named:
        raise BadInput(f"{str(value)!r} cannot name a file or folder: give another name")
    return found


def _several(name: str, values: Any) -> Iterable[Any]:
    if isinstance(values, str | bytes):
        raise BadInput(f"{name} = {values!r} is no number: give one or several")
    if getattr(values, "shape", None) == () or not isinstance(values, Iterable):
        return (values,)
    return values


def _range(above: float, least: float, most: float, below: float) -> str:
    low = f"above {above:g}" if above > -math.inf else f"at least {least:g}"
    high = f"below {below:g}" if below < math.inf else f"at most {most:g}"
    if max(above, least) == -math.inf:
        return high
    return low if min(most, below) == math.inf else f"{low} and {high}"
