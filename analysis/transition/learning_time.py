"""N* against P after different learning times (*The jamming transition as a paradigm*, Fig. 5a)."""

import xarray as xr

from analysis.plotting.axes import over_points, reach, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from sweeps.transition.learning_time import RESULTS

opened = reader(
    RESULTS, "transition learning_time", "t", "P", "n_star", "n_star_low", "n_star_high"
)


def figure(found: xr.Dataset) -> Figure:
    P = found.P.values.astype(float)
    with panels(of=found, figsize=(4.2, 3.4)) as (page, ax):
        for i, t in enumerate(found.t.values):
            one = found.sel(t=t).dropna("P", subset=["n_star"])
            x = one.P.values * 1.03**i  # a little apart, so that none hides another
            with_bars(ax, x, *reach(one, "n_star"), i, label=f"$t$ = {t:g} steps")
        last = found.isel(t=-1).n_star.dropna("P")
        if last.size:
            ax.plot(P, float(last[0] / last.P[0]) * P, "k:", lw=0.8, label=r"$N^* \propto P$")
        over_points(ax, P)
        if found.n_star.notnull().any():  # a logarithmic axis wants a number
            ax.set_yscale("log")
        ax.minorticks_off()
        ax.set_ylabel("$N^*$, smallest network without a wrong point")
        ax.legend()
    return page
