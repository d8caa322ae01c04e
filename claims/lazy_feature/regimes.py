"""Sweeps of regimes by width: what the statistics of lazy and feature learning share."""

import math

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.lazy_feature.estimates import FEATURE, LAZY, Curve, against_alpha, one_of
from claims.core import statistics as st
from claims.core.register import Measured

Rows = Float[np.ndarray, " _"]

# widths below leave the scaling
WIDE = 30


def seeds(one: xr.Dataset) -> int:
    """Networks of an ensemble."""
    return int(one.sizes["seed"])


def widths(one: xr.Dataset, least: int = WIDE) -> list[int]:
    """The widths from `least` on."""
    return [int(h) for h in one.h.values if h >= least]


def by_width(
    one: xr.Dataset, name: str, low: float = 0.0, high: float = math.inf, *, least: int = WIDE
) -> dict[str, Curve]:
    """`against_alpha` of each width from `least` on, by what it is called."""
    return {f"h = {h}": against_alpha(one, name, h, low, high) for h in widths(one, least)}


def apart(a: Rows, b: Rows) -> Measured:
    """The difference of the means of independent values, in standard errors."""
    error = math.sqrt(a.var(ddof=1) / a.size + b.var(ddof=1) / b.size)
    return st.in_errors(float(a.mean() - b.mean()), error, a.size)


def ratio_of_means(a: Rows, b: Rows, *, minus: float = 0.0) -> Measured:
    """mean a / mean b - `minus`, of independent networks, which are resampled."""
    rng = np.random.default_rng(0)
    means = [x[rng.integers(0, x.size, (2000, x.size))].mean(1) for x in (a, b)]
    value = float(a.mean() / b.mean() - minus)
    return st.resampled(value, means[0] / means[1] - minus, min(a.size, b.size))


def regimes_apart(sweep: xr.Dataset, dataset: str | None = None) -> Measured:
    """Ensembles of {seeds}, h = {h}: {feature:.4f} in feature and {lazy:.4f} in lazy learning; the
    difference in standard errors."""
    # For the widest networks; each network has a part in both.
    one = one_of(sweep, dataset)
    h = int(one.h.values[-1])
    feature, lazy = (
        against_alpha(one, "ensemble", h, *regime)[1].mean(0) for regime in (FEATURE, LAZY)
    )
    difference = feature - lazy
    error = float(difference.std(ddof=1) / math.sqrt(difference.size))
    found = st.in_errors(float(difference.mean()), error, seeds(one))
    return found.saying(seeds=seeds(one), h=h, feature=feature.mean(), lazy=lazy.mean())
