"""Gram matrices of the tangent kernel before and after learning (*Disentangling ...*, Fig. 8a, b).

Between test points, those of one label first, in units of the mean of the diagonal at the start.
"""

import numpy as np
import xarray as xr
from matplotlib.colors import Normalize

from analysis.plotting.stored import reader
from analysis.plotting.style import Figure, panels
from jamming.observables.kernel_pca import MOMENTS
from sweeps.lazy_feature.gram import RESULTS

opened = reader(RESULTS, "lazy_feature gram", "theta", "contrast", "y")


def figure(found: xr.Dataset) -> Figure:
    """A row for each moment, a column for each alpha~."""
    n, a = found.sizes["alpha_tilde"], found.attrs
    border = int((found.y.values > 0).sum()) - 0.5
    kind = a.get("architecture", "fc")
    title = f"{a['dataset']},  {kind},  $P={a['P']}$,  $L={a['L']}$,  $h={a['h']}$"
    size = (0.6 + 2.5 * n, 4.8)
    with panels(2, n, of=found, title=title, figsize=size, squeeze=False) as (page, axes):
        for k, at in enumerate(found.alpha_tilde.values):
            one = found.isel(alpha_tilde=k)
            unit = float(np.diag(one.theta.isel(moment=0).values).mean())
            for m, (ax, moment) in enumerate(zip(axes[:, k], MOMENTS, strict=True)):
                theta = one.theta.isel(moment=m).values / unit
                most = float(np.quantile(np.abs(theta), 0.99))
                drawn = ax.imshow(theta, cmap="RdBu_r", norm=Normalize(-most, most))
                ax.axhline(border, color="k", lw=0.5)
                ax.axvline(border, color="k", lw=0.5)
                ax.set(xticks=[], yticks=[])
                contrast = float(one.contrast.isel(moment=m).mean())
                said = rf"$\tilde\alpha={at:g}$, {moment}: contrast {contrast:.2f}"
                ax.set_title(said, fontsize=8)
                page.colorbar(drawn, ax=ax, shrink=0.8)
    return page
