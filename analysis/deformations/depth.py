"""R_f of each layer of networks at delta = 1 and c = 3, at the start and after training.

Log-averages over networks with their standard errors, after training on the most points. (Petrini,
Favero, Geiger & Wyart, *Relative stability toward diffeomorphisms indicates performance in deep
nets*, 2021.)
"""

from pathlib import Path

import numpy as np
import xarray as xr

from analysis.deformations.stability import STATES, TICKS, log_averages, on_most_points
from analysis.plotting.axes import plain_ticks, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, panels
from analysis.plotting.style import save as save
from sweeps.deformations import initial, trained

NAMED = 10  # so many names of layers there is room for
DECADES = (0.01, 0.02, 0.05, *TICKS, 20, 50)

_untrained = reader(initial.RESULTS, "deformations initial", "layer_R", "layer_name")
_trained = reader(trained.RESULTS, "deformations", "layer_R", "layer_name")


def opened(folder: Path) -> xr.Dataset:
    """The results of trained networks, or else of untrained ones, in a sweep's folder."""
    return (_trained if (folder / trained.RESULTS).is_file() else _untrained)(folder)


def figure(found: xr.Dataset) -> Figure:
    """A panel for each network."""
    one, data = on_most_points(found)
    names = found.network.values
    size = 2.4 * names.size + 1.2, 3.2
    with panels(1, names.size, of=found, figsize=size, sharey=True, squeeze=False) as (page, axes):
        for ax, name in zip(axes[0], names, strict=True):
            _profiles(ax, one.sel(network=name))
            ax.axhline(1, color="0.6", lw=0.8, zorder=0)
            ax.set(yscale="log", title=str(name), xlabel="layer")
        plain_ticks(axes[0][0].yaxis, DECADES)
        axes[0][0].set_ylabel(f"$R_f$, {data}")
        page.legend(*axes[0][0].get_legend_handles_labels(), loc="outside right upper")
    return page


def _profiles(ax: Axes, one: xr.Dataset) -> None:
    """A line for each state of a network, over the layers that it has."""
    layers = [str(name) for name in one.layer_name.values if name]
    x = np.arange(len(layers))
    for i, state in enumerate(one.state.values):
        rows = one.layer_R.sel(state=state).transpose("layer", "seed").values[: len(layers)]
        with_bars(ax, x, *log_averages(rows), i, ls=STATES[str(state)], label=str(state))
    step = -(-len(layers) // NAMED)
    ax.set_xticks(x[::step], layers[::step], rotation=60, ha="right", rotation_mode="anchor")
