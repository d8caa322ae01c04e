"""Statistics of networks of point clouds."""

import numpy as np
import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured


def told_apart(found: xr.Dataset, *, network: str) -> Measured:
    """The share of {tests} pieces in random orientations that are recognised, of the {which} of {n}
    networks; of the mirror images {left:.0%} and {right:.0%} in the mean."""
    each = found.accuracy.sel(network=network).isel(P=-1)
    accuracy, n = each.mean("class"), found.sizes["seed"]
    worst = network == "odd"
    value = float(accuracy.min() if worst else accuracy.max())
    left, right = (float(each.sel({"class": name}).mean()) for name in ("left", "right"))
    return st.exact(value, n).saying(
        n=n, tests=found.tests, which="worst" if worst else "best", left=left, right=right
    )


def ahead(found: xr.Dataset) -> Measured:
    """How much larger the accuracy of the equivariant network is than that of the plain one, where
    it is least ahead, of {P} proteins; {n} training sets each."""
    accuracy = found.accuracy.mean("class")
    ahead = accuracy.sel(network="odd") - accuracy.sel(network="plain")
    cases = [(f"P = {P}", st.of_mean(ahead.sel(P=P).values)) for P in found.P.values]
    P = ", ".join(map(str, found.P.values))
    return st.worst_case(cases, np.inf).saying(P=P, n=found.sizes["seed"])
