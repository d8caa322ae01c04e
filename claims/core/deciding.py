"""What would decide an undecided claim: more runs, of which the number is computed, or a size."""

import math

from claims.core.register import NORMAL, Accepted, Measured, Row, Verdict, coarse, ends, thin

MOST = 100.0  # so many times as many runs are not worth their price: another size is


def why_undecided(row: Row) -> str:
    """What is missing to decide a claim, "" where it is not undecided."""
    if row.verdict is not Verdict.UNDECIDED or row.measured is None or row.claim.accepted is None:
        return ""
    return decides(row.measured, row.claim.accepted)


def decides(measured: Measured, accepted: Accepted) -> str:
    """A clause: what is missing, and how many runs in all decide, were the number to stay.

    Half an interval falls as 1/sqrt(n), n being independent runs. It decides once it ends before
    the nearer end of the range, on whichever side of it the number is.
    """
    if why := thin(measured, accepted):
        times = _times(measured, accepted)
        more = f"; {_runs(measured, times)}" if 1 < times <= MOST else ""
        return why + more
    if not all(map(math.isfinite, ends(measured))):
        return "its statistic gives no interval: it needs one over independent runs"
    times = _times(measured, accepted)
    if times > MOST:
        near = min((accepted.low, accepted.high), key=lambda end: abs(end - (measured.value or 0)))
        return (
            f"another size: the number is so close to {near:.4g}, an end of the range, that more"
            f" than {MOST:.0f} times as many runs would be needed at this one"
        )
    return _runs(measured, times)


def _runs(measured: Measured, times: float) -> str:
    runs = max(measured.n + 1, math.ceil(measured.n * times))
    return f"about {runs} runs in all at this size, if the number stays"


def _times(measured: Measured, accepted: Accepted) -> float:
    """How many times as many runs make the interval end before the ends of the range."""
    if measured.value is None or not all(map(math.isfinite, ends(measured))):
        return math.nan
    low, value, high, first, last = _symmetric(measured, accepted)
    below, above = value - low, high - value
    if first <= value <= last:  # both ends of the interval must come in
        needed = [(below, value - first), (above, last - value)]
        if coarse(measured, accepted):
            needed.append((2 * (high - low) / NORMAL, last - first))
    elif value < first:
        needed = [(above, first - value)]
    else:
        needed = [(below, value - last)]
    ratios = [half / room if room else math.inf for half, room in needed if half > 0]
    most = max([1.0, *ratios])
    return most * most


def _symmetric(measured: Measured, accepted: Accepted) -> tuple[float, ...]:
    """Interval with its number, and range; logarithms of them where both halves are more alike."""
    (low, high), value = ends(measured), measured.value or 0.0
    found = (low, value, high, accepted.low, accepted.high)
    if low <= 0 or not low < value < high:
        return found
    logs = tuple(math.log(x) if x > 0 else -math.inf for x in found)

    def skew(of: tuple[float, ...]) -> float:
        return abs(of[2] + of[0] - 2 * of[1]) / ((of[2] - of[0]) or 1.0)

    return logs if skew(logs) < skew(found) else found
