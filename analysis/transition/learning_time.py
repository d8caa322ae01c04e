"""N* against P after different learning times (*The jamming transition as a paradigm*, Fig. 5a).

``python -m analysis transition.learning_time STORE``, a folder of
`sweeps.transition.learning_time`.
"""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plotting.axes import over_points
from analysis.plotting.stored import stored
from analysis.plotting.style import line_style, panels
from sweeps.transition.learning_time import RESULTS


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    lacking = "holds no N*(t): make them with python -m sweeps.transition learning_time"
    return stored(folder / RESULTS, lacking, "t", "P", "n_star", "n_star_low", "n_star_high")


def figure(found: xr.Dataset) -> Figure:
    """N* against P, a line for each learning time."""
    P = found.P.values.astype(float)
    with panels(of=found, figsize=(4.2, 3.4)) as (page, ax):
        for i, t in enumerate(found.t.values):
            one = found.sel(t=t)
            n, low, high = (one[k].values for k in ("n_star", "n_star_low", "n_star_high"))
            there = np.isfinite(n)
            bars = np.abs(np.stack([n - low, high - n])[:, there])
            ax.errorbar(
                P[there] * 1.03**i,  # a little apart, so that none hides another
                n[there],
                bars,
                **line_style(i),
                capsize=2,
                lw=1,
                label=f"$t$ = {t:g} steps",
            )
        last = found.isel(t=-1).n_star.values
        if np.isfinite(last).any():
            k = int(np.flatnonzero(np.isfinite(last))[0])
            ax.plot(P, last[k] * P / P[k], "k:", lw=0.8, label=r"$N^* \propto P$")
        over_points(ax, P)
        if np.isfinite(found.n_star.values).any():  # a logarithmic axis wants a number
            ax.set_yscale("log")
        ax.minorticks_off()
        ax.set_ylabel("$N^*$, smallest network without a wrong point")
        ax.legend()
    return page
