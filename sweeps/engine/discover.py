"""The named experiments behind figures and claims, those of every chapter."""

from jamming.checks.errors import BadInput
from jamming.commands.chapters import of_chapters
from sweeps.engine.experiment import Experiment, Scale

__all__ = ["EXPERIMENTS", "Experiment", "Scale", "experiment"]

EXPERIMENTS: dict[str, Experiment] = {
    each.name: each
    for chapter in of_chapters("sweeps", "experiments").values()
    for each in chapter.EXPERIMENTS
}


def experiment(name: str) -> Experiment:
    """The experiment of this name.

    Raises:
        BadInput: there is none.
    """
    if name not in EXPERIMENTS:
        raise BadInput(f"unknown experiment '{name}': choose {', '.join(EXPERIMENTS)}")
    return EXPERIMENTS[name]
