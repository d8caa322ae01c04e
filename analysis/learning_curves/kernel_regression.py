"""Learning curves of kernel regression: mean square error and share of wrong points over P.

At the right the distance to the nearest training point, whose exponent is -1/d in d dimensions.
Lines are the fitted power laws.
"""

import numpy as np
import xarray as xr

from analysis.plotting.axes import means, over_points, power_line
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Axes, Figure, panels
from jamming.fits.power import power_law
from sweeps.learning_curves.kernel_regression import RESULTS

DECADE = 10  # laws are fitted to the last decade of P: below, the curves bend
opened = reader(
    RESULTS, "learning_curves kernel_regression", "mse", "error", "nearest", "kernel", "P", "seed"
)


def figure(found: xr.Dataset) -> Figure:
    P = found.P.values.astype(float)
    with panels(1, 3, of=found, figsize=(9.6, 3.0)) as (page, axes):
        for ax, name in zip(axes, ("mse", "error"), strict=False):
            for i, kernel in enumerate(found.kernel.values):
                _curve(ax, P, found[name].sel(kernel=kernel).values, i, str(kernel))
        _curve(axes[2], P, found.nearest.values, 2)
        for ax in axes:
            over_points(ax, P)
            ax.set_yscale("log")
            ax.legend()
        axes[0].set(ylabel="mean square error", title=found.attrs["dataset"])
        axes[1].set_ylabel("share of wrong test points")
        axes[2].set_ylabel("distance to the nearest point / its length")
    return page


def _curve(ax: Axes, P: np.ndarray, rows: np.ndarray, i: int, kernel: str = "") -> None:
    """Means over seeds of rows [P, seed], errors or else distances, and the law of the last P."""
    late, label = P.max() / DECADE <= P, kernel or None
    if late.sum() >= 3 and (rows[late].mean(1) > 0).all():
        law = power_law(P[late], rows[late])
        b = law.exponent.value
        label = rf"{kernel}: $\beta = {-b:.3f}$" if kernel else rf"$d = {-1 / b:.1f}$"
        power_line(ax, P[late], law, COLOURS[i])
    means(ax, P, rows, i, ls="", lw=None, label=label)
