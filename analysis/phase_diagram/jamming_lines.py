"""The jamming line after several budgets of training (*Landscape and training regimes*, Fig. 4).

The width h*(alpha~) at which half of the networks fit within so many gradients, and the errors of
ensembles over alpha~.
"""

import xarray as xr

from analysis.lazy_feature.estimates import against_alpha, jamming_lines, one_of
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import TILDE, title
from analysis.plotting.axes import means, reach, width_ticks, with_bars
from analysis.plotting.style import Axes, Figure, panels


def figure(found: xr.Dataset) -> Figure:
    one = one_of(found)
    h = int(one.h[-1])
    with panels(1, 2, of=found, title=title(one), figsize=(7.4, 3.2)) as (page, (left, right)):
        at = jamming_lines(found)
        for i, budget in enumerate(at.budget.values):
            x, label = at.alpha_tilde.values * 1.06**i, f"{budget:,.0f} gradients"
            with_bars(left, x, *reach(at.sel(budget=budget), "jamming_h"), i, label=label)
        over_alpha(left, one)
        left.legend()
        means(right, *against_alpha(one, "ensemble", h), 0)
        right.set(xscale="log", xlabel=TILDE, ylabel=f"error of the ensemble, $h={h}$")
    return page


def over_alpha(ax: Axes, found: xr.Dataset) -> None:
    """Axes of a jamming line h*(alpha~), as high as there are widths."""
    ylabel = "$h^*$, at which half of the networks fit"
    ax.set(xscale="log", yscale="log", xlabel=TILDE, ylabel=ylabel)
    h = found.h.values.astype(float)
    ax.set_ylim(0.85 * h[0], 1.15 * h[-1])
    width_ticks(ax.yaxis, h)
