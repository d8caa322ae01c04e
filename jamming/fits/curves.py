"""Where a curve passes a level, by which power it starts, and how far several are from being one.

A learning curve y(t) is known at the times t_k of snapshots. In gradient flow the loss falls over
decades of t; between the t_k it is taken as a smooth monotone function of ln t (piecewise cubic,
Fritsch and Carlson, *Monotone piecewise cubic interpolation*, 1980).

The time t_{L/2} at which the loss has halved is proportional to sqrt(h) alpha where features are
learnt, and does not depend on alpha where learning is lazy (*Disentangling feature and lazy
training*, Sec. 5 and Fig. 5).
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator

from jamming.checks.arguments import number, time
from jamming.checks.arrays import ArrayLike, as_float, rounding
from jamming.checks.errors import BadInput
from jamming.fits.seeds import Interval, logarithms, points


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


@dataclass(frozen=True)
class Passage:
    """A curve falls to the level at `t`, or NaN; the snapshots around it have the ratio `gap`."""

    t: float
    gap: float


def falls_to(t: ArrayLike, y: ArrayLike, share: float = 0.5) -> Passage:
    """Where y first falls to `share` of its first value, between the times t (from 0 on).

    NaN where the first value is. For losses of gradient flow, at times of ratio 2, good to 1 %.
    """
    at, values = curve(t, y)
    share = number("share", share, above=0.0, below=1.0)
    below = np.flatnonzero(values <= share * values[:1])
    if not below.size or not np.isfinite(as_float(y)[0]):
        return Passage(math.nan, math.nan)
    i = int(below[0])
    if i < 2:  # before the second snapshot there is no logarithm to interpolate in
        line = float(np.interp(-share * values[0], -values[: i + 1], at[: i + 1]))
        return Passage(line, math.inf)
    ln = np.log(at[1:])
    # up to one snapshot after the crossing; where the loss rises by rounding it is constant
    smooth = PchipInterpolator(ln[: i + 1], np.minimum.accumulate(values[1 : i + 2]))
    fine = np.linspace(ln[i - 2], ln[i - 1], 2001)
    crossed = smooth(fine) <= share * values[0]
    return Passage(float(np.exp(fine[int(np.argmax(crossed))])), float(at[i] / at[i - 1]))


def value_at(t: ArrayLike, y: ArrayLike, when: Any) -> float:
    """y at the time `when`, log-log interpolated; NaN outside the times t."""
    at, values = curve(t, y)
    when = time("when", when)
    use = (at > 0) & (values > 0)
    at, values = at[use], values[use]
    if at.size < 2 or not at[0] <= when <= at[-1]:
        return math.nan
    return float(np.exp(np.interp(math.log(when), np.log(at), np.log(values))))


def first_power(t: ArrayLike, y: ArrayLike, until: float, *, decades: float = 2.0) -> float:
    """The p of y ~ t^p, a line in logarithms, over `decades` up to `until`; NaN under 3 points."""
    at, values = curve(t, y)
    use = (at > 0) & (at <= until) & (at >= until / 10**decades) & (values > 0)
    if use.sum() < 3:
        return math.nan
    return float(np.polyfit(np.log(at[use]), np.log(values[use]), 1)[0])


def curve(t: ArrayLike, y: ArrayLike) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Times, which ascend from 0 on, and values: not NaN, the last of several at one time."""
    at, values = (np.asarray(as_float(e, "a curve", dtype=np.float64)) for e in (t, y))
    if at.shape != values.shape or at.ndim != 1:
        raise BadInput(f"a curve has a value for each time, not {values.shape} for {at.shape}")
    there = np.isfinite(at) & np.isfinite(values)
    at, values = at[there], values[there]
    if (np.diff(at) < 0).any() or (at < 0).any():
        raise BadInput("the times of a curve must ascend, from 0 on")
    last = np.diff(at, append=math.inf) > 0
    return at[last], values[last]


def collapse(curves: Sequence[Any], *, log: bool = True) -> float:
    """The root mean square distance of ln y, or of y, between curves (x, y), each [n] and [n].

    The mean is over the points of each curve and all other curves that reach there, interpolated in
    ln x (Bhattacharjee and Seno, *A measure of data collapse for scaling*, 2001, J. Phys. A
    34:6375); 0.1 is a difference of 10 %. Points that are NaN are left out; of several at one x the
    mean is taken, of ln y or of y. Raises BadInput for a curve that shares no range with others.
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
        x, y = curve
        exact, known = rounding(x), as_float(x, "x", "n")
        y = np.asarray(as_float(y, "y", len(known)))
    except (ValueError, TypeError) as error:
        said = "a curve is a pair (x, y), each [n]: give several such pairs"
        raise BadInput(said) from error
    found = points(known, y[:, None], least=1, samples=1)
    if log:
        found = logarithms(found, "a distance in logarithms (or else log=False)")
    x, which, count = np.unique(np.log(found.x), return_inverse=True, return_counts=True)
    return x, np.bincount(which, found.mean) / count, exact
