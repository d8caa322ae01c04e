"""G_f of trained networks against the norm of the noise, and divided by the law of small noise.

Log-averages over seeds with their standard errors; the dotted line is |eta|^2. After Petrini,
Favero, Geiger & Wyart, *Relative stability toward diffeomorphisms indicates performance in deep
nets*, 2021, Fig. 11.
"""

import numpy as np
import xarray as xr
from matplotlib.ticker import LogLocator

from analysis.deformations.stability import log_averages
from analysis.plotting.axes import guide, plain_ticks, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import MARKERS, Figure, panels
from sweeps.deformations.trained import RESULTS

opened = reader(RESULTS, "deformations", "noise_G")


def figure(found: xr.Dataset) -> Figure:
    """Of the most training images, without augmentation."""
    one = found.noise_G.isel(P=-1, augmentation=0).sel(state="trained")
    norms = one.norm.values
    with panels(1, 2, of=found, figsize=(8.6, 3.4)) as (page, (left, right)):
        for i, name in enumerate(one.network.values):
            rows = one.sel(network=name).transpose("norm", "seed").values
            marker = MARKERS[(i + 2 * (i // len(MARKERS))) % len(MARKERS)]
            with_bars(left, norms, *log_averages(rows), i, marker=marker, label=str(name))
            law = rows[0] * (norms[:, None] / norms[0]) ** 2
            with_bars(right, norms, *log_averages(rows / law), i, marker=marker)
        lowest = np.exp(np.nanmean(np.log(one.values), axis=one.get_axis_num("seed"))).min()
        guide(left, norms, 0.5 * float(lowest), 2.0, r"$|\eta|^2$", "k:")
        right.axhline(1, color="0.6", lw=0.8, zorder=0)
        for ax in (left, right):
            ax.set(xscale="log", xlabel=r"norm of the noise $|\eta|$, standardised pixels")
        left.set(yscale="log", ylabel=f"$G_f$, {found.attrs['dataset']}")
        right.set(yscale="log", ylabel=r"$G_f$ divided by its $|\eta|^2$ law of small noise")
        plain_ticks(right.yaxis, LogLocator(subs=(1, 2, 5)))
        page.legend(*left.get_legend_handles_labels(), loc="outside right upper")
    return page
