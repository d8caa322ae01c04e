"""A claim as a picture in one line: accepted range, published number, measured number.

Positions are percentages and nothing is scaled, so that a line of any width has letters and marks
of the same size.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from claims.report import wording
from claims.report.markup import DASH, MINUS, TIMES, Markup, element, together
from claims.core.register import Accepted, Measured, verdict

DECADES = 1.7  # from here on the line is logarithmic
LARGE, SMALL = 1e200, 1e-200

_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+|/[1-9]\d*)?"
_PUBLISHED = re.compile(
    rf"(?:about|approximately|[~≈=])?\s*(?P<a>{_NUMBER})(?:\s*(?:\+-|±)\s*(?P<error>{_NUMBER}))?"
    rf"|(?P<low>{_NUMBER})\s*(?:to|-)\s*(?P<high>{_NUMBER})"
    rf"|\[(?P<from>{_NUMBER})\s*,\s*(?P<to>{_NUMBER})\]"
    rf"|(?P<sign>>=|<=|[<>≤≥])\s*(?P<end>{_NUMBER})"
)
_RAISED = str.maketrans(f"{MINUS}0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Scale:
    """From a number to a percentage of the width; beyond the ends it stays there."""

    low: float
    high: float
    log: bool

    def at(self, x: float) -> float:
        """0 to 100."""
        of = _log if self.log else float
        low, high = of(self.low), of(self.high)
        return 100 * min(max((of(x) - low) / (high - low), 0.0), 1.0)

    def holds(self, x: float) -> bool:
        """Whether it lies between the ends."""
        return self.low <= x <= self.high


def published(text: str) -> list[tuple[float, float]]:
    """The numbers and ranges that the text lists; (x, x) is one number.

    "0.75", "about 0.75 (caption)", "1.3 +- 0.1", "2.8 to 2.9", "> 0.7", "1/3", and some of them
    with commas or "and" between. What stands in parentheses is not read, nor what is more than
    a number.
    """
    plain = re.sub(r"\s*\([^()]*\)", "", text.replace(MINUS, "-").replace(DASH, "-"))
    pieces = re.split(r",\s+(?![^\[]*\])|;\s*|\s+and\s+", plain.strip().rstrip("."))
    return [_range(match) for piece in pieces if (match := _PUBLISHED.fullmatch(piece.strip()))]


def _range(match: re.Match[str]) -> tuple[float, float]:
    sign = match["sign"]
    found = [_float(x) for name, x in match.groupdict().items() if x is not None and name != "sign"]
    if sign:
        return (found[0], math.inf) if sign in (">", ">=", "≥") else (-math.inf, found[0])
    if match["a"]:
        error = abs(found[1]) if len(found) > 1 else 0.0
        return found[0] - error, found[0] + error
    return min(found), max(found)


def _near(accepted: Accepted | None, said: str) -> list[tuple[float, float]]:
    """What was published, without what is so far from the range that it counts something else."""
    if accepted is None:
        return published(said)
    low, high = accepted.low, accepted.high
    ends = [abs(x) for x in (low, high) if math.isfinite(x)]
    reach = 3 * (high - low) if len(ends) == 2 and low < high else max(ends, default=0.0)
    return [(a, b) for a, b in published(said) if a <= high + reach and b >= low - reach]


def _float(text: str) -> float:
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def line(measured: Measured | None, accepted: Accepted | None, said: str) -> Markup:
    """The picture as SVG, with an axis; `said` is the published number as text."""
    paper = _near(accepted, said)
    scale = _scale(_points(measured, accepted, paper))
    words = [f"accepted {wording.accepted(accepted)}"] if accepted else []
    words.append(f"published {said}")
    if measured is not None and wording.estimate(measured)[0]:
        words.append("measured " + " ".join(wording.estimate(measured)).strip())
    return element(
        "svg",
        _band(scale, accepted, 4, 34),
        *(_paper(scale, low, high, 13) for low, high in paper),
        _dot(scale, measured, accepted, 28),
        element("line", x1="0", x2="100%", y1="40", y2="40", class_="axis"),
        _ticks(scale),
        class_="line",
        height="64",
        role="img",
        aria_label="; ".join(words),
    )


def small(measured: Measured | None, accepted: Accepted | None, said: str) -> Markup:
    """The same without an axis, for a table: a range with two ends is the middle of each."""
    paper = _near(accepted, said)
    if accepted and SMALL < accepted.high - accepted.low < LARGE:
        scale = _scale([accepted.low, accepted.high], 0.8)
    else:
        scale = _scale(_points(measured, accepted, paper))
    return element(
        "svg",
        _band(scale, accepted, 1, 23),
        element("line", x1="0", x2="100%", y1="23.5", y2="23.5", class_="axis"),
        *(_paper(scale, low, high, 7) for low, high in paper),
        _dot(scale, measured, accepted, 17),
        class_="line small",
        height="25",
        aria_hidden="true",
    )


def ticks(scale: Scale) -> list[float]:
    """Two to eight round numbers between the ends."""
    if scale.log:
        first, last = math.ceil(_log(scale.low) - 1e-9), math.floor(_log(scale.high) + 1e-9)
        step = max(1, math.ceil((last - first) / 5))
        decades = range(first, last + 1, step)
        many = [_power(k) * m for k in range(first - 1, last + 1) for m in (1, 2, 5)]
        found = many if len(decades) < 3 else [_power(k) for k in decades]
        return [x for x in found if scale.holds(x)]
    rough = (scale.high - scale.low) / 5
    unit = _power(math.floor(_log(rough)))
    pace = next(unit * m for m in (1, 2, 2.5, 5, 10) if unit * m >= rough * (1 - 1e-9))
    first, last = math.ceil(scale.low / pace), math.floor(scale.high / pace)
    return [round(k * pace, 12 - math.floor(_log(pace))) for k in range(first, last + 1)]


def _points(
    measured: Measured | None, accepted: Accepted | None, paper: list[tuple[float, float]]
) -> list[float]:
    """All that the line should show; what a float can hardly hold is left to an arrow."""
    found = [end for ends in paper for end in ends]
    found += [accepted.low, accepted.high] if accepted else []
    if measured is not None and measured.value is not None:
        found += [x for x in (measured.value, measured.low, measured.high) if x is not None]
    sane = [x if abs(x) > SMALL else 0.0 for x in found if abs(x) < LARGE]
    return sane or [0.0]


def _scale(points: list[float], margin: float = 0.2) -> Scale:
    """From the least to the largest, and on both sides a margin in units of what is between."""
    low, high = min(points), max(points)
    log = low > 0 and _log(high) - _log(low) > DECADES
    of: Callable[[float], float] = _log if log else float
    back: Callable[[float], float] = _power if log else float
    wide = of(high) - of(low)
    if wide <= 1e-9 * max(abs(of(low)), abs(of(high))):  # all is one number
        wide = abs(of(low)) or 1.0
    return Scale(back(of(low) - margin * wide), back(of(high) + margin * wide), log)


def _band(scale: Scale, accepted: Accepted | None, top: int, bottom: int) -> Markup:
    if accepted is None:
        return Markup()
    # what lies beyond an end may have no logarithm
    low, high = (
        scale.at(min(max(end, scale.low), scale.high)) for end in (accepted.low, accepted.high)
    )
    edges = [
        element("line", x1=_pc(x), x2=_pc(x), y1=str(top), y2=str(bottom), class_="edge")
        for x, end in ((low, accepted.low), (high, accepted.high))
        if scale.holds(end)
    ]
    box = {"x": _pc(low), "width": _pc(max(high - low, 0.0))}
    rect = element("rect", y=str(top), height=str(bottom - top), class_="band", **box)
    return together(rect, *edges)


def _paper(scale: Scale, low: float, high: float, y: int) -> Markup:
    a, b = (scale.at(min(max(x, scale.low), scale.high)) for x in (low, high))
    path = element("path", d="M0-5L5 0 0 5-5 0Z", class_="paper")
    marks = [
        element("svg", path, x=_pc(at), y=str(y), overflow="visible")
        for at, x in {a: low, b: high}.items()
        if scale.holds(x)
    ]
    bar = element("line", x1=_pc(a), x2=_pc(b), y1=str(y), y2=str(y), class_="paper")
    return together(bar if b > a else "", *marks)


def _dot(scale: Scale, measured: Measured | None, accepted: Accepted | None, y: int) -> Markup:
    if measured is None or measured.value is None or math.isnan(measured.value):
        return Markup()
    value, low, high = measured.value, measured.low, measured.high
    bar, at = Markup(), scale.at(min(max(value, scale.low), scale.high))
    if low is not None and high is not None and low <= high:
        a, b = (scale.at(min(max(x, scale.low), scale.high)) for x in (low, high))
        bar = element("line", x1=_pc(a), x2=_pc(b), y1=str(y), y2=str(y), class_="interval")
    if scale.holds(value):
        mark = element("circle", cx=_pc(at), cy=str(y), r="5")
    else:  # it lies further out
        arrow = "M6 0L-4-6V6Z" if value > scale.high else "M-6 0L4-6V6Z"
        mark = element("svg", element("path", d=arrow), x=_pc(at), y=str(y), overflow="visible")
    slug = str(verdict(measured, accepted)).replace(" ", "-")
    return element("g", bar, mark, class_=f"dot {slug}")


def _ticks(scale: Scale) -> Markup:
    at = ticks(scale)
    decimals = max((len(f"{x:.12g}".partition(".")[2]) for x in at), default=0)
    few = not scale.log and 1e-3 <= max(map(abs, at), default=0.0) < 1e6 and decimals < 6
    return together(*(_tick(scale, x, decimals if few else None) for x in at))


def _tick(scale: Scale, x: float, decimals: int | None) -> Markup:
    at = _pc(scale.at(x))
    mantissa, e, exponent = wording.number(x, decimals).replace("-", MINUS).partition("e")
    if scale.log and not e and x >= 1000:
        mantissa, e, exponent = f"{x:.0e}".replace("+0", "").partition("e")
    power = f"10{exponent.translate(_RAISED)}" if e else ""
    words = f"{'' if mantissa == '1' else f'{mantissa} {TIMES} '}{power}" if e else mantissa
    mark = element("line", x1=at, x2=at, y1="40", y2="45", class_="axis")
    return together(mark, element("text", words, x=at, y="59"))


def _pc(x: float) -> str:
    return f"{x:.2f}%"


def _log(x: float) -> float:
    return math.log10(x)


def _power(x: int | float) -> float:
    return 10.0 ** min(max(x, -300.0), 300.0)
