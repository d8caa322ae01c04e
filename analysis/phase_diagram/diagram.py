"""The phase diagram: test error of the ensemble over the width h and alpha~ = sqrt(h) alpha.

Colour: the fraction of the test set that the mean of the networks gets wrong. Black: jammed, where
training does not fit the data; the line in front is the width h*(alpha~) at which half the seeds
fit, with its 95 % interval. White lines: where the kernel changes during training by 0.1, 1 and 10
times its initial norm; the one at 1 separates feature from lazy learning. The column at the right
is the kernel frozen at initialisation, the limit alpha~ -> infinity; the cell above it is the
kernel of infinite width. After *Perspective: a phase diagram for deep learning unifying jamming,
feature learning and lazy training*, Fig. 4.
"""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib import patheffects
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullLocator

from analysis.plotting import axes
from analysis.plotting.axes import reach, symbol, width_ticks, with_bars
from analysis.plotting.style import Axes, Figure, into_file, page
from sweeps.phase_diagram.sweep import open_diagram

opened = open_diagram

COLOUR_MAP = "viridis"
# the colours span all but this percentage of the cells at each end
OUTLIERS = 2
# styles of the cells that show no error; the second is also hatched
JAMMED = {"facecolor": "black", "edgecolor": "black", "linewidth": 0.6}
NOT_RUN = {"facecolor": "0.93", "edgecolor": "0.72", "linewidth": 0.0, "hatch": "//////"}
UNFITTED, MISSING = "jammed: training does not fit", "not run"
RATIO = r"$\Vert\Delta\Theta\Vert\,/\,\Vert\Theta_0\Vert$"


def figure(dataset: xr.Dataset) -> Figure:
    """h is vertical and alpha~ horizontal, both logarithmic; errors are fractions.

    Raises:
        BadInput: `dataset` lacks h, alpha_tilde, ensemble_error or fit.
    """
    dataset = axes.checked(dataset, "ensemble_error", "fit")
    with page((6.4, 5.0), dataset) as whole:
        whole.suptitle(axes.heading(dataset), fontsize=9)
        grid = whole.add_gridspec(1, 3, width_ratios=(1, 0.045, 0.035))
        ax = whole.add_subplot(grid[0])
        norm, extend = _colours(dataset)
        _map(ax, dataset, norm)
        _crossover(ax, dataset)
        if "jamming_h" in dataset and np.isfinite(dataset.jamming_h).any():
            x, label = dataset.alpha_tilde.values, "jamming $h^*$, 95 % interval"
            shape: dict[str, Any] = {"marker": "o", "ms": 2.5, "elinewidth": 0.8, "capsize": None}
            with_bars(ax, x, *reach(dataset, "jamming_h"), 1, lw=1.4, **shape, label=label)
        if "kernel_ensemble_error" in dataset:
            _kernel(whole.add_subplot(grid[1], sharey=ax), dataset, norm)
        mapped = ScalarMappable(norm, COLOUR_MAP)
        bar = whole.colorbar(mapped, cax=whole.add_subplot(grid[2]), extend=extend)
        seeds = dataset.attrs.get("seeds")
        bar.set_label("test error of the ensemble" + (f" of {seeds} networks" if seeds else ""))
        whole.legend(handles=_handles(ax), loc="outside lower center", ncols=2)
    return whole


draw = into_file(figure)


def edges(values: np.ndarray) -> np.ndarray:
    """The borders of cells around positive ascending values, half-way between them in log."""
    log = np.log(values.astype(float))
    if log.size == 1:
        return np.exp(log[0] + np.log(2) * np.array([-0.5, 0.5]))
    middle = (log[1:] + log[:-1]) / 2
    return np.exp(np.r_[2 * log[0] - middle[0], middle, 2 * log[-1] - middle[-1]])


def _colours(dataset: xr.Dataset) -> tuple[Normalize, Any]:
    """Limits that hold nearly all errors on show, and at which ends of them there are more."""
    parts = [dataset.ensemble_error.values[~axes.jammed(dataset)]]
    if "kernel_ensemble_error" in dataset:
        parts.append(dataset.kernel_ensemble_error.values[~_unfitted_kernels(dataset)])
    parts.append(np.ravel(dataset.get("kernel_infinite_error", np.nan)))
    shown = np.concatenate(parts)
    shown = shown[np.isfinite(shown)]
    if not shown.size:
        return Normalize(0.0, 0.5), "neither"
    low, high = np.percentile(shown, [OUTLIERS, 100 - OUTLIERS])
    if high <= low:
        return Normalize(low - 0.01, high + 0.01), "neither"
    ends = ("neither", "min", "max", "both")
    return Normalize(low, high), ends[(shown.min() < low) + 2 * (shown.max() > high)]


def _kernel(ax: Axes, dataset: xr.Dataset, norm: Normalize) -> None:
    """The frozen kernel: a column over h, and, where known, a cell above it of infinite width."""
    x = np.array([0.5, 1.5])
    values = dataset.kernel_ensemble_error.values[:, None]
    stuck = _unfitted_kernels(dataset)[:, None]
    _fill(ax, x, edges(dataset.h.values), values, norm, stuck)
    ax.set_xticks([])
    ax.set_xlabel("kernel\n" + rf"(${symbol(dataset)}\to\infty$)", labelpad=12)
    ax.tick_params(labelleft=False, left=False)
    infinite = float(dataset.get("kernel_infinite_error", np.nan))
    if np.isfinite(infinite):
        top = ax.inset_axes((0, 1.015, 1, 0.045))
        _fill(top, x, x, np.full((1, 1), infinite), norm)
        top.set(xticks=[], yticks=[])
        top.set_title(r"$h\to\infty$", fontsize=8, pad=3)


