"""Pieces of Tetris as voxels: accuracy in orientations that were not learnt, and before training.

Bars are of networks with and without a low-pass before strides; means over seeds with standard
errors. Right: how much means over all places change by 45 degrees, before anything is learnt.
"""

import numpy as np
import xarray as xr

from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, line_style, panels
from analysis.plotting.style import save as save
from jamming.fits.seeds import mean_and_error
from sweeps.equivariance.voxels import RESULTS

opened = reader(RESULTS, "voxels", "accuracy", "learnt", "error")
NAMED = {"cnn": "CNN"}
WIDTH = 0.38


def figure(found: xr.Dataset) -> Figure:
    networks = [str(name) for name in found.network.values]
    learnt = found.attrs["steps"] > 1  # of one step only the error before it says something
    each = {"accuracy, turned at random": found.accuracy} if learnt else {}
    each["change by 45 degrees, untrained"] = found.error.mean("piece")
    with panels(1, len(each), of=found, figsize=(3.2 * len(each), 3)) as (page, grid):
        axes = np.ravel(grid)
        for ax, (label, of) in zip(axes, each.items(), strict=True):
            for i, smooth in enumerate(found.smooth.values):
                rows = of.sel(smooth=smooth).transpose("network", "seed").values
                mean, error = mean_and_error(rows)
                ax.bar(
                    np.arange(len(networks)) + i * WIDTH,
                    mean,
                    WIDTH,
                    yerr=error if np.isfinite(error).any() else None,
                    capsize=2,
                    color=line_style(i)["color"],
                    label="low-pass" if smooth else "no low-pass",
                )
            ticks = np.arange(len(networks)) + WIDTH * (found.sizes["smooth"] - 1) / 2
            ax.set_xticks(ticks, [NAMED.get(name, name) for name in networks])
            ax.set(xlabel="network", ylabel=label)
        if learnt:
            axes[0].axhline(1 / 8, color="0.5", lw=0.8, ls=":", label="chance")
            axes[0].set_ylim(0, 1)
        axes[0].legend(fontsize=7)
    return page
