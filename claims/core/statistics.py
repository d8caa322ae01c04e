"""From opened experiments to the numbers of claims: means, shares, exponents, with intervals.

Every function returns a `Measured`; where the runs do not suffice its value is None and its text
says why. Intervals are 95 %, from resampled runs unless they say otherwise.
"""

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, SupportsFloat, SupportsInt

import numpy as np
import xarray as xr
from jaxtyping import Float, Int
from scipy import stats

from claims.core.register import NORMAL, Measured
from jamming.fits.seeds import Interval, interval, mean_over_seeds, small_sample_factor

SAMPLES = 2000
LEVEL = 0.95
Samples = Float[np.ndarray, " _"]
Cases = Iterable[tuple[str, Measured]]  # numbers, each with what it is called


def no_estimate(why: str = "{text}") -> Measured:
    """No number, and why; by default what the entry says it would have been."""
    return Measured(None, text=why)


def too_few(n: int, least: int) -> Measured:
    """No number, as there are fewer runs than it needs."""
    return no_estimate(f"{n} runs, where {least} are needed: {{text}}")


def exact(value: SupportsFloat, n: SupportsInt) -> Measured:
    """A number without an interval."""
    return Measured(float(value), n=int(n))


def measured(found: Interval, n: int) -> Measured:
    """A fitted value as the number of a claim; an interval has both ends or none."""
    if not math.isfinite(found.value):
        return no_estimate()
    if not (math.isfinite(found.low) and math.isfinite(found.high)):
        return exact(found.value, n)
    return Measured(found.value, found.low, found.high, n)


def stored(one: xr.Dataset, name: str) -> Interval:
    """A number of a dataset that has the ends of its interval as `name`_low and `name`_high."""
    return Interval(*(float(one[f"{name}{end}"]) for end in ("", "_low", "_high")))


def training_sets(results: Iterable[Any]) -> int | None:
    """How many sets the networks of each of the results learnt, by those that say it.

    They say it by the coordinate `set` of networks or groups, or, where sets have been averaged
    over, by the attribute `sets` of the sweep. The fewest of them count. None where none says.
    """
    known = [one for one in results if isinstance(one, xr.Dataset)]
    said = [
        np.unique(one["set"]).size if "set" in one.coords else int(one.attrs["sets"])
        for one in known
        if "set" in one.coords or "sets" in one.attrs
    ]
    return min(said, default=None)


def searched(found: xr.Dataset) -> int:
    """The seeds of a search for N*, whose networks share no weights: its independent runs."""
    return int(np.unique(found.run_seed.values).size)


def moved(found: Interval, by: float, sign: float = 1.0) -> Interval:
    """`sign` (1 or -1) times a number plus `by`."""
    low, high = sorted((sign * found.low, sign * found.high))
    return Interval(sign * found.value + by, low + by, high + by)


def ratio(a: Interval, b: Interval, n: int) -> Measured:
    """a divided by b, both positive, with the ends of their intervals crossed."""
    return Measured(a.value / b.value, a.low / b.high, a.high / b.low, n)


def spread(of: Iterable[Interval], n: int) -> Measured:
    """The largest divided by the smallest of positive numbers, at least 1."""
    value, low, high = np.array([(x.value, x.low, x.high) for x in of]).T
    return Measured(float(value.max() / value.min()), 1.0, float(high.max() / low.min()), n)


def in_errors(difference: float, error: float, n: int) -> Measured:
    """A difference divided by its standard error; None where that is 0, or one is not known."""
    if not (error > 0 and math.isfinite(difference)):
        return no_estimate("the errors do not scatter, or are not known: {text}")
    z = float(difference / error)
    return Measured(z, z - NORMAL, z + NORMAL, n)


def apart(a: Samples, b: Samples) -> Measured:
    """The difference of the means of independent values, in standard errors."""
    error = math.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
    return in_errors(float(a.mean() - b.mean()), error, a.size)


