"""R_f of networks that learn a stripe, to noise that does not change labels, against P.

Log-averages over data sets with their standard errors, for each norm of the noise. (Geiger,
*Loss landscape and symmetries in neural networks*, 2021, the chapter on relative stability.)
"""

import numpy as np
import xarray as xr

from analysis.deformations.stability import log_averages
from analysis.plotting.axes import guide, over_points, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import MARKERS, Axes, Figure, panels
from sweeps.deformations.stripe import RESULTS

opened = reader(RESULTS, "deformations stripe_stability", "R", "error", "fitted")


def figure(found: xr.Dataset) -> Figure:
    P = found.P.values.astype(float)
    one = found.isel(init=0) if found.sizes["init"] == 1 else found.mean("init", keep_attrs=True)
    with panels(1, 2, of=found, figsize=(9.2, 3.2), sharey=True) as (page, axes):
        for ax, estimator in zip(axes, found.estimator.values, strict=True):
            _curves(ax, one.R.sel(estimator=estimator))
            low = float(
                np.exp(np.log(one.R.sel(estimator=estimator)).mean("set")).min("radius")[0, 0]
            )
            guide(ax, P, 0.6 * low, -1.0, "$P^{-1}$")
            over_points(ax, P)
            ax.set(yscale="log", title=f"$< >$: {estimator}")
        a = found.attrs
        axes[0].set_ylabel(f"$R_f$, {a['dataset']}, $h={a['h']}$")
        page.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper")
    return page


def _curves(ax: Axes, R: xr.DataArray) -> None:
    """One line for each alpha~ (colour) and norm of the noise (marker)."""
    P = R.P.values.astype(float)
    for i, alpha in enumerate(R.alpha_tilde.values):
        for k, radius in enumerate(R.radius.values):
            rows = R.sel(alpha_tilde=alpha, radius=radius).transpose("P", "set").values
            label = rf"$\tilde\alpha = {alpha:g}$, $|\eta| = {radius:g}$"
            shape = {"marker": MARKERS[k % len(MARKERS)], "ls": "-", "label": label}
            with_bars(ax, P * 1.03**k, *log_averages(rows), i, **shape)
