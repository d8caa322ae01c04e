"""The column of confidence: its best exact q, and what is learnt from near it.

Against the reset probability r for several memories, and against M for several r. Lines are the
exact q of the best column, symbols means over seeds of what is learnt, whose standard errors are
smaller than they (Geiger, Eloy & Wyart 2021, Fig. 2).
"""

import numpy as np
import xarray as xr

from analysis.plotting.axes import means, plain_ticks
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Figure, panels
from analysis.plotting.style import save as save
from sweeps.memory.columns import RESULTS

opened = reader(RESULTS, "memory columns", "q", "best", "limit")


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 2, of=found, figsize=(8, 3.3), sharey=True) as (page, (by_r, by_M)):
        for ax, x, other, said in ((by_r, "r", "M", "M = {}"), (by_M, "M", "r", "r = {:g}")):
            for j, mu in enumerate(found.mu.values):
                filled = {"mfc": None if j == 0 else "white"}
                for i, value in enumerate(found[other].values):
                    one = found.sel({other: value, "mu": mu})
                    label = said.format(value) if j == 0 else ""
                    rows = one.q.transpose(x, "seed").values
                    style = {"ls": "", "ms": 4, "label": label} | (filled if j else {})
                    means(ax, one[x].values.astype(float), rows, i, **style)
                    colour, ls = COLOURS[i % len(COLOURS)], ("-", "--", ":", "-.")[j % 4]
                    ax.plot(one[x].values, one.best.values, color=colour, ls=ls, lw=0.9)
            ax.set(xscale="log", yscale="log", xlabel=f"${x}$")
            ax.legend(fontsize=7)
        plain_ticks(by_M.xaxis, found.M.values)
        lines = ", ".join(
            f"{line} $\\mu = {mu:g}$"
            for mu, line in zip(np.atleast_1d(found.mu.values), ("full:", "broken:"), strict=False)
        )
        by_r.set(ylabel="share $q$ of wrong plays")
        by_r.set_title(f"lines: the best column ({lines})", fontsize=8)
        by_M.set_title("points: what is learnt from near it", fontsize=8)
    return page
