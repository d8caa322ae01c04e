"""How far several curves are from being one.

(Bhattacharjee and Seno, *A measure of data collapse for scaling*, 2001, J. Phys. A 34:6375.)
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from jamming.checks.arrays import as_float
from jamming.checks.errors import BadInput
from jamming.checks.rounding import rounding


def collapse(curves: Sequence[Any], *, log: bool = True) -> float:
    """The root mean square distance of ln y, or of y, between curves (x, y), each [n] and [n].

    Each point of a curve is compared with every other curve at the same x, interpolated in
    ln x, where that curve reaches; the mean is over all such pairs. 0.1 says that curves differ
    by about 10 %. Points that are NaN are left out; of several of a curve at one x the mean is
    taken, of ln y or of y.

    Raises:
        BadInput: fewer than two curves, a curve whose range no other shares, x that is not
            positive, or y with `log`; infinite y; what is no pair of as many numbers each.
    """
    curves = list(curves)
    if len(curves) < 2:
        raise BadInput(f"a collapse needs two curves or more, not {len(curves)}")
    pairs = [_pair(curve) for curve in curves]
    # an x that is an end of both must not be lost to rounding
    near = max(1e-9, *(4 * exact for _, _, exact in pairs))
    lines = [_line(x.astype(np.float64), y.astype(np.float64), log) for x, y, _ in pairs]
    square, count = 0.0, 0
    shared = [0] * len(lines)
    for i, (x, y) in enumerate(lines):
        for j, (u, v) in enumerate(lines):
            if i == j:
                continue
            inside = (x >= u[0] - near) & (x <= u[-1] + near)
            distance = y[inside] - np.interp(x[inside], u, v)
            square, count = square + float((distance**2).sum()), count + distance.size
            shared[i], shared[j] = shared[i] + distance.size, shared[j] + distance.size
    if not all(shared):
        raise BadInput(f"curve {shared.index(0)} shares no range of x with the others")
    return float(np.sqrt(square / count))


def _pair(curve: Any) -> tuple[np.ndarray, np.ndarray, float]:
    """x and y of a curve, and the rounding of x as it was given."""
    try:
        given, _ = curve
        x, y = (np.asarray(as_float(each, "a curve")) for each in curve)
        exact = rounding(given)
    except (ValueError, TypeError, BadInput) as error:
        raise BadInput("a curve is a pair (x, y): give several such pairs") from error
    if x.ndim != 1 or x.shape != y.shape:
        raise BadInput(
            f"a curve is a pair (x, y), each [n], not {list(x.shape)} and {list(y.shape)}: give"
            " several such pairs"
        )
    return x, y, exact


def _line(x: np.ndarray, y: np.ndarray, log: bool) -> tuple[np.ndarray, np.ndarray]:
    if np.isinf(y).any():
        raise BadInput("a curve is infinite, as where a run diverged: leave the point out")
    there = np.isfinite(x) & ~np.isnan(y)
    x, y = x[there], y[there]
    if not x.size:
        raise BadInput("a curve has no finite point: leave it out")
    if not (x > 0).all() or (log and not (y > 0).all()):
        raise BadInput("curves are compared in logarithms: x, and y unless log=False, must be > 0")
    x, which, count = np.unique(np.log(x), return_inverse=True, return_counts=True)
    return x, np.bincount(which, np.log(y) if log else y) / count
