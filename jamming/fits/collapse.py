"""How far several curves are from being one.

(Bhattacharjee and Seno, *A measure of data collapse for scaling*, 2001, J. Phys. A 34:6375.)
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from jamming.errors import BadInput


def collapse(
    curves: Sequence[tuple[Float[np.ndarray, " _"], Float[np.ndarray, " _"]]],
    *,
    log: bool = True,
) -> float:
    """The root mean square distance of ln y, or of y, between curves (x, y).

    Each point of a curve is compared with every other curve at the same x, interpolated in
    ln x, where that curve reaches; the mean is over all such pairs. 0.1 says that curves differ
    by about 10 %. Points that are not finite are left out.

    Raises:
        BadInput: fewer than two curves, a curve whose range no other shares, x that is not
            positive, or y with `log`.
    """
    if len(curves) < 2:
        raise BadInput(f"a collapse needs two curves or more, not {len(curves)}")
    lines = [_line(*curve, log) for curve in curves]
    square, count = 0.0, 0
    shared = [0] * len(lines)
    for i, (x, y) in enumerate(lines):
        for j, (u, v) in enumerate(lines):
            if i == j:
                continue
            # an x that is an end of both must not be lost to rounding
            inside = (x >= u[0] - 1e-9) & (x <= u[-1] + 1e-9)
            distance = y[inside] - np.interp(x[inside], u, v)
            square, count = square + float((distance**2).sum()), count + distance.size
            shared[i], shared[j] = shared[i] + distance.size, shared[j] + distance.size
    if not all(shared):
        raise BadInput(f"curve {shared.index(0)} shares no range of x with the others")
    return float(np.sqrt(square / count))


def _line(x: np.ndarray, y: np.ndarray, log: bool) -> tuple[np.ndarray, np.ndarray]:
    there = np.isfinite(x) & np.isfinite(y)
    x, y = x[there], y[there]
    if not x.size:
        raise BadInput("a curve has no finite point: leave it out")
    if not (x > 0).all() or (log and not (y > 0).all()):
        raise BadInput("curves are compared in logarithms: x, and y unless log=False, must be > 0")
    order = np.argsort(x, kind="stable")
    return np.log(x[order]), np.log(y[order]) if log else y[order]
