"""Shapes seen from a sphere, trained and tested rotated (R) or not (NR): test errors, and rays.

Means over networks, each with its own training set (dots), and their standard errors; and the
lengths of rays to one shape, not rotated and rotated (after T. Cohen, M. Geiger, J. Koehler &
M. Welling, *Spherical CNNs*, ICLR 2018, sec. 5.3).
"""

import xarray as xr

from analysis.equivariance import sphere
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from analysis.plotting.style import save as save
from sweeps.equivariance.shapes import RESULTS

opened = reader(RESULTS, "equivariance shapes", "error")


def figure(found: xr.Dataset) -> Figure:
    widths = {"width_ratios": [2.2, 1, 1]}
    with panels(1, 3, of=found, figsize=(8, 2.9), gridspec_kw=widths) as (page, axes):
        classes = int(found.attrs["classes"])
        sphere.bars(axes[0], found, 100 * (1 - 1 / classes), "shapes")
        rays = found.example.isel(shape=1)
        least, most = float(rays.min()), float(rays.max())
        for ax, tested in zip(axes[1:], ("NR", "R"), strict=True):
            seen = rays.sel(tested=tested).values
            extent = (0, 360, 180, 0)
            ax.imshow(seen, extent=extent, aspect=2, cmap="gray", vmin=least, vmax=most)
            ax.set(xlabel=r"$\alpha$ (degrees)", xticks=[0, 180, 360], yticks=[0, 90, 180])
            ax.set_title("along z (NR)" if tested == "NR" else "rotated (R)")
        axes[1].set_ylabel(r"$\beta$ (degrees)")
    return page
