"""Distances to the nearest of P points, of data sets and of spheres, and the dimensions they tell.

Relative to those at the smallest P; lines are the power laws P^(-1/d) of the last decade of P.
"""

import xarray as xr

from analysis.plotting.axes import means, over_points, power_line
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, panels
from analysis.plotting.style import save as save
from sweeps.kernel_curves.exponents import dimension, law
from sweeps.kernel_curves.neighbours import RESULTS

opened = reader(RESULTS, "kernel_curves neighbours", "nearest", "dataset", "P", "seed")


def figure(found: xr.Dataset) -> Figure:
    P = found.P.values.astype(float)
    with panels(of=found, figsize=(4.8, 3.6)) as (page, ax):
        for i, name in enumerate(found.dataset.values):
            rows = found.nearest.sel(dataset=name).transpose("P", "seed").values
            rows = rows / rows[0].mean()
            fitted, d, label = law(P, rows), dimension(P, rows), str(name)
            if label.startswith("random"):
                label = f"sphere, $d = {int(label.removeprefix('random')) - 1}$"
            if fitted is not None and d is not None:
                label += rf": ${d.value:.1f}$ [{d.low:.1f}, {d.high:.1f}]"
                power_line(ax, P[fitted.x_min <= P], fitted, COLOURS[i % len(COLOURS)])
            means(ax, P, rows, i, ls="", lw=None, label=label)
        over_points(ax, P)
        ax.set(yscale="log", ylabel="distance to the nearest point, relative")
        ax.legend(loc="lower left")
    return page
