"""Where a curve passes a level, and how far several curves are from being one."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from jamming.checks.arguments import number
from jamming.checks.arrays import ArrayLike, as_float, rounding, shaped
from jamming.checks.errors import BadInput
from jamming.fits.points import logarithms, points
from jamming.fits.seeds import Interval


def crossing(x: ArrayLike, y: ArrayLike, level: Any, *, samples: int = 1000) -> Interval:
    """The smallest x [n] at which the mean of y [n, seeds] is `level`, interpolated in log-log.

    The 95 % interval is from a bootstrap over the seeds, of the samples that cross; its ends are
    NaN where fewer than half do, or with one seed. All of it is NaN where the mean does not cross.
    """
    level = number("level", level, above=0.0)
    found = logarithms(points(x, y, least=2, samples=samples), "a crossing in logarithms")
    rows, ln_x = (found.mean, *found.samples), np.log(found.x)
    each = np.exp([_first(ln_x, row - math.log(level)) for row in rows])
    return found.interval(each, log=True)


def _first(x: np.ndarray, y: np.ndarray) -> float:
    """The first zero of y, linear between the points that are known; NaN without one."""
    there = np.isfinite(y)
    x, y = x[there], y[there]
    zeros = [float(at) for at in x[y == 0][:1]]
    for i in np.flatnonzero(y[:-1] * y[1:] < 0)[:1]:
        zeros.append(float(x[i] + (x[i + 1] - x[i]) * y[i] / (y[i] - y[i + 1])))
    return min(zeros, default=math.nan)


def collapse(curves: Sequence[Any], *, log: bool = True) -> float:
    """The root mean square distance of ln y, or of y, between curves (x, y), each [n] and [n].

    The mean is over the points of each curve and all other curves that reach there, interpolated in
    ln x (Bhattacharjee and Seno, *A measure of data collapse for scaling*, 2001, J. Phys. A
    34:6375); 0.1 is a difference of 10 %. Points that are NaN are left out; of several at one x the
    mean is taken, of ln y or of y. Raises BadInput for fewer than two curves, one that shares no
    range, and numbers without a logarithm.
    """
    curves = list(curves)
    if len(curves) < 2:
        raise BadInput(f"a collapse needs two curves or more, not {len(curves)}")
    lines = [_line(curve, log) for curve in curves]
    # an x that is an end of both must not be lost to rounding
    near = max(1e-9, *(4 * exact for *_, exact in lines))
    square, shared = 0.0, [0] * len(lines)
    for i, j in itertools.permutations(range(len(lines)), 2):
        (x, y, _), (u, v, _) = lines[i], lines[j]
        inside = (x >= u[0] - near) & (x <= u[-1] + near)
        distance = y[inside] - np.interp(x[inside], u, v)
        square += float((distance**2).sum())
        for k in (i, j):
            shared[k] += distance.size
    if not all(shared):
        raise BadInput(f"curve {shared.index(0)} shares no range of x with the others")
    return float(np.sqrt(square / (sum(shared) / 2)))


def _line(curve: Any, log: bool) -> tuple[np.ndarray, np.ndarray, float]:
    """ln x in ascending order, ln y or y there, and the rounding of x as it was given."""
    try:
        exact = rounding(curve[0])
        x, y = (np.asarray(as_float(each, "a curve")).astype(np.float64) for each in curve)
        shaped(y, "y", *shaped(x, "x", "n").shape)
    except (ValueError, TypeError, LookupError) as error:
        said = "a curve is a pair (x, y), each [n]: give several such pairs"
        raise BadInput(said) from error
    if np.isinf(y).any():
        raise BadInput("a curve is infinite, as where a run diverged: leave the point out")
    there = np.isfinite(x) & ~np.isnan(y)
    x, y = x[there], y[there]
    if not x.size:
        raise BadInput("a curve has no finite point: leave it out")
    if not (x > 0).all() or (log and not (y > 0).all()):
        raise BadInput("curves are compared in logarithms: x, and y unless log=False, must be > 0")
    x, which, count = np.unique(np.log(x), return_inverse=True, return_counts=True)
    return x, np.bincount(which, np.log(y) if log else y) / count, exact
