"""Means over seeds, their errors and bootstrap, and intervals: what every fit starts from.

NaN is what was not run or is not defined, and is left out. A run that diverged is infinite, and so
is the mean with it.
"""

import math
import warnings
from dataclasses import dataclass, replace
from typing import Any, TypedDict

import numpy as np
from jaxtyping import Float, Int
from scipy import optimize, special

from jamming.checks.arguments import LARGEST_SEED, number, whole
from jamming.checks.arrays import ArrayLike, as_float, rounding, unit
from jamming.checks.errors import BadInput

ENOUGH = 3  # seeds a point, from which its standard error is worth a weight


def mean_over_seeds(y: Float[np.ndarray, "*n seeds"]) -> Float[np.ndarray, "*n"]:
    """Means [...] of y [..., seeds]: NaN without any number, infinite where one is."""
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        return np.asarray(np.nanmean(y, -1))


def mean_and_error(
    y: Float[np.ndarray, "*n seeds"],
) -> tuple[Float[np.ndarray, "*n"], Float[np.ndarray, "*n"]]:
    """Means and standard errors, [...] each, of y [..., seeds].

    The error is the standard deviation (with n - 1) divided by sqrt(n), of the n seeds that are not
    NaN; it is NaN for one seed, or where a number is infinite.
    """
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        error = np.nanstd(y, -1, ddof=1) / np.sqrt((~np.isnan(y)).sum(-1))
    return mean_over_seeds(y), error


@dataclass(frozen=True)
class Interval:
    """A value that lies between low and high; NaN where it is not known."""

    value: float
    low: float
    high: float

    def holds(self, x: float) -> bool:
        """Whether x lies between low and high; not where they are NaN."""
        return self.low <= x <= self.high


def small_sample_factor(n: int, parameters: int, level: float) -> float:
    """By how much the percentiles of a bootstrap of n values are too narrow, n > parameters.

    The bootstrap variance lacks a factor n / (n - parameters), and its percentiles are normal, not
    Student's (Hesterberg, 2015, *The American Statistician* 69:371). He moves the percentiles; with
    three seeds they are at the ends of the samples already, so that here the interval is stretched.
    """
    free = whole("n", n) - whole("parameters", parameters, least=0)
    if free < 1:
        raise BadInput(f"{n} values leave no interval to {parameters} parameters: measure more")
    level = number("the level of an interval, a share such as 0.95,", level, above=0.0, below=1.0)
    tail = (1 + level) / 2
    return float(special.stdtrit(free, tail) / special.ndtri(tail) * math.sqrt(n / free))


def nested(
    sets: int, seeds: int, samples: int, rng: np.random.Generator
) -> Int[np.ndarray, "samples networks"]:
    """Which networks are drawn: training sets with replacement, then in each as many of its seeds.

    Those of set s are numbers s * seeds and above. What networks on one set have in common varies
    with the sets alone, so that these are the independent units of more than one set.
    """
    drawn = rng.integers(0, sets, (samples, sets, 1))
    each = rng.integers(0, seeds, (samples, sets, seeds))
    return (drawn * seeds + each).reshape(samples, sets * seeds)


def interval(
    value: float, samples: ArrayLike, factor: float, level: float, *, log: bool = False
) -> Interval:
    """The percentiles of the finite samples [B], `factor` times as far from the value.

    `log`: distances in logarithms, of what is positive. NaN ends with under half finite samples.
    """
    level = number("the level of an interval, a share such as 0.95,", level, above=0.0, below=1.0)
    samples = np.asarray(as_float(samples, "samples", "B"))
    there = samples[np.isfinite(samples) & ((samples > 0) | (not log))]
    known = math.isfinite(value) and math.isfinite(factor)
    if 2 * there.size < samples.size or not there.size or not known:
        return Interval(value, math.nan, math.nan)
    tail = (1 - level) / 2
    ends = np.quantile(there, [tail, 1 - tail])
    low, high = value * (ends / value) ** factor if log else value + factor * (ends - value)
    return Interval(value, float(min(low, value)), float(max(high, value)))


class Bootstrap(TypedDict, total=False):
    """How many samples there are, their seed, and the level of the intervals from them."""

    samples: int
    seed: int
    level: float


@dataclass(frozen=True)
class Points:
    """What was measured at n points x, in ascending order.

    `mean` over the seeds; `error`, its standard error (see `_moderated`), NaN everywhere unless
    every point has three seeds or more and they differ; `samples`, the means of resampled seeds,
    NaN where a sample has none; `seeds`, of the median point; `factor`, by which intervals of a
    `level` are stretched, NaN with one seed.
    """

    x: Float[np.ndarray, " n"]
    mean: Float[np.ndarray, " n"]
    error: Float[np.ndarray, " n"]
    samples: Float[np.ndarray, "B n"]
    seeds: int
    seed: int
    level: float
    factor: float

    def interval(self, each: Float[np.ndarray, " samples"], *, log: bool = False) -> Interval:
        """What the means give, with an interval from what the `samples` give."""
        return interval(float(each[0]), each[1:], self.factor, self.level, log=log)


