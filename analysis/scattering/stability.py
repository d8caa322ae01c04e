"""Scattering of what is deformed, moved and turned.

Means over seeds with their standard errors of distances relative to the norm, against the gradient
of the deformation, the shift in units of the average, and the angle (S. Mallat, *Group invariant
scattering*, 2012; L. Sifre & S. Mallat, 2013).
"""

import xarray as xr

from analysis.plotting.axes import guide, means, plain_ticks
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, panels
from analysis.plotting.style import save as save
from sweeps.scattering.properties import DIMS, RESULTS

opened = reader(RESULTS, "scattering properties", *DIMS)

NAMES = {
    "turned_pixels": "pixels",
    "turned_averages": "scattering, averaged over pixels",
    "turned_roto": "roto-translation scattering",
}


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 3, of=found, figsize=(12, 3.4)) as (page, (deformed, moved, turned)):
        _deformed(deformed, found)
        _moved(moved, found)
        for i, (name, label) in enumerate(NAMES.items()):
            rows = found[name].isel(angle=slice(1, None)).transpose("angle", "seed")
            # what is exact is there to rounding alone
            means(turned, rows.angle.values, rows.values.clip(1e-7), i, label=label)
        turned.set(yscale="log", xlabel="angle (degrees)", title="turned")
        turned.set_xticks([0, 22.5, 45, 67.5, 90])
        turned.legend(loc="lower left")
    return page


def _deformed(ax: Axes, found: xr.Dataset) -> None:
    g = found.gradient.values
    for i, kind in enumerate(found.kind.values):
        rows = found.deformed_scattering.sel(kind=kind).transpose("gradient", "seed").values
        label = f"{found.attrs['dataset']}" if kind == "images" else rf"textures, $\omega = {kind}$"
        means(ax, g, rows, i, label=label)
    pixels = found.deformed_pixels.sel(kind="images").transpose("gradient", "seed").values
    means(ax, g, pixels, 6, ls=":", mfc="none", label=f"{found.attrs['dataset']}, pixels")
    lowest = float(found.deformed_scattering.mean("seed").isel(gradient=0).min())
    guide(ax, g, 0.6 * lowest, 1.0, "slope 1")
    ax.set(xscale="log", yscale="log", xlabel=r"$\|\nabla\tau\|_\infty$", title="deformed")
    ax.set_ylabel("distance / norm")
    ax.legend(fontsize=7)


def _moved(ax: Axes, found: xr.Dataset) -> None:
    for i, J in enumerate(found.J.values):
        rows = found.translated.sel(J=J).transpose("shift", "seed").values
        means(ax, found["shift"].values / 2.0**J, rows, i, label=f"$J = {J}$")
    x = found["shift"].values / 2.0 ** float(found.J.values[-1])
    lowest = float(found.translated.isel(J=-1).mean("seed")[0])
    guide(ax, x, 0.6 * lowest, 1.0, "slope 1")
    ax.set(xscale="log", yscale="log", xlabel="shift $a / 2^J$", title="moved by $a$ pixels")
    plain_ticks(ax.xaxis, [2.0**k for k in range(-4, 3)])
    ax.legend()
