"""Statistics of how far stacks of correlations commute with rotations."""

import numpy as np
import xarray as xr
from jaxtyping import Float

from claims.core import statistics as st
from claims.core.register import Measured


def linear(found: xr.Dataset) -> Measured:
    """The largest error without a nonlinearity, b = {b}, up to {depth} layers, of {n} signals and
    turns; with relu errors are {least:.2g} to {most:.2g} on average."""
    one, relu = found.error.sel(finer=0), found.error.sel(finer=1)
    of_relu = relu.mean(("seed", "turn", "signal"))
    b, n = ", ".join(map(str, found.b.values)), int(one.isel(depth=0).count())
    return st.exact(float(one.max()), n).saying(
        b=b, n=n, depth=found.sizes["depth"], least=float(of_relu.min()), most=float(of_relu.max())
    )


def flat(found: xr.Dataset) -> Measured:
    """The largest mean error with relu behind 1 to {depth} layers over the smallest, of the worst
    bandwidth b; filters of {n} seeds."""
    each = found.error.sel(finer=1).mean(("turn", "signal"))
    cases = [
        (
            f"b = {b}",
            st.at_least(
                st.of_curves(_spread, each.sel(b=b).transpose("depth", "seed").values), 1.0
            ),
        )
        for b in found.b.values
    ]
    return st.worst_case(cases, -np.inf).saying(depth=found.sizes["depth"], n=found.sizes["seed"])


def _spread(curve: Float[np.ndarray, " depth"]) -> float:
    return float(curve.max() / curve.min())
