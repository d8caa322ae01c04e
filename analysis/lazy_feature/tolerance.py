"""What the rule of the steps does to the learned function (*Disentangling ...*, App. G, Fig. 13).

The distance of outputs on test points from those of the smallest tolerance, and the gradients that
each rule takes, against alpha~.
"""

import xarray as xr

from analysis.lazy_feature.regimes import TILDE
from analysis.plotting.axes import means
from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from sweeps.lazy_feature.tolerance import RESULTS

opened = reader(RESULTS, "lazy_feature tolerance", "distance", "ticks")


def figure(found: xr.Dataset) -> Figure:
    x, a = found.alpha_tilde.values.astype(float), found.attrs
    title = f"{a['dataset']},  $P={a['P']}$,  $L={a['L']}$,  $h={a['h']}$"
    with panels(1, 2, of=found, title=title, figsize=(7.4, 3.2)) as (page, (left, right)):
        reference = found.rule.values[-1]
        for i, rule in enumerate(found.rule.values):
            one = found.sel(rule=rule).transpose("alpha_tilde", "seed")
            if rule != reference:
                means(left, x, one.distance.values, i, label=str(rule))
            means(right, x, one.ticks.values, i, label=str(rule))
        left.axhline(1e-3, color="0.6", lw=0.6, ls="--")
        left.set_ylabel(f"$|F - F_r|/|F_r|$, r: {reference}")
        right.set_ylabel("gradients")
        for ax in (left, right):
            ax.set(xscale="log", yscale="log", xlabel=TILDE)
        right.legend()
    return page
