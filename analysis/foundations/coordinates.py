"""The coordinate check: sizes of the changes of all layers against the width.

A column for each parametrisation, a row for each optimiser, a line for each layer; means over
seeds, bars are standard errors. Flat lines: every layer learns alike at any width.
"""

from typing import Any

import xarray as xr

from analysis.plotting.axes import drawn, over_widths
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from jamming.theory.coordinates import OUTPUT
from sweeps.foundations.coordinates import RESULTS

opened = reader(RESULTS, "foundations coordinates", "start", "change")


def figure(found: xr.Dataset) -> Figure:
    names, optimisers = found.parametrisation.values, found.optimiser.values
    shape = len(optimisers), len(names)
    size = 2.6 * shape[1] + 0.6, 2.2 * shape[0] + 0.6
    a = found.attrs
    title = f"{a['network']} of {a['L']} hidden layers, {a['P']} points of {a['dataset']}"
    title += f": change after {found.sizes['step']} steps"
    more: Any = {"squeeze": False, "sharex": True, "sharey": "row", "title": title}
    with panels(*shape, of=found, figsize=size, **more) as (page, axes):
        for row, optimiser in zip(axes, optimisers, strict=True):
            for ax, name in zip(row, names, strict=True):
                one = found.change.sel(parametrisation=name, optimiser=optimiser).isel(step=-1)
                for i, layer in enumerate(one.layer.values):
                    sizes = one.sel(layer=layer).transpose("h", "seed").values
                    style = {"ls": "--"} if layer == OUTPUT else {}
                    drawn(ax, one.h.values, sizes, i, str(layer), **style)
                ax.set_yscale("log")
                over_widths(ax, one.h.values)
                ax.set_title(f"{name}, {optimiser}")
        for ax in axes[:-1].flat:
            ax.set_xlabel("")
        for ax in axes[:, 0]:
            ax.set_ylabel("root mean square change")
        axes[0, 0].legend()
    return page
