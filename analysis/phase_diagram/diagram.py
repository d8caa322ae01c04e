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
from matplotlib.ticker import NullLocator

from analysis.plotting.axes import checked, heading, reach, symbol, width_ticks, with_bars
from analysis.plotting.style import Axes, Figure, panels
from analysis.plotting.style import save as save
from sweeps.phase_diagram.sweep import open_diagram

opened = open_diagram
COLOUR_MAP = "viridis"
OUTLIERS = 2  # the colours span all but this percentage of the cells at each end
UNFITTED, MISSING = "jammed: training does not fit", "not run"
# styles of the cells that show no error; the second is also hatched
BLANK: dict[str, dict[str, Any]] = {
    UNFITTED: {"facecolor": "black", "edgecolor": "black", "linewidth": 0.6},
    MISSING: {"facecolor": "0.93", "edgecolor": "0.72", "linewidth": 0.0, "hatch": "//////"},
}
RATIO = r"$\Vert\Delta\Theta\Vert\,/\,\Vert\Theta_0\Vert$"


def figure(dataset: xr.Dataset) -> Figure:
    """h against alpha~, both logarithmic; errors are fractions; BadInput as `checked`."""
    dataset = checked(dataset, "ensemble_error", "fit")
    # below the jamming line, or fewer than half of the seeds, or of the frozen kernels, fit
    black = np.asarray((dataset.fit < 0.5) | (dataset.h < dataset.get("jamming_h", -np.inf)))
    stuck = np.asarray(dataset.get("kernel_fit", xr.ones_like(dataset.h)) < 0.5)
    shape: dict[str, Any] = {"figsize": (6.4, 5.0), "width_ratios": (1, 0.045, 0.035)}
    with panels(1, 3, of=dataset, title=heading(dataset), **shape) as (page, (ax, side, bar)):
        norm, extend = _colours(dataset, black, stuck)
        meaning = "" if symbol(dataset) == r"\alpha" else r"=\sqrt{h}\,\alpha"
        xlabel = f"${symbol(dataset)}{meaning}$"
        ax.set(xscale="log", yscale="log", xlabel=xlabel, ylabel="width $h$")
        x, y = (edges(dataset[name].values) for name in ("alpha_tilde", "h"))
        fill(ax, x, y, dataset.ensemble_error.values, norm, black)
        ax.xaxis.set_minor_locator(NullLocator())
        width_ticks(ax.yaxis, dataset.h.values)
        crossover_lines(ax, dataset)
        if "jamming_h" in dataset and np.isfinite(dataset.jamming_h).any():
            points: dict[str, Any] = {"ms": 2.5, "elinewidth": 0.8, "capsize": None, "lw": 1.4}
            points |= {"marker": "o", "label": "jamming $h^*$, 95 % interval"}
            with_bars(ax, dataset.alpha_tilde, *reach(dataset, "jamming_h"), 1, **points)
        if "kernel_ensemble_error" in dataset:
            side.sharey(ax)
            _kernel(side, dataset, norm, stuck[:, None])
        else:
            side.remove()
        seeds = dataset.attrs.get("seeds")
        label = "test error of the ensemble" + (f" of {seeds} networks" if seeds else "")
        label = "test error" if seeds == 1 else label
        page.colorbar(ScalarMappable(norm, COLOUR_MAP), cax=bar, extend=extend, label=label)
        page.legend(handles=handles(ax), loc="outside lower center", ncols=2)
    return page


def edges(values: np.ndarray) -> np.ndarray:
    """The borders of cells around positive ascending values, half-way between them in log."""
    log = np.log(values.astype(float))
    step = np.diff(log) if log.size > 1 else np.log([2.0])
    return np.exp(np.r_[log - np.r_[step[0], np.diff(log)] / 2, log[-1] + step[-1] / 2])


def _colours(dataset: xr.Dataset, black: np.ndarray, stuck: np.ndarray) -> tuple[Normalize, Any]:
    """Limits that hold nearly all errors on show, and at which ends of them there are more."""
    errors = dataset.ensemble_error.values[~black]
    kernels = dataset.get("kernel_ensemble_error", dataset.h * np.nan)[~stuck]
    infinite = np.ravel(dataset.get("kernel_infinite_error", np.nan))
    shown = np.concatenate([errors, kernels, infinite])
    shown = shown[np.isfinite(shown)]
    if not shown.size:
        return Normalize(0.0, 0.5), "neither"
    low, high = np.percentile(shown, [OUTLIERS, 100 - OUTLIERS])
    if high <= low:
        return Normalize(low - 0.01, high + 0.01), "neither"
    ends = ("neither", "min", "max", "both")
    return Normalize(low, high), ends[(shown.min() < low) + 2 * (shown.max() > high)]


