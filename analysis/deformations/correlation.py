"""Test error against R_f, D_f and 1/G_f, a point for each network.

Log-averages with their standard errors; r is the correlation of the logarithms over networks, and
the line eps = a sqrt(R_f) is fitted. After Petrini, Favero, Geiger & Wyart, *Relative stability
toward diffeomorphisms indicates performance in deep nets*, 2021, Fig. 5.
"""

import numpy as np
import xarray as xr

from analysis.deformations.stability import log_averages
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, panels
from analysis.plotting.style import save as save
from sweeps.deformations.trained import RESULTS

opened = reader(RESULTS, "deformations", "R", "test_error")


def figure(found: xr.Dataset) -> Figure:
    """Of the most training images, without augmentation."""
    one = found.isel(c=0, delta=0, interpolation=0, augmentation=0, P=-1).sel(state="trained")
    one = one.transpose("network", "seed", ...)
    eps, eps_error = log_averages(one.test_error.values)
    columns = {"$R_f$": one.R, "$D_f$": one.D, "$1/G_f$": 1 / one.G}
    with panels(1, 3, of=found, figsize=(9.6, 3.2), sharey=True) as (page, axes):
        for ax, (label, values) in zip(axes, columns.items(), strict=True):
            x, x_error = log_averages(values.values)
            for i, name in enumerate(one.network.values):
                bars = {
                    "xerr": None if x_error is None else x_error[:, i : i + 1],
                    "yerr": None if eps_error is None else eps_error[:, i : i + 1],
                }
                colour = COLOURS[i % len(COLOURS)]
                ax.errorbar(x[i], eps[i], fmt="o", color=colour, label=str(name), **bars)
            r = np.corrcoef(np.log(x), np.log(eps))[0, 1] if x.size > 2 else np.nan
            ax.set(xscale="log", yscale="log", xlabel=label, title=f"r = {r:.2f}")
        x, _ = log_averages(one.R.values)
        a = np.exp(np.mean(np.log(eps) - 0.5 * np.log(x)))
        line = np.geomspace(x.min(), x.max(), 20)
        axes[0].plot(line, a * np.sqrt(line), "k:", label=rf"${a:.2g}\sqrt{{R_f}}$")
        axes[0].set_ylabel(f"test error, {found.attrs['dataset']}")
        page.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper")
    return page
