"""Statistics of the energies of small molecules."""

import xarray as xr

from claims.core import statistics as st
from claims.core.register import Measured


def ratio(found: xr.Dataset, *, network: str, than: str) -> Measured:
    """RMSE of {network} over that of {than}, geometric mean over {n} sets of {P} molecules of
    their own, {tests} to test with; {a:.1f} and {b:.1f} on average."""
    a, b = (found.rmse.sel(network=name).values for name in (network, than))
    return st.of_geometric_mean(a / b).saying(
        network=network,
        than=than,
        n=found.sizes["seed"],
        P=int(found.attrs["P"]),
        tests=int(found.attrs["test_points"]),
        a=float(a.mean()),
        b=float(b.mean()),
    )
