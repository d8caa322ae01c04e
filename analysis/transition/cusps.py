"""Densities of the pre-activations, layer by layer, on training points and on unseen ones.

At jamming relu networks have put a share of the training points on the kink: a peak at zero that
unseen points do not have, N_c of them; apart from it the densities agree (*The jamming transition
as a paradigm*, 2019, Fig. 12).
"""

from typing import Any

import numpy as np

from analysis.plotting.style import COLOURS, Axes, Figure, panels
from analysis.transition.axes import next_to_jamming
from analysis.transition.estimates import depths, measured
from sweeps.transition.endpoint import EDGES
from sweeps.transition.landscape import Run, open_landscape

opened = open_landscape
# bins of the figure begin at these of the measurement: five in one, but for that at zero
ZERO = EDGES.size // 2 - 1
BORDERS = np.r_[0:ZERO:5, ZERO, ZERO + 1 : EDGES.size : 5]


def figure(runs: list[Run]) -> Figure:
    """A row for each depth, a column for each layer; TooEarly without a run next to jamming."""
    chosen, title = next_to_jamming(runs)
    there = depths(chosen)
    rows, columns = len(there), max(there)
    shape: dict[str, Any] = {"squeeze": False, "sharex": True}
    shape["figsize"] = (2.2 * columns + 1, 2.1 * rows + 0.6)
    with panels(rows, columns, of=runs, title=title, **shape) as (page, axes):
        for row, L in zip(axes, there, strict=True):
            for layer, ax in enumerate(row[:L]):
                _layer(ax, [run for run in chosen if run.job.L == L], layer)
            for ax in row[L:]:
                ax.set_axis_off()
            row[0].set_ylabel(f"L = {L}\nprobability density")
        axes[0, 0].legend(loc="upper left")
        for column in axes.T:
            last = [ax for ax in column if ax.axison][-1]
            last.set_xlabel("pre-activation / its r.m.s.")
            last.tick_params(labelbottom=True)
    return page


def _layer(ax: Axes, runs: list[Run], layer: int) -> None:
    for name, colour in (("unseen", COLOURS[1]), ("train", COLOURS[0])):
        density = np.mean([getattr(measured(run), name)[layer] for run in runs], axis=0)
        coarse = np.add.reduceat(density, BORDERS[:-1]) / np.diff(BORDERS)
        ax.stairs(coarse, EDGES[BORDERS], lw=1, color=colour, label=name)
    each = [(measured(run), run.trajectory.N) for run in runs]
    share = np.mean([(at.on_kink[layer] - at.by_chance[layer]) / N for at, N in each])
    ax.set_title(f"layer {layer + 1}:  {share:.3f} $N$ on the kink", fontsize=7.5)
    ax.set(yscale="log", ylim=(1e-3, None))
