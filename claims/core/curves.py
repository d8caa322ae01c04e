"""From curves over N with a value for each seed to the numbers of claims."""

import math
from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from claims.core.register import Measured
from claims.core.statistics import LEVEL, measured, no_estimate
from jamming.fits.interval import interval, small_sample_factor
from jamming.fits.seeds import mean_over_seeds

SAMPLES = 500

Rows = Float[np.ndarray, "_ _"]
Curve = Float[np.ndarray, " _"]


def of_curves(function: Callable[..., float], text: str, *rows: Rows) -> Measured:
    """`function` of curves, the means over seeds of `rows` [n, seeds]; a bootstrap over seeds.

    All curves are of the same seeds, which are resampled together. NaN are left out. No number
    where the function gives none, or a run diverged.
    """
    if any(np.isinf(one).any() for one in rows):
        return no_estimate(f"{text}: a run diverged")
    value = function(*map(mean_over_seeds, rows))
    seeds = int(np.isfinite(rows[0]).any(0).sum())
    if not math.isfinite(value) or seeds < 2:
        return no_estimate(text)
    total = rows[0].shape[1]
    draws = np.random.default_rng(0).integers(0, total, (SAMPLES, total))
    each = np.array([function(*(mean_over_seeds(one[:, draw]) for one in rows)) for draw in draws])
    found = interval(value, each, small_sample_factor(seeds, 1, LEVEL), LEVEL)
    return measured(found, seeds, text)


def at(N: Curve, y: Curve, place: float) -> float:
    """y at N = place, interpolated in ln N; NaN beyond the ends."""
    there = np.isfinite(y)
    N, y = N[there], y[there]
    if not N.size or not N[0] <= place <= N[-1]:
        return math.nan
    return float(np.interp(math.log(place), np.log(N), y))
