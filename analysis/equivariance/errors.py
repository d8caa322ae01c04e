"""Equivariance errors of stacks of spherical correlations, against depth.

A panel for each nonlinearity, a line for each bandwidth; means over filters with standard errors
(T. Cohen et al., *Spherical CNNs*, ICLR 2018, Fig. 3).
"""

import xarray as xr

from analysis.plotting.axes import means
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from analysis.plotting.style import save as save
from sweeps.equivariance.errors import RESULTS, named

opened = reader(RESULTS, "equivariance errors", "error")


def figure(found: xr.Dataset) -> Figure:
    many = found.sizes["finer"]
    with panels(1, many, of=found, figsize=(2.8 * many, 3), squeeze=False) as (page, axes):
        error = found.error.mean(("turn", "signal")).transpose("finer", "b", "depth", "seed")
        for ax, finer in zip(axes[0], found.finer.values, strict=True):
            for i, b in enumerate(found.b.values):
                rows = error.sel(finer=finer, b=b).values
                means(ax, found.depth.values.astype(float), rows, i, label=f"$b = {b}$")
            ax.set(yscale="log", xlabel="correlations", xticks=found.depth.values)
            ax.set_title(named(int(finer)), fontsize=8)
        axes[0, 0].set_ylabel("equivariance error")
        axes[0, 0].legend(fontsize=7)
    return page
