"""When a learning curve passes a level, and by which power it starts.

Curves are known at the times t_k of snapshots. In gradient flow the loss falls over decades of t;
between the t_k it is taken as a smooth monotone function of ln t (piecewise cubic, Fritsch and
Carlson, *Monotone piecewise cubic interpolation*, 1980).

The time t_{L/2} at which the loss has halved is proportional to sqrt(h) alpha where features are
learnt, and does not depend on alpha where learning is lazy (*Disentangling feature and lazy
training*, Sec. 5 and Fig. 5).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator

from jamming.checks.arguments import number, time
from jamming.checks.arrays import ArrayLike, as_float
from jamming.checks.errors import BadInput


@dataclass(frozen=True)
class Passage:
    """A curve falls to the level at `t`, or NaN; the snapshots around it have the ratio `gap`."""

    t: float
    gap: float


def falls_to(t: ArrayLike, y: ArrayLike, share: float = 0.5) -> Passage:
    """Where y first falls to `share` of its first value, between the times t (from 0 on).

    NaN where the first value is. With times whose ratio is 2 the interpolation is good to 1 % for
    the losses of gradient flow.
    """
    at, values = curve(t, y)
    share = number("share", share, above=0.0, below=1.0)
    below = np.flatnonzero(values <= share * values[0]) if values.size else np.empty(0, int)
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
    """The p of y ~ t^p over the last `decades` before the time `until`; NaN with under 3 points.

    By least squares in logarithms, unweighted.
    """
    at, values = curve(t, y)
    use = (at > 0) & (at <= until) & (at >= until / 10**decades) & (values > 0)
    if use.sum() < 3:
        return math.nan
    return float(np.polyfit(np.log(at[use]), np.log(values[use]), 1)[0])


def curve(t: ArrayLike, y: ArrayLike) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Times and values as arrays: without NaN, the last of several values at one time.

    Raises BadInput for t and y of different lengths, and times that descend or are negative.
    """
    at, values = (np.asarray(as_float(e, "a curve", dtype=np.float64)) for e in (t, y))
    if at.shape != values.shape or at.ndim != 1:
        raise BadInput(f"a curve has a value for each time, not {values.shape} for {at.shape}")
    there = np.isfinite(at) & np.isfinite(values)
    at, values = at[there], values[there]
    if (np.diff(at) < 0).any() or (at < 0).any():
        raise BadInput("the times of a curve must ascend, from 0 on")
    last = np.append(np.diff(at) > 0, True) if at.size else np.empty(0, bool)
    return at[last], values[last]
