"""The loss in random planes, in planes through three solutions, and on lines between two.

Random directions are those of H. Li et al., *Visualizing the loss landscape of neural nets*, 2018.
"""

import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm

from analysis.plotting.axes import drawn, heading, over_widths
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, legend_above, line_style, panels
from analysis.plotting.style import save as save
from jamming.fits.seeds import mean_and_error
from sweeps.transition.slices import RESULTS

NAMES = ("loss", "barrier", "apart", "plane", "random", "x", "y", "at", "N")
opened = reader(RESULTS, "transition slices", *NAMES)
SAID = {"same": "same initial weights", "other": "other initial weights"}
DARK = 1e-3  # losses below have one shade: those of networks that fit are 0
LEAST = 1e-6  # and on lines are left out
LEVELS = np.geomspace(DARK, 100.0, 21)
SHADES, COLOURS = LogNorm(DARK, LEVELS[-1]), "viridis"
UNIT = r"$\mathcal{L}\,/\,\mathcal{L}(f=0)$"


def figure(found: xr.Dataset) -> Figure:
    """Planes at the narrowest, the middle and the widest network; lines; barriers against N."""
    widths = found.h.values[sorted({0, (len(found.h) - 1) // 2, len(found.h) - 1})]
    with panels(3, 3, of=found, figsize=(8.6, 8.0), title=heading(found)) as (page, axes):
        for column, h in enumerate(widths):
            one = found.sel(h=h)
            n = f"$h={h}$,  $N={one.N.mean():.0f}$"
            _plane(axes[0, column], one.r1, one.r2, one.random)
            axes[0, column].plot(0, 0, "wo", ms=4, mec="k", mew=0.6)
            axes[0, column].set(title=n, aspect="equal")
            _plane(axes[1, column], one.x, one.y, one.plane)
            for (x, y), mark in zip(one["at"].values, "os^", strict=True):
                axes[1, column].plot(x, y, mark, color="w", ms=5, mec="k", mew=0.6)
            axes[1, column].set(aspect="equal")
        axes[0, 0].set_ylabel("random plane")
        axes[1, 0].set_ylabel("plane of three solutions")
        for ax in axes[:2, len(widths) :].flat:
            ax.set_visible(False)
        ticks = [DARK, 1e-2, 0.1, 1.0, 10.0, LEVELS[-1]]
        shades = ScalarMappable(SHADES, cmap=COLOURS)
        bar = page.colorbar(shades, ax=axes[:2], ticks=ticks, aspect=40)
        bar.set_label(UNIT)
        for ax, start in zip(axes[2], SAID, strict=False):
            for i, h in enumerate(widths):
                _line(ax, found.loss.sel(h=h, start=start), i, f"$h={h}$")
            ax.set(xlabel="$c$", title=f"line, {SAID[start]}", yscale="log", ylim=(LEAST, 100.0))
            ax.legend(loc="upper center", ncols=len(widths), handlelength=1, columnspacing=1)
        axes[2, 0].set_ylabel(UNIT)
        _barriers(axes[2, 2], found)
    return page


def _plane(ax: Axes, x: xr.DataArray, y: xr.DataArray, loss: xr.DataArray) -> None:
    """Losses on shades of a logarithmic scale; nothing where there is no plane."""
    if np.isfinite(loss).all():
        z = np.clip(loss.values.T, DARK, LEVELS[-1])
        ax.contourf(x, y, z, LEVELS, norm=SHADES, cmap=COLOURS)


def _line(ax: Axes, loss: xr.DataArray, i: int, label: str) -> None:
    """The mean over seeds on a line, with its standard error."""
    mean, error = mean_and_error(loss.transpose("c", "seed").values)
    colour = line_style(i)["color"]
    ax.plot(loss.c, mean, color=colour, lw=1.2, label=label)
    low = np.maximum(mean - error, LEAST / 10)
    ax.fill_between(loss.c, low, mean + error, color=colour, alpha=0.2, lw=0)


def _barriers(ax: Axes, found: xr.Dataset) -> None:
    """Means over seeds and their errors, against N."""
    N = found.N.mean("seed").values
    for i, start in enumerate(found.start.values):
        drawn(ax, N, found.barrier.sel(start=start).transpose("h", "seed").values, i, SAID[start])
    over_widths(ax, N, "$N$")
    ax.set_ylabel(f"barrier of {UNIT}")
    mean = found.barrier.mean("seed")
    if (np.isfinite(mean) & (mean > 0)).any():  # else there is nothing on a logarithmic axis
        ax.set_yscale("log")
        legend_above(ax)
