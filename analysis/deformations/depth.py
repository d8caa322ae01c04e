"""R_f of the layers of networks against their relative depth, at delta = 1 and c = 3.

Log-averages over networks with their standard errors. (Petrini, Favero, Geiger & Wyart, *Relative
stability toward diffeomorphisms indicates performance in deep nets*, 2021.)
"""

import numpy as np
import xarray as xr

from analysis.deformations.stability import STATES, TICKS, log_averages
from analysis.plotting.axes import plain_ticks, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from sweeps.deformations.initial import RESULTS

opened = reader(RESULTS, "deformations initial", "layer_R", "layer_name")


def figure(found: xr.Dataset) -> Figure:
    with panels(of=found, figsize=(4.4, 3.2)) as (page, ax):
        for i, name in enumerate(found.network.values):
            for state in found.state.values:
                one = found.layer_R.sel(network=name, state=state)
                rows = one.transpose("layer", "seed").values
                rows = rows[np.isfinite(rows).all(1)]
                shape = {"ls": STATES[str(state)], "label": f"{name}, {state}"}
                with_bars(ax, np.linspace(0, 1, len(rows)), *log_averages(rows), i, **shape)
        ax.axhline(1, color="0.6", lw=0.8, zorder=0)
        ax.set(yscale="log", ylabel=f"$R_f$, {found.attrs['dataset']}")
        ax.set(xlabel="relative depth (0: the first layer, 1: the last)")
        plain_ticks(ax.yaxis, TICKS)
        ax.legend()
    return page
