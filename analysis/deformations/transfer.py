"""Test error and R_f of networks from scratch, and after another data set has been learnt first.

A line joins the two networks that learn the same images; black are log-averages with their
standard errors. After Petrini, Favero, Geiger & Wyart, *Relative stability toward diffeomorphisms
indicates performance in deep nets*, 2021, Fig. 5 (stars).
"""

import numpy as np
import xarray as xr
from matplotlib.ticker import LogLocator

from analysis.deformations.stability import log_averages
from analysis.plotting.axes import plain_ticks, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from analysis.plotting.style import save as save
from sweeps.deformations.trained import standard
from sweeps.deformations.transfer import RESULTS

opened = reader(RESULTS, "deformations transfer", "R", "test_error")


def figure(found: xr.Dataset) -> Figure:
    """Of the first network and P."""
    one = standard(found.sel(state="trained").isel(network=0, P=0, augmentation=0))
    source = f"{found.attrs['source_P']}\nimages of {found.attrs['source']}"
    at = np.arange(one.sizes["start"])
    with panels(1, 2, of=found, figsize=(6.6, 3.2)) as (page, axes):
        columns = {"test error (%)": 100 * one.test_error, "$R_f$": one.R}
        for ax, (label, values) in zip(axes, columns.items(), strict=True):
            rows = values.transpose("start", "seed").values
            ax.plot(at, rows, "-", color="0.7", lw=0.8, marker=".")
            with_bars(ax, at, *log_averages(rows), 6, ls="", label="log-average")
            ax.set_xticks(at, ["scratch", f"first {source}"])
            ax.set(yscale="log", xlim=(-0.5, 1.5), ylabel=label)
            plain_ticks(ax.yaxis, LogLocator(subs=range(1, 10)))
            ax.set_xlabel(f"{one.network.item()}, {int(one.P)} images of {found.attrs['dataset']}")
        axes[1].legend()
    return page
