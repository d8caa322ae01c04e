"""The statistics of claims about the ends of Hessian spectra of `sweeps.transition.sharpness`."""

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured
from sweeps.transition.sharpness import at_end

SMALL = 1e-2  # losses below which the networks are about to fit


def edge(found: xr.Dataset) -> Measured:
    """Mean of eta/2 times the largest eigenvalue of H over the second half of the steps.

    The rate farthest from 1 counts. At each, the networks are those that would go beyond its
    2/eta: that end above it when they learn at the smallest rate.
    """
    late = found.ticks >= found.ticks.max() / 2
    sharp = found.largest.sel(part="H").isel(order=-1).where(late).mean("look") * found.lr / 2
    free = at_end(found.isel(lr=0), "largest", "H")
    reached = sharp.isel(lr=slice(1, None)).where(free > 2 / found.lr)
    cases = [
        (f"eta = {float(one.lr):g}", st.of_mean(one.values))
        for one in reached.transpose("lr", "seed")
        if np.isfinite(one.values).sum() > 1
    ]
    if not cases:
        return st.no_estimate("no rate is so large that 2/eta is reached")
    return st.worst_case(cases, 1.0)


def exponent_of_H_p(found: xr.Dataset) -> Measured:
    """a of L^a, the largest eigenvalue of H_p below L = {most:g}; meanwhile H_0 x {factor:.2g}."""
    one = found.isel(lr=0)
    low = one.where(one.loss < SMALL)
    exponents, factors = [], []
    for seed in range(one.sizes["seed"]):
        mine = low.isel(seed=seed)
        H_p, H_0 = (mine.largest.sel(part=part).isel(order=-1).values for part in ("H_p", "H_0"))
        known = np.isfinite(H_p) & (H_p > 0) & (mine.loss.values > 0)
        x, y = np.log(mine.loss.values[known]), np.log(H_p[known])
        if known.sum() < 3 or np.ptp(x) < np.log(10):
            return st.no_estimate("the loss of a network does not fall by a decade below {most:g}")
        exponents.append(np.polyfit(x, y, 1)[0])
        factors.append(H_0[known][-1] / H_0[known][0])
    factor = float(np.exp(np.mean(np.log(factors))))
    return st.of_mean(exponents).saying(most=SMALL, factor=factor, n=len(factors))
