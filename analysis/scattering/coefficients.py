"""Images, and their scattering coefficients of order 0 and 1 at the largest scale.

A row for each image: the image, its average, and the averaged moduli of its wavelets, from fine to
coarse (blocks of columns) and over the angles within. All coefficients of order 1 share a scale.
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from analysis.plotting.style import save as save
from sweeps.scattering.classified import RESULTS

opened = reader(RESULTS, "scattering", "image", "coefficient")

GAP = 1  # pixels between coefficients


def figure(found: xr.Dataset) -> Figure:
    one = found.isel(seed=0)
    images = one.image.transpose("example", "row", "column", "channel").values
    S = one.coefficient.transpose("example", "path", "channel", "h", "w").values[:, :, 0]
    L, n = int(found.attrs["L"]), len(images)
    J = (S.shape[1] - 1) // L
    size: Any = {"figsize": (2.4 + 1.9 * J, 1.3 * n + 0.3), "width_ratios": (1.0, 1.0, 2.0 * J)}
    with panels(n, 3, of=found, squeeze=False, **size) as (page, axes):
        top = S[:, 1:].max()
        for row, image, coefficients in zip(axes, images, S, strict=True):
            row[0].imshow(image.squeeze() if image.shape[-1] == 1 else image, cmap="gray")
            row[1].imshow(coefficients[0], cmap="gray")
            blocks = coefficients[1:].reshape(J, L, *coefficients.shape[1:])
            row[2].imshow(_tiled(blocks), cmap="viridis", vmin=0, vmax=top, aspect="auto")
            for ax in row:
                ax.set_xticks([])
                ax.set_yticks([])
        for ax, title in zip(
            axes[0],
            (found.attrs["dataset"], "order 0", f"order 1: {J} octaves of {L} angles"),
            strict=True,
        ):
            ax.set_title(title, fontsize=8)
    return page


def _tiled(blocks: np.ndarray) -> np.ndarray:
    """[J, L, h, w] as one picture: half of the angles of each octave above the others."""
    odd = blocks.shape[1] % 2
    padded = np.pad(blocks, [(0, 0), (0, odd), (0, GAP), (0, GAP)], constant_values=np.nan)
    rows = [np.concatenate(list(half), axis=1) for each in padded for half in np.split(each, 2)]
    return np.concatenate(
        [np.concatenate(rows[0::2], axis=1), np.concatenate(rows[1::2], axis=1)], axis=0
    )
