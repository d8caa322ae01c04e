"""Means over seeds, their errors, and their bootstrap: what every fit starts from."""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import optimize, special

from jamming.checks.arguments import LARGEST_SEED, whole
from jamming.checks.arrays import ArrayLike, as_float, rounding, unit
from jamming.checks.errors import BadInput

SAMPLES = 1000
# seeds a point from which its standard error is worth a weight
ENOUGH = 3


@dataclass(frozen=True)
class Points:
    """What was measured at n points x, in ascending order.

    `mean` over the seeds; `error`, its standard error (see `_moderated`), NaN everywhere unless
    every point has three seeds or more and they differ; `samples`, the means of resampled seeds,
    NaN where a sample has none; `seeds`, of the median point.
    """

    x: Float[np.ndarray, " n"]
    mean: Float[np.ndarray, " n"]
    error: Float[np.ndarray, " n"]
    samples: Float[np.ndarray, "B n"]
    seeds: int


def points(x: ArrayLike, y: ArrayLike, *, least: int, samples: int, seed: int) -> Points:
    """The points x [n] with a value among y [n, seeds], and `samples` resampled means of each.

    NaN is no value. The values of a seed at all x are resampled together, as they may share data
    or initial weights. The same values in another order give the same samples.
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
    errors = _errors(y, mean, exact)
    resampled = _resampled(zeros, finite, samples, seed)
    return Points(x, mean * size, errors * size, resampled * size, int(np.median(count)))


def logarithms(found: Points, law: str) -> Points:
    """The same of the logarithms of the means; samples that are not positive are NaN."""
    if not (found.mean > 0).all():
        raise BadInput(f"{law} needs positive means, not {found.mean.min():g}")
    with np.errstate(invalid="ignore"):
        samples = np.log(np.where(found.samples > 0, found.samples, np.nan))
    error = found.error / found.mean
    return dataclasses.replace(found, mean=np.log(found.mean), error=error, samples=samples)


def _table(x: ArrayLike, y: ArrayLike, least: int) -> tuple[np.ndarray, np.ndarray]:
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
            f"what is fitted is infinite at x = {infinite[0]:g}, as of a run that diverged: mend"
            " the run, or leave the point out"
        )
    there = (~np.isnan(y)).any(1) & ~np.isnan(x)
    x, y = x[there], y[there].astype(np.float64)
    if not (x > 0).all():
        raise BadInput(f"x must be positive for a fit in its logarithm, not {x.min():g}")
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
    d0 = 2 * _inverse_trigamma(excess)
    s0 = math.exp(logs.mean() + special.digamma(d0 / 2) - math.log(d0 / 2))
    return (d0 * s0 + free * variance) / (d0 + free)


def _inverse_trigamma(y: float) -> float:
    """The x > 0 at which the trigamma function is y > 0."""
    # between 1 / x and 1 / x + 1 / x^2
    low, high = math.log(1 / y), math.log((1 + math.sqrt(1 + 4 * y)) / (2 * y))
    ends = low - 1e-9, high + 1e-9
    return math.exp(optimize.brentq(lambda ln_x: special.polygamma(1, math.exp(ln_x)) - y, *ends))


def _resampled(zeros: np.ndarray, finite: np.ndarray, samples: int, seed: int) -> np.ndarray:
    seeds = zeros.shape[1]
    if finite.sum(1).max() == 1:
        return np.tile(zeros.sum(1), (samples, 1))
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=samples).astype(float)
    count = draws @ finite.T
    with np.errstate(invalid="ignore"):
        means: np.ndarray = draws @ zeros.T / count
    return means
