"""Power laws: alone, above a floor, and with corrections of known exponents.

All fit the means over seeds, weighted by 1 / (standard error)^2 where every point has three seeds
or more (see `points` for these errors), and unweighted otherwise. `chi2` is the weighted sum of
squares per degree of freedom: about 1 where the law holds (a few tenths more with a few seeds,
less where the noise of a seed is the same at all points), NaN where there are no weights.

Intervals are from a bootstrap over the seeds, with the weights as they are. With one seed a point
they are from resampled distances of the points to the law, which must then hold; of a few points,
above a floor, these are somewhat too narrow.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from jamming.checks.arguments import numbers
from jamming.checks.arrays import ArrayLike
from jamming.checks.errors import BadInput
from jamming.fits.interval import Interval, interval, small_sample_factor
from jamming.fits.least_squares import above_floor, linear
from jamming.fits.points import Points, points

SAMPLES = 1000
EXPONENTS = (-4.0, 4.0)  # between which that of a law above a floor is looked for


@dataclass(frozen=True)
class PowerLaw:
    """y = prefactor x^exponent between x_min and x_max."""

    exponent: Interval
    prefactor: Interval
    chi2: float
    x_min: float
    x_max: float


@dataclass(frozen=True)
class Floor:
    """y = floor + prefactor x^exponent between x_min and x_max."""

    floor: Interval
    prefactor: Interval
    exponent: Interval
    chi2: float
    x_min: float
    x_max: float


@dataclass(frozen=True)
class Corrected:
    """y = floor + sum_k prefactors_k x^exponents_k between x_min and x_max."""

    floor: Interval
    prefactors: tuple[Interval, ...]
    exponents: tuple[float, ...]
    chi2: float
    x_min: float
    x_max: float


def power_law(
    x: ArrayLike,
    y: ArrayLike,
    *,
    level: float = 0.95,
    samples: int = SAMPLES,
    seed: int = 0,
) -> PowerLaw:
    """y = A x^b: a straight line through the logarithms of the means over seeds, y [n, seeds].

    Values that are NaN are left out, and points without others. `level` is that of the
    intervals, `samples` the number of bootstrap samples, `seed` theirs.

    Raises:
        BadInput: fewer than three points, x or means of y that are not positive, an infinite
            value, other shapes.

    Example:
        >>> x = np.array([1.0, 2.0, 4.0, 8.0])
        >>> found = jamming.power_law(x, (3 * x**-0.5)[:, None])
        >>> round(found.exponent.value, 6)
        -0.5
    """
    found = points(x, y, least=3, samples=samples, seed=seed)
    if not (found.mean > 0).all():
        raise BadInput(f"a power law needs positive means, not {found.mean.min():g}")
    with np.errstate(invalid="ignore"):
        ln_y = np.log(np.where(found.samples > 0, found.samples, np.nan))
    ln_x = np.log(found.x)
    design = np.stack([np.ones_like(ln_x), ln_x - ln_x.mean()], 1)
    fit = _Fit(
        np.log(found.mean),
        found.error / found.mean,
        ln_y,
        lambda z, weight: linear(design, z, weight),
        lambda p: p @ design.T,
    )
    each, factor, chi2 = _fitted(fit, found.seeds, level, seed)
    ln_a = each[:, 0] - each[:, 1] * ln_x.mean()
    return PowerLaw(
        interval(float(each[0, 1]), each[1:, 1], factor, level),
        interval(float(np.exp(ln_a[0])), np.exp(ln_a[1:]), factor, level, log=True),
        chi2,
        *_range(found),
    )


def with_floor(
    x: ArrayLike,
    y: ArrayLike,
    *,
    exponents: Any = EXPONENTS,
    level: float = 0.95,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Floor:
    """y = c + A x^b: b by a scan between `exponents`, c and A by least squares at each b.

    x is [n], and y [n, seeds].

    The scan finds the best b of the range, whatever the data; at an end of the range it says that
    they hold no such law. c and A go apart without bound as b goes to 0.

    Raises:
        BadInput: fewer than four points, x that is not positive, an infinite value, not two
            exponents in ascending order, other shapes.
    """
    exponents = numbers("exponents", exponents)
    if len(exponents) != 2 or not exponents[0] < exponents[1]:
        raise BadInput(f"a scan needs two exponents in ascending order, not {exponents}")
    found = points(x, y, least=4, samples=samples, seed=seed)
    u = np.log(found.x) - np.log(found.x).mean()
    fit = _Fit(
        found.mean,
        found.error,
        found.samples,
        lambda z, weight: above_floor(u, z, weight, exponents),
        lambda p: p[:, :1] + p[:, 1:2] * np.exp(p[:, 2:] * u),
    )
    each, factor, chi2 = _fitted(fit, found.seeds, level, seed)
    b = each[:, 2]
    A = each[:, 1] * np.exp(-b * np.log(found.x).mean())
    return Floor(
        interval(float(each[0, 0]), each[1:, 0], factor, level),
        interval(float(A[0]), A[1:], factor, level),
        interval(float(b[0]), b[1:], factor, level),
        chi2,
        *_range(found),
    )


def corrected(
    x: ArrayLike,
    y: ArrayLike,
    exponents: Any = (-0.5, -0.75),
    *,
    level: float = 0.95,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Corrected:
    """y = c + sum_k A_k x^(e_k) with exponents e_k that are given: linear least squares.

    x is [n], and y [n, seeds].

    The defaults are the powers of N in which the test error approaches its limit (Geiger et al.,
    *Scaling description of generalization with number of parameters in deep learning*, 2020,
    Fig. 2: 0.054 + 6.4 N^(-1/2) - 49 N^(-3/4)).

    Raises:
        BadInput: fewer points than parameters + 1, x that is not positive, or exponents that
            repeat or are zero, other shapes.
    """
    powers = numbers("exponents", exponents)
    if 0.0 in powers or len(set(powers)) < len(powers):
        raise BadInput(f"exponents must differ from one another and from 0, unlike {powers}")
    found = points(x, y, least=len(powers) + 2, samples=samples, seed=seed)
    u = np.log(found.x) - np.log(found.x).mean()
    design = np.exp(np.array([0.0, *powers]) * u[:, None])
    fit = _Fit(
        found.mean,
        found.error,
        found.samples,
        lambda z, weight: linear(design, z, weight),
        lambda p: p @ design.T,
    )
    each, factor, chi2 = _fitted(fit, found.seeds, level, seed)
    each = each * np.exp(-np.array([0.0, *powers]) * np.log(found.x).mean())
    all_of = [interval(float(row[0]), row[1:], factor, level) for row in each.T]
    return Corrected(all_of[0], tuple(all_of[1:]), powers, chi2, *_range(found))


@dataclass(frozen=True)
class _Fit:
    """What is fitted, be it y or ln y: values z [n], their errors [n], samples [B, n].

    `solve` goes from rows of values [B, n] and weights [n] to rows of parameters [B, p], `law`
    from rows of parameters to values.
    """

    z: np.ndarray
    error: np.ndarray
    samples: np.ndarray
    solve: Callable[[np.ndarray, np.ndarray], np.ndarray]
    law: Callable[[np.ndarray], np.ndarray]


def _fitted(fit: _Fit, seeds: int, level: float, seed: int) -> tuple[np.ndarray, float, float]:
    """(parameters [1 + B, p] of the means and of every sample, stretch of intervals, chi2)."""
    weighted = bool(np.isfinite(fit.error).all())
    weight = np.ones_like(fit.z)
    if weighted:  # by the mean error, so that nothing over- or underflows
        weight = np.exp(2 * (np.log(fit.error).mean() - np.log(fit.error)))
    best = fit.solve(fit.z[None], weight)
    n, p = len(fit.z), best.shape[1]
    distance = fit.z - fit.law(best)[0]
    chi2 = float(((distance / fit.error) ** 2).sum() / (n - p)) if weighted else math.nan
    if seeds > 1:
        samples, factor = fit.samples, small_sample_factor(seeds, 1, level)
    else:
        draws = np.random.default_rng(seed).integers(0, n, fit.samples.shape)
        samples, factor = fit.law(best) + distance[draws], small_sample_factor(n, p, level)
    return np.concatenate([best, fit.solve(samples, weight)]), factor, chi2


def _range(found: Points) -> tuple[float, float]:
    return float(found.x[0]), float(found.x[-1])
