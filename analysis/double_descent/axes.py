"""What the figures of `sweeps.double_descent` share: results, titles, means over seeds, N*."""

from typing import Any

import numpy as np
import xarray as xr

from analysis.plotting.axes import with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, line_style
from jamming.fits.seeds import mean_and_error
from sweeps.double_descent.scan import RESULTS

NAMES = {"mnist10pca": "MNIST 10 PCA", "mnist30pca": "MNIST 30 PCA", "digits10pca": "digits"}

opened = reader(
    *(RESULTS, "double_descent", "P", "L", "h", "N", "n_star", "fitted", "norm", "norm_t"),
    *("test_error", "train_error", "early_error", "ensemble_error", "ensemble_without"),
    *("deviation_test", "slope", "delta"),
)


def label(one: xr.Dataset, found: xr.Dataset) -> str:
    """What distinguishes this scan from the others."""
    return ", ".join(f"${k} = {int(one[k])}$" for k in ("P", "L") if found.sizes[k] > 1)


def heading(found: xr.Dataset) -> str:
    """What was trained on what."""
    name, alpha = found.attrs.get("dataset", ""), float(found.attrs.get("alpha", 0.0))
    parts = [f"${k} = {int(found[k][0])}$" for k in ("P", "L") if found.sizes[k] == 1]
    parts += [rf"$\alpha\,(f - f_0)$, $\alpha = {alpha:g}$"] if alpha else []
    return ",  ".join([NAMES.get(name, name), *parts])


def drawn(ax: Axes, x: Any, y: np.ndarray, i: int, label: str = "", **more: Any) -> None:
    """Means over seeds of y [n, seeds] with their standard errors, none where one diverged."""
    mean, error = mean_and_error(y)
    there = np.isfinite(mean) & np.isfinite(x)
    error = np.nan_to_num(error)
    bars = np.stack([np.minimum(error, 0.9 * np.abs(mean)), error])[:, there]
    shape = {"mfc": line_style(i)["color"], "ms": 3.5, "elinewidth": 0.8, "capsize": 1.5}
    with_bars(ax, x[there], mean[there], bars, i, **shape | more, label=label or None)


def transition(ax: Axes, one: xr.Dataset, i: int | None = None, *, named: bool = False) -> None:
    """A line at N*, its interval shaded."""
    n, low, high = (float(one[k]) for k in ("n_star", "n_star_low", "n_star_high"))
    if not np.isfinite(n):
        return
    colour = "0.5" if i is None else line_style(i)["color"]
    ax.axvspan(low, high, color=colour, alpha=0.12, lw=0, zorder=0)
    ax.axvline(n, color=colour, lw=0.8, ls=":", zorder=0.5, label="$N^*$" if named else None)


def guide(ax: Axes, x: Any, y: float, exponent: float, text: str, style: str = "k--") -> None:
    """A power law through (x[0], y), as long as x."""
    a = np.array(x, float)
    ax.plot(a, y * (a / a[0]) ** exponent, style, lw=0.9, label=text)
