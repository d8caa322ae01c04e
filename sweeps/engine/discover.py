"""The commands of sweeps and the named experiments, those of every chapter."""

from jamming.checks.errors import BadInput
from jamming.commands.command import commands, of_chapters
from sweeps.engine.command import Sweep
from sweeps.engine.experiment import Experiment, Scale

__all__ = ["COMMANDS", "EXPERIMENTS", "Experiment", "Scale", "experiment"]

COMMANDS: dict[str, type[Sweep]] = {each.prog: each for each in commands()}
EXPERIMENTS: dict[str, Experiment] = {
    each.name: each
    for chapter in of_chapters("sweeps", "experiments").values()
    for each in chapter.EXPERIMENTS
}


def experiment(name: str) -> Experiment:
    """The experiment of this name; BadInput if there is none."""
    if name not in EXPERIMENTS:
        raise BadInput(f"unknown experiment '{name}': choose {', '.join(EXPERIMENTS)}")
    return EXPERIMENTS[name]
