"""Learning curves of feature and lazy learning by one network on images.

Test errors over P, means over data sets with their standard errors, with the fitted power laws.
(Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*, Fig. 8 right.) ``python
-m analysis learning_curves.learning_curve STORE``, a folder of `sweeps.learning_curves.cnn`.
"""

from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from analysis.plotting.axes import means, over_points
from analysis.plotting.stored import stored
from analysis.plotting.style import panels
from jamming.fits.power import power_law
from sweeps.learning_curves.cnn import RESULTS

CURVES = {
    "lazy": ("lazy: kernel at initialisation", "#D55E00", "s"),
    "feature": ("feature learning", "#0072B2", "o"),
}


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    lacking = "holds no learning curves: make them with python -m sweeps.learning_curves"
    return stored(folder / RESULTS, lacking, *CURVES, "P")


def figure(found: xr.Dataset) -> Figure:
    """Test errors over P in both regimes."""
    P = found.P.values.astype(float)
    with panels(of=found, figsize=(4.0, 3.2)) as (page, ax):
        for name, (label, colour, marker) in CURVES.items():
            rows = found[name].mean("init").values  # [P, set]
            if P.size >= 3 and (rows.mean(1) > 0).all():
                law = power_law(P, rows)
                label += rf", $\beta = {-law.exponent.value:.2f}$"
                line = law.prefactor.value * P**law.exponent.value
                ax.plot(P, line, color=colour, lw=0.8)
            means(ax, P, rows, 0, ls="", lw=None, label=label, color=colour, marker=marker)
        over_points(ax, P)
        ax.set_yscale("log")
        ax.set_ylabel(r"test error $\epsilon$")
        a = found.attrs
        title = f"{a['dataset']}, {a['architecture']}, $L={a['L']}$, $h={a['h']}$"
        ax.set_title(title, fontsize=9)
        ax.legend()
    return page