def _kernel(ax: Axes, dataset: xr.Dataset, norm: Normalize, stuck: np.ndarray) -> None:
    """The frozen kernel: a column over h, and, where known, a cell above it of infinite width."""
    x, values = np.array([0.5, 1.5]), dataset.kernel_ensemble_error.values[:, None]
    fill(ax, x, edges(dataset.h.values), values, norm, stuck)
    ax.set_xticks([])
    ax.set_xlabel("kernel\n" + rf"(${symbol(dataset)}\to\infty$)", labelpad=12)
    ax.tick_params(labelleft=False, left=False)
    infinite = np.full((1, 1), dataset.get("kernel_infinite_error", np.nan))
    if np.isfinite(infinite):
        top = ax.inset_axes((0, 1.015, 1, 0.045))
        fill(top, x, x, infinite, norm, np.array([[False]]))
        top.set(xticks=[], yticks=[])
        top.set_title(r"$h\to\infty$", fontsize=8, pad=3)


def fill(
    ax: Axes,
    x: np.ndarray,
    y: np.ndarray,
    values: np.ndarray,
    norm: Any,
    black: np.ndarray,
    colours: str = COLOUR_MAP,
) -> None:
    """Cells between borders x, y: some black, the others coloured by value, hatched without."""
    there = np.isfinite(values) & ~black
    shown = np.ma.masked_where(~there, values)
    ax.pcolormesh(x, y, shown, norm=norm, cmap=colours, rasterized=True)
    for label, mask in ((MISSING, ~there & ~black), (UNFITTED, black)):
        i, j = np.nonzero(mask)
        across, along = x[[j, j + 1, j + 1, j]], y[[i, i, i + 1, i + 1]]  # [corner, cell]
        if i.size:
            boxes: Any = np.stack([across.T, along.T], -1)
            cells = PolyCollection(boxes, label=label, **BLANK[label])
            ax.add_collection(cells, autolim=False)
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    ax.spines[:].set_visible(True)


def crossover_lines(ax: Axes, dataset: xr.Dataset) -> None:
    """A line a level, its level above it; the names of the two regimes beside the level 1."""
    if "crossover" not in dataset or "level" not in dataset.coords:
        return
    h = dataset.h.values.astype(float)
    left, right = ax.get_xlim()
    for level in dataset.level.values:
        x, bars = reach(dataset.sel(level=level), "crossover")
        there = np.flatnonzero((left <= x) & (x <= right))
        if not there.size:
            continue
        main = bool(np.isclose(level, 1.0))
        width = 2.2 if main else 1.3
        outline = [patheffects.withStroke(linewidth=width + 1.4, foreground="0.1")]
        alone = [int(i) for i in there if not np.isfinite(x[max(i - 1, 0) : i + 2]).sum() > 1]
        shape: dict[str, Any] = {"lw": width, "ls": "-" if main else (0, (4, 1.6))}
        shape |= {"marker": "o" if alone else "", "markevery": alone, "path_effects": outline}
        label = f"{RATIO} = {level:g}" if main else f"_level {level:g}"
        ax.plot(x, h, color="white", label=label, **shape)
        texts = [(f"{level:g}", (0.0, 3.0), "center")]
        if main:
            ax.errorbar(x, h, xerr=bars, fmt="none", ecolor="white", elinewidth=0.8)
            texts.append((r"$\leftarrow$ feature", (-9.0, 13.0), "right"))
            texts.append((r"lazy $\rightarrow$", (9.0, 13.0), "left"))
        above: dict[str, Any] = {"xycoords": ax.get_xaxis_transform(), "va": "bottom"}
        above |= {"textcoords": "offset points", "fontsize": 8}
        for text, offset, align in texts:
            ax.annotate(text, (float(x[there[-1]]), 1.0), offset, ha=align, **above)


def handles(ax: Axes) -> list[Any]:
    """The legend's entries: lines, each kind of cell that there is, one for all dashed lines."""
    handles: list[Any] = ax.get_legend_handles_labels()[0]
    dashed = [line for line in ax.get_lines() if str(line.get_label()).startswith("_level")]
    if dashed:
        names = [str(line.get_label()).removeprefix("_level ") for line in dashed]
        handles.append(Line2D([], []))
        handles[-1].update_from(dashed[0])
        handles[-1].set_label(f"{RATIO} = {', '.join(names)}")
    return handles
