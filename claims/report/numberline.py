"""A claim as a picture in one line: accepted range, published number, measured number.

Positions are percentages and nothing is scaled, so that a line of any width has letters and marks
of the same size. The template of the page draws what is laid out here.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from claims.core.register import Row
from claims.report import wording
from claims.report.formulas import MINUS, TIMES

DECADES = 1.7  # from here on the line is logarithmic
LARGE, SMALL = 1e200, 1e-200

_RAISED = str.maketrans(f"{MINUS}0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Bar:
    """From one percentage of the width to another, with marks."""

    low: float
    high: float
    marks: tuple[float, ...]


@dataclass(frozen=True)
class Line:
    """The picture; `beyond` is -1 or 1 where the measured number lies further out on that side.

    `ticks`: where they are, and their labels.
    """

    accepted: Bar | None
    published: tuple[Bar, ...]
    measured: Bar | None
    beyond: int
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Scale:
    """From a number to a percentage of the width; beyond the ends it stays there."""

    low: float
    high: float
    log: bool

    def at(self, x: float) -> float:
        """0 to 100."""
        within = min(max(x, self.low), self.high)  # what lies beyond may have no logarithm
        of: Callable[[float], float] = math.log10 if self.log else float
        low, high, here = map(of, (self.low, self.high, within))
        return 100 * (here - low) / (high - low)

    def holds(self, x: float) -> bool:
        """Whether it lies between the ends."""
        return self.low <= x <= self.high

    def bar(self, low: float, high: float) -> Bar:
        """With a mark at each end that is on the line."""
        ends = tuple(self.at(x) for x in sorted({low, high}) if self.holds(x))
        return Bar(self.at(low), self.at(high), ends)


def line(row: Row, *, small: bool = False) -> Line:
    """The picture; in a small one an accepted range with two ends is the middle of the line."""
    measured, accepted = row.measured, row.claim.accepted
    if small and accepted and SMALL < accepted.high - accepted.low < LARGE:
        scale = _scale([accepted.low, accepted.high], 0.8)
    else:
        scale = _scale(_points(row))
    value = math.nan if measured is None or measured.value is None else measured.value
    bar = None
    if measured and not math.isnan(value):
        low, high = measured.low, measured.high
        if low is None or high is None or not low <= high:
            low = high = value
        bar = Bar(scale.at(low), scale.at(high), (scale.at(value),))
    return Line(
        accepted=scale.bar(accepted.low, accepted.high) if accepted else None,
        published=tuple(scale.bar(low, high) for low, high in row.claim.published.stretches),
        measured=bar,
        beyond=(value > scale.high) - (value < scale.low),
        ticks=tuple(_labelled(scale)),
    )


def ticks(scale: Scale) -> list[float]:
    """Two to eight round numbers between the ends."""
    if scale.log:
        first = math.ceil(math.log10(scale.low) - 1e-9)
        last = math.floor(math.log10(scale.high) + 1e-9)
        step = max(1, math.ceil((last - first) / 5))
        decades = range(first, last + 1, step)
        many = [_power(k) * m for k in range(first - 1, last + 1) for m in (1, 2, 5)]
        found = many if len(decades) < 3 else [_power(k) for k in decades]
        return [x for x in found if scale.holds(x)]
    rough = (scale.high - scale.low) / 5
    unit = _power(math.floor(math.log10(rough)))
    pace = next(unit * m for m in (1, 2, 2.5, 5, 10) if unit * m >= rough * (1 - 1e-9))
    first, last = math.ceil(scale.low / pace), math.floor(scale.high / pace)
    return [round(k * pace, 12 - math.floor(math.log10(pace))) for k in range(first, last + 1)]


def _labelled(scale: Scale) -> Iterator[tuple[float, str]]:
    found = ticks(scale)
    decimals = max((len(f"{x:.12g}".partition(".")[2]) for x in found), default=0)
    few = not scale.log and 1e-3 <= max(map(abs, found), default=0.0) < 1e6 and decimals < 6
    for x in found:
        said = wording.number(x, decimals if few else None)
        if scale.log and x >= 1000 and "e" not in said:
            said = f"{x:.0e}".replace("+0", "")
        mantissa, e, exponent = said.replace("-", MINUS).partition("e")
        factor = "" if mantissa == "1" else f"{mantissa} {TIMES} "
        yield scale.at(x), f"{factor}10{exponent.translate(_RAISED)}" if e else mantissa


def _points(row: Row) -> list[float]:
    """All that the line should show; what a float can hardly hold is left to an arrow."""
    measured, accepted = row.measured, row.claim.accepted
    found = [end for ends in row.claim.published.stretches for end in ends]
    found += [accepted.low, accepted.high] if accepted else []
    if measured is not None and measured.value is not None:
        found += [x for x in (measured.value, measured.low, measured.high) if x is not None]
    sane = [x if abs(x) > SMALL else 0.0 for x in found if abs(x) < LARGE]
    return sane or [0.0]


def _scale(points: list[float], margin: float = 0.2) -> Scale:
    """From the least to the largest, and on both sides a margin in units of what is between."""
    low, high = min(points), max(points)
    log = low > 0 and math.log10(high) - math.log10(low) > DECADES
    if log:
        low, high = math.log10(low), math.log10(high)
    wide = high - low
    if wide <= 1e-9 * max(abs(low), abs(high)):  # all is one number
        wide = abs(low) or 1.0
    low, high = low - margin * wide, high + margin * wide
    return Scale(_power(low), _power(high), log) if log else Scale(low, high, log)


def _power(x: float) -> float:
    return 10.0 ** min(max(x, -300.0), 300.0)
