"""N_Delta/N of jammed runs against the square root of the loss, and its limit at jamming.

The line is N_Delta/N = c (1 - a sqrt(L)), with c at L = 0, over runs that have stopped at losses
below `DEEPEST`; one a depth (*The jamming transition as a paradigm*, Fig. 6b, where all depths fall
on one curve that starts near 0.75).
"""

import numpy as np

from analysis.plotting.axes import with_bars, with_interval
from analysis.plotting.style import Figure, legend_if_any, panels
from analysis.transition.axes import heading, line_style, some
from analysis.transition.estimates import DEEPEST, depths, height_at_jamming, n_delta
from jamming.checks.errors import BadInput
from jamming.nstar.config import JAMMED_ABOVE
from sweeps.transition.landscape import Run, open_landscape

opened = open_landscape
BEYOND = 2.0  # x is drawn up to here, in units of that up to which the line is fitted


def figure(runs: list[Run]) -> Figure:
    """All jammed runs, with a line for each depth that has three near jamming.

    Raises:
        TooEarly: where no run has jammed.
    """
    every, runs = runs, [run for run in runs if n_delta(run) > JAMMED_ABOVE]
    title = heading(some(runs, "jammed run"))
    with panels(of=every, title=title, figsize=(4.6, 3.4)) as (page, ax):
        for i, L in enumerate(depths(runs)):
            mine = [r for r in runs if r.job.L == L and np.isfinite(r.trajectory.loss)]
            shape = line_style(runs, L)
            x, y = np.array([(run.trajectory.loss, n_delta(run)) for run in mine]).reshape(-1, 2).T
            label = f"L = {L}"
            try:
                found = height_at_jamming(mine)
            except BadInput:  # too few next to jamming
                found = None
            if found:
                at = found.limit
                label += f":  {with_interval(at)}"
                line = np.linspace(0, np.sqrt(DEEPEST), 2)
                ax.plot(line, found.at(line), color=shape["color"], lw=0.9)
                ends = [[at.value - at.low], [at.high - at.value]]
                with_bars(ax, [0.0], [at.value], ends, i, **shape, ls="", mfc="white", zorder=3)
            ax.plot(np.sqrt(x), y, ls="", alpha=0.7, mew=0, label=label, **shape)
        ax.axvline(np.sqrt(DEEPEST), color="0.7", lw=0.8, ls=":")
        far = BEYOND * np.sqrt(DEEPEST)
        ax.set(xlabel=r"$\sqrt{\mathcal{L}}$ at the end", ylabel=r"$N_\Delta/N$ at the end")
        ax.set(xlim=(-0.04 * far, far), ylim=(0, 1.5))
        legend_if_any(ax)
    return page