def points(
    x: Any, y: Any, *, least: int, samples: int = 1000, seed: int = 0, level: float = 0.95
) -> Points:
    """The points x [n] with a value among y [n, seeds], and `samples` resampled means of each.

    The values of a seed at all x are resampled together, as they may share data or initial weights.
    The same values in another order give the same samples.
    """
    samples = whole("samples", samples)
    seed = whole("seed", seed, least=0, most=LARGEST_SEED)
    exact = rounding(y, "y")
    x, y = _table(x, y, least)
    size = unit(np.where(np.isnan(y), 0.0, y))
    y = y / size  # whose squares may be beyond the range of numbers
    order = np.lexsort((np.nanmean(y, 1), x))
    x, y = x[order], y[order]
    # a canonical order of the seeds, so that theirs does not matter
    y = y[:, np.lexsort(y[::-1])]
    finite = np.isfinite(y)
    count = finite.sum(1)
    zeros = np.where(finite, y, 0.0)
    mean = zeros.sum(1) / count
    n, rng = y.shape[1], np.random.default_rng(seed)
    draws = rng.multinomial(n, np.full(n, 1 / n), size=samples).astype(float)
    with np.errstate(invalid="ignore"):
        resampled = draws @ zeros.T / (draws @ finite.T)
    if count.max() == 1:
        resampled = np.tile(mean, (samples, 1))
    error, seeds = _errors(y, mean, exact), int(np.median(count))
    factor = small_sample_factor(seeds, 1, level) if seeds > 1 else math.nan
    return Points(x, mean * size, error * size, resampled * size, seeds, seed, level, factor)


def logarithms(found: Points, law: str) -> Points:
    """The same of the logarithms of the means; samples that are not positive are NaN."""
    if not (found.mean > 0).all():
        raise BadInput(f"{law} needs positive means, not {found.mean.min():g}")
    with np.errstate(invalid="ignore"):
        samples = np.log(np.where(found.samples > 0, found.samples, np.nan))
    error = found.error / found.mean
    return replace(found, mean=np.log(found.mean), error=error, samples=samples)


def _table(x: Any, y: Any, least: int) -> tuple[np.ndarray, np.ndarray]:
    """x [n] and y [n, seeds] in float64, without points that have no value."""
    x = np.asarray(as_float(x, "x", dtype=np.float64))
    y = np.asarray(as_float(y, "y"))
    if x.ndim != 1 or y.ndim != 2 or len(x) != len(y):
        raise BadInput(
            f"x has shape {list(x.shape)} and y {list(y.shape)}: give x as [n] and y as [n, seeds],"
            " a row for each x; of one seed y[:, None]"
        )
    infinite = x[np.isinf(y).any(1) | np.isinf(x)]
    if infinite.size:
        raise BadInput(
            f"y is infinite at x = {infinite[0]:g}, as of a run that diverged: leave it out"
        )
    there = (~np.isnan(y)).any(1) & ~np.isnan(x)
    x, y = x[there], y[there].astype(np.float64)
    if not (x > 0).all():
        raise BadInput(f"x must be positive for a fit in logarithms, not {x.min():g}")
    known = len(np.unique(x))
    if known < least:
        raise BadInput(f"a fit needs {least} points with a finite value, not {known}: measure more")
    return x, y


def _errors(y: np.ndarray, mean: np.ndarray, exact: float) -> np.ndarray:
    count = np.isfinite(y).sum(1)
    if count.min(initial=ENOUGH) < ENOUGH:
        return np.full(len(mean), math.nan)
    # of what is positive the relative errors are alike, rather than the errors
    scale = mean if (mean > 0).all() else np.full_like(mean, np.sqrt(np.nanmean(y**2)) or 1.0)
    # seeds that agree to the last digits, those of the type they came in
    least = max(1e-24, 4 * exact**2)
    variance = _moderated(np.nanvar(y, 1, ddof=1) / scale**2, count - 1, least)
    return np.sqrt(variance / count) * scale


def _moderated(variance: np.ndarray, free: np.ndarray, least: float) -> np.ndarray:
    """Variances drawn towards one another as far as their scatter is that of chance.

    A point whose variance is small by chance would outweigh all others. With s^2 of d degrees of
    freedom the best guess is (d0 s0^2 + d s^2) / (d0 + d), d0 and s0 from the mean and spread of ln
    s^2 over points (Smyth, 2004, *Statistical Applications in Genetics and Molecular Biology* 3:3).
    """
    there = variance > least
    if there.sum() < 2:
        return np.full_like(variance, math.nan)
    half = free[there] / 2
    logs = np.log(variance[there]) - special.digamma(half) + np.log(half)
    excess = logs.var(ddof=1) - special.polygamma(1, half).mean()
    if excess <= 0:  # all of it is chance
        return np.full_like(variance, (free * variance).sum() / free.sum())
    # d0 / 2 is where the trigamma function, between 1 / x and 1 / x + 1 / x^2, is this excess
    low, high = 1 / excess, (1 + math.sqrt(1 + 4 * excess)) / (2 * excess)
    ends = math.log(low) - 1e-9, math.log(high) + 1e-9
    ln = optimize.brentq(lambda ln_x: special.polygamma(1, math.exp(ln_x)) - excess, *ends)
    d0 = 2 * math.exp(ln)
    s0 = math.exp(logs.mean() + special.digamma(d0 / 2) - math.log(d0 / 2))
    return (d0 * s0 + free * variance) / (d0 + free)
