"""Gradients and speeds at the start against the width (*Disentangling ...*, Eqs. 20-22, Fig. 11).

Root mean square of df/dW of each layer and of dz~/dt of each hidden one, with the powers fitted.
``python -m analysis lazy_feature.initial_scales STORE``, a folder of
`sweeps.lazy_feature.initial_scales`.
"""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plotting.axes import means, width_ticks
from analysis.plotting.stored import stored
from analysis.plotting.style import panels
from jamming.fits.power import power_law
from sweeps.lazy_feature.initial_scales import RESULTS


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    lacking = "holds no scales: measure them with python -m sweeps.lazy_feature initial_scales"
    return stored(folder / RESULTS, lacking, "gradient", "velocity")


def figure(found: xr.Dataset) -> Figure:
    """Gradients and speeds against the width, a line for each layer."""
    h = found.h.values.astype(float)
    with panels(1, 2, of=found, figsize=(7.4, 3.4)) as (page, axes):
        a = found.attrs
        parts = (a["dataset"], f"$P={a['P']}$", f"$L={a['L']}$", rf"$\alpha={a['alpha']:g}$")
        page.suptitle(",  ".join(map(str, parts)), fontsize=9)
        labels = {
            "gradient": r"$\partial f/\partial W^\ell$",
            "velocity": r"$\dot{\tilde z}^\ell$",
        }
        for ax, (name, label) in zip(axes, labels.items(), strict=True):
            for i, layer in enumerate(found.layer.values):
                y = found[name].sel(layer=layer).transpose("h", "seed").values
                if not np.isfinite(y).any():  # the read-out has no nonlinearity behind it
                    continue
                said = rf"$\ell={layer}$"
                if h.size > 2:
                    b = power_law(h, y).exponent
                    said += f": ${b.value:.2f}\\;[{b.low:.2f}, {b.high:.2f}]$"
                means(ax, h, y, i, lw=0.8, label=said)
            ax.set_xscale("log")
            ax.set_yscale("log")
            width_ticks(ax.xaxis, h)
            ax.set_xlabel("$h$")
            ax.set_ylabel(f"{label} at $t=0$, root mean square")
            ax.legend(title="power of $h$", title_fontsize=7.5)
    return page
