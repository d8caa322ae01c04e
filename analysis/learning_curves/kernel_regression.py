"""Learning curves of kernel regression: mean square error and share of wrong points over P.

At the right the distance to the nearest training point, whose exponent is -1/d in d dimensions.
Lines are the fitted power laws. ``python -m analysis learning_curves.kernel_regression STORE``, a
folder of `sweeps.learning_curves.kernel_regression`.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from analysis.plotting.figure import Figure
from analysis.plotting.style import COLOURS, MARKERS, drawing
from jamming.checks.errors import BadInput
from jamming.fits.power import power_law
from sweeps.engine.store.sealed import read_results
from sweeps.learning_curves.kernel_regression import RESULTS

# laws are fitted to the last decade of P: below, the curves bend
DECADE = 10


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    if not (folder / RESULTS).is_file():
        raise BadInput(
            f"{folder} holds no learning curves: make them with"
            " python -m sweeps.learning_curves.kernel_regression"
        )
    return read_results(folder / RESULTS, "mse", "error", "nearest", "kernel", "P", "seed")


def draw(found: xr.Dataset, target: str | Path | BytesIO) -> None:
    """Draw the figure into a file."""
    P = found.P.values.astype(float)
    with drawing(target, 1, 3, of=found, figsize=(9.6, 3.0)) as (_, axes):
        for ax, name in zip(axes, ("mse", "error"), strict=False):
            for i, kernel in enumerate(found.kernel.values):
                _curve(ax, P, found[name].sel(kernel=kernel).values, i, str(kernel))
        _curve(axes[2], P, found.nearest.values, 2, "", dimension=True)
        for ax in axes:
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.set_xticks(P, [f"{p:g}" for p in P])
            ax.xaxis.set_minor_locator(NullLocator())
            ax.set_xlabel("$P$")
            ax.legend()
        axes[0].set_ylabel("mean square error")
        axes[1].set_ylabel("share of wrong test points")
        axes[2].set_ylabel("distance to the nearest point / its length")
        axes[0].set_title(str(found.attrs["dataset"]), fontsize=9)


def _curve(
    ax: Axes, P: np.ndarray, rows: np.ndarray, i: int, label: str, *, dimension: bool = False
) -> None:
    """Means over seeds of rows [P, seed] with their standard errors, and the law of the last P."""
    seeds = rows.shape[1]
    error = rows.std(1, ddof=1) / np.sqrt(seeds) if seeds > 1 else None
    late = P.max() / DECADE <= P
    if late.sum() >= 3 and (rows[late].mean(1) > 0).all():
        law = power_law(P[late], rows[late])
        b = law.exponent.value
        said = rf"$d = {-1 / b:.1f}$" if dimension else rf"$\beta = {-b:.3f}$"
        label = f"{label}: {said}" if label else said
        ax.plot(P[late], law.prefactor.value * P[late] ** b, color=COLOURS[i], lw=0.8)
    look: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i]}
    ax.errorbar(P, rows.mean(1), error, ls="", capsize=2, label=label or None, **look)


KERNEL_REGRESSION = tuple(
    Figure(name, name, f"learning curves of kernel regression, {data}", opened, draw)
    for name, data in (
        ("kernel-regression-mnist", "MNIST"),
        ("kernel-regression-cifar10", "CIFAR-10"),
    )
)
