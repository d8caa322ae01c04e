"""The spectrum of kernels on a data set, and of its labels, from more and more points.

Left the eigenvalues of the Gram matrix of m points over m, right the labels' weight beyond rank n,
sum_{rho > n} q_rho^2, for each kernel. Full black lines are extrapolated to infinite m, dotted ones
the power laws of these; grey is the mean square error that regression from n points has.
"""

import numpy as np
import xarray as xr

from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Axes, Figure, panels
from analysis.plotting.style import save as save
from jamming.fits.seeds import mean_over_seeds
from sweeps.kernel_curves.exponents import of_ranks
from sweeps.kernel_curves.kernel_curves import RESULTS
from sweeps.kernel_curves.limits import limits

opened = reader(
    RESULTS, "kernel_curves", "mse", "predicted", "eigenvalues", "tails", "kernel", "m", "rank", "P"
)


def figure(found: xr.Dataset) -> Figure:
    expected, rows = limits(found), found.sizes["kernel"]
    with panels(rows, 2, of=found, figsize=(8.4, 2.9 * rows), squeeze=False) as (page, axes):
        for (left, right), kernel in zip(axes, found.kernel.values, strict=True):
            at = {"kernel": kernel, "sigma": found.sigma.values[0]}
            one, limit = found.sel(at), expected.sel(at)
            law = _lines(left, one, limit, "eigenvalues")
            if law is not None:
                theta = 1 - 1 / law
                left.set_title(rf"{found.attrs['dataset']}, {kernel}: $\theta = {theta:.3f}$")
            law = _lines(right, one, limit, "tails")
            if law is not None:
                right.set_title(rf"$a - 1 = {-law:.3f}$")
            mse = mean_over_seeds(one.mse.transpose("P", "seed").values)
            right.plot(one.P.values, mse, "o-", color="0.6", ms=3, label="measured error")
            left.set(xlabel=r"rank $\rho$", ylabel=r"eigenvalue $\lambda_\rho$")
            right.set(xlabel="$n$", ylabel=r"$\sum_{\rho > n} q_\rho^2$")
            right.set_ylim(bottom=0.5 * float(np.nanmin(mse)), top=1.2)
            for ax in (left, right):
                ax.set(xscale="log", yscale="log")
                ax.legend(loc="lower left")
    return page


def _lines(ax: Axes, one: xr.Dataset, limit: xr.Dataset, name: str) -> float | None:
    """Means over draws for each m, their limit, and its law, of which the exponent is given."""
    rank = one["rank"].values
    for i, m in enumerate(one.m.values):
        rows = one[name].sel(m=m).transpose("rank", "seed").values
        mean = mean_over_seeds(rows)
        there = mean > 0
        ax.plot(rank[there], mean[there], color=COLOURS[i], lw=1, label=f"$m = {m}$")
    if name not in limit:
        return None
    rows = limit[name].transpose("rank", "seed").values
    ax.plot(rank, mean_over_seeds(rows), "k-", lw=1.2, label=r"$m \to \infty$")
    law = of_ranks(rank, rows)
    if law is None:
        return None
    at = np.array([law.x_min, law.x_max])
    ax.plot(at, law.prefactor.value * at**law.exponent.value * 1.15, "k:", lw=1)
    return law.exponent.value
