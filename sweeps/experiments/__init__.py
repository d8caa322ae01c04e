"""The named experiments behind figures and claims, a module for each chapter."""

from jamming.errors import BadInput
from sweeps.experiments.classes import CLASSES
from sweeps.experiments.double_descent import DOUBLE_DESCENT
from sweeps.experiments.experiment import Experiment, Scale
from sweeps.experiments.jamming import JAMMING
from sweeps.experiments.regimes import REGIMES
from sweeps.experiments.solvable import SOLVABLE
from sweeps.experiments.stripe import STRIPE

__all__ = ["EXPERIMENTS", "Experiment", "Scale", "experiment"]

EXPERIMENTS = {
    each.name: each for each in (*JAMMING, *CLASSES, *DOUBLE_DESCENT, *REGIMES, *STRIPE, *SOLVABLE)
}


def experiment(name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        BadInput: there is none.
    """
    if name not in EXPERIMENTS:
        raise BadInput(f"unknown experiment '{name}': choose {', '.join(EXPERIMENTS)}")
    return EXPERIMENTS[name]
