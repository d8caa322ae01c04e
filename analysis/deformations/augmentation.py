"""R_f and test error of networks that are trained with different augmentations.

Log-averages over networks, each with its own training set, with their standard errors; the broken
line is R_f at the start. After Petrini, Favero, Geiger & Wyart, *Relative stability toward
diffeomorphisms indicates performance in deep nets*, 2021, Fig. 12.
"""

import numpy as np
import xarray as xr

from analysis.deformations.stability import TICKS, log_averages
from analysis.plotting.axes import plain_ticks
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, panels
from sweeps.deformations.trained import RESULTS, standard

opened = reader(RESULTS, "deformations", "R", "test_error")

RARE = (0.01, 0.02, 0.05)  # ticks below those of R_f at initialisation


def figure(found: xr.Dataset) -> Figure:
    """On the most training images."""
    one = standard(found).isel(P=-1)
    names = one.network.values
    at, width = np.arange(one.sizes["augmentation"]), 0.8 / names.size
    with panels(1, 2, of=found, figsize=(7.2, 3.0)) as (page, (left, right)):
        for i, name in enumerate(names):
            rows = one.sel(network=name).transpose("augmentation", "seed", ...)
            x = at + width * (i - (names.size - 1) / 2)
            bars = {"color": COLOURS[i % len(COLOURS)], "ecolor": "0.2", "capsize": 2}
            R, error = log_averages(rows.R.sel(state="trained").values)
            # bars of logarithms fall from 1, which is as stable to deformations as to noise
            left.bar(x, R - 1, 0.9 * width, bottom=1, yerr=error, label=str(name), **bars)
            eps, error = log_averages(100 * rows.test_error.values)
            right.bar(x, eps, 0.9 * width, yerr=error, **bars)
            start = float(np.exp(np.log(rows.R.sel(state="init")).mean()))
            left.axhline(start, color=COLOURS[i % len(COLOURS)], ls="--", lw=0.9)
        for ax in (left, right):
            ax.set_xticks(at, one.augmentation.values)
            ax.set_xlabel("augmentation of the training images")
        left.axhline(1, color="0.3", lw=0.8)
        left.set(yscale="log", ylabel=f"$R_f$, {found.attrs['dataset']}, P = {int(one.P)}")
        plain_ticks(left.yaxis, (*RARE, *TICKS))
        right.set(ylabel="test error (%)")
        left.legend()
    return page