def _unfitted_kernels(dataset: xr.Dataset) -> np.ndarray:
    """(h) mask: fewer than half of the frozen kernels fit."""
    return np.asarray(dataset.get("kernel_fit", xr.ones_like(dataset.h)).values < 0.5)


def _fill(
    ax: Axes,
    x: np.ndarray,
    y: np.ndarray,
    values: np.ndarray,
    norm: Normalize,
    black: np.ndarray | bool = False,
) -> None:
    """Cells between borders x, y: some black, the others coloured by value, hatched without."""
    black = np.broadcast_to(black, values.shape)
    there = np.isfinite(values) & ~black
    shown = np.ma.masked_where(~there, values)
    ax.pcolormesh(x, y, shown, norm=norm, cmap=COLOUR_MAP, rasterized=True)
    _cells(ax, x, y, ~there & ~black, MISSING, NOT_RUN)
    _cells(ax, x, y, black, UNFITTED, JAMMED)
    ax.set_xlim(x[0], x[-1])
    ax.set_ylim(y[0], y[-1])
    ax.spines[:].set_visible(True)


def _cells(
    ax: Axes, x: np.ndarray, y: np.ndarray, mask: np.ndarray, label: str, shape: dict[str, Any]
) -> None:
    """One rectangle for each cell of the mask."""
    corners = ((0, 0), (0, 1), (1, 1), (1, 0))
    boxes = [[(x[j + b], y[i + a]) for a, b in corners] for i, j in np.argwhere(mask)]
    if boxes:
        ax.add_collection(PolyCollection(boxes, label=label, **shape), autolim=False)


def _map(ax: Axes, dataset: xr.Dataset, norm: Normalize) -> None:
    ax.set(xscale="log", yscale="log")
    x, y = edges(dataset.alpha_tilde.values), edges(dataset.h.values)
    _fill(ax, x, y, dataset.ensemble_error.values, norm, axes.jammed(dataset))
    meaning = "" if symbol(dataset) == r"\alpha" else r"=\sqrt{h}\,\alpha"
    ax.set(xlabel=f"${symbol(dataset)}{meaning}$", ylabel="width $h$")
    ax.xaxis.set_minor_locator(NullLocator())
    width_ticks(ax.yaxis, dataset.h.values)


def _crossover(ax: Axes, dataset: xr.Dataset) -> None:
    """A line a level, its level above it; the names of the two regimes beside the level 1."""
    if "crossover" not in dataset or "level" not in dataset.coords:
        return
    h = dataset.h.values.astype(float)
    left, right = ax.get_xlim()
    for level in dataset.level.values:
        one = dataset.sel(level=level)
        x = one.crossover.transpose("h").values
        there = np.flatnonzero((left <= x) & (x <= right))
        if not there.size:
            continue
        main = bool(np.isclose(level, 1.0))
        width = 2.2 if main else 1.3
        outline = [patheffects.withStroke(linewidth=width + 1.4, foreground="0.1")]
        alone = [int(i) for i in there if not np.isfinite(x[max(i - 1, 0) : i + 2]).sum() > 1]
        (line,) = ax.plot(x, h, color="white", lw=width, path_effects=outline)
        line.set_linestyle("-" if main else (0, (4, 1.6)))
        line.set_marker("o" if alone else "")
        line.set_markevery(alone)
        line.set_label(f"{RATIO} = {level:g}" if main else f"_level {level:g}")
        if main:
            bars = reach(one, "crossover")[1]
            ax.errorbar(x, h, xerr=bars, fmt="none", ecolor="white", elinewidth=0.8)
        end = float(x[there[-1]])
        _above(ax, end, f"{level:g}", (0.0, 3.0), "center")
        if main:
            _above(ax, end, r"$\leftarrow$ feature", (-9.0, 13.0), "right")
            _above(ax, end, r"lazy $\rightarrow$", (9.0, 13.0), "left")


def _above(ax: Axes, x: float, text: str, offset: tuple[float, float], align: str) -> None:
    """Text above the axes, `offset` points from x on their upper border."""
    shape: dict[str, Any] = {"xycoords": ax.get_xaxis_transform(), "ha": align, "va": "bottom"}
    ax.annotate(text, (x, 1.0), offset, textcoords="offset points", fontsize=8, **shape)


def _handles(ax: Axes) -> list[Any]:
    """The legend's entries: the lines, and each kind of cell that there is."""
    handles, labels = ax.get_legend_handles_labels()
    by = dict(zip(labels, handles, strict=True))
    for label, shape in ((UNFITTED, JAMMED), (MISSING, NOT_RUN)):
        if label in by:
            by[label] = Patch(label=label, **shape)  # type: ignore[arg-type]
    dashed = [line for line in ax.get_lines() if str(line.get_label()).startswith("_level")]
    if dashed:
        names = [str(line.get_label()).removeprefix("_level ") for line in dashed]
        by["dashed"] = Line2D([], [])
        by["dashed"].update_from(dashed[0])
        by["dashed"].set_label(f"{RATIO} = {', '.join(names)}")
    return list(by.values())
