"""Learning in time (*Disentangling feature and lazy training*, Figs. 5b, 5c and 10).

alpha^2 L against t, where lazy curves are one, and against t / alpha~, where those of feature
learning are; the time at which the loss has halved; and how the output grows until then.
"""

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm

from analysis.lazy_feature.estimates import FEATURE, against_alpha, one_of, within
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import TILDE, title
from analysis.plotting.axes import means
from analysis.plotting.style import Axes, Figure, line_style, panels
from jamming.observables.learning_curves import curve

STYLES = ("-", "--", "-.", ":")
# at most so many widths and alpha~ in the panels of curves
WIDTHS, ALPHAS = 3, 9


def figure(found: xr.Dataset) -> Figure:
    """Loss in time, the time of half the loss, and the growth of the output."""
    one = one_of(found)
    with panels(2, 2, of=found, title=title(one), figsize=(7.4, 5.8)) as (page, axes):
        _losses(page, axes[0], one)
        halves = axes[1, 0]
        for i, h in enumerate(one.h.values):
            x, y = against_alpha(one, "t_half", int(h))
            means(halves, x, y / x[:, None], i, label=f"$h={h}$")
        ylabel = r"$t_{L/2}\,/\,\tilde\alpha$"
        halves.set(xscale="log", yscale="log", xlabel=TILDE, ylabel=ylabel)
        halves.legend()
        _growth(axes[1, 1], one)
    return page


def mean_curve(
    one: xr.Dataset, name: str, h: int, k: int, points: int = 200
) -> tuple[Float[np.ndarray, " points"], Float[np.ndarray, " points"]]:
    """(t, mean over seeds) of `curve_loss`, `curve_norm` or `curve_weights`, alpha~ number k.

    At log-spaced times between the snapshots of all seeds; after a run has ended its last value
    stands.
    """
    cell = one.sel(h=h).isel({str(one.attrs["scale"]): k})
    rows = []
    for s in range(cell.sizes["seed"]):
        t, y = curve(cell.curve_t.values[s].astype(float), cell[name].values[s].astype(float))
        if t.size > 2 and t[1] > 0:
            rows.append((t[1:], y[1:]))
    if not rows:
        return np.full(points, np.nan), np.full(points, np.nan)
    first = max(t[0] for t, _ in rows)
    grid = np.geomspace(first, max(t[-1] for t, _ in rows), points)
    return grid, np.mean([np.interp(np.log(grid), np.log(t), y) for t, y in rows], axis=0)


def _some(values: np.ndarray, most: int) -> list[int]:
    """Indices of at most so many values, the first and the last among them."""
    places = np.linspace(0, len(values) - 1, min(most, len(values)))
    return [round(float(i)) for i in places]


def _losses(page: Figure, axes: np.ndarray, one: xr.Dataset) -> None:
    alphas = one.sel(h=one.h.values[-1]).at_alpha_tilde.values.astype(float)
    norm = LogNorm(alphas.min() / 1.01, alphas.max() * 1.01)
    cmap = colormaps["viridis"]
    for i, j in enumerate(_some(one.h.values, WIDTHS)):
        h = int(one.h.values[j])
        own = one.sel(h=h).at_alpha_tilde.values.astype(float)
        for k in _some(own, ALPHAS):
            t, loss = mean_curve(one, "curve_loss", h, k)
            shape = {"color": cmap(norm(own[k])), "ls": STYLES[i % len(STYLES)], "lw": 0.9}
            axes[0].plot(t, loss, **shape)
            axes[1].plot(t / own[k], loss, **shape)
        axes[0].plot([], [], color="k", ls=STYLES[i % len(STYLES)], lw=0.9, label=f"$h={h}$")
    for ax, name in zip(axes, ("$t$", r"$t\,/\,\tilde\alpha$"), strict=True):
        ax.set(xscale="log", xlabel=name, ylabel=r"$\alpha^2 L$, by its value at $t=0$")
    axes[0].legend()
    page.colorbar(ScalarMappable(norm, cmap), ax=axes[1], label=TILDE)


def _growth(ax: Axes, one: xr.Dataset) -> None:
    """||f - f0|| / sqrt(h) = ||F|| / alpha~ on the training set, deep in feature learning."""
    for i, h in enumerate(one.h.values):
        own = one.sel(h=h).at_alpha_tilde.values.astype(float)
        inside = np.flatnonzero(within(own, FEATURE))
        if not inside.size:
            continue
        k = int(inside[inside.size // 2])
        t, norm = mean_curve(one, "curve_norm", int(h), k)
        half = float(one.sel(h=h).t_half.isel({str(one.attrs["scale"]): k}).mean())
        shown = t < 1.5 * half
        shape = {"color": line_style(i)["color"], "lw": 1}
        name = rf"$h={h}$, $\tilde\alpha={own[k]:g}$"
        ax.plot(t[shown] / half, norm[shown] / own[k], **shape, label=name)
    if ax.lines:
        x = np.array([1e-3, 0.3])
        last = ax.lines[-1].get_xydata()
        assert isinstance(last, np.ndarray)
        y0 = float(np.interp(0.01, last[:, 0], last[:, 1]))
        ax.plot(x, y0 * x / 0.01 / 2, "k:", lw=0.8, label=r"$\propto t$")
        ax.set_xlim(1e-3, 1.5)
        ax.legend()
    ylabel = r"$\Vert f_t-f_0\Vert\,/\sqrt{h}$"
    ax.set(xscale="log", yscale="log", xlabel=r"$t\,/\,t_{L/2}$", ylabel=ylabel)
