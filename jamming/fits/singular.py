"""A power law that diverges, or vanishes, at a point that is not known beforehand."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import numbers
from jamming.checks.arrays import ArrayLike
from jamming.checks.errors import BadInput
from jamming.fits.interval import Interval, interval, small_sample_factor
from jamming.fits.points import points

SAMPLES = 1000
GRID = 400  # places tried for the singularity


@dataclass(frozen=True)
class Singular:
    """y = prefactor (x / at - 1)^exponent between x_min and x_max, all above `at`.

    `chi2` is per degree of freedom, NaN without standard errors of the points.
    """

    at: Interval
    exponent: Interval
    prefactor: Interval
    chi2: float
    x_min: float
    x_max: float


def singular(
    x: ArrayLike,
    y: ArrayLike,
    between: Any,
    *,
    level: float = 0.95,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Singular:
    """y = A (x / x0 - 1)^b with the x0 of `between` at which the logarithms are straightest.

    x is [n], and y [n, seeds].

    As for the norm of the output next to jamming (Geiger et al., *Scaling description of
    generalization with number of parameters in deep learning*, 2020, Fig. 7B, where N* was tuned
    until its curves were straight). Means over seeds, weighted by their standard errors; the
    intervals are from a bootstrap over the seeds in which x0 is found anew each time. Values that
    are NaN are left out, and points without others.

    Raises:
        BadInput: fewer than four points, x or a mean of y that is not positive, an infinite value,
            or a range for x0 that does not lie between 0 and the smallest x; other shapes.
    """
    found = points(x, y, least=4, samples=samples, seed=seed)
    if not (found.mean > 0).all():
        raise BadInput(f"a power law needs positive means, not {found.mean.min():g}")
    ends = numbers("between", between)
    if len(ends) != 2:
        raise BadInput(f"a singularity lies between two numbers, not {ends}")
    low, high = ends
    if not 0 < low < high < found.x[0]:
        raise BadInput(
            f"a singularity at {low:g} to {high:g} must lie below all x, from {found.x[0]:g} on"
        )
    # as fine next to the points as it is far from them
    places = found.x[0] - np.geomspace(found.x[0] - high, found.x[0] - low, GRID)
    u = np.log(found.x / places[:, None] - 1)  # [grid, n]
    with np.errstate(invalid="ignore", divide="ignore"):
        rows = np.log(np.where(found.samples > 0, found.samples, np.nan))
    known = np.isfinite(found.error).all()
    error = found.error / found.mean if known else np.ones_like(found.mean)
    best = np.array([_straightest(u, row, error) for row in (np.log(found.mean), *rows)])
    i, b, ln_a, square = best.T
    at = places[i.astype(int)]
    factor = small_sample_factor(found.seeds, 1, level) if found.seeds > 1 else math.nan
    free = len(found.x) - 3
    return Singular(
        _interval(at, factor, level, log=True),
        _interval(b, factor, level, log=False),
        _interval(np.exp(ln_a), factor, level, log=True),
        float(square[0] / free) if known and free else math.nan,
        float(found.x[0]),
        float(found.x[-1]),
    )


def _straightest(
    u: Float[np.ndarray, "grid n"], z: Float[np.ndarray, " n"], error: Float[np.ndarray, " n"]
) -> tuple[int, float, float, float]:
    """(place, slope, constant, weighted sum of squares) of the best line through z(u)."""
    there = np.isfinite(z)
    if there.sum() < 3:
        return 0, math.nan, math.nan, math.nan
    u, z, w = u[:, there], z[there], 1 / error[there] ** 2
    total = w.sum()
    mean, centre = u @ w / total, z @ w / total
    off, up = u - mean[:, None], z - centre
    slope = off @ (w * up) / (off**2 @ w)
    square = (up - slope[:, None] * off) ** 2 @ w
    i = int(square.argmin())
    return i, float(slope[i]), float(centre - slope[i] * mean[i]), float(square[i])


def _interval(values: np.ndarray, factor: float, level: float, *, log: bool) -> Interval:
    """Of the first value, from the others; without ends where there is one seed."""
    if math.isnan(factor):
        return Interval(float(values[0]), math.nan, math.nan)
    return interval(float(values[0]), values[1:], factor, level, log=log)
