"""What a paper publishes: a number, a range or several, each of which says how it is written.

Where a paper gives no number of what is measured, what it says is plain text.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

Number = float | Fraction
Stretch = tuple[float, float]  # from the one to the other; one number where they are equal


@dataclass(frozen=True)
class Value:
    """A number with its error, unit and a remark, where there are any; `about`: a rough one."""

    number: Number
    error: Number = 0
    unit: str = ""
    remark: str = ""
    about: bool = False

    def __str__(self) -> str:
        error = f" +- {written(self.error)}" if self.error else ""
        text = _with(f"{written(self.number)}{error}", self.unit, self.remark)
        return f"about {text}" if self.about else text


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`; with an end that is infinite, those beyond the other."""

    low: Number
    high: Number
    unit: str = ""
    remark: str = ""

    def __str__(self) -> str:
        if self.high == math.inf:
            text = f"> {written(self.low)}"
        elif self.low == -math.inf:
            text = f"< {written(self.high)}"
        else:
            text = f"{written(self.low)} to {written(self.high)}"
        return _with(text, self.unit, self.remark)


@dataclass(frozen=True)
class Several:
    """More than one, as where figures and text of a paper differ."""

    each: tuple[Value | Range, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.each))


Published = Value | Range | Several | str


def stretches(published: Published) -> tuple[Stretch, ...]:
    """What can be drawn of it beside a measured number: nothing of a text."""
    match published:
        case Value(number, error):
            return ((float(number) - float(error), float(number) + float(error)),)
        case Range(low, high):
            return ((float(low), float(high)),)
        case Several(each):
            return tuple(span for one in each for span in stretches(one))
    return ()


def written(x: Number) -> str:
    """All digits; a fraction stays one, and 1e-3 is no row of zeros."""
    if isinstance(x, Fraction):
        return str(x)
    if x == 0 or 0.01 <= abs(x) < 1e9:
        return np.format_float_positional(x, trim="-")
    return np.format_float_scientific(x, trim="-", exp_digits=1)


def _with(text: str, unit: str, remark: str) -> str:
    return text + (f" {unit}" if unit else "") + (f" ({remark})" if remark else "")
