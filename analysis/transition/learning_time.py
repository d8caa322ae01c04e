"""N* against P after different learning times (*The jamming transition as a paradigm*, Fig. 5a).

Left: N*(P). Right, where N* is known after three times at some P: N* against the time, the law
N* = limit (1 + c/t), dashed, and its limit with the interval.
"""

import numpy as np
import xarray as xr

from analysis.plotting.axes import over_points, reach, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, line_style, panels
from analysis.transition.estimates import after_all_time
from jamming.fits.limits import Limit
from jamming.fits.seeds import Interval
from sweeps.transition.learning_time import RESULTS

opened = reader(
    RESULTS,
    "transition learning_time",
    *("t", "P", "n_star", "n_star_low", "n_star_high", "n_star_sample"),
)


def figure(found: xr.Dataset) -> Figure:
    laws = after_all_time(found)
    n = 1 + bool(laws)
    with panels(1, n, of=found, figsize=(4.2 * n, 3.4)) as (page, axes):
        left, *right = np.ravel(axes)
        _over_points(left, found)
        for ax in right:
            for i, P in enumerate(laws):
                _over_time(ax, found.sel(P=P), *laws[P], i)
            ax.set(xscale="log", yscale="log", xlabel="steps $t$", ylabel="$N^*$")
            ax.legend()
    return page


def _over_points(ax: Axes, found: xr.Dataset) -> None:
    P = found.P.values.astype(float)
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
    ax.set_ylabel("$N^*$, smallest network that fits")
    ax.legend()


def _over_time(ax: Axes, one: xr.Dataset, law: Limit, limit: Interval, i: int) -> None:
    there = one.dropna("t", subset=["n_star"])
    with_bars(ax, there.t.values, *reach(there, "n_star"), i, label=f"$P = {int(one.P)}$")
    t = np.geomspace(float(there.t[0]), 4 * float(there.t[-1]))
    colour = line_style(i)["color"]
    ax.plot(t, law.at(1 / t), "--", color=colour, lw=0.8)
    at = np.array([[limit.value - limit.low], [limit.high - limit.value]])
    with_bars(ax, t[-1:], [limit.value], at, i, mfc="white")
