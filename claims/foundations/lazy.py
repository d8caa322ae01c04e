"""Statistics of lazy training: exponents of alpha, m and h, over seeds."""

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured


def _slopes(values: xr.DataArray, axis: str) -> np.ndarray:
    """Exponents of one variable over (axis, seed), of each seed."""
    rows = values.transpose(axis, "seed").values
    return np.polyfit(np.log(values[axis].values.astype(float)), np.log(rows), 1)[0]


def flow(found: xr.Dataset, *, name: str, bound: bool = False) -> Measured:
    """Exponent of the largest distance in alpha, from {least:g} to {most:g}, mean over {n} seeds,
    of that of {starts} ways to make the model 0 at the start which is worse."""
    cases = [
        (str(start), st.of_mean(_slopes(found[name].sel(start=start), "alpha")))
        for start in found.start.values
    ]
    centre = {"moved": -1.0, "apart": -2.0, "gap": -1.0}[name]
    alpha = found.alpha.values
    said = {"least": alpha[0], "most": alpha[-1], "n": found.sizes["seed"], "starts": len(cases)}
    return st.worst_case(cases, -np.inf if bound else centre).saying(**said)


def kappa(found: xr.Dataset, *, scale: str) -> Measured:
    """Exponent of kappa in m, from {least} to {most} neurons with the scale {scale}, mean over {n}
    seeds; kappa is {first:.2g} and {last:.2g} there."""
    one = found.kappa.sel(scale=scale)
    ends = np.exp(np.log(one).mean("seed")).values[[0, -1]]
    said = {"least": int(one.m[0]), "most": int(one.m[-1]), "n": one.sizes["seed"], "scale": scale}
    return st.of_mean(_slopes(one, "m")).saying(first=ends[0], last=ends[1], **said)


def kernel(found: xr.Dataset) -> Measured:
    """Exponent of the relative deviation of the tangent kernel in h, from {least} to {most}, mean
    over {n} seeds; it is {first:.2g} and {last:.2g} there."""
    ends = np.exp(np.log(found.ntk).mean("seed")).values[[0, -1]]
    said = {"least": int(found.h[0]), "most": int(found.h[-1]), "n": found.sizes["seed"]}
    return st.of_mean(_slopes(found.ntk, "h")).saying(first=ends[0], last=ends[1], **said)


def process(found: xr.Dataset) -> Measured:
    """Largest difference of <f f'> and the Gaussian process in standard errors, of {pairs} pairs of
    points and {n} networks of width {hidden}; root mean square {rms:.2f}."""
    pairs = np.triu_indices(found.sizes["point"])
    mean, square = (found[name].mean("seed").values[pairs] for name in ("ff", "ff2"))
    n = found.sizes["seed"] * found.attrs["networks"]
    z = (mean - found.nngp.isel(seed=0).values[pairs]) / np.sqrt((square - mean**2) / n)
    said = {"pairs": z.size, "n": n, "hidden": found.attrs["hidden"]}
    return st.exact(np.abs(z).max(), n).saying(rms=float(np.sqrt(np.mean(z**2))), **said)
