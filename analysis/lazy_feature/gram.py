"""Gram matrices of the tangent kernel before and after learning (*Disentangling ...*, Fig. 8a, b).

Between test points, those of one label first, in units of the mean of the diagonal at the start;
``python -m analysis lazy_feature.gram STORE``, a folder of `sweeps.lazy_feature.gram`.
"""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from analysis.plotting.stored import stored
from analysis.plotting.style import panels
from jamming.observables.label_information import MOMENTS
from sweeps.lazy_feature.gram import RESULTS


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    lacking = "holds no Gram matrices: make them with python -m sweeps.lazy_feature gram"
    return stored(folder / RESULTS, lacking, "theta", "contrast", "y")


def figure(found: xr.Dataset) -> Figure:
    """A row for each moment, a column for each alpha~."""
    n = found.sizes["alpha_tilde"]
    border = int((found.y.values > 0).sum()) - 0.5
    frame = panels(2, n, of=found, figsize=(0.6 + 2.5 * n, 4.8), squeeze=False)
    with frame as (page, axes):
        a = found.attrs
        kind = a.get("architecture", "fc")
        parts = (a["dataset"], kind, f"$P={a['P']}$", f"$L={a['L']}$", f"$h={a['h']}$")
        page.suptitle(",  ".join(map(str, parts)), fontsize=9)
        for k, at in enumerate(found.alpha_tilde.values):
            unit = float(np.diag(found.theta.isel(alpha_tilde=k, moment=0).values).mean())
            for m, moment in enumerate(MOMENTS):
                ax = axes[m, k]
                theta = found.theta.isel(alpha_tilde=k, moment=m).values / unit
                most = float(np.quantile(np.abs(theta), 0.99))
                drawn = ax.imshow(theta, cmap="RdBu_r", norm=Normalize(-most, most))
                ax.axhline(border, color="k", lw=0.5)
                ax.axvline(border, color="k", lw=0.5)
                ax.set_xticks([])
                ax.set_yticks([])
                contrast = float(found.contrast.isel(alpha_tilde=k, moment=m).mean())
                ax.set_title(
                    rf"$\tilde\alpha={at:g}$, {moment}: contrast {contrast:.2f}", fontsize=8
                )
                page.colorbar(drawn, ax=ax, shrink=0.8)
    return page
