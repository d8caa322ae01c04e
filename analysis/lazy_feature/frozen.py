"""Networks against their tangent kernels of the start and of the end (*Disentangling ...*, Fig. 8).

Test errors against the width, a panel for each alpha: of networks, of kernel learning with the
kernel of their initial weights, and with that of their final weights; of single ones and of their
ensembles. ``python -m analysis lazy_feature.frozen STORE``, a folder of
`sweeps.lazy_feature.regimes --kernel-end`.
"""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.lazy_feature.estimates import one_of
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import title
from analysis.plotting.axes import means, width_ticks
from analysis.plotting.style import line_style, panels
from jamming.checks.errors import BadInput


def figure(found: xr.Dataset) -> Figure:
    """A panel for each alpha.

    Raises:
        BadInput: the sweep has no kernels of the end.
    """
    if not np.isfinite(found.end_error.values).any():
        raise BadInput("there are no kernels of the end here: run the sweep with --kernel-end")
    one = one_of(found)
    scale = str(found.attrs["scale"])
    n = one.sizes[scale]
    with panels(1, n, of=found, figsize=(1.8 + 2.7 * n, 3.2), sharey=True, squeeze=False) as (
        page,
        axes,
    ):
        page.suptitle(title(one), fontsize=9)
        for k, ax in enumerate(axes[0]):
            _panel(ax, one.isel({scale: k}))
            symbol = r"\tilde\alpha" if scale == "alpha_tilde" else r"\alpha"
            ax.set_title(f"${symbol} = {float(one[scale].values[k]):g}$", fontsize=8)
        axes[0, 0].set_ylabel("test error  (dotted: a network or kernel)")
        axes[0, 0].set_ylim(top=axes[0, 0].get_ylim()[1] * 1.15)  # room for the legend
        axes[0, 0].legend(loc="upper right")
    return page


def _panel(ax: Axes, cell: xr.Dataset) -> None:
    h = cell.h.values.astype(float)
    rows = (
        ("networks", "error", "ensemble_error"),
        (r"$\Theta$ of the start", "kernel_error", "kernel_ensemble_error"),
        (r"$\Theta$ of the end", "end_error", "end_ensemble_error"),
    )
    for i, (name, single, together) in enumerate(rows):
        means(ax, h, cell[single].transpose("h", "seed").values, i, ls=":", mfc="none")
        ax.plot(h, cell[together].values, **line_style(i), lw=1, label=name)
    ax.set_xscale("log")
    width_ticks(ax.xaxis, h)
    ax.set_xlabel("$h$")
