"""Bounds of networks that have learnt true and random labels.

Shares of images below a value, all seeds together: gradients beside the product of the norms of the
layers, margins divided by it, the smallest change of class; and errors against the size of changes.
Bars are standard errors over seeds.
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.plotting.axes import means
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Axes, Figure, panels
from sweeps.foundations.bounds import RESULTS

opened = reader(RESULTS, "foundations bounds", "gradient", "bound", "margin", "smallest", "fgsm")

STYLES = {"true": "-", "random": "--"}


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 4, of=found, figsize=(13, 3.3)) as (page, (slopes, margins, changes, attacks)):
        for i, network in enumerate(found.network.values):
            for labels, ls in STYLES.items():
                one, name = found.sel(network=network, labels=labels), f"{network}, {labels} labels"
                more = {"color": COLOURS[i], "ls": ls, "label": name}
                _share(slopes, one.gradient / one.bound, more)
                _share(margins, one.margin / one.bound, more)
                _share(changes, one.smallest / one["size"], more)
                errors = one.fgsm.transpose("eps", "seed").values
                shape = {"ls": ls, "ms": 3, "label": name}
                means(attacks, found.eps.values, errors, i, **shape)
        slopes.axvline(1, color="k", lw=0.8, ls=":")
        slopes.set(xscale="log", xlabel=r"$\|\nabla f\| / \prod_j \|W_j\|$", title="gradients")
        slopes.set_ylabel("share of the images below")
        margins.set(xscale="log", xlabel=r"margin / $\prod_j \|W_j\|$", title="training images")
        changes.set(xscale="log", xlabel=r"$\|r\| / \|x\|$", title="smallest change of class")
        attacks.set(xlabel=r"$\epsilon$ of each pixel", ylabel="test error", title="signs")
        attacks.set_ylim(0, 1.05)
        changes.legend(loc="upper left")
    return page


def _share(ax: Axes, values: xr.DataArray, more: Any) -> None:
    x = np.sort(values.values.ravel())
    x = x[np.isfinite(x)]
    ax.plot(x, np.arange(1, x.size + 1) / x.size, lw=1.1, **more)
