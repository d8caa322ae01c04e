"""Layers under deformations before and after training, and the total variation of their filters.

A row for true and for random labels. Left and middle: normalised cosine distances for each way to
halve images. Right: total variation of the filters 3x3 after training; the dotted line is that
before. Means over networks with two standard deviations, as in Ruderman, Rabinowitz, Morcos &
Zoran, *Pooling is neither necessary nor sufficient for appropriate deformation stability in CNNs*,
2018, Figs. 3, 6 and 7.
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.plotting.axes import with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, panels
from sweeps.deformations.profiles import RESULTS, STATES

opened = reader(RESULTS, "deformations profiles", "distance", "tv", "test_error", "layer_name")


def figure(found: xr.Dataset) -> Figure:
    rows = found.labels.size
    size: dict[str, Any] = {"figsize": (11.0, 3.3 * rows), "squeeze": False}
    with panels(rows, 3, of=found, **size) as (page, axes):
        for label, (left, middle, right) in zip(found.labels.values, axes, strict=True):
            one = found.sel(labels=label)
            for ax, state in zip((left, middle), STATES, strict=True):
                curves(ax, one.distance.sel(state=state), "down", one.layer_name)
                ax.set_ylim(0, 1.1 * _highest(one.distance))
                ax.set_title(f"{found.attrs['dataset']}, {label} labels, {state}")
                ax.set(xlabel="layer", ylabel="normalised cosine distance")
            curves(right, one.tv.sel(state="trained"), "down", one.filter_name)
            start(right, one.tv.sel(state="init"))
            right.set(xlabel="layer", ylabel=r"$\mathrm{TV}(W)/||W||_1$")
            right.set_title(f"filters, {label} labels, trained")
        names = right.get_legend_handles_labels()
        page.legend(*names, loc="outside lower center", ncols=len(names[1]))
    return page


def curves(ax: Axes, of: xr.DataArray, over: str, names: xr.DataArray) -> None:
    """A line over layers, of these names, for each value of `over`: means and two deviations."""
    (along,) = names.dims
    at = np.arange(names.size)
    for i, value in enumerate(of[over].values):
        rows = of.sel({over: value}).transpose(along, "seed").values
        bars = 2 * rows.std(1, ddof=1) if rows.shape[1] > 1 else None
        # side by side, as bars lie on one another
        with_bars(ax, at + 0.06 * (i - 2), rows.mean(1), bars, i, label=f"{value}")
    ax.set_xticks(at, [str(name) for name in names.values], rotation=60)


def start(ax: Axes, tv: xr.DataArray | float) -> None:
    """The dotted line of the filters at the start."""
    ax.axhline(float(np.mean(tv)), color="0.3", ls=":", label="at the start")


def _highest(distance: xr.DataArray) -> float:
    """Of means and their bars."""
    mean, spread = distance.mean("seed"), distance.std("seed", ddof=min(1, distance.seed.size - 1))
    return float((mean + 2 * spread).max())
