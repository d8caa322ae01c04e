"""The share q of wrong plays while policies of finite memory learn, from several starts.

A panel for each memory and one that compares random starts of all, a row for each dynamics. Lines
are medians over seeds within their quartiles, as far as all seeds have come, thin ones the seeds;
broken lines are the best column of confidence or the best necklace policy at this r, dotted ones
their limit r -> 0 (Geiger, Eloy & Wyart, *How memory architecture affects learning in a simple
POMDP*, 2021, Fig. 4).
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.plotting.axes import band
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Axes, Figure, panels
from analysis.plotting.style import save as save
from sweeps.memory.learning import RESULTS

opened = reader(RESULTS, "memory", "curves", "q", "best", "limit")

TIMES = {
    "flow": "flow time $t$",
    "euler": "flow time $t$, adaptive Euler steps",
    "adam": "steps of ADAM",
}
NAMES = {"ram": "RAM", "memento": "Memento", "graph": "graph"}
LEVELS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


def figure(found: xr.Dataset) -> Figure:
    dynamics = list(dict.fromkeys(str(each) for each in found.dynamics.values))
    memories = list(dict.fromkeys(zip(found.memory.values, found["size"].values, strict=True)))
    random = [at for at in memories if chosen(found, at, initial="random").sizes["curve"]]
    columns = len(memories) + (len(random) > 1)
    a = found.attrs
    title = f"arms {a['good']:g} and {a['bad']:g}, r = {a['r']:g}"
    size = (2.9 * columns, 2.7 * len(dynamics) + 0.3)
    grid = {"squeeze": False, "sharey": True}
    with panels(len(dynamics), columns, of=found, figsize=size, title=title, **grid) as (
        page,
        axes,
    ):
        for row, how in zip(axes, dynamics, strict=True):
            for ax, at in zip(row, memories, strict=False):
                several = chosen(found, at, dynamics=how)
                for i, name in enumerate(several.curve.values):
                    one = several.sel(curve=name)
                    course(ax, one, i, str(one.initial.item()))
                reference(ax, several, "k")
                ax.set_title(of_memory(at), fontsize=8)
            if len(random) > 1:
                for i, at in enumerate(random):
                    several = chosen(found, at, dynamics=how, initial="random")
                    for name in several.curve.values:
                        course(row[-1], several.sel(curve=name), i, of_memory(at))
                row[-1].set_title("random starts", fontsize=8)
            for ax in row:
                ax.set(xscale="log", yscale="log", xlabel=TIMES[how])
                ax.legend(fontsize=7, loc="lower left", ncols=2)
                if how == "adam":
                    ax.set_xlim(None, 1.3 * a["steps"])
            row[0].set_ylabel("share $q$ of wrong plays")
        least = min(float(found.curves.min()), float(found.best.fillna(1).min()))
        axes[0, 0].set_ylim(least / 4, 0.6)  # the legend is below the lines
        ticks = [level for level in LEVELS if level > least / 4]
        axes[0, 0].set_yticks(ticks, [f"{level:g}" for level in ticks])
        axes[0, 0].minorticks_off()
    return page


def chosen(found: xr.Dataset, at: tuple[str, int], **values: str) -> xr.Dataset:
    """The curves of one memory and of these values."""
    wanted = {"memory": at[0], "size": at[1], **values}
    is_so = np.ones(found.sizes["curve"], bool)
    for name, value in wanted.items():
        is_so &= found[name].values == value
    return found.isel(curve=is_so)


def of_memory(at: tuple[str, int]) -> str:
    """As RAM(8)."""
    return f"{NAMES[str(at[0])]}({at[1]})"


def course(ax: Axes, one: xr.Dataset, i: int, label: str) -> None:
    """The median within the quartiles, where all seeds are known, and the seeds."""
    colour, t = COLOURS[i % len(COLOURS)], one.time.values
    rows: Any = one.curves.transpose("time", "seed").values
    rows = rows[:, ~np.isnan(rows).all(0)]
    low, middle, high = np.quantile(rows, [0.25, 0.5, 0.75], axis=1)
    ax.plot(t, rows, color=colour, lw=0.4, alpha=0.25)
    band(ax, t, middle, low, high, colour, label)


def reference(ax: Axes, several: xr.Dataset, colour: str) -> None:
    """Lines at the best reference policy and at its limit, where there is one."""
    best, limit = float(several.best[0]), float(several.limit[0])
    if np.isfinite(best):
        ax.axhline(best, color=colour, lw=0.9, ls="--", label=f"best reference, {best:.2g}")
        ax.axhline(limit, color=colour, lw=0.9, ls=":", label=rf"$r \to 0$, {limit:.2g}")
