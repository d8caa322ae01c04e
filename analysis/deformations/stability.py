"""R_f of networks against the displacement delta, at several cut-offs, before and after training.

Log-averages over networks with their standard errors, after training on the most points; both
interpolations, where both were measured. (Petrini, Favero, Geiger & Wyart, *Relative stability
toward diffeomorphisms indicates performance in deep nets*, 2021.)
"""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.plotting.axes import plain_ticks, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, panels
from analysis.plotting.style import save as save
from sweeps.deformations import initial, trained

_untrained = reader(initial.RESULTS, "deformations initial", "R", "delta_max")
_trained = reader(trained.RESULTS, "deformations", "R", "delta_max")

IN_A_ROW = 5  # networks
STATES = {"init": "--", "trained": "-"}
TICKS = (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5, 10)
FILLS = {"bilinear": "full", "gaussian": "none"}


def opened(folder: Path) -> xr.Dataset:
    """The results of trained networks, or else of untrained ones, in a sweep's folder."""
    return (_trained if (folder / trained.RESULTS).is_file() else _untrained)(folder)


def on_most_points(found: xr.Dataset) -> tuple[xr.Dataset, str]:
    """Networks trained on the most points, without augmentation if so, and what the data were."""
    at = {name: i for name, i in (("P", -1), ("augmentation", 0)) if name in found.dims}
    one = found.isel(at)
    return one, found.attrs["dataset"] + (f", P = {int(one.P)}" if "P" in at else "")


def figure(found: xr.Dataset) -> Figure:
    """A panel for each network."""
    one, data = on_most_points(found)
    names = found.network.values
    columns = min(names.size, IN_A_ROW)
    rows = -(-names.size // columns)
    size = 2.4 * columns + 1.2, 2.8 * rows + 0.2
    shared: Any = {"sharex": True, "sharey": True, "squeeze": False}
    with panels(rows, columns, of=found, figsize=size, **shared) as (page, axes):
        for ax in axes.flat[names.size :]:
            ax.remove()
        for ax, name in zip(axes.flat, names, strict=False):
            _curves(ax, one.sel(network=name))
            ax.axhline(1, color="0.6", lw=0.8, zorder=0)
            ax.set(xscale="log", yscale="log", xlabel=r"$\delta$ (pixels)", title=str(name))
            plain_ticks(ax.xaxis, found.delta.values)
        plain_ticks(axes[0][0].yaxis, TICKS)
        for ax in axes[:, 0]:
            ax.set_ylabel(f"$R_f$, {data}")
        page.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right upper")
    return page


def _curves(ax: Axes, one: xr.Dataset) -> None:
    """One line for each cut-off, state and interpolation."""
    for i, c in enumerate(one.c.values):
        for state in one.state.values:
            for kind in np.atleast_1d(one.interpolation.values):
                at = one.R.sel(c=c, state=state, interpolation=kind)
                shape = {"ls": STATES[str(state)], "fillstyle": FILLS[str(kind)], "mfc": None}
                middle = log_averages(at.transpose("delta", "seed").values)
                label = f"$c={int(c)}$, {kind}, {state}"
                with_bars(ax, one.delta, *middle, i, **shape, label=label)


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
