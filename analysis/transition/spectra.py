r"""The spectra of the Hessian and its parts next to jamming.

H_p; H_p in units of the square root of the loss, in which runs of different losses and depths
collapse; H_0 without its zeros, whose gap closes away from the transition; and H (*The jamming
transition as a paradigm*, 2019, Figs. 7 and 9e-h). Averages over the runs of a depth, whose number
is in the legend, with their standard deviation.
"""

import numpy as np

from analysis.plotting.style import Figure, panels
from analysis.transition.axes import banded, next_to_jamming
from analysis.transition.estimates import measured
from jamming.observables.hessian import Spectrum
from sweeps.transition.landscape import Run, open_landscape

opened = open_landscape
BINS = 41
TWICE = np.log10(2)


def eigenvalues(run: Run, name: str) -> np.ndarray:
    """Those that are not zero."""
    found = Spectrum(getattr(measured(run), name))
    return found.eigenvalues[np.abs(found.eigenvalues) > found.least]


# name of the axis, values, which quantiles of them are its ends, and room beyond
PANELS = (
    (r"$\lambda(H_p)$", lambda run: eigenvalues(run, "H_p"), (0.002, 0.998), 0.0),
    (
        r"$\lambda(H_p) / \sqrt{\mathcal{L}}$",
        lambda run: eigenvalues(run, "H_p") / np.sqrt(run.trajectory.loss),
        (0.002, 0.998),
        0.0,
    ),
    (r"$\log_{10}\,\lambda(H_0)$", lambda run: np.log10(eigenvalues(run, "H_0")), (0, 1), TWICE),
    # of H the few largest are those of H_0, next door; what matters is what lies below zero
    (r"$\lambda(H)$", lambda run: eigenvalues(run, "H"), (0.002, 0.85), 0.0),
)


def figure(runs: list[Run]) -> Figure:
    """The densities of eigenvalues of the runs next to jamming; TooEarly without any."""
    chosen, title = next_to_jamming(runs)
    with panels(1, 4, of=runs, title=title, figsize=(12, 3.1)) as (page, axes):
        for ax, (name, values, ends, room) in zip(axes, PANELS, strict=True):
            low, high = np.quantile(np.concatenate([values(run) for run in chosen]), ends)
            edges = np.linspace(low - room, high + room, BINS)
            # zeros are left out, and count in the norm
            banded(ax, chosen, values, edges, total=lambda run: float(run.trajectory.N_all))
            ax.set(yscale="log", xlabel=name, ylabel="density, zeros left out")
        axes[0].legend(loc="upper left", bbox_to_anchor=(0, 1))
    return page
