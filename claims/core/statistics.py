"""From opened experiments to the numbers of claims: means, shares, exponents, with intervals.

Every function returns a `Measured`; where the runs do not suffice its value is None and its text
says why. Intervals are 95 %, from resampled runs unless they say otherwise.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import SupportsFloat, SupportsInt

import numpy as np
import xarray as xr
from jaxtyping import Float, Int
from scipy import stats

from claims.core.register import Measured
from jamming.fits.interval import Interval, interval, small_sample_factor
from jamming.fits.seeds import mean_over_seeds

SAMPLES = 2000
LEVEL = 0.95
# of the normal distribution, for a difference in units of its known standard error
NORMAL = 1.96

Number = Callable[..., Float[np.ndarray, "..."] | np.floating | float]


def no_estimate(why: str) -> Measured:
    """No number, and why."""
    return Measured(None, None, None, 0, why)


def exact(value: SupportsFloat, n: SupportsInt, text: str = "") -> Measured:
    """A number without an interval."""
    return Measured(float(value), None, None, int(n), text)


def measured(found: Interval, n: int, text: str = "") -> Measured:
    """A fitted value as the number of a claim; an interval has both ends or none."""
    if not math.isfinite(found.value):
        return no_estimate(text)
    known = math.isfinite(found.low) and math.isfinite(found.high)
    low, high = (found.low, found.high) if known else (None, None)
    return Measured(found.value, low, high, n, text)


def stored(one: xr.Dataset, name: str) -> Interval:
    """A number of a dataset that has the ends of its interval as `name`_low and `name`_high."""
    return Interval(*(float(one[f"{name}{end}"]) for end in ("", "_low", "_high")))


def moved(found: Interval, by: float, sign: float = 1.0) -> Interval:
    """`sign` (1 or -1) times a number plus `by`."""
    low, high = sorted((sign * found.low, sign * found.high))
    return Interval(sign * found.value + by, low + by, high + by)


def ratio(a: Interval, b: Interval, n: int, text: str = "") -> Measured:
    """a divided by b, both positive, with the ends of their intervals crossed."""
    return Measured(a.value / b.value, a.low / b.high, a.high / b.low, n, text)


def spread(of: Sequence[Interval], n: int, text: str) -> Measured:
    """The largest divided by the smallest of positive numbers, at least 1."""
    value, low, high = (np.array([getattr(x, end) for x in of]) for end in ("value", "low", "high"))
    return Measured(float(value.max() / value.min()), 1.0, float(high.max() / low.min()), n, text)


def in_errors(difference: float, error: float, n: int, text: str = "") -> Measured:
    """A difference divided by its standard error; None where that is 0, or one is not known."""
    if not (error > 0 and math.isfinite(difference)):
        return no_estimate(f"the errors do not scatter, or are not known: {text}")
    z = float(difference / error)
    return Measured(z, z - NORMAL, z + NORMAL, n, text)


def draws(n: int, samples: int = SAMPLES) -> Int[np.ndarray, "samples n"]:
    """Which of n runs are drawn, with replacement; always the same."""
    return np.random.default_rng(0).integers(0, n, (samples, n))


def bootstrap(of: Number, n: int, text: str = "", *, log: bool = False) -> Measured:
    """The number `of`(indices) of all n > 1 runs, with an interval from resampled indices [n]."""
    each = np.array([of(rows) for rows in draws(n)], float)
    return resampled(float(of(np.arange(n))), each, n, text, log=log)


def resampled(
    value: float, each: Float[np.ndarray, " B"], n: int, text: str = "", *, log: bool = False
) -> Measured:
    """`value` from n > 1 runs, with an interval from `each` [B], its values on resampled runs.

    `log`: a ratio, whose logarithm is what scatters (`jamming.fits.interval`).
    """
    factor = small_sample_factor(n, 1, LEVEL)
    return measured(interval(value, each, factor, LEVEL, log=log), n, text)


def of_curves(
    of: Callable[..., float], text: str, *rows: Float[np.ndarray, "_ _"], samples: int = 500
) -> Measured:
    """The number `of`(curves), each curve the mean over seeds of one array [n, seeds] of `rows`.

    All arrays have the same seeds, which are resampled together. NaN are ignored. The value is None
    where `of` returns NaN, a run diverged (infinite values), or there are fewer than two seeds.
    """
    if any(np.isinf(one).any() for one in rows):
        return no_estimate(f"{text}: a run diverged")
    value = of(*map(mean_over_seeds, rows))
    seeds = int(np.isfinite(rows[0]).any(0).sum())
    if not math.isfinite(value) or seeds < 2:
        return no_estimate(text)
    drawn = draws(rows[0].shape[1], samples)
    each = np.array([of(*(mean_over_seeds(one[:, draw]) for one in rows)) for draw in drawn])
    return resampled(value, each, seeds, text)


def percentiles(value: float, each: Float[np.ndarray, " B"], n: int, text: str) -> Measured:
    """A number of n runs with the percentiles of what runs drawn from them give."""
    low, high = np.quantile(each, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Measured(float(value), float(low), float(high), int(n), text)


def of_runs(
    values: Iterable[float], text: str, statistic: Number = np.median, *, least: int = 2
) -> Measured:
    """The median, or another statistic, of one value a run.

    None with fewer than `least` runs, or where one is infinite, as of a run that diverged.
    """
    x, text = _known(values, text)
    if x.size < least:
        return no_estimate(f"{x.size} runs, where {least} are needed: {text}")
    each = np.apply_along_axis(statistic, 1, x[draws(x.size)])
    return percentiles(float(statistic(x)), each, x.size, text)


def of_mean(values: Iterable[float], text: str = "", *, least: int = 2) -> Measured:
    """The mean of independent values, with Student's interval; None as in `of_runs`."""
    x, text = _known(values, text)
    if x.size < max(least, 2):
        return no_estimate(f"{x.size} runs, where {max(least, 2)} are needed: {text}")
    half = stats.t.ppf((1 + LEVEL) / 2, x.size - 1) * x.std(ddof=1) / math.sqrt(x.size)
    mean = float(x.mean())
    return Measured(mean, float(mean - half), float(mean + half), int(x.size), text)


