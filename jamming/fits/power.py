"""Power laws: alone, above a floor, with corrections of known exponents, and at a singularity.

All fit the means over seeds, weighted by 1 / (standard error)^2 where every point has three seeds
or more (see `points` for these errors), and unweighted otherwise. `chi2` is the weighted sum of
squares per degree of freedom: about 1 where the law holds (a few tenths more with a few seeds,
less where the noise of a seed is the same at all points), NaN where there are no weights.

Intervals are from a bootstrap over the seeds, with the weights as they are. With one seed a point
they are from resampled distances of the points to the law, which must then hold; of a few points,
above a floor, these are somewhat too narrow.

x is [n] and y [n, seeds]. Values that are NaN are left out, and points without others.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Unpack

import numpy as np

from jamming.checks.arguments import numbers
from jamming.checks.arrays import ArrayLike
from jamming.checks.errors import BadInput
from jamming.fits.least_squares import above_floor, linear, straightest
from jamming.fits.seeds import Bootstrap, Interval, Points, logarithms, points, small_sample_factor

GRID = 400  # places tried for a singularity


@dataclass(frozen=True, kw_only=True)
class Law:
    """What was fitted between x_min and x_max, and its `chi2` (see the module)."""

    chi2: float
    x_min: float
    x_max: float


@dataclass(frozen=True)
class PowerLaw(Law):
    """y = prefactor x^exponent."""

    exponent: Interval
    prefactor: Interval


@dataclass(frozen=True)
class Floor(PowerLaw):
    """y = floor + prefactor x^exponent."""

    floor: Interval


@dataclass(frozen=True)
class Corrected(Law):
    """y = floor + sum_k prefactors_k x^exponents_k."""

    floor: Interval
    prefactors: tuple[Interval, ...]
    exponents: tuple[float, ...]


@dataclass(frozen=True)
class Singular(PowerLaw):
    """y = prefactor (x / at - 1)^exponent, with all x above `at`."""

    at: Interval


def power_law(x: ArrayLike, y: ArrayLike, **how: Unpack[Bootstrap]) -> PowerLaw:
    """y = A x^b: a straight line through the logarithms of the means over seeds, y [n, seeds].

    Values that are NaN are left out. `level` (0.95) is that of the intervals, from `samples` (1000)
    of the bootstrap. Raises BadInput for fewer than three points or means that are not positive.

    Example:
        >>> x = np.array([1.0, 2.0, 4.0, 8.0])
        >>> found = jamming.power_law(x, (3 * x**-0.5)[:, None])
        >>> round(found.exponent.value, 6)
        -0.5
    """
    found = logarithms(points(x, y, least=3, **how), "a power law")
    centre = np.log(found.x).mean()
    design = np.stack([np.ones_like(found.x), np.log(found.x) - centre], 1)
    each, interval, fit = _fitted(found, functools.partial(linear, design), lambda p: p @ design.T)
    prefactor = np.exp(each[:, 0] - each[:, 1] * centre)
    return PowerLaw(interval(each[:, 1]), interval(prefactor, log=True), **fit)


def with_floor(
    x: ArrayLike, y: ArrayLike, *, exponents: Any = (-4.0, 4.0), **how: Unpack[Bootstrap]
) -> Floor:
    """y = c + A x^b: b by a scan between `exponents`, c and A by least squares at each b.

    The scan finds the best b of the range, whatever the data; at an end of the range it says that
    they hold no such law. c and A go apart without bound as b goes to 0.
    """
    exponents = numbers("exponents", exponents)
    if len(exponents) != 2 or not exponents[0] < exponents[1]:
        raise BadInput(f"a scan needs two exponents in ascending order, not {exponents}")
    found = points(x, y, least=4, **how)
    centre = np.log(found.x).mean()
    u = np.log(found.x) - centre

    def law(p: np.ndarray) -> np.ndarray:
        return p[:, :1] + p[:, 1:2] * np.exp(p[:, 2:] * u)

    solve = functools.partial(above_floor, u, exponents=exponents)
    each, interval, fit = _fitted(found, solve, law)
    c, A, b = each.T
    return Floor(interval(b), interval(A * np.exp(-b * centre)), interval(c), **fit)


def corrected(
    x: ArrayLike, y: ArrayLike, exponents: Any = (-0.5, -0.75), **how: Unpack[Bootstrap]
) -> Corrected:
    """y = c + sum_k A_k x^(e_k) with given exponents e_k, distinct and not 0: linear least squares.

    The defaults are the powers of N in which the test error approaches its limit (Geiger et al.,
    *Scaling description of generalization with number of parameters in deep learning*, 2020,
    Fig. 2: 0.054 + 6.4 N^(-1/2) - 49 N^(-3/4)).
    """
    powers = numbers("exponents", exponents)
    if 0.0 in powers or len(set(powers)) < len(powers):
        raise BadInput(f"exponents must differ from one another and from 0, unlike {powers}")
    found = points(x, y, least=len(powers) + 2, **how)
    all_powers, centre = np.array([0.0, *powers]), np.log(found.x).mean()
    design = np.exp(all_powers * (np.log(found.x) - centre)[:, None])
    each, interval, fit = _fitted(found, functools.partial(linear, design), lambda p: p @ design.T)
    floor, *prefactors = map(interval, (each * np.exp(-all_powers * centre)).T)
    return Corrected(floor, tuple(prefactors), powers, **fit)


def singular(x: ArrayLike, y: ArrayLike, between: Any, **how: Unpack[Bootstrap]) -> Singular:
    """y = A (x / x0 - 1)^b with the x0 < x of `between` at which the logarithms are straightest.

    As for the norm of the output next to jamming (Geiger et al., *Scaling description of
    generalization with number of parameters in deep learning*, 2020, Fig. 7B, where N* was tuned
    until its curves were straight). Intervals are from a bootstrap over the seeds in which x0 is
    found anew each time: one seed has none.
    """
    found = logarithms(points(x, y, least=4, **how), "a power law")
    ends = numbers("between", between)
    if len(ends) != 2 or not 0 < ends[0] < ends[1] < found.x[0]:
        raise BadInput(f"x0 lies between two numbers > 0 below all x ({found.x[0]:g}), not {ends}")
    low, high = ends
    # as fine next to the points as it is far from them
    places = found.x[0] - np.geomspace(found.x[0] - high, found.x[0] - low, GRID)
    u = np.log(found.x / places[:, None] - 1)  # [grid, n]

    def law(p: np.ndarray) -> np.ndarray:
        return p[:, 2:] + p[:, 1:2] * u[p[:, 0].astype(int)]

    solve = functools.partial(straightest, u)
    each, interval, fit = _fitted(found, solve, law, of_one_seed=False)
    i, b, ln_a = each.T
    at = interval(places[i.astype(int)], log=True)
    return Singular(interval(b), interval(np.exp(ln_a), log=True), at, **fit)


def _fitted(
    found: Points,
    solve: Callable[[np.ndarray, np.ndarray], np.ndarray],
    law: Callable[[np.ndarray], np.ndarray],
    *,
    of_one_seed: bool = True,
) -> tuple[np.ndarray, Callable[..., Interval], dict[str, float]]:
    """Parameters [1 + B, p] of the means and samples, what makes their intervals, and a `Law`.

    `solve` goes from rows of values [B, n] and weights [n] to rows of parameters, `law` back.
    """
    z, error = found.mean, found.error
    weighted = bool(np.isfinite(error).all())
    weight = np.ones_like(z)
    if weighted:  # by the mean error, so that nothing over- or underflows
        weight = np.exp(2 * (np.log(error).mean() - np.log(error)))
    best = solve(z[None], weight)
    n, p = len(z), best.shape[1]
    distance = z - law(best)[0]
    chi2 = float(((distance / error) ** 2).sum() / (n - p)) if weighted else math.nan
    if found.seeds == 1 and of_one_seed:
        draws = np.random.default_rng(found.seed).integers(0, n, found.samples.shape)
        samples, factor = law(best) + distance[draws], small_sample_factor(n, p, found.level)
        found = replace(found, samples=samples, factor=factor)
    each = np.concatenate([best, solve(found.samples, weight)])
    fit = {"chi2": chi2, "x_min": float(found.x[0]), "x_max": float(found.x[-1])}
    return each, found.interval, fit
