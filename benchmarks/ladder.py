"""Tolerances from loose to tight, and the gradients that an error of 1 % needs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.flow import STABILISED, TARGET, error, gradients_at
from jamming.training.spec import Job
from jamming.training.train import train
from jamming.training.trajectory import Trajectory

TOLERANCES = (*STABILISED, 3e-4)  # the tightest for few networks, whose median is less robust


@dataclass(frozen=True)
class Ladder:
    """Median gradients and errors of a method at its tolerances, from loose to tight."""

    tolerances: list[float]
    gradients: list[float]
    errors: list[float]

    @property
    def needed(self) -> float:
        """Gradients for an error of 1 %, or else of the tightest tolerance."""
        return min(gradients_at(TARGET, self.gradients, self.errors), max(self.gradients))

    @property
    def tolerance(self) -> float:
        """The tolerance with an error of 1 %, or else the tightest."""
        inverse = [1 / tol for tol in self.tolerances]
        return 1 / min(gradients_at(TARGET, inverse, self.errors), inverse[-1])

    @property
    def error(self) -> float:
        """That which is counted: 1 %, unless all tolerances are on one side of it."""
        return float(np.clip(TARGET, min(self.errors), max(self.errors)))


def ladder(
    todo: list[Job], field: str, tolerances: tuple[float, ...], reference: list[Trajectory]
) -> Ladder:
    """From loose to tight, until the error is below 1 %."""
    found = Ladder([], [], [])
    for tol in tolerances:
        runs = train([job.replace(**{field: tol}) for job in todo])
        found.tolerances.append(tol)
        found.gradients.append(float(np.median([run.ticks for run in runs])))
        found.errors.append(median_error(runs, reference))
        if found.errors[-1] <= TARGET:
            break
    return found


def just_enough(todo: list[Job], reference: list[Trajectory]) -> Ladder:
    """One tolerance of the flow, gradients, error: interpolated for 1 %, if that is then so.

    Else that of the ladder, which is tighter.
    """
    steps = ladder(todo, "tol", TOLERANCES, reference)
    found = ladder(todo, "tol", (steps.tolerance,), reference)
    if found.errors[-1] <= TARGET:
        return found
    return Ladder(steps.tolerances[-1:], steps.gradients[-1:], steps.errors[-1:])


def median_error(runs: list[Any], reference: list[Trajectory]) -> float:
    """Of F on test points, over networks."""
    return float(np.median([error(*pair) for pair in zip(runs, reference, strict=True)]))