def ratio_of_means(a: Samples, b: Samples, *, minus: float = 0.0) -> Measured:
    """mean a / mean b - `minus`, of independent values, which are resampled."""
    rng = np.random.default_rng(0)
    means = [x[rng.integers(0, x.size, (SAMPLES, x.size))].mean(1) for x in (a, b)]
    value = float(a.mean() / b.mean() - minus)
    return resampled(value, means[0] / means[1] - minus, min(a.size, b.size))


def draws(n: int, samples: int = SAMPLES) -> Int[np.ndarray, "samples n"]:
    """Which of n runs are drawn, with replacement; always the same."""
    return np.random.default_rng(0).integers(0, n, (samples, n))


def bootstrap(of: Callable[..., float], n: int, *, log: bool = False) -> Measured:
    """The number `of`(indices) of all n > 1 runs, with an interval from resampled indices [n]."""
    each = np.array([of(rows) for rows in draws(n)], float)
    return resampled(float(of(np.arange(n))), each, n, log=log)


def resampled(value: float, each: Samples, n: int, *, log: bool = False) -> Measured:
    """`value` from n > 1 runs, with an interval from `each` [B], its values on resampled runs.

    `log`: a ratio, whose logarithm is what scatters (`jamming.fits.seeds`).
    """
    return measured(interval(value, each, small_sample_factor(n, 1, LEVEL), LEVEL, log=log), n)


