"""The statistics of landscapes between solutions, of `sweeps.transition.slices`."""

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured

# the share of networks that fit from which on a width is beyond the transition
HALF = 0.5


def convex(found: xr.Dataset) -> Measured:
    """Mean barrier between networks of one start at h = {wide}, divided by that at h = {narrow}.

    The narrow one is the narrowest of which half of the networks fit.
    """
    fit = (found.unsatisfied == 0).mean(("seed", "network"))
    beyond = found.h.values[fit.values >= HALF]
    if beyond.size < 2:
        return st.no_estimate("two widths whose networks fit are needed: {text}").saying(
            wide="-", narrow="-"
        )
    narrow, wide = beyond[[0, -1]]
    here, there = (found.barrier.sel(start="same", h=h).values for h in (narrow, wide))
    if not here.mean() > 0:
        return st.no_estimate("there is no barrier to compare with: {text}").saying(
            wide=wide, narrow=narrow
        )

    def ratio(seeds: np.ndarray) -> float:
        below = here[seeds].mean()
        return float(there[seeds].mean() / below) if below else np.nan

    return st.bootstrap(ratio, here.size).saying(wide=wide, narrow=narrow)


def straight(found: xr.Dataset) -> Measured:
    """Mean barrier between networks of different starts at h = {wide}, over that of f = 0."""
    widest = found.isel(h=-1)
    return st.of_mean(widest.barrier.sel(start="other").values).saying(wide=int(widest.h))
