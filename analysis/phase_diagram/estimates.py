"""Jamming lines of runs over (h, alpha~, seed): h* within budgets of training."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.lazy_feature.estimates import ensemble_values
from jamming.fits.logistic import transition

# budgets as shares of that of the sweep
SHARES = (0.01, 0.1, 1.0)


@dataclass(frozen=True)
class Line:
    """h*(alpha~) within `budget` gradients, with its 95 % interval; NaN where there is none."""

    budget: float
    alpha_tilde: Float[np.ndarray, " k"]
    h: Float[np.ndarray, " k"]
    low: Float[np.ndarray, " k"]
    high: Float[np.ndarray, " k"]


def lines(one: xr.Dataset) -> list[Line]:
    """Jamming lines of runs over (h, alpha~, seed), budgets ascending.

    The budget of the sweep is the longest that a run which did not fit has taken.
    """
    stuck = one.ticks.where(one.fitted == 0)
    whole = float(stuck.max()) if np.isfinite(stuck).any() else float(one.ticks.max())
    return [line(one, share * whole) for share in SHARES]


def line(one: xr.Dataset, budget: float) -> Line:
    """The jamming line of those runs that fit within the budget."""
    h = one.h.values.astype(float)
    alpha = one.alpha_tilde.values.astype(float)
    fits = (one.fitted == 1) & (one.ticks <= budget)
    rows = np.full((3, alpha.size), np.nan)
    for k in range(alpha.size):
        there = fits.isel(alpha_tilde=k).transpose("h", "seed").values
        share = there.mean(1)
        # a transition: narrower ones mostly fail, the widest mostly fit
        if share[-1] >= 0.5 and (share < 0.5).any():
            found = transition(h, there)
            rows[:, k] = found.value, found.low, found.high
    return Line(budget, alpha, *rows)


def wide_errors(one: xr.Dataset) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "k seeds"]]:
    """alpha~, and the error of the ensemble of the widest networks, a column a seed."""
    return ensemble_values(one, int(one.h.values[-1]))
