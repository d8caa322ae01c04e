"""Networks against their tangent kernels of the start and of the end (*Disentangling ...*, Fig. 8).

Test errors against the width, a panel for each alpha: of networks, of kernel learning with the
kernel of their initial weights, and with that of their final weights; of single ones and of their
ensembles.
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.lazy_feature.estimates import one_of
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import both, title
from analysis.plotting.axes import over_widths, symbol
from analysis.plotting.style import Figure, panels
from jamming.checks.errors import BadInput

ROWS = (  # what learns, and the variables of its single errors and of the ensemble's
    ("networks", "error", "ensemble_error"),
    (r"$\Theta$ of the start", "kernel_error", "kernel_ensemble_error"),
    (r"$\Theta$ of the end", "end_error", "end_ensemble_error"),
)


def figure(found: xr.Dataset) -> Figure:
    """A panel for each alpha; BadInput if the sweep has no kernels of the end."""
    if not np.isfinite(found.end_error).any():
        raise BadInput("there are no kernels of the end here: run the sweep with --kernel-end")
    one, scale = one_of(found), str(found.attrs["scale"])
    n, h = one.sizes[scale], one.h.values.astype(float)
    shape: dict[str, Any] = {"sharey": True, "squeeze": False, "figsize": (1.8 + 2.7 * n, 3.2)}
    with panels(1, n, of=found, title=title(one), **shape) as (page, (axes,)):
        for ax, alpha in zip(axes, one[scale].values, strict=True):
            cell = one.sel({scale: alpha}).transpose("h", "seed", ...)
            for i, (name, single, together) in enumerate(ROWS):
                both(ax, h, cell[single].values, cell[together].values, i, name)
            over_widths(ax, h)
            ax.set_title(f"${symbol(found)} = {float(alpha):g}$", fontsize=8)
        axes[0].set_ylabel("test error  (dotted: a network or kernel)")
        axes[0].set_ylim(top=axes[0].get_ylim()[1] * 1.15)  # room for the legend
        axes[0].legend(loc="upper right")
    return page
