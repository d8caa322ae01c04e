"""R_f of networks against the displacement delta, at several cut-offs and both interpolations.

Log-averages over networks with their standard errors. (Petrini, Favero, Geiger & Wyart, *Relative
stability toward diffeomorphisms indicates performance in deep nets*, 2021.)
"""

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.plotting.axes import plain_ticks, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, panels
from sweeps.deformations.initial import RESULTS

opened = reader(RESULTS, "deformations initial", "R", "delta_max")

STATES = {"init": "--", "trained": "-"}
TICKS = (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5, 10)
FILLS = {"bilinear": "full", "gaussian": "none"}


def figure(found: xr.Dataset) -> Figure:
    names = found.network.values
    size = 2.4 * names.size + 1.2, 3.0
    with panels(1, names.size, of=found, figsize=size, sharey=True, squeeze=False) as (page, axes):
        for ax, name in zip(axes[0], names, strict=True):
            for i, c in enumerate(found.c.values):
                _curves(ax, found.sel(network=name, c=c), i)
            ax.axhline(1, color="0.6", lw=0.8, zorder=0)
            ax.set(xscale="log", yscale="log", xlabel=r"$\delta$ (pixels)", title=str(name))
            plain_ticks(ax.xaxis, found.delta.values)
        plain_ticks(axes[0][0].yaxis, TICKS)
        axes[0][0].set_ylabel(f"$R_f$, {found.attrs['dataset']}")
        page.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right upper")
    return page


def _curves(ax: Axes, one: xr.Dataset, i: int) -> None:
    """One line for each state and interpolation."""
    for state in one.state.values:
        for kind in one.interpolation.values:
            rows = one.R.sel(state=state, interpolation=kind).transpose("delta", "seed").values
            shape = {"ls": STATES[str(state)], "fillstyle": FILLS[str(kind)], "mfc": None}
            label = f"$c={int(one.c)}$, {kind}, {state}"
            with_bars(ax, one.delta, *log_averages(rows), i, **shape, label=label)


def log_averages(
    rows: Float[np.ndarray, "n seeds"],
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "2 n"] | None]:
    """exp(mean log) over the seeds that are known, and how far a standard error reaches."""
    logs = np.log(rows)
    middle = np.exp(np.nanmean(logs, 1))
    if rows.shape[1] < 2:
        return middle, None
    error = np.nanstd(logs, 1, ddof=1) / np.sqrt((~np.isnan(logs)).sum(1))
    return middle, middle * np.stack([1 - np.exp(-error), np.exp(error) - 1])
