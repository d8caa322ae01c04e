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

COARSE = 5  # bins of the measurement in one of the figure; they divide those on either side of zero


def figure(runs: list[Run]) -> Figure:
    """A row for each depth, a column for each layer.

    Raises:
        BadInput: no run next to the transition has been measured.
    """
    chosen, title = next_to_jamming(runs)
    there = depths(chosen)
    rows, columns = len(there), max(there)
    shape: dict[str, Any] = {"squeeze": False, "sharex": True}
    shape["figsize"] = (2.2 * columns + 1, 2.1 * rows + 0.6)
    with panels(rows, columns, of=runs, title=title, **shape) as (page, axes):
        for i, L in enumerate(there):
            mine = [run for run in chosen if run.job.L == L]
            for layer in range(columns):
                if layer < L:
                    _layer(axes[i, layer], mine, L, layer)
                else:
                    axes[i, layer].set_axis_off()
            axes[i, 0].set_ylabel(f"L = {L}\nprobability density")
        axes[0, 0].legend(loc="upper left")
        for layer in range(columns):
            last = max(i for i, L in enumerate(there) if layer < L)
            axes[last, layer].set_xlabel("pre-activation / its r.m.s.")
            axes[last, layer].tick_params(labelbottom=True)
    return page


def _layer(ax: Axes, runs: list[Run], L: int, layer: int) -> None:
    for name, colour in (("unseen", COLOURS[1]), ("train", COLOURS[0])):
        density = np.mean([getattr(measured(run), name)[layer] for run in runs], axis=0)
        ax.stairs(*_coarse(density), lw=1, color=colour, label=name)
    on = np.array([measured(run).on_kink[layer] for run in runs])
    chance = np.array([measured(run).by_chance[layer] for run in runs])
    N = np.array([run.trajectory.N for run in runs])
    share = np.mean((on - chance) / N)
    ax.set_title(f"layer {layer + 1}:  {share:.3f} $N$ on the kink", fontsize=7.5)
    ax.set_yscale("log")
    ax.set_ylim(bottom=1e-3)


def _coarse(density: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fewer and wider bins, but for the one at zero: (densities, edges)."""
    k = density.size // 2  # the bin at zero, as many on either side
    sides = [part.reshape(-1, COARSE).mean(1) for part in (density[:k], density[k + 1 :])]
    edges = np.concatenate([EDGES[: k + 1 : COARSE], EDGES[k + 1 :: COARSE]])
    return np.concatenate([sides[0], density[k : k + 1], sides[1]]), edges
