"""Learning curves of kernels on a data set: mean square error of regression, errors of SVMs.

Points are means over draws with their standard errors, lines the power laws of the last decade of
P. Broken lines are what kernel PCA predicts, extrapolated to infinitely many points
(`sweeps.kernel_curves.limits`); they have no parameter.
"""

import numpy as np
import xarray as xr

from analysis.plotting.axes import means, over_points, power_line
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Axes, Figure, legend_if_any, panels
from analysis.plotting.style import save as save
from jamming.fits.seeds import mean_over_seeds
from sweeps.kernel_curves.exponents import law
from sweeps.kernel_curves.kernel_curves import RESULTS
from sweeps.kernel_curves.limits import limits

OF_NETWORKS = ("arc_cosine", "tangent")  # kernels that have no length

opened = reader(
    RESULTS, "kernel_curves", "mse", "error", "svm_error", "kernel", "sigma", "P", "seed"
)


def figure(found: xr.Dataset) -> Figure:
    machines = bool(np.isfinite(found.svm_error).any())
    expected = limits(found)
    with panels(1, 2, of=found, figsize=(8.4, 3.4)) as (page, axes):
        i = 0
        for kernel in found.kernel.values:
            for sigma in found.sigma.values:
                at = {"kernel": kernel, "sigma": sigma}
                name = (
                    str(kernel) if found.sizes["sigma"] == 1 else rf"{kernel}, $\sigma = {sigma:g}$"
                )
                one = found.sel(at)
                _curve(axes[0], one, "mse", i, name)
                _curve(axes[1], one, "svm_error" if machines else "error", i, name)
                if "predicted" in expected:
                    of_seeds = expected.predicted.sel(at).transpose("P", "seed").values
                    predicted = mean_over_seeds(of_seeds)
                    line = "_--" if np.isfinite(predicted).sum() == 1 else "--"  # one has no line
                    axes[0].plot(found.P.values, predicted, line, color=COLOURS[i], lw=1.2)
                i += 1
        if "predicted" in expected:
            axes[0].plot([], [], "k--", lw=1.2, label="predicted from kernel PCA")
        for ax in axes:
            over_points(ax, found.P.values.astype(float))
            ax.set_yscale("log")
            legend_if_any(ax)
        lengths = found.sizes["sigma"] == 1 and not set(found.kernel.values) <= set(OF_NETWORKS)
        sigma = rf", $\sigma = {found.sigma.values[0]:g}$" if lengths else ""
        axes[0].set(
            ylabel="mean square error, regression", title=f"{found.attrs['dataset']}{sigma}"
        )
        axes[1].set_ylabel(f"share of wrong points, {'SVM' if machines else 'regression'}")
    return page


def _curve(ax: Axes, one: xr.Dataset, name: str, i: int, label: str) -> None:
    """Means over draws, and the law of the last P."""
    P = one.P.values.astype(float)
    rows = one[name].transpose("P", "seed").values
    there = np.isfinite(rows).all(1)
    if not there.any():
        return
    found = law(P, rows)
    if found is not None:
        label = rf"{label}: $\beta = {-found.exponent.value:.3f}$"
        power_line(ax, P[(found.x_min <= P) & (found.x_max >= P)], found, COLOURS[i])
    means(ax, P[there], rows[there], i, ls="", lw=None, label=label)
