"""Jamming lines of runs over (h, alpha~, seed): h* within budgets of training."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.lazy_feature.estimates import ensemble_values
from jamming.fits.logistic import transition

SHARES = (0.01, 0.1, 1.0)  # budgets, of that of the sweep


@dataclass(frozen=True)
class Line:
    """h*(alpha~) within `budget` gradients, with its 95 % interval; NaN where there is none."""

    budget: float
    alpha_tilde: Float[np.ndarray, " k"]
    h: Float[np.ndarray, " k"]
    low: Float[np.ndarray, " k"]
    high: Float[np.ndarray, " k"]


def lines(one: xr.Dataset) -> list[Line]:
    """Jamming lines of runs over (h, alpha~, seed) that fit within a budget, budgets ascending.

    The budget of the sweep is the longest that a run which did not fit has taken.
    """
    one = one.transpose("alpha_tilde", "h", "seed", ...)
    h, alpha = one.h.values.astype(float), one.alpha_tilde.values.astype(float)
    stuck = one.ticks.where(one.fitted == 0)
    whole = float(stuck.max()) if np.isfinite(stuck).any() else float(one.ticks.max())
    found = []
    for budget in (share * whole for share in SHARES):
        rows = np.full((3, alpha.size), np.nan)
        for k, fits in enumerate(((one.fitted == 1) & (one.ticks <= budget)).values):
            share = fits.mean(1)
            # a transition: narrower ones mostly fail, the widest mostly fit
            if share[-1] >= 0.5 and (share < 0.5).any():
                at = transition(h, fits)
                rows[:, k] = at.value, at.low, at.high
        found.append(Line(budget, alpha, *rows))
    return found


def wide_errors(one: xr.Dataset) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "k seeds"]]:
    """alpha~, and the error of the ensemble of the widest networks, a column a seed."""
    return ensemble_values(one, int(one.h.values[-1]))
