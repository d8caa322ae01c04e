"""Accuracy of networks of point clouds against their number; or class by class, of one number.

Means over training sets and weights with standard errors. Dashed: the most that is possible without
telling one class from its mirror image, 7/8 of Tetris.
"""

import numpy as np
import xarray as xr

from analysis.plotting.axes import means
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from analysis.plotting.style import save as save
from sweeps.equivariance.points import RESULTS

opened = reader(RESULTS, "points", "accuracy")


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 2, of=found, figsize=(8, 3.2)) as (page, (ax, each)):
        last, classes = found.isel(P=-1), found["class"].values
        many, x = found.sizes["network"], np.arange(len(classes))
        for i, network in enumerate(found.network.values):
            rows = found.accuracy.sel(network=network).mean("class").transpose("P", "seed").values
            means(ax, found.P.values.astype(float), rows, i, label=str(network))
            of = last.accuracy.sel(network=network).transpose("class", "seed")
            shift = (i - (many - 1) / 2) * 0.8 / many
            each.bar(x + shift, of.mean("seed").values, 0.8 / many, color=f"C{i}")
        n = len(classes)
        ax.axhline(1 / n, color="0.7", lw=0.8, label="chance")
        if "even" in found.network.values:
            alike = f"{n - 1}/{n}: mirror images alike"
            ax.axhline(1 - 1 / n, color="k", ls="--", lw=0.8, label=alike)
        if found.sizes["P"] > 1:
            ax.set_xscale("log", base=2)
        ax.set(xlabel="clouds that are learnt", ylabel="accuracy on others, turned", ylim=(0, 1.04))
        ax.set_xticks(found.P.values, [str(P) for P in found.P.values])
        ax.legend(fontsize=7)
        each.set_xticks(x, [str(name) for name in classes], rotation=30, ha="right", fontsize=7)
        each.set(title=f"{int(found.P[-1])} learnt", xlabel="class", ylim=(0, 1.04))
        each.set_ylabel("accuracy")
    return page
