"""Networks against their tangent kernels of the start and of the end (*Disentangling ...*, Fig. 8).

Test errors against the width, a panel for each alpha: of networks, of kernel learning with the
kernel of their initial weights, and with that of their final weights; of single ones and of their
ensembles. ``python -m analysis lazy_feature.frozen STORE``, a folder of
`sweeps.lazy_feature.regimes --kernel-end`.
"""

from io import BytesIO
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from analysis.lazy_feature.estimates import one_of
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import look, title
from analysis.plotting.axes import width_ticks
from analysis.plotting.style import drawing
from jamming.checks.errors import BadInput
from jamming.fits.seeds import mean_and_error


def draw(found: xr.Dataset, target: str | Path | BytesIO) -> None:
    """Draw the figure into a file.

    Raises:
        BadInput: the sweep has no kernels of the end.
    """
    if not np.isfinite(found.end_error.values).any():
        raise BadInput("there are no kernels of the end here: run the sweep with --kernel-end")
    one = one_of(found)
    scale = str(found.attrs["scale"])
    n = one.sizes[scale]
    with drawing(
        target, 1, n, of=found, figsize=(1.8 + 2.7 * n, 3.2), sharey=True, squeeze=False
    ) as (
        figure,
        axes,
    ):
        figure.suptitle(title(one), fontsize=9)
        for k, ax in enumerate(axes[0]):
            _panel(ax, one.isel({scale: k}))
            symbol = r"\tilde\alpha" if scale == "alpha_tilde" else r"\alpha"
            ax.set_title(f"${symbol} = {float(one[scale].values[k]):g}$", fontsize=8)
        axes[0, 0].set_ylabel("test error  (dotted: a network or kernel)")
        axes[0, 0].set_ylim(top=axes[0, 0].get_ylim()[1] * 1.15)  # room for the legend
        axes[0, 0].legend(loc="upper right")


def _panel(ax: Axes, cell: xr.Dataset) -> None:
    h = cell.h.values.astype(float)
    rows = (
        ("networks", "error", "ensemble_error"),
        (r"$\Theta$ of the start", "kernel_error", "kernel_ensemble_error"),
        (r"$\Theta$ of the end", "end_error", "end_ensemble_error"),
    )
    for i, (name, single, together) in enumerate(rows):
        mean, error = mean_and_error(cell[single].transpose("h", "seed").values)
        ax.errorbar(h, mean, error, **look(i), ls=":", lw=1, capsize=2, mfc="none")
        ax.plot(h, cell[together].values, **look(i), lw=1, label=name)
    ax.set_xscale("log")
    width_ticks(ax.xaxis, h)
    ax.set_xlabel("$h$")