def _known(values: Iterable[float], text: str) -> tuple[Float[np.ndarray, " n"], str]:
    """The values that are there, and the text, which says how many others there were.

    None of them where one is infinite: what diverged is not left out.
    """
    x = np.array(list(values), float)
    if infinite := int(np.isinf(x).sum()):
        return x[:0], f"{text} ({infinite} of {x.size} infinite)"
    lost = int(np.isnan(x).sum())
    said = f"{text} ({lost} of {x.size} without a value left out)" if lost else text
    return x[~np.isnan(x)], said


def largest(values: Iterable[float]) -> float:
    """The largest; NaN where one is, which Python's `max` may pass over."""
    return float(np.max(np.array(list(values), float)))


def share(yes: Sequence[bool | float], text: str, *, least: int = 2) -> Measured:
    """The fraction of runs where `yes` is true, with Wilson's interval; NaN counts as false."""
    yes = [one == 1 for one in yes]
    n = len(yes)
    if n < least:
        return no_estimate(f"{n} runs, where {least} are needed: {text}")
    low, high = stats.binomtest(sum(yes), n).proportion_ci(method="wilson")
    return Measured(float(np.mean(yes)), float(low), float(high), n, text)


def worst_case(
    found: Iterable[tuple[str, Measured]], centre: float, text: str, *, log: bool = False
) -> Measured:
    """Of several numbers that must all lie in one range, that farthest from its centre.

    The text names them all. One that is None, or not finite, makes the whole None. `log`:
    distances are ratios, for positive numbers. For a centre of +inf the result is the smallest
    number, for -inf the largest.
    """
    found = list(found)
    values = [math.nan if one.value is None else one.value for _, one in found]
    said = "; ".join(
        f"{name}: {value:.3g}" if math.isfinite(value) else f"{name}: no number"
        for (name, _), value in zip(found, values, strict=True)
    )
    if not found or not all(map(math.isfinite, values)):
        return no_estimate(f"{text} ({said})")
    if math.isinf(centre):
        centre = max(values) if centre > 0 else min(values)
    each = np.array(values)
    away = np.log(each / centre) if log else each - centre
    worst = found[int(np.abs(away).argmax())][1]
    n = sum(one.n for _, one in found)
    return Measured(worst.value, worst.low, worst.high, n, f"{text} ({said})")


def spearman(x: Sequence[float], y: Sequence[float], text: str) -> Measured:
    """Spearman's rank correlation of x [n] and y [n] over n runs; None where n < 5."""
    if len(x) < 5:
        return no_estimate(f"{len(x)} runs, where 5 are needed: {text}")
    a, b = np.asarray(x, float), np.asarray(y, float)
    drawn = draws(a.size, SAMPLES // 4)
    each = [stats.spearmanr(a[i], b[i]).statistic for i in drawn if np.ptp(a[i]) and np.ptp(b[i])]
    return percentiles(stats.spearmanr(a, b).statistic, np.array(each), a.size, text)


def scatter(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], text: str) -> Measured:
    """Root mean square of y / curve - 1, the curve a parabola in x fitted to y."""

    def rms(rows: Int[np.ndarray, " n"]) -> float:
        a, b = x[rows], y[rows]
        curve = np.polyval(np.polyfit(a, b, 2), a)
        return float(np.sqrt(np.mean((b / curve - 1) ** 2)))

    if x.size < 6:
        return no_estimate(f"{x.size} runs, where 6 are needed: {text}")
    drawn = draws(x.size, SAMPLES // 4)
    each = np.array([rms(rows) for rows in drawn if len(set(rows.tolist())) > 4])
    return percentiles(rms(np.arange(x.size)), each, x.size, text)
