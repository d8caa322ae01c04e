"""The statistics of claims about test error against stability, over several trained networks."""

import numpy as np
import xarray as xr

from analysis.deformations.estimates import Relation, relation
from claims.core import statistics as st
from claims.core.register import Measured
from sweeps.deformations.trained import standard

NAMED = {"D": "D_f", "G": "1/G_f", "R": "R_f"}
# of log eps with log D_f, log 1/G_f and log R_f, on MNIST (Table 2, where the second is of G_f)
PUBLISHED = {"D": 0.71, "G": 0.43, "R": 0.75}


def _trained(found: xr.Dataset) -> xr.Dataset:
    """On the most images, without augmentation."""
    return found.isel(P=-1, augmentation=0).sel(state="trained")


def _said(of: Relation) -> str:
    return ", ".join(f"{name} {float(of.r[key][0]):.2f}" for key, name in NAMED.items())


def slope(found: xr.Dataset) -> Measured:
    """s of eps ~ R_f^s over {n} networks on {P} images; with s = 1/2 eps = {a} sqrt(R_f)."""
    of = relation(standard(_trained(found)))
    a = of.of(of.prefactor, log=True)
    text = f"{a.value:.2g} [{a.low:.2g}, {a.high:.2g}]"
    number = st.measured(of.of(of.slope), of.networks)
    return number.saying(n=of.networks, P=int(found.P[-1]), a=text)


def correlation(found: xr.Dataset, *, mean: bool = False) -> Measured:
    """The correlation of log eps with log R_f over {n} networks on {P} images; with those of the
    other quantities: {each}."""
    of = relation(standard(_trained(found)), mean=mean)
    number = st.measured(of.correlation("R"), of.networks)
    return number.saying(n=of.networks, P=int(found.P[-1]), each=_said(of))


def column(found: xr.Dataset) -> Measured:
    """What the three correlations with log eps differ by from the published ones, the largest in
    size; here {each}."""
    of = relation(standard(_trained(found)))
    each = {name: of.correlation(name) for name in PUBLISHED}
    cases = [
        (NAMED[name], st.measured(st.moved(r, -PUBLISHED[name]), of.networks))
        for name, r in each.items()
    ]
    return st.worst_case(cases, 0.0).saying(each=_said(of))


def ahead(found: xr.Dataset, *, everywhere: bool = False) -> Measured:
    """By how much the correlation of log eps with log R_f is above those with log D_f and log
    1/G_f, the least of them, over networks."""
    cases = []
    for title, one in _deformations(_trained(found), everywhere):
        of = relation(one)
        for other in ("D", "G"):
            differs = of.of(of.r["R"] - of.r[other])
            cases.append((f"{NAMED[other]}{title}", st.measured(differs, of.networks)))
    return st.worst_case(cases, np.inf)


def _deformations(one: xr.Dataset, everywhere: bool) -> list[tuple[str, xr.Dataset]]:
    """At the standard displacement and cut-off, or all where half of the fields do not fold."""
    if not everywhere:
        return [("", standard(one))]
    return [
        (f" at delta = {delta:g}, c = {c}", one.sel(c=c, delta=delta).isel(interpolation=0))
        for c in one.c.values
        for delta in one.delta.values
        if delta <= float(one.delta_max.sel(c=c))
    ]


def noise_power(found: xr.Dataset, *, below: float) -> Measured:
    """a of G_f ~ |eta|^a from the smallest norm to {below:g}, that of the network in which it is
    farthest from 2, means over seeds."""
    cases = []
    for network, logs, norms in _noisy(found):
        small = norms <= below
        powers = np.polyfit(np.log(norms[small]), logs[small], 1)[0]
        cases.append((network, st.of_mean(powers)))
    number = st.worst_case(cases, 2.0)
    return number.saying(below=below)


def nonlinear(found: xr.Dataset, *, networks: list[str], by: float = 0.1) -> Measured:
    """The norm of the noise from which G_f differs by {by:.0%} from the law |eta|^2 of small noise,
    of the network in which it is farthest from 1, geometric mean over seeds."""
    cases = []
    for network, logs, norms in _noisy(found):
        if network in networks:
            off = np.abs(np.expm1(logs - logs[0] - 2 * np.log(norms / norms[0])[:, None]))
            cases.append((network, st.of_geometric_mean(_first(x, norms, by) for x in off.T)))
    return st.worst_case(cases, 1.0, log=True).saying(by=by)


def _first(off: np.ndarray, norms: np.ndarray, by: float) -> float:
    """Where `off` [norm] first reaches `by`, between norms linear in log |eta|; inf if nowhere."""
    beyond = np.flatnonzero(off >= by)
    if not beyond.size:
        return float("inf")
    k = int(beyond[0])  # not the first norm, where it is 0
    return float(np.exp(np.interp(by, off[k - 1 : k + 1], np.log(norms[k - 1 : k + 1]))))


def _noisy(found: xr.Dataset) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Of each network the logarithms of G_f [norm, seed], and the norms."""
    one = _trained(found)
    norms = one.norm.values
    return [
        (str(name), np.log(one.noise_G.sel(network=name).transpose("norm", "seed").values), norms)
        for name in one.network.values
    ]
