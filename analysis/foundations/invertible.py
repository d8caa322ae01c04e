"""An invertible network beside the residual one of its size, and images between two images.

Left: test errors, a line for each training set. Right: relative errors of images that come back
from their codes. Below: the images of codes on the straight line between two codes.
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, panels
from sweeps.foundations.invertible import RESULTS

opened = reader(RESULTS, "foundations invertible", "test_error", "reconstruction", "between")


def figure(found: xr.Dataset) -> Figure:
    pictures = found.between.isel(network=0, seed=0).values
    n = len(pictures)
    size: Any = {"figsize": (8, 5), "height_ratios": (2.2, 1)}
    with panels(2, n, of=found, squeeze=False, **size) as (page, (above, row)):
        grid = above[0].get_gridspec()
        for ax in above:
            ax.remove()
        errors, back = (
            page.add_subplot(grid[0, part]) for part in (slice(n // 2), slice(n // 2, n))
        )
        both = 100 * found.test_error.transpose("network", "seed").values
        errors.plot([0, 1], both, "o-", color="0.6", lw=0.8)
        mean = both.mean(1)
        bars = both.std(1, ddof=1) / both.shape[1] ** 0.5 if both.shape[1] > 1 else None
        errors.errorbar([0, 1], mean, bars, fmt="s", color=COLOURS[0], capsize=3)
        errors.set_xticks([0, 1], ["invertible", "residual"])
        errors.set(xlim=(-0.4, 1.4), ylim=(0, None), xlabel="network", ylabel="test error in %")
        errors.set_title(f"{found.attrs['dataset']}, P = {found.attrs['P']}")
        off = found.reconstruction.isel(network=0).values.ravel()
        off = off[np.isfinite(off)]
        edges = np.geomspace(off.min() / 1.2, max(off.max() * 1.2, 2e-5), 40)
        back.hist(off, edges.tolist(), color=COLOURS[0])
        back.axvline(1e-5, color="k", lw=0.8, ls=":")
        back.set(xscale="log", xlabel=r"$\|\Phi^{-1}\Phi x - x\| / \|x\|$", ylabel="images")
        low, high = pictures[[0, -1]].min(), pictures[[0, -1]].max()
        for ax, z, t in zip(row, pictures, np.linspace(0, 1, n), strict=True):
            shown = np.clip((z - low) / (high - low), 0, 1)
            ax.imshow(shown if z.shape[-1] == 3 else shown[..., 0], cmap="gray", vmin=0, vmax=1)
            ax.set_axis_off()
            ax.set_title(f"{t:.2g}")
    return page
