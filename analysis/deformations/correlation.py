"""Test error against R_f, D_f and 1/G_f, a point for each network, and their correlations.

Log-averages over seeds with their standard errors; the full line is the least-squares law, the
dotted one eps = a sqrt(R_f). On the right the correlations r of the logarithms over networks, by
medians over images and by means, with 95 % intervals over networks and seeds; crosses are those
published for MNIST. After Petrini, Favero, Geiger & Wyart, *Relative stability toward
diffeomorphisms indicates performance in deep nets*, 2021, Figs. 5, 15 to 17 and 20, Table 2.
"""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import LogLocator

from analysis.deformations.estimates import Relation, relation
from analysis.deformations.stability import log_averages
from analysis.plotting.axes import plain_ticks, with_interval
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, MARKERS, Axes, Figure, panels
from analysis.plotting.style import save as save
from sweeps.deformations.trained import RESULTS, standard

opened = reader(RESULTS, "deformations", "R", "mean_R", "test_error")

TITLES = {"R": "$R_f$", "D": "$D_f$", "G": "$1/G_f$"}
PUBLISHED = {"mnist": {"R": 0.75, "D": 0.71, "G": 0.43}}


def figure(found: xr.Dataset) -> Figure:
    """Of the most training images, without augmentation."""
    one = standard(found).isel(augmentation=0, P=-1).sel(state="trained")
    one = one.transpose("network", "seed", ...)
    enough = one.sizes["network"] > 3
    size: dict[str, Any] = {"figsize": (10.2, 3.3)}
    if enough:
        size = {"figsize": (12.4, 3.3), "width_ratios": (3, 3, 3, 2)}
    with panels(1, 3 + enough, of=found, **size) as (page, axes):
        for ax, (name, title) in zip(axes, TITLES.items(), strict=False):
            _points(ax, one, 1 / one.G if name == "G" else one[name])
            ax.set(xlabel=title)
            ax.sharey(axes[0])
        if enough:
            of = [relation(one), relation(one, mean=True)]
            _law(axes[0], one, of[0])
            _correlations(axes[3], of, PUBLISHED.get(found.attrs["dataset"], {}))
        text = f"test error, {found.attrs['dataset']}, P = {int(one.P)}"
        axes[0].set_ylabel(text)
        page.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper")
    return page


def _points(ax: Axes, one: xr.Dataset, values: xr.DataArray) -> None:
    eps, eps_error = log_averages(one.test_error.values)
    x, x_error = log_averages(values.values)
    for i, name in enumerate(one.network.values):
        bars: dict[str, Any] = {
            "xerr": None if x_error is None else x_error[:, i : i + 1],
            "yerr": None if eps_error is None else eps_error[:, i : i + 1],
        }
        # of more networks than colours, those of one colour have different markers
        k = i // len(COLOURS)
        bars |= {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[(i + 2 * k) % len(MARKERS)]}
        ax.errorbar(x[i], eps[i], ls="", elinewidth=0.8, label=str(name), **bars)
    ax.set(xscale="log", yscale="log")
    for axis, known in ((ax.xaxis, x), (ax.yaxis, eps)):
        wide = known.max() > 30 * known.min()
        plain_ticks(axis, LogLocator(subs=(1,) if wide else (1, 2, 3, 5)))


def _law(ax: Axes, one: xr.Dataset, of: Relation) -> None:
    eps, x = (np.exp(np.log(values.values).mean(1)) for values in (one.test_error, one.R))
    line = np.geomspace(x.min(), x.max(), 20)
    middle = np.exp(np.log(eps).mean() - of.slope[0] * np.log(x).mean())
    label = rf"$R_f^s$, s = {with_interval(of.of(of.slope))}"
    ax.plot(line, middle * line ** of.slope[0], "k-", lw=0.9, label=label)
    a = float(of.prefactor[0])
    ax.plot(line, a * np.sqrt(line), "k:", label=rf"${a:.2g}\sqrt{{R_f}}$")


def _correlations(ax: Axes, both: list[Relation], published: dict[str, float]) -> None:
    at = np.arange(len(TITLES))
    for i, (of, label) in enumerate(zip(both, ("medians", "means"), strict=True)):
        found = [of.correlation(name) for name in TITLES]
        r = np.array([each.value for each in found])
        ends = np.array([(each.low, each.high) for each in found]).T
        reach = np.nan_to_num(np.abs(ends - r))
        shape: dict[str, Any] = {"color": COLOURS[i], "ecolor": "0.2", "capsize": 2, "label": label}
        ax.bar(at + 0.36 * i - 0.18, r, 0.34, yerr=reach, **shape)
    if published:
        ax.plot(at, [published[name] for name in TITLES], "kx", label="published")
    ax.axhline(0, color="0.3", lw=0.8)
    ax.set_xticks(at, list(TITLES.values()))
    ax.set(xlabel="quantity", ylabel="correlation with log test error", ylim=(-1, 1))
    ax.legend(loc="lower left")
