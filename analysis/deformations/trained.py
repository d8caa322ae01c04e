"""What networks of images have made themselves invariant to: images that they see, and R_f.

Left: test images as they are, deformed, and with noise of the same norm. Right: R_f of each network
at the start and after training on the most points, the log-average over networks with its standard
error; 1 is as stable to deformations as to noise. After Petrini, Favero, Geiger & Wyart, *Relative
stability toward diffeomorphisms indicates performance in deep nets*, 2021, Figs. 1 and 2.
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.deformations.stability import log_averages
from analysis.plotting.axes import plain_ticks
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, panels
from analysis.plotting.style import save as save
from sweeps.deformations.trained import RESULTS, STATES, standard

opened = reader(RESULTS, "deformations", "examples", "R", "test_error")
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


def figure(found: xr.Dataset) -> Figure:
    names = found.network.values
    size: dict[str, Any] = {
        "figsize": (4.0 + 1.2 * names.size, 3.4),
        "width_ratios": (3.0, 1.0 + names.size),
    }
    with panels(1, 2, of=found, **size) as (page, (left, right)):
        x = found.examples.values
        x = (x - x.min()) / (np.ptp(x) or 1.0)
        x = np.pad(x, [(0, 0), (0, 0), (0, 1), (0, 1), (0, 0)], constant_values=1.0)  # apart
        rows = [np.concatenate(list(row), axis=1) for row in x]
        left.imshow(np.concatenate(rows, axis=0).squeeze(), cmap="gray")
        n = x.shape[2]
        middles = [n * (i + 0.5) for i in range(len(rows))]
        left.set_yticks(middles, [str(kind) for kind in found.kind.values])
        left.set_xticks([])
        one = standard(found.isel(P=-1, augmentation=0))
        left.set_title(rf"$\delta={float(found.delta[0]):g}$ pixels, $c={int(found.c[0])}$")
        at = np.arange(names.size)
        for i, state in enumerate(STATES):
            middle, error = log_averages(one.R.sel(state=state).transpose("network", "seed").values)
            bars = {"color": COLOURS[i], "label": state, "ecolor": "0.2", "capsize": 2}
            # bars of logarithms rise and fall from 1
            right.bar(at + 0.4 * i - 0.2, middle - 1, 0.38, bottom=1, yerr=error, **bars)
        right.axhline(1, color="0.3", lw=0.8)
        errors = 100 * one.test_error.mean("seed").values
        text = [f"{name}\n{error:.1f} %" for name, error in zip(names, errors, strict=True)]
        right.set_xticks(at, text)
        right.set(
            yscale="log", xlabel="network, test error", ylabel=f"$R_f$, {found.attrs['dataset']}"
        )
        plain_ticks(right.yaxis, TICKS)
        right.set_title(f"{int(one.P)} training images, {one.sizes['seed']} networks each")
        right.legend()
    return page
