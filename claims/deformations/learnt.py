"""The statistics of claims about what trained networks have made themselves invariant to."""

import numpy as np
import xarray as xr
from scipy import stats

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.fits.seeds import Interval
from sweeps.deformations.trained import standard


def _of(found: xr.Dataset, network: str, state: str = "trained") -> xr.Dataset:
    """At the standard displacement and cut-off, without augmentation."""
    one = standard(found.sel(network=network, state=state).isel(augmentation=0))
    return one.transpose("P", "seed", ...)


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
    return st.worst_case(cases, np.inf).saying(**said)


def over_depth(found: xr.Dataset, *, network: str) -> Measured:
    """Rank correlation of R_f of a layer with its depth, {network} after training on {P} images,
    log-averages over {n} networks; from {first:.2g} in the first to {last:.2g} in the last."""
    one = _of(found, network).isel(P=-1)
    names = found.layer_name.sel(network=network).values
    logs = np.log(one.layer_R.transpose("seed", "layer").values)[:, names != ""]

    def correlation(seeds: np.ndarray) -> float:
        return float(stats.spearmanr(np.arange(logs.shape[1]), logs[seeds].mean(0)).statistic)

    ends = np.exp(logs.mean(0))[[0, -1]]
    said = {"network": network, "P": int(found.P[-1]), "n": len(logs)}
    return st.bootstrap(correlation, len(logs)).saying(first=ends[0], last=ends[1], **said)


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


def falling(found: xr.Dataset, *, network: str, least: int) -> Measured:
    """R_f of {network} on the next larger training set divided by that on the one before, the
    largest from {least} images on, log-averages over {n} networks on each."""
    one = _of(found, network)
    P, R = one.P.values, one.R.values
    cases = [
        (f"{P[i]} to {P[i + 1]}", st.of_geometric_mean(R[i + 1] / R[i]))
        for i in range(len(P) - 1)
        if P[i] >= least
    ]
    said = {"network": network, "least": least, "n": R.shape[1]}
    return st.worst_case(cases, -np.inf).saying(**said)


def steepest(found: xr.Dataset, *, network: str) -> Measured:
    """a of R_f ~ P^a of {network} over the decade of P in which it falls fastest, mean over {n}
    seeds; over all P {whole:.2f}."""
    one = _of(found, network)
    P, logs = one.P.values, np.log(one.R.values)
    decades = [(i, k) for i in range(len(P)) for k in range(len(P)) if P[k] == 10 * P[i]]
    powers = [(logs[k] - logs[i]) / np.log(10) for i, k in decades]
    whole = np.polyfit(np.log(P), logs.mean(1), 1)[0]
    number = st.worst_case(
        [
            (f"{P[i]} to {P[k]}", st.of_mean(power))
            for (i, k), power in zip(decades, powers, strict=True)
        ],
        np.inf,
    )
    return number.saying(network=network, n=logs.shape[1], whole=float(whole))


def augmented(found: xr.Dataset) -> Measured:
    """The largest R_f divided by the smallest, of {network} trained with different augmentations:
    {each}; log-averages over {n} networks."""
    logs, said = _by_augmentation(found)
    pairs = [(a, b) for a in logs for b in logs if logs[a].mean() > logs[b].mean()]
    cases = [(f"{a} / {b}", st.of_geometric_mean(np.exp(logs[a] - logs[b]))) for a, b in pairs]
    return st.worst_case(cases, 1.0, log=True).saying(**said)


def lowest(found: xr.Dataset, *, of: str) -> Measured:
    """The smallest R_f without {of} divided by that with it; {each}; log-averages over {n}
    networks."""
    logs, said = _by_augmentation(found)
    cases = [
        (f"{other} / {of}", st.of_geometric_mean(np.exp(values - logs[of])))
        for other, values in logs.items()
        if other != of
    ]
    return st.worst_case(cases, np.inf).saying(of=of, **said)


def _by_augmentation(found: xr.Dataset) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """Logarithms of R_f of the first network on the most images, [seed], and words of them."""
    one = standard(found.sel(state="trained").isel(network=0, P=-1))
    logs = {
        str(name): np.log(one.R.sel(augmentation=name).values) for name in one.augmentation.values
    }
    each = ", ".join(f"{name} {np.exp(values.mean()):.3g}" for name, values in logs.items())
    return logs, {"network": one.network.item(), "each": each, "n": one.sizes["seed"]}


def transferred(found: xr.Dataset) -> Measured:
    """The test error and R_f of {network} that has first learnt {source_P} images of {source},
    divided by those from scratch, the larger of the two; log-averages over {n} networks."""
    one = standard(found.sel(state="trained").isel(network=0, P=0, augmentation=0))
    rows = {"test error": one.test_error, "R_f": one.R}
    cases = [
        (name, st.of_geometric_mean((x.sel(start="transfer") / x.sel(start="scratch")).values))
        for name, x in rows.items()
    ]
    said = {name: found.attrs[name] for name in ("source", "source_P")}
    said |= {"network": one.network.item(), "n": one.sizes["seed"]}
    return st.worst_case(cases, -np.inf).saying(**said)
