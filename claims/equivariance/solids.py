"""Statistics of networks of voxels of proteins."""

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured


def ahead(found: xr.Dataset) -> Measured:
    """How much smaller the error of the steerable network is than that of the plain one, where it
    is least ahead, of {P} proteins, trained and tested in any orientation; {n} training sets each,
    {tests} tests."""
    error = found.error.sel(trained="R", tested="R")
    ahead = error.sel(network="cnn") - error.sel(network="steerable")
    cases = [(f"P = {P}", st.of_mean(ahead.sel(P=P).values)) for P in found.P.values]
    P = ", ".join(map(str, found.P.values))
    said = {"P": P, "n": found.sizes["seed"], "tests": found.attrs["tests"]}
    return st.worst_case(cases, np.inf).saying(**said)
