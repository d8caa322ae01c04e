"""An image under random deformations of every temperature and cut-off, and where these are sound.

Above the line of delta they move by more than that many pixels; below that of Xi half of them are
bijections for certain. (Petrini, Favero, Geiger & Wyart, *Relative stability toward diffeomorphisms
indicates performance in deep nets*, 2021, Fig. 1.)
"""

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, panels
from jamming.images.fields import in_pixels, sample_field, temperature, window
from jamming.images.warp import warp
from sweeps.deformations.initial import RESULTS

CUTS = (1, 2, 3, 5, 8, 12)
STEPS = 7  # of T, from where an image stays as it is to where it is torn

opened = reader(RESULTS, "deformations initial", "picture", "R")


def figure(found: xr.Dataset) -> Figure:
    image = jnp.asarray(found.picture.values)
    n = image.shape[0]
    cuts = [c for c in CUTS if c < n]
    ends = [window(n, c) for c in cuts]
    lowest, highest = np.log10(min(low for low, _ in ends)), np.log10(max(high for _, high in ends))
    logs = np.linspace(lowest - 0.3, highest + 0.7, STEPS)
    half = 0.48 * (logs[1] - logs[0])
    low, high = float(image.min()), float(image.max())
    with panels(of=found, figsize=(5.4, 6.6)) as (page, ax):
        for i, c in enumerate(cuts):
            for log in logs:
                seen = np.asarray(_deformed(image, c, 10.0**log))
                shown = np.clip((seen - low) / (high - low), 0, 1)
                where = (i - 0.48, i + 0.48, log - half, log + half)
                ax.imshow(shown.squeeze(), extent=where, cmap="gray", vmin=0, vmax=1)
        at = np.arange(len(cuts))
        for delta, style in ((0.5, ":"), (1.0, "--")):
            T = [temperature(delta, n, c) for c in cuts]
            ax.plot(at, np.log10(T), style, color=COLOURS[1], lw=2, label=rf"$\delta = {delta:g}$")
        T = [highest for _, highest in ends]
        ax.plot(at, np.log10(T), color=COLOURS[5], lw=2, label=r"$\Xi = 1$")
        ax.set(xlim=(-0.5, len(cuts) - 0.5), ylim=(logs[0] - half, logs[-1] + half), aspect="auto")
        ax.set_box_aspect(STEPS / len(cuts))  # images are square
        ax.set(xlabel="cut-off $c$", ylabel="temperature $T$")
        ax.set_xticks(at, [str(c) for c in cuts])
        decades = np.arange(np.ceil(logs[0]), np.floor(logs[-1]) + 1)
        ax.set_yticks(decades, [rf"$10^{{{k:.0f}}}$" for k in decades])
        page.legend(loc="outside upper center", ncols=3)
    return page


def _deformed(image: jax.Array, c: int, T: float) -> jax.Array:
    """By one field of a cut-off: the same at all temperatures, but for its size."""
    heat = jnp.asarray(T, image.dtype)
    field = sample_field(jax.random.key(c), image.shape[:2], c, heat)
    return warp(image, in_pixels(field))
