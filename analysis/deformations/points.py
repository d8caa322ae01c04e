"""D_f, G_f and R_f of trained networks against the number P of training images.

Log-averages over networks, each with its own training set, with their standard errors; the dotted
line falls as 1/P. After Petrini, Favero, Geiger & Wyart, *Relative stability toward diffeomorphisms
indicates performance in deep nets*, 2021, Figs. 3 and 4.
"""

import numpy as np
import xarray as xr

from analysis.deformations.stability import log_averages
from analysis.plotting.axes import guide, over_points, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from analysis.plotting.style import save as save
from sweeps.deformations.initial import QUANTITIES
from sweeps.deformations.trained import RESULTS, standard

opened = reader(RESULTS, "deformations", "R", "test_error")


def figure(found: xr.Dataset) -> Figure:
    one = standard(found.isel(augmentation=0).sel(state="trained"))
    P = one.P.values.astype(float)
    with panels(1, 4, of=found, figsize=(11.0, 3.0)) as (page, axes):
        for i, name in enumerate(one.network.values):
            rows = one.sel(network=name).transpose("P", "seed", ...)
            for ax, quantity in zip(axes, QUANTITIES, strict=False):
                with_bars(ax, P, *log_averages(rows[quantity].values), i, label=str(name))
            errors = rows.test_error.values
            spread = np.nanstd(errors, 1, ddof=1) / errors.shape[1] ** 0.5
            with_bars(axes[3], P, errors.mean(1), spread if errors.shape[1] > 1 else None, i)
        for ax, label in zip(axes, ("$D_f$", "$G_f$", "$R_f$", "test error"), strict=True):
            over_points(ax, P[::2] if P.size > 4 else P)
            ax.set(yscale="log", ylabel=label)
        lowest = float(np.exp(np.log(one.R).mean("seed")).isel(P=0).min())
        guide(axes[2], P, lowest, -1.0, "$1/P$", "k:")
        axes[2].axhline(1, color="0.6", lw=0.8, zorder=0)
        page.legend(*axes[2].get_legend_handles_labels(), loc="outside right upper")
    return page