def of_curves(of: Callable[..., float], *rows: Float[np.ndarray, "_ _"]) -> Measured:
    """The number `of`(curves), each curve the mean over seeds of one array [n, seeds] of `rows`.

    All arrays have the same seeds, which are resampled together. NaN are ignored. The value is None
    where `of` returns NaN, a run diverged (infinite values), or there are fewer than two seeds.
    """
    if any(np.isinf(one).any() for one in rows):
        return no_estimate("{text}: a run diverged")
    value = of(*map(mean_over_seeds, rows))
    seeds = int(np.isfinite(rows[0]).any(0).sum())
    if not math.isfinite(value) or seeds < 2:
        return no_estimate()
    drawn = draws(rows[0].shape[1], SAMPLES // 4)
    each = np.array([of(*(mean_over_seeds(one[:, draw]) for one in rows)) for draw in drawn])
    return resampled(value, each, seeds)


def at_least(found: Measured, least: float) -> Measured:
    """A number that cannot be smaller than `least`, such as a ratio of the largest to the smallest.

    Nor can an end of its interval, which resampled runs may place there.
    """
    return found if found.low is None else replace(found, low=max(found.low, least))


def percentiles(value: SupportsFloat, each: Samples, n: int) -> Measured:
    """A number of n runs with the percentiles of what runs drawn from them give."""
    low, high = np.quantile(each, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Measured(float(value), float(low), float(high), n)


def _of_known(of: Callable[[Float[np.ndarray, " n"]], Measured]) -> Callable[..., Measured]:
    """`of` the values that are there; the text says how many others there were.

    None of them where one is infinite, as of a run that diverged: it is not left out.
    """

    @functools.wraps(of)
    def number(values: Iterable[float]) -> Measured:
        x = np.array(list(values), float)
        known, infinite, text = x[~np.isnan(x)], int(np.isinf(x).sum()), "{text}"
        if infinite:
            known, text = x[:0], f"{text} ({infinite} of {x.size} infinite)"
        elif known.size < x.size:
            text += f" ({x.size - known.size} of {x.size} without a value left out)"
        found = too_few(known.size, 2) if known.size < 2 else of(known)
        return replace(found, text=found.text.replace("{text}", text))

    return number


@_of_known
def of_runs(x: Float[np.ndarray, " n"]) -> Measured:
    """The median of one value a run, of those that have one."""
    return percentiles(np.median(x), np.median(x[draws(x.size)], axis=1), x.size)


@_of_known
def of_mean(x: Float[np.ndarray, " n"]) -> Measured:
    """The mean of independent values, of those that are known, with Student's interval."""
    half = stats.t.ppf((1 + LEVEL) / 2, x.size - 1) * x.std(ddof=1) / math.sqrt(x.size)
    mean = float(x.mean())
    return Measured(mean, float(mean - half), float(mean + half), x.size)


def of_geometric_mean(x: Iterable[float]) -> Measured:
    """The geometric mean of independent positive values, such as ratios, as `of_mean` of logs."""
    found = of_mean(np.log(np.array(list(x), float)))
    if found.value is None or found.low is None or found.high is None:
        return found
    value, low, high = (float(np.exp(one)) for one in (found.value, found.low, found.high))
    return replace(found, value=value, low=low, high=high)


def share(yes: Sequence[bool | float], *, least: int = 2) -> Measured:
    """The fraction of runs where `yes` is true, with Wilson's interval; NaN counts as false."""
    if len(yes) < least:
        return too_few(len(yes), least)
    true = np.equal(yes, 1)
    low, high = stats.binomtest(int(true.sum()), true.size).proportion_ci(method="wilson")
    return Measured(float(true.mean()), float(low), float(high), true.size)


def worst_case(found: Cases, centre: float, *, log: bool = False) -> Measured:
    """Of several numbers that must all lie in one range, that whose interval reaches farthest.

    The text names them all. One that is None, or not finite, makes the whole None. `log`:
    distances are ratios, for positive numbers. For a centre of +inf the result is that with the
    smallest lower end, for -inf that with the largest upper one. Its n is that of this number: its
    runs may be those of the others.
    """
    found = list(found)
    each = np.array([math.nan if one.value is None else one.value for _, one in found])
    said = "; ".join(
        f"{name}: {value:.3g}" if math.isfinite(value) else f"{name}: no number"
        for (name, _), value in zip(found, each, strict=True)
    )
    text = f"{{text}} ({said})"
    if not found or not np.isfinite(each).all():
        return no_estimate(text)
    ends = np.array([[one.value, *_ends(one)] for _, one in found])
    if math.isinf(centre):
        away = -np.sign(centre) * ends
    else:
        with np.errstate(divide="ignore", invalid="ignore"):  # an end may not be positive
            away = np.abs(np.log(ends / centre)) if log else np.abs(ends - centre)
        away = np.where(np.isnan(away), np.inf, away)
    worst = found[int(away.max(1).argmax())][1]
    return replace(worst, text=text)


def _ends(one: Measured) -> tuple[float | None, float | None]:
    """Of its interval, or the number itself twice."""
    known = one.low is not None and one.high is not None
    return (one.low, one.high) if known else (one.value, one.value)


def spearman(x: Sequence[float], y: Sequence[float]) -> Measured:
    """Spearman's rank correlation of x [n] and y [n] over n runs; None where n < 5."""
    if len(x) < 5:
        return too_few(len(x), 5)
    a, b = np.asarray(x, float), np.asarray(y, float)
    drawn = draws(a.size, SAMPLES // 4)
    each = [stats.spearmanr(a[i], b[i]).statistic for i in drawn if np.ptp(a[i]) and np.ptp(b[i])]
    return percentiles(stats.spearmanr(a, b).statistic, np.array(each), a.size)


def scatter(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"]) -> Measured:
    """Root mean square of y / curve - 1, the curve a parabola in x fitted to y."""

    def rms(rows: Int[np.ndarray, " n"]) -> float:
        a, b = x[rows], y[rows]
        curve = np.polyval(np.polyfit(a, b, 2), a)
        return float(np.sqrt(np.mean((b / curve - 1) ** 2)))

    if x.size < 6:
        return too_few(x.size, 6)
    drawn = draws(x.size, SAMPLES // 4)
    each = np.array([rms(rows) for rows in drawn if len(set(rows.tolist())) > 4])
    return percentiles(rms(np.arange(x.size)), each, x.size)
