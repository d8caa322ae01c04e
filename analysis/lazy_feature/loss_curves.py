"""Learning in time (*Disentangling feature and lazy training*, Figs. 5b, 5c and 10).

alpha^2 L against t, where lazy curves are one, and against t / alpha~, where those of feature
learning are; the time at which the loss has halved; and how the output grows until then.
"""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm

from analysis.lazy_feature.estimates import FEATURE, Curve, against_alpha, one_of, within
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import TILDE, title
from analysis.plotting.axes import means
from analysis.plotting.style import Axes, Figure, line_style, panels
from jamming.fits.curves import curve
from jamming.fits.seeds import mean_over_seeds

# at most so many widths, a style for each, and alpha~ in the panels of curves
WIDTHS, ALPHAS = 3, 9
STYLES = ("-", "--", "-.")


def figure(found: xr.Dataset) -> Figure:
    one = one_of(found)
    with panels(2, 2, of=found, title=title(one), figsize=(7.4, 5.8)) as (page, axes):
        _losses(page, axes[0], one)
        halves = axes[1, 0]
        for i, h in enumerate(one.h.values.tolist()):
            x, y = against_alpha(one, "t_half", h)
            means(halves, x, y / x[:, None], i, label=f"$h={h}$")
        halves.set(xscale="log", yscale="log", xlabel=TILDE, ylabel=r"$t_{L/2}\,/\,\tilde\alpha$")
        halves.legend()
        _growth(axes[1, 1], one)
    return page


def mean_curve(one: xr.Dataset, name: str, h: int, k: int, points: int = 200) -> Curve:
    """(t, mean over seeds) of `curve_loss`, `curve_norm` or `curve_weights`, alpha~ number k.

    At log-spaced times between the snapshots of all seeds; after a run has ended its last value
    stands.
    """
    cell = one.sel(h=h).isel({str(one.attrs["scale"]): k})
    each = [curve(t, y) for t, y in zip(cell.curve_t.values, cell[name].values, strict=True)]
    rows = [(t[1:], y[1:]) for t, y in each if t.size > 2 and t[1] > 0]
    if not rows:
        return np.full(points, np.nan), np.full(points, np.nan)
    grid = np.geomspace(max(t[0] for t, _ in rows), max(t[-1] for t, _ in rows), points)
    return grid, np.mean([np.interp(np.log(grid), np.log(t), y) for t, y in rows], axis=0)


def _some(values: np.ndarray, most: int) -> Any:
    """Indices of at most so many values, the first and the last among them."""
    return np.linspace(0, values.size - 1, min(most, values.size)).round().astype(int)


def _losses(page: Figure, axes: np.ndarray, one: xr.Dataset) -> None:
    alphas = one.at_alpha_tilde.values[-1]
    norm, cmap = LogNorm(alphas.min() / 1.01, alphas.max() * 1.01), colormaps["viridis"]
    for style, j in zip(STYLES, _some(one.h.values, WIDTHS), strict=False):
        h, own = one.h.values[j], one.at_alpha_tilde.values[j]
        for k in _some(own, ALPHAS):
            t, loss = mean_curve(one, "curve_loss", h, k)
            shape = {"color": cmap(norm(own[k])), "ls": style, "lw": 0.9}
            axes[0].plot(t, loss, **shape)
            axes[1].plot(t / own[k], loss, **shape)
        axes[0].plot([], [], color="k", ls=style, lw=0.9, label=f"$h={h}$")
    for ax, name in zip(axes, ("$t$", r"$t\,/\,\tilde\alpha$"), strict=True):
        ax.set(xscale="log", xlabel=name, ylabel=r"$\alpha^2 L$, by its value at $t=0$")
    axes[0].legend()
    page.colorbar(ScalarMappable(norm, cmap), ax=axes[1], label=TILDE)


def _growth(ax: Axes, one: xr.Dataset) -> None:
    """||f - f0|| / sqrt(h) = ||F|| / alpha~ on the training set, deep in feature learning."""
    for i, h in enumerate(one.h.values.tolist()):
        x, halves = against_alpha(one, "t_half", h)
        inside = np.flatnonzero(within(x, FEATURE))
        if inside.size:
            k = inside[inside.size // 2]
            t, norm = mean_curve(one, "curve_norm", h, k)
            half = float(mean_over_seeds(halves[k]))
            shown, name = t < 1.5 * half, rf"$h={h}$, $\tilde\alpha={x[k]:g}$"
            shape = {"color": line_style(i)["color"], "lw": 1, "label": name}
            ax.plot(t[shown] / half, norm[shown] / x[k], **shape)
    if ax.lines:
        x = np.array([1e-3, 0.3])
        last: Any = ax.lines[-1].get_data()
        y0 = np.interp(0.01, *last)
        ax.plot(x, y0 * x / 0.01 / 2, "k:", lw=0.8, label=r"$\propto t$")
        ax.set_xlim(1e-3, 1.5)
        ax.legend()
    ylabel = r"$\Vert f_t-f_0\Vert\,/\sqrt{h}$"
    ax.set(xscale="log", yscale="log", xlabel=r"$t\,/\,t_{L/2}$", ylabel=ylabel)
