"""Learning curves of feature and lazy learning by one network on images.

Test errors over P, means over data sets with their standard errors, with the fitted power laws.
(Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*, Fig. 8 right.) ``python
-m analysis.learning_curves.learning_curve STORE``, a folder of `sweeps.learning_curves.cnn`.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.ticker import NullLocator

from analysis.plotting.figure import Figure
from analysis.plotting.style import drawing
from jamming.checks.errors import BadInput
from jamming.fits.power import power_law
from sweeps.engine.store.sealed import read_results
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
    if not (folder / RESULTS).is_file():
        raise BadInput(
            f"{folder} holds no learning curves: make them with"
            " python -m sweeps.learning_curves.cnn"
        )
    return read_results(folder / RESULTS, *CURVES, "P")


def draw(found: xr.Dataset, target: str | Path | BytesIO) -> None:
    """Draw the figure into a file."""
    P = found.P.values.astype(float)
    with drawing(target, of=found, figsize=(4.0, 3.2)) as (_, ax):
        for name, (label, colour, marker) in CURVES.items():
            rows = found[name].mean("init").values  # [P, set]
            sets = rows.shape[1]
            error = rows.std(1, ddof=1) / np.sqrt(sets) if sets > 1 else None
            if P.size >= 3 and (rows.mean(1) > 0).all():
                law = power_law(P, rows)
                label += rf", $\beta = {-law.exponent.value:.2f}$"
                line = law.prefactor.value * P**law.exponent.value
                ax.plot(P, line, color=colour, lw=0.8)
            look: dict[str, Any] = {"color": colour, "marker": marker}
            ax.errorbar(P, rows.mean(1), error, ls="", capsize=2, label=label, **look)
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.set_xticks(P, [f"{p:g}" for p in P])
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xlabel("$P$")
        ax.set_ylabel(r"test error $\epsilon$")
        a = found.attrs
        title = f"{a['dataset']}, {a['architecture']}, $L={a['L']}$, $h={a['h']}$"
        ax.set_title(title, fontsize=9)
        ax.legend()


LEARNING_CURVES = (
    Figure("learning-curve-cnn", "curve-cnn", "learning curves of a CNN", opened, draw),
)
