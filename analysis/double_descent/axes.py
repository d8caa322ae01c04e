"""What the figures of `sweeps.double_descent` share: results, titles, means over seeds, N*."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes

from analysis.plotting.stored import stored
from analysis.plotting.style import line_style
from jamming.fits.seeds import mean_and_error
from sweeps.double_descent.scan import RESULTS

NAMES = {"mnist10pca": "MNIST 10 PCA", "mnist30pca": "MNIST 30 PCA", "digits10pca": "digits"}


def opened(folder: Path) -> xr.Dataset:
    """The results of the sweep.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    lacking = "holds no scan of N: make one with python -m sweeps.double_descent"
    return stored(
        folder / RESULTS,
        lacking,
        *("P", "L", "h", "N", "fitted", "test_error", "train_error", "early_error"),
        *("ensemble_error", "ensemble_without", "norm", "norm_t", "n_star"),
        *("deviation_test", "slope", "delta"),
    )


def label(one: xr.Dataset, found: xr.Dataset) -> str:
    """What tells this scan from the others."""
    parts = [f"$P = {int(one.P)}$"] if found.sizes["P"] > 1 else []
    parts += [f"$L = {int(one.L)}$"] if found.sizes["L"] > 1 else []
    return ", ".join(parts)


def heading(found: xr.Dataset) -> str:
    """What was trained on what."""
    name = str(found.attrs.get("dataset", ""))
    parts = [NAMES.get(name, name)]
    parts += [f"$P = {int(found.P[0])}$"] if found.sizes["P"] == 1 else []
    parts += [f"$L = {int(found.L[0])}$"] if found.sizes["L"] == 1 else []
    alpha = float(found.attrs.get("alpha", 0.0))
    parts += [rf"$\alpha\,(f - f_0)$, $\alpha = {alpha:g}$"] if alpha else []
    return ",  ".join(parts)


def drawn(
    ax: Axes,
    x: Float[np.ndarray, " n"],
    y: Float[np.ndarray, "n seeds"],
    i: int,
    label: str = "",
    *,
    line: bool = True,
    hollow: bool = False,
) -> None:
    """Means over seeds with their standard errors, in the i-th colour; none where one diverged."""
    mean, error = mean_and_error(y)
    there = np.isfinite(mean) & np.isfinite(x)
    error = np.nan_to_num(error)
    shape = line_style(i)
    ax.errorbar(
        x[there],
        mean[there],
        np.stack([np.minimum(error, 0.9 * np.abs(mean)), error])[:, there],
        **shape,
        mfc="white" if hollow else shape["color"],
        ms=3.5,
        lw=1.0 if line else 0.0,
        elinewidth=0.8,
        capsize=1.5,
        label=label or None,
    )


def transition(ax: Axes, one: xr.Dataset, i: int | None = None, *, named: bool = False) -> None:
    """A line at N*, its interval shaded."""
    n, low, high = (float(one[k]) for k in ("n_star", "n_star_low", "n_star_high"))
    if not np.isfinite(n):
        return
    colour = "0.5" if i is None else line_style(i)["color"]
    ax.axvspan(low, high, color=colour, alpha=0.12, lw=0, zorder=0)
    ax.axvline(n, color=colour, lw=0.8, ls=":", zorder=0.5, label="$N^*$" if named else None)


def guide(
    ax: Axes, x: Sequence[float], y: float, exponent: float, text: str, *, style: str = "k--"
) -> None:
    """A power law through (x[0], y), as long as x."""
    a = np.array(x, float)
    ax.plot(a, y * (a / a[0]) ** exponent, style, lw=0.9, label=text)
