"""Distributions of gaps and overlaps at jamming, and their exponents by maximum likelihood.

A satisfied constraint has a gap -Delta > 0, an unsatisfied one an overlap Delta > 0. Near the
transition P(gap) ~ gap^-gamma and P(overlap / sqrt(L)) ~ (overlap / sqrt(L))^theta at small
arguments, with L the loss of the run (Geiger et al., *The jamming transition as a paradigm to
understand the loss landscape of deep neural networks*, 2019, Fig. 8).
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import optimize, special, stats

from jamming.checks.arguments import number
from jamming.checks.arrays import ArrayLike, finite
from jamming.checks.errors import BadInput
from jamming.fits.seeds import Interval

SAMPLES = 400


@dataclass(frozen=True)
class Exponent(Interval):
    """p(x) ~ x^value between lo and hi, with a 95 % interval, from n values.

    `distance` is that of Kolmogorov and Smirnov, of order 1 / sqrt(n) where the law holds.
    """

    lo: float
    hi: float
    n: int
    distance: float


def gaps(delta: ArrayLike) -> Float[np.ndarray, " satisfied"]:
    """-Delta of the satisfied constraints, where Delta [P] is negative; BadInput if not finite."""
    delta = np.asarray(finite(delta, "Delta", "P"))
    return -delta[delta < 0]


def overlaps(delta: ArrayLike, loss: Any) -> Float[np.ndarray, " N_delta"]:
    """Delta / sqrt(loss) of the unsatisfied constraints, where Delta [P] is positive.

    With the quadratic hinge their root mean square is sqrt(2 P / N_Delta).
    """
    unit = math.sqrt(number("loss, the unit of overlaps,", loss, above=0.0))
    return gaps(-np.asarray(finite(delta, "Delta"))) / unit


def exponent(runs: Sequence[ArrayLike] | np.ndarray, lo: Any, hi: Any) -> Exponent:
    """The a of p(x) ~ x^a on [lo, hi], of the values of all runs, each [n], that lie there.

    There must be 10. The interval is from resampled runs; of one, as if they were independent.
    """
    lo = number("lo, of the range of an exponent,", lo, above=0.0)
    hi = number("hi, of the range of an exponent,", hi, above=lo)
    width = math.log(hi / lo)
    each = [finite(x, "a run", "n", dtype=np.float64) for x in runs]
    logs = [np.log(x[(x >= lo) & (x <= hi)] / lo) / width for x in each]
    u = np.concatenate(logs) if logs else np.empty(0)
    if u.size < 10:
        raise BadInput(f"only {u.size} values lie in [{lo:g}, {hi:g}]: take a wider range")
    k = _slope(u.mean())
    if len(logs) > 1:
        sums, sizes = np.array([[x.sum(), x.size] for x in logs]).T
        draws = np.random.default_rng(0).integers(0, len(logs), (SAMPLES, len(logs)))
        sums, sizes = sums[draws].sum(1), sizes[draws].sum(1)
        slopes = [_slope(mean) for mean in sums[sizes > 0] / sizes[sizes > 0]]
        low, high = np.quantile(slopes, [0.025, 0.975])
    else:
        variance = 1 / 12 - k**2 / 240  # of u; for larger k exactly
        if abs(k) >= 1e-2:
            variance = 1 / k**2 - 1 / (4 * math.sinh(min(abs(k), 700.0) / 2) ** 2)
        error = 1.96 / math.sqrt(u.size * variance)
        low, high = k - error, k + error
    distance = stats.ks_1samp(u, functools.partial(_cumulative, k), method="asymp").statistic
    a, b, c = (float(x) / width - 1 for x in (k, low, high))
    return Exponent(a, b, c, lo, hi, u.size, float(distance))


def _slope(mean: float) -> float:
    """k of the density ~ exp(k u) on [0, 1] with this mean: its maximum likelihood."""
    edge = 1e-6
    mean = np.clip(mean, edge, 1 - edge)
    return float(optimize.brentq(lambda k: _mean(k) - mean, -2 / edge, 2 / edge, xtol=1e-10))


def _mean(k: float) -> float:
    if abs(k) < 1e-3:
        return 0.5 + k / 12
    return -1 / math.expm1(-k) - 1 / k if k > 0 else 1 - _mean(-k)


def _cumulative(k: float, u: np.ndarray) -> np.ndarray:
    if k > 0:  # from the other end, so as not to overflow
        return 1 - _cumulative(-k, 1 - u)
    return np.asarray(u * special.exprel(k * u) / special.exprel(k))
