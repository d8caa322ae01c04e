"""Shapes and proteins as voxels, trained and tested turned (R) or not (NR): errors, and slices.

Means over networks, each with its own training set (dots), and their standard errors: as bars of
one number of objects, or against their number, turned. Right: slices through the middle of one
object of each kind, not turned (above) and turned (after M. Weiler, M. Geiger, M. Welling,
W. Boomsma & T. Cohen, *3D steerable CNNs*, NeurIPS 2018, sec. 5.2 and Fig. 5).
"""

import numpy as np
import xarray as xr

from analysis.equivariance import sphere
from analysis.plotting.axes import means
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, panels
from analysis.plotting.style import save as save
from sweeps.equivariance.solids import RESULTS

opened = reader(RESULTS, "equivariance solids", "error", "example")


def figure(found: xr.Dataset) -> Figure:
    chance = 100 * (1 - 1 / found.attrs["classes"])
    widths = {"width_ratios": [1, 1.1]}
    with panels(1, 2, of=found, figsize=(8, 2.9), gridspec_kw=widths) as (page, (ax, slices)):
        if found.sizes["P"] > 1:
            _against_number(ax, found, chance)
        else:
            one = found.isel(P=0).assign_attrs(P=int(found.P[0]))
            sphere.bars(ax, one, chance, "objects")
        each = np.pad(
            found.example.values, ((0, 0), (0, 0), (0, 1), (0, 1)), constant_values=np.nan
        )
        rows = [np.concatenate(list(of), 1)[:, :-1] for of in each]
        slices.imshow(np.concatenate(rows)[:-1], cmap="gray_r", vmin=0)
        side = each.shape[-1]
        slices.set_yticks([side / 2 - 1, 1.5 * side - 1], ["NR", "R"])
        slices.set_frame_on(False)
        slices.set(xticks=[], title="slices, one object of each kind")
    return page


def _against_number(ax: Axes, found: xr.Dataset, chance: float) -> None:
    P, i = found.P.values.astype(float), 0
    for network in found.network.values:
        for trained in found.trained.values:
            error = found.error.sel(network=network, trained=trained, tested="R")
            size = f"{int(found.N_all.sel(network=network).max()):,} parameters"
            label = f"{network}, {size}" + f", trained {trained}" * (found.sizes["trained"] > 1)
            means(ax, P, 100 * error.transpose("P", "seed").values, i, label=label)
            i += 1
    ax.axhline(chance, color="0.5", lw=0.8, ls=":", label="chance")
    ax.set_xscale("log", base=2)
    ax.set_xticks(P, [f"{x:.0f}" for x in P])
    ax.set(xlabel="objects that are learnt", ylabel="error on others, turned (%)", ylim=(0, 100))
    ax.set_title(f"{found.attrs['dataset']}, {found.attrs['steps']} steps")
    ax.legend(loc="upper right", fontsize=7)
