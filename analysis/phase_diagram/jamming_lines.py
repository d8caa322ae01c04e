"""The jamming line after several budgets of training (*Landscape and training regimes*, Fig. 4).

The width h*(alpha~) at which half of the networks fit within so many gradients, and the errors of
ensembles over alpha~. ``python -m analysis phase_diagram.jamming_lines STORE``, a folder of
`sweeps.lazy_feature.regimes`.
"""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.lazy_feature.estimates import one_of
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import TILDE, title
from analysis.phase_diagram.estimates import lines, wide_errors
from analysis.plotting.axes import means, width_ticks
from analysis.plotting.style import line_style, panels


def figure(found: xr.Dataset) -> Figure:
    """h* within budgets, and errors of the widest ensemble, over alpha~."""
    one = one_of(found)
    with panels(1, 2, of=found, figsize=(7.4, 3.2)) as (page, (left, right)):
        page.suptitle(title(one), fontsize=9)
        _lines(left, one)
        means(right, *wide_errors(one), 0)
        right.set_xscale("log")
        right.set_xlabel(TILDE)
        right.set_ylabel(f"error of the ensemble, $h={int(one.h.values[-1])}$")
    return page


def _lines(ax: Axes, one: xr.Dataset) -> None:
    for i, each in enumerate(lines(one)):
        reach = np.stack([each.h - each.low, each.high - each.h])
        x = each.alpha_tilde * 1.06**i
        name = f"{each.budget:,.0f} gradients"
        ax.errorbar(x, each.h, reach, **line_style(i), lw=1, capsize=2, label=name)
    ax.set_xscale("log")
    ax.set_yscale("log")
    h = one.h.values.astype(float)
    ax.set_ylim(0.85 * h[0], 1.15 * h[-1])
    width_ticks(ax.yaxis, h)
    ax.set_xlabel(TILDE)
    ax.set_ylabel("$h^*$, at which half of the networks fit")
    ax.legend()
