"""What the rule of the steps does to the learned function (*Disentangling ...*, App. G, Fig. 13).

The distance of outputs on test points from those of the smallest tolerance, and the gradients that
each rule takes, against alpha~. ``python -m analysis lazy_feature.tolerance STORE``, a folder of
`sweeps.lazy_feature.tolerance`.
"""

from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from analysis.lazy_feature.regimes import TILDE
from analysis.plotting.axes import means
from analysis.plotting.stored import stored
from analysis.plotting.style import panels
from sweeps.lazy_feature.tolerance import RESULTS


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    lacking = "compares no tolerances: run python -m sweeps.lazy_feature tolerance"
    return stored(folder / RESULTS, lacking, "distance", "ticks")


def figure(found: xr.Dataset) -> Figure:
    """The distance from the reference, and the gradients, by rule."""
    x = found.alpha_tilde.values.astype(float)
    with panels(1, 2, of=found, figsize=(7.4, 3.2)) as (page, (left, right)):
        a = found.attrs
        parts = (a["dataset"], f"$P={a['P']}$", f"$L={a['L']}$", f"$h={a['h']}$")
        page.suptitle(",  ".join(map(str, parts)), fontsize=9)
        for i, rule in enumerate(found.rule.values):
            one = found.sel(rule=rule).transpose("alpha_tilde", "seed")
            if i < found.rule.size - 1:  # the last is what the others are compared with
                means(left, x, one.distance.values, i, label=str(rule))
            means(right, x, one.ticks.values, i, label=str(rule))
        left.axhline(1e-3, color="0.6", lw=0.6, ls="--")
        left.set_ylabel(f"$|F - F_r|/|F_r|$, r: {found.rule.values[-1]}")
        right.set_ylabel("gradients")
        for ax in (left, right):
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.set_xlabel(TILDE)
        right.legend()
    return page
