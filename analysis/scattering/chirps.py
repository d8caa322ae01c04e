"""Why not the modulus of the Fourier transform: a wave packet that is dilated.

Distances over the frequency of the packet, for the modulus of its Fourier transform and for
scattering of order 1 (S. Mallat, *Group invariant scattering*, 2012, Sec. 2.1); beside them those
of deformed textures.
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.plotting.axes import means
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Axes, Figure, panels
from analysis.plotting.style import save as save
from sweeps.scattering.properties import DIMS, RESULTS

opened = reader(RESULTS, "scattering properties", *DIMS)

LABELS = {"fourier": "modulus of Fourier transform", "scattering": "scattering"}


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 2, of=found, figsize=(8.4, 3.2)) as (page, (chirps, textures)):
        _chirps(chirps, found)
        _textures(textures, found)
    return page


def _chirps(ax: Axes, found: xr.Dataset) -> None:
    """A point for each seed, as each has frequencies of its own."""
    w = found.omega.values
    for i, (name, label) in enumerate(LABELS.items()):
        marker: Any = {"color": COLOURS[i], "ls": "", "marker": "os"[i], "ms": 3}
        ax.plot(w.ravel(), found[f"chirp_{name}"].values.ravel(), label=label, **marker)
    s = float(found.attrs["dilation"])
    at = np.array([w.min(), 1 / s])
    slope = float((found.chirp_fourier / found.omega).where(found.omega < 1 / s).median())
    ax.plot(at, slope * at, "k--", lw=0.9, label=r"$\propto \omega$, up to $\omega s = 1$")
    ax.set(xscale="log", yscale="log", xlabel=r"frequency $\omega$ of the wave packet")
    ax.set(ylabel="distance / norm", title=f"wave packets, dilated by {s:g}")
    ax.legend()


def _textures(ax: Axes, found: xr.Dataset) -> None:
    """The distance divided by the gradient, for the smallest deformation."""
    kinds = [kind for kind in found.kind.values if kind != "images"]
    one = found.sel(kind=kinds).isel(gradient=0)
    for i, (name, label) in enumerate(LABELS.items()):
        rows = one[f"deformed_{name}"].transpose("kind", "seed").values / float(one.gradient)
        means(ax, np.array(kinds, float), rows, i, label=label)
    ax.set(ylim=(0, None), xlabel="frequency of the texture (radians a pixel)")
    ax.set(
        ylabel=r"distance / (norm $\cdot\, \|\nabla\tau\|_\infty$)",
        title="textures, deformed a little",
    )
    ax.legend()
