"""How far deformations move the layers of networks that halve images in five ways.

Normalised cosine distances, means over networks with two standard deviations; on the right with
random filters that are smoothed. (Ruderman, Rabinowitz, Morcos & Zoran, *Pooling is neither
necessary nor sufficient for appropriate deformation stability in CNNs*, 2018.)
"""

import numpy as np
import xarray as xr

from analysis.plotting.axes import with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, panels
from sweeps.deformations.downsampled import RESULTS

opened = reader(RESULTS, "deformations downsampled", "distance", "tv", "layer_name")

STYLES = {"init": "--", "trained": "-"}


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 2, of=found, figsize=(9.2, 3.6), sharey=True) as (page, (ways, smooth)):
        plain = found.isel(sigma=0)
        for i, down in enumerate(found.down.values):
            _profile(ways, plain.sel(down=down), i, str(down))
        first = found.isel(down=0)
        for i, sigma in enumerate(found.sigma.values):
            _profile(smooth, first.sel(sigma=sigma), i, rf"$\sigma = {sigma:g}$")
        ways.set(ylabel="normalised cosine distance", title=found.attrs["dataset"])
        smooth.set_title(f"{found.down.values[0]}, smoothed filters")
        for ax in (ways, smooth):
            at = np.arange(found.sizes["layer"])
            ax.set_xticks(at, [str(name) for name in found.layer_name.values], rotation=60)
            ax.set_xlabel("layer")
            ax.set_ylim(0, 1.3 * float(found.distance.max()))
            ax.legend(ncols=2, loc="upper left")
    return page


def _profile(ax: Axes, one: xr.Dataset, i: int, label: str) -> None:
    """A line over the layers for each state."""
    for state in one.state.values:
        rows = one.distance.sel(state=state).transpose("layer", "seed").values
        bars = 2 * rows.std(1, ddof=1) if rows.shape[1] > 1 else None
        # side by side, as bars lie on one another
        at = np.arange(len(rows)) + 0.06 * (i - 2)
        only = one.sizes["state"] == 1
        shape = {"ls": STYLES[str(state)], "label": label if only else f"{label}, {state}"}
        with_bars(ax, at, rows.mean(1), bars, i, **shape)
