r"""The spectra of the Hessian and its parts next to jamming.

H_p; H_p in units of the square root of the loss, in which runs of different losses and depths
collapse; H_0 without its zeros, whose gap closes away from the transition; and H (*The jamming
transition as a paradigm*, 2019, Figs. 7 and 9e-h). Averages over the runs of a depth, whose number
is in the legend, with their standard deviation.
"""

import numpy as np

from analysis.plotting.style import Axes, Figure, panels
from analysis.transition.axes import banded, next_to_jamming
from analysis.transition.estimates import measured
from jamming.observables.hessian import Spectrum
from sweeps.transition.landscape import Run, open_landscape

opened = open_landscape

BINS = 41


def figure(runs: list[Run]) -> Figure:
    """The densities of eigenvalues of the runs next to jamming.

    Raises:
        BadInput: no run next to the transition has been measured.
    """
    chosen, title = next_to_jamming(runs)
    with panels(1, 4, of=runs, title=title, figsize=(12, 3.1)) as (page, axes):
        _signed(axes[0], chosen, "H_p")
        _signed(axes[1], chosen, "H_p", scaled=True)
        _positive(axes[2], chosen)
        _signed(axes[3], chosen, "H")
        for ax in axes:
            ax.set(yscale="log", ylabel="density, zeros left out")
        axes[0].legend(loc="upper left", bbox_to_anchor=(0, 1))
    return page


def _eigenvalues(run: Run, name: str) -> np.ndarray:
    """Eigenvalues that are not zero."""
    found = Spectrum(getattr(measured(run), name))
    return found.eigenvalues[np.abs(found.eigenvalues) > found.least]


def _signed(ax: Axes, runs: list[Run], name: str, *, scaled: bool = False) -> None:
    """Positive and negative eigenvalues on one linear axis."""

    def values(run: Run) -> np.ndarray:
        return _eigenvalues(run, name) / (np.sqrt(run.trajectory.loss) if scaled else 1.0)

    everything = np.concatenate([values(run) for run in runs])
    # of H the few largest are those of H_0, next door; what matters is what lies below zero
    low, high = np.quantile(everything, [0.002, 0.85 if name == "H" else 0.998])
    banded(ax, runs, values, np.linspace(low, high, BINS), total=_all)
    unit = r" / \sqrt{\mathcal{L}}" if scaled else ""
    ax.set_xlabel(rf"$\lambda({name}){unit}$")


def _positive(ax: Axes, runs: list[Run]) -> None:
    """The spectrum of H_0, as a density of the logarithm of lambda."""
    everything = np.concatenate([_eigenvalues(run, "H_0") for run in runs])
    decades = np.log10(np.geomspace(everything.min() / 2, everything.max() * 2, BINS))
    banded(ax, runs, lambda run: np.log10(_eigenvalues(run, "H_0")), decades, total=_all)
    ax.set_xlabel(r"$\log_{10}\,\lambda(H_0)$")


def _all(run: Run) -> float:
    """The number of eigenvalues, zeros among them."""
    return float(run.trajectory.N_all)
