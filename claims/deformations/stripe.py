"""The statistics of claims about networks that learn labels with an invariance."""

import numpy as np
import xarray as xr
from jaxtyping import Float

from claims.core import statistics as st
from claims.core.register import Measured

RADIUS = 0.3


def exponent(found: xr.Dataset) -> Measured:
    """Exponent of R_f ~ P^a of networks that learn features (alpha~ = {alpha:g}), P from {ends[0]}
    to {ends[1]}, <> the mean; of the median {median:.2f}; at alpha~ = {largest:g} {lazy:.2f};
    {fitted:.0%} of the networks fit."""
    alphas, P = found.alpha_tilde.values, found.P.values
    feature, lazy = found.isel(alpha_tilde=0), found.isel(alpha_tilde=-1)
    said = {
        "median": _slopes(feature, "median").mean(),
        "lazy": _slopes(lazy, "mean").mean(),
        "fitted": float(feature.fitted.mean()),
    }
    number = st.of_mean(_slopes(feature, "mean"))
    return number.saying(alpha=alphas[0], largest=alphas[-1], ends=(P[0], P[-1]), **said)


def _slopes(one: xr.Dataset, estimator: str) -> Float[np.ndarray, " set"]:
    """Of log R_f against log P, of each data set: those of different P have points in common."""
    rows = np.log(one.R.sel(estimator=estimator, radius=RADIUS)).mean("init")
    ln_P = np.log(one.P.values.astype(float))
    return np.polyfit(ln_P, rows.transpose("P", "set").values, 1)[0]


def radius_free(found: xr.Dataset) -> Measured:
    """R_f at the radii of {radii} divided by that at {radius:g}, of networks that learn features,
    geometric means over P."""
    R = found.R.isel(alpha_tilde=0).sel(estimator="mean")
    R = np.exp(np.log(R).mean(("init", "P")))
    cases = []
    for r in found.radius.values:
        if r != RADIUS:
            apart = (R.sel(radius=r) / R.sel(radius=RADIUS)).values
            cases.append((f"{r:g}", st.of_geometric_mean(apart)))
    radii = " and ".join(name for name, _ in cases)
    number = st.worst_case(cases, 1.0, log=True)
    return number.saying(radii=radii, radius=RADIUS)
