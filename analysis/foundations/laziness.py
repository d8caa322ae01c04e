"""Lazy training: flows against alpha, kappa, tangent kernels and outputs of finite networks.

Geometric means over seeds; bars are standard errors. (Chizat, Oyallon & Bach, *On lazy training in
differentiable programming*, 2019; Jacot, Gabriel & Hongler, *Neural Tangent Kernel*, 2018.)
"""

import numpy as np
import xarray as xr

from analysis.plotting.axes import drawn, guide, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, legend_above, panels
from sweeps.foundations.laziness import RESULTS

opened = reader(RESULTS, "foundations laziness", "moved", "apart", "gap", "kappa", "ntk", "ff")

NAMES = {
    "moved": r"$\|w - w_0\|$",
    "apart": r"$\|w - w_{\rm lin}\|$",
    "gap": r"$\|\alpha(\Phi - \Phi_{\rm lin})\|$",
}

SCALES = {"m^-1/2": "scale $m^{-1/2}$", "m^-1": "scale $m^{-1}$"}


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 4, of=found, figsize=(13, 3.3)) as (page, (flows, kappas, kernels, outputs)):
        one = found.sel(start="difference")
        for i, (name, text) in enumerate(NAMES.items()):
            rows = one[name].transpose("alpha", "seed").values
            drawn(flows, found.alpha.values, rows, i, text)
        twice = found.gap.sel(start="doubled").transpose("alpha", "seed").values
        drawn(flows, found.alpha.values, twice, 3, NAMES["gap"] + ", doubled neurons")
        start = float(one.moved.mean("seed")[0])
        guide(flows, found.alpha.values, 1.6 * start, -1.0, r"$\alpha^{-1}$", "k:")
        guide(flows, found.alpha.values, start / 8, -2.0, r"$\alpha^{-2}$")
        flows.set(xlabel=r"$\alpha$", ylabel="largest distance over time")
        for i, scale in enumerate(found.scale.values):
            rows = found.kappa.sel(scale=scale).transpose("m", "seed").values
            drawn(kappas, found.m.values, rows, i, SCALES[str(scale)])
        first = found.kappa.isel(scale=0, m=0).mean().item()
        guide(kappas, found.m.values, 0.6 * first, -0.5, "$m^{-1/2}$")
        kappas.set(xlabel="neurons $m$", ylabel=r"$\kappa$")
        drawn(kernels, found.h.values, found.ntk.transpose("h", "seed").values, 0, "relu, $L = 2$")
        guide(kernels, found.h.values, 0.6 * float(found.ntk.isel(h=0).mean()), -0.5, "$h^{-1/2}$")
        deviation = r"$\|\Theta - \Theta_\infty\| / \|\Theta_\infty\|$"
        kernels.set(xlabel="width $h$", ylabel=deviation)
        for ax in (flows, kappas, kernels):
            ax.set(xscale="log", yscale="log")
            legend_above(ax)
        _outputs(outputs, found)
    return page


def _outputs(ax: Axes, found: xr.Dataset) -> None:
    """Means of f f' beside the Gaussian process, with two standard errors."""
    pairs = np.triu_indices(found.sizes["point"])
    mean, square = (found[name].mean("seed").values[pairs] for name in ("ff", "ff2"))
    n = found.sizes["seed"] * found.attrs["networks"]
    expected = found.nngp.isel(seed=0).values[pairs]
    bars = 2 * np.sqrt((square - mean**2) / n)
    with_bars(ax, expected, mean, bars, 0, ls="", ms=2, elinewidth=0.6, capsize=0)
    ends = [expected.min(), expected.max()]
    ax.plot(ends, ends, "k:", lw=0.8)
    ax.set(
        xlabel=r"Gaussian process $\Sigma_{L+1}$", ylabel=rf"$\langle f f' \rangle$, {n} networks"
    )
