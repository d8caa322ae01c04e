"""The statistics of claims about what trained networks have made themselves invariant to."""

import numpy as np
import xarray as xr
from scipy import stats

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.seeds import Interval


def _of(found: xr.Dataset, network: str, state: str = "trained") -> xr.Dataset:
    """At the first displacement and cut-off, without augmentation."""
    first = {"c": 0, "delta": 0, "interpolation": 0, "augmentation": 0}
    return found.sel(network=network, state=state).isel(first).transpose("P", "seed", ...)


def after(found: xr.Dataset, *, network: str) -> Measured:
    """R_f of {network} after training on {P} images, log-average over {n} networks."""
    R = _of(found, network).R.isel(P=-1).values
    said = {"network": network, "P": int(found.P[-1]), "n": R.size}
    return st.of_geometric_mean(R).saying(**said)


def grown(found: xr.Dataset, *, network: str) -> Measured:
    """R_f of {network} after training on {P} images divided by that at the start, log-average."""
    each = [_of(found, network, state).R.isel(P=-1).values for state in ("trained", "init")]
    said = {"network": network, "P": int(found.P[-1])}
    return st.of_geometric_mean(each[0] / each[1]).saying(**said)


def with_points(found: xr.Dataset, *, quantity: str, networks: list[str]) -> Measured:
    """{quantity}_f of the network that changes least in this direction, after {most} images divided
    by that after {least}, log-average over networks that differ in seeds."""
    cases = []
    for network in networks:
        values = _of(found, network)[quantity].values
        cases.append((network, st.of_geometric_mean(values[-1] / values[0])))
    said = {"quantity": quantity, "most": int(found.P[-1]), "least": int(found.P[0])}
    return st.worst_case(cases, np.inf, interval=True).saying(**said)


def on_the_diagram(found: xr.Dataset) -> Measured:
    """R_f of what the widest network has learnt at alpha~ = {alpha:g}, divided by that of f at the
    start, h = {h}."""
    one = found.isel(h=-1, alpha_tilde=0)
    log = np.log(float(one.observable) / float(one.observable_start))
    sets = int(found.attrs.get("sets", 1))
    n = sets if sets > 1 else int(found.attrs["seeds"])
    error = np.hypot(float(one.observable_se), float(one.observable_start_se))
    reach = stats.t.ppf(0.975, n - 1) * error
    number = st.measured(Interval(*np.exp([log, log - reach, log + reach]).tolist()), n)
    return number.saying(alpha=float(one.alpha_tilde), h=int(one.h))
