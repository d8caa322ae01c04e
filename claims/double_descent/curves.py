"""Scans of N as curves: what statistics of double descent and of scaling share."""

import math
from collections.abc import Callable

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.double_descent.estimates import rows, scans
from claims.core import statistics as st
from claims.core.register import Measured

Curve = Float[np.ndarray, " _"]


def scan(found: xr.Dataset) -> xr.Dataset:
    """The scan of an experiment: of several P or depths, the last."""
    return scans(found)[-1]


def over_N(of: Callable[..., float], one: xr.Dataset, *names: str) -> Measured:
    """`of` the curves of these variables."""
    return st.of_curves(of, *(rows(one, name) for name in names))


def seeds(one: xr.Dataset) -> int:
    """The most networks of one width."""
    return int(np.isfinite(rows(one, "test_error")).sum(1).max(initial=0))


def at(x: Curve, y: Curve, place: float) -> float:
    """y at a place, interpolated in ln x; NaN beyond the ends."""
    there = np.isfinite(y)
    x, y = x[there], y[there]
    if not x.size or not x[0] <= place <= x[-1]:
        return math.nan
    return float(np.interp(math.log(place), np.log(x), y))
