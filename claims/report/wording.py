"""Numbers, ranges and times, as a reader would write them."""

import math

from claims.core.register import Accepted, Data, Measured

DATA = {
    Data.SAME: "the same as published, or none",
    Data.SMALLER: "those of the papers, less of them or smaller networks",
    Data.ANALOGUE: "others of the same kind",
    Data.TOY: "made up, where the papers have real ones",
}


def number(x: float, decimals: int | None = None) -> str:
    """Four digits, whole numbers in full; or so many decimals."""
    if not math.isfinite(x):
        return str(x)
    if decimals is not None:
        return f"{round(x, decimals) + 0.0:.{decimals}f}"  # + 0.0: no "-0.0"
    if x == round(x) and abs(x) < 1e9:
        return f"{x + 0.0:.0f}"
    mantissa, _, exponent = f"{x:.4g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def estimate(measured: Measured | None) -> tuple[str, str]:
    """The value and its interval "[low, high]", to two digits of the interval's half width.

    Each is "" where it is not known.
    """
    if measured is None or measured.value is None or math.isnan(measured.value):
        return "", ""
    value, low, high = measured.value, measured.low, measured.high
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return number(value), ""
    decimals = _decimals(value, low, high)
    return number(value, decimals), f"[{number(low, decimals)}, {number(high, decimals)}]"


def _decimals(value: float, low: float, high: float) -> int | None:
    """None where a common number of decimals would read badly: very small or large, no width."""
    half = (high - low) / 2
    size = max(abs(value), abs(low), abs(high))
    if not (0 < half < math.inf and 1e-3 <= size < 1e6) or half < 1e-6 * size:
        return None
    return max(0, 1 - math.floor(math.log10(half)))


def accepted(of: Accepted | None) -> str:
    """The range: "0.6 to 0.85", ">= 0.3", "<= 1e-12", or the one number "= 7854"; or "-"."""
    return between((of.low, of.high) if of else None)


def between(ends: tuple[float, float] | None) -> str:
    """The same of its ends."""
    if ends is None:
        return "-"
    low, high = ends
    if low == high:
        return f"= {number(low)}"
    if high == math.inf:
        return f">= {number(low)}"
    if low == -math.inf:
        return f"<= {number(high)}"
    said = number(low), number(high)
    if 0.1 < abs(low / high if high else 0.0) < 10 and not any("e" in x for x in said):
        decimals = max(len(x.partition(".")[2]) for x in said)
        said = number(low, decimals), number(high, decimals)
    return " to ".join(said)


def duration(seconds: float) -> str:
    """In the two largest units that say something."""
    if not 0 <= seconds < math.inf:
        return "unknown"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{round(seconds / 86400, 1):g} days"


def commit(name: str) -> str:
    """Short, and in words if the code had been changed."""
    head, dirty, _ = name.partition("+dirty")
    return head[:10] + (" with local changes" if dirty else "")
