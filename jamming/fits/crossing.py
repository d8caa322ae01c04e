"""Where a curve passes a level."""

import math
from typing import Any

import numpy as np

from jamming.checks.arguments import number
from jamming.checks.arrays import ArrayLike
from jamming.checks.errors import BadInput
from jamming.fits.interval import Interval, interval, small_sample_factor
from jamming.fits.points import points

SAMPLES = 1000


def crossing(
    x: ArrayLike,
    y: ArrayLike,
    level: Any,
    *,
    confidence: float = 0.95,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Interval:
    """The smallest x [n] at which the mean of y [n, seeds] is `level`, interpolated in log-log.

    The interval is from a bootstrap over the seeds, of the samples that cross; its ends are NaN
    where fewer than half do, or with one seed. All of it is NaN where the mean does not cross.
    Values that are NaN are left out, and points without others.

    Raises:
        BadInput: fewer than two points, an infinite value, x, the level or a mean that is not
            positive, other shapes.
    """
    level = number("level", level)
    if not 0 < level < math.inf:
        raise BadInput(f"a crossing in logarithms needs a positive level, not {level:g}")
    found = points(x, y, least=2, samples=samples, seed=seed)
    if not (found.mean > 0).all():
        raise BadInput(f"a crossing in logarithms needs positive means, not {found.mean.min():g}")
    logs, at = np.log(found.x), math.log(level)
    with np.errstate(invalid="ignore"):
        rows = np.log(np.where(found.samples > 0, found.samples, np.nan)) - at
    value = math.exp(_first(logs, np.log(found.mean) - at))
    if found.seeds == 1 or math.isnan(value):
        return Interval(value, math.nan, math.nan)
    each = np.exp([_first(logs, row) for row in rows])
    factor = small_sample_factor(found.seeds, 1, confidence)
    return interval(value, each, factor, confidence, log=True)


def _first(x: np.ndarray, y: np.ndarray) -> float:
    """The first zero of y, linear between the points that are known; NaN without one."""
    there = np.isfinite(y)
    x, y = x[there], y[there]
    zeros = [float(at) for at in x[y == 0][:1]]
    for i in np.flatnonzero(y[:-1] * y[1:] < 0)[:1]:
        zeros.append(float(x[i] + (x[i + 1] - x[i]) * y[i] / (y[i] - y[i + 1])))
    return min(zeros, default=math.nan)
