"""Jamming lines of runs over (h, alpha~, seed): h* within budgets of training."""

import numpy as np
import xarray as xr

from jamming.fits.logistic import transition

SHARES = np.array([0.01, 0.1, 1.0])  # budgets, of that of the sweep


def lines(one: xr.Dataset) -> xr.Dataset:
    """`jamming_h` over (budget, alpha_tilde), of runs over (h, alpha~, seed) that fit within it.

    With the ends `_low` and `_high` of its 95 % interval; NaN where there is no transition. Budgets
    are numbers of gradients, ascending. That of the sweep is the longest that a run which did not
    fit has taken.
    """
    one = one.transpose("alpha_tilde", "h", "seed", ...)
    h, alpha = one.h.values.astype(float), one.alpha_tilde.values.astype(float)
    stuck = one.ticks.where(one.fitted == 0)
    whole = float(stuck.max()) if np.isfinite(stuck).any() else float(one.ticks.max())
    found = np.full((3, SHARES.size, alpha.size), np.nan)
    for i, budget in enumerate(SHARES * whole):
        for k, fits in enumerate(((one.fitted == 1) & (one.ticks <= budget)).values):
            share = fits.mean(1)
            # a transition: narrower ones mostly fail, the widest mostly fit
            if share[-1] >= 0.5 and (share < 0.5).any():
                at = transition(h, fits)
                found[:, i, k] = at.value, at.low, at.high
    over = {"budget": SHARES * whole, "alpha_tilde": alpha}
    names = ("jamming_h", "jamming_h_low", "jamming_h_high")
    return xr.Dataset({n: ([*over], x) for n, x in zip(names, found, strict=True)}, over)
