"""The test error of random features against h / P, with the exact curves of large d.

Left: a small ridge, at which the peak is finite; right: the read-out of the smallest norm, where it
diverges at h = P. One network, the ensemble and theory for both (Mei and Montanari, *The
generalization error of random features regression*, 2019, Fig. 1, with the ensemble beside it as in
d'Ascoli et al., *Double trouble in double descent*, 2020).
"""

from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.ticker import LogLocator
from scipy import stats

from analysis.plotting.axes import plain_ticks, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, panels
from jamming.models.activations import activation
from jamming.random_features import theory
from sweeps.random_features.sweep import RESULTS

TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
opened = reader(RESULTS, "random_features", "single", "ensemble", "single_theory", "flow", "closed")


def points(found: xr.Dataset, name: str, lam: float) -> Float[np.ndarray, "3 h"]:
    """Mean over seeds of `single` (of its members' mean) or `ensemble`, and its 95 % interval.

    Without a ridge the median over seeds, and its quartiles: close to h = P the mean of a few
    seeds says nothing, and at h = P there is none.
    """
    values = found[name].sel(ridge=lam)
    if "member" in values.dims:
        values = values.mean("member") if lam else values.median("member")
    rows = values.transpose("seed", "h").values
    if lam == 0:
        return np.quantile(rows, [0.5, 0.25, 0.75], axis=0)
    n, mean = len(rows), rows.mean(axis=0)
    error = stats.t.ppf(0.975, n - 1) * rows.std(axis=0, ddof=1) / n**0.5 if n > 1 else 0 * mean
    return np.stack([mean, mean - error, mean + error])


def curves(found: xr.Dataset, lam: float, h: Float[np.ndarray, " n"]) -> dict[str, Any]:
    """Theory at any h: of one network, of an ensemble of the same size, of an infinite one."""
    d, P, n = (int(found.attrs[name]) for name in ("d", "P", "members"))
    mu = theory.constants(activation(found.attrs["activation"]))
    at = [theory.Setting(x / d, P / d, lam, float(found.attrs["noise"])) for x in h]
    return {
        "single": [theory.network(one, mu) for one in at],
        "ensemble": [theory.ensemble(one, mu, n) for one in at],
        "limit": [theory.limit(one, mu) for one in at],
    }


def _panel(top: Any, bottom: Any, found: xr.Dataset, lam: float) -> None:
    P, n = int(found.attrs["P"]), int(found.attrs["members"])
    h = found.h.values.astype(float)
    fine = np.geomspace(h.min() / 1.1, h.max() * 1.1, 401)
    fine = fine[np.abs(fine / P - 1) > 1e-3] if lam == 0 else fine
    lines = curves(found, lam, fine)
    (exact,) = top.plot([], [], "-", color="0.3", lw=1)
    (limit,) = top.plot(fine / P, lines["limit"], ":", color=COLOURS[2], lw=1.2)
    shown = []
    for i, name in enumerate(("single", "ensemble")):
        top.plot(fine / P, lines[name], "-", color=COLOURS[i], lw=1)
        value, low, high = points(found, name, lam)
        bars = np.stack([value - low, high - value])
        shown.append(with_bars(top, h / P, value, bars, i, ls=""))
        theirs = found[f"{name}_theory"].sel(ridge=lam).values
        there = np.isfinite(theirs)
        x = (h / P * 1.01 ** (2 * i - 1))[there]  # side by side, that none hides the other
        ratio, bars = (value / theirs)[there], (bars / theirs)[:, there]
        with_bars(bottom, x, ratio, bars, i, ls="", ms=3)
    named = ["one network", f"mean of {n} networks", "of infinitely many", r"exact, $d \to \infty$"]
    handles = [*shown, limit, exact]
    if lam == 0 and found.sizes["run"]:
        x = found.flow_h / P
        handles += top.plot(x, found.closed, "D", mfc="none", color="k", ms=6, mew=0.7, zorder=5)
        handles += top.plot(x, found.flow, "+", color="k", ms=6, mew=0.8, zorder=6)
        named += ["single networks", "the same, by gradient flow"]
    top.legend(handles, named)
    for ax in (top, bottom):
        ax.axvline(1, color="0.6", lw=0.8, ls="--", zorder=0)
        ax.set(xscale="log", xlim=(fine[0] / P, fine[-1] / P))
        plain_ticks(ax.xaxis, TICKS)
    top.tick_params(labelbottom=False)
    top.set(yscale="log", title=rf"ridge $\lambda = {lam:g}$" if lam else "smallest norm")
    plain_ticks(top.yaxis, LogLocator(subs=(1, 2, 5) if lam else (1,)))
    bottom.axhline(1, color="0.3", lw=0.8, zorder=0)
    bottom.set(xlabel="$h / P$", ylim=(0.8, 1.2))


def figure(found: xr.Dataset) -> Figure:
    """Test errors against h / P; a column for each ridge, the largest first."""
    ridges, a = sorted(found.ridge.values.tolist(), reverse=True), found.attrs
    n, tau = len(ridges), rf"$\tau = {float(a['noise']):g}$"
    title = f"random features, {a['activation']}, $d = {a['d']}$, $P = {a['P']}$, {tau}"
    shape: dict[str, Any] = {"squeeze": False, "sharex": "col", "height_ratios": [3, 1]}
    with panels(2, n, of=found, title=title, figsize=(3.7 * n, 4.4), **shape) as (page, axes):
        for (top, bottom), lam in zip(axes.T, ridges, strict=True):
            _panel(top, bottom, found, lam)
        axes[0, 0].set_ylabel("test error")
        axes[1, 0].set_ylabel("measured / exact")
    return page
