"""Networks of one hidden layer that learn a stripe or cylinder, and how their weights align."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
from jaxtyping import Array

from jamming.checks.errors import BadInput
from jamming.data.invariant import MODELS
from jamming.data.names import parse_name
from jamming.objectives.problem import Problem, State
from jamming.observables.alignment import mean_squares, of_mean_squares
from jamming.training.build import Lane
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.execute import How, execute, load_run
from sweeps.engine.store import Store


def compressed(job: Job, by: float) -> Job:
    """The job on (x_par, x_perp / by), by six digits of the factor.

    Raises:
        BadInput: it is no positive number.
    """
    if not 0 < by < math.inf:
        raise BadInput(f"points are compressed by a positive number, not {by}")
    return job.replace(compression=float(f"{by:.6g}"))


@dataclass(frozen=True)
class Learnt:
    """A network of one hidden layer that has learnt.

    `Lambda` along its training, one for each snapshot of the trajectory, the neurons counting by
    the squares of their second weights; `Lambda_alike` with all neurons counting alike.
    """

    trajectory: Trajectory
    Lambda: tuple[float, ...]
    Lambda_alike: tuple[float, ...]


def learn(jobs: Sequence[Job], store: Store, **how: Unpack[How]) -> None:
    """Train those networks that the store lacks, and store how their weights align on the way.

    Raises BadInput from a job or the store.
    """
    execute(jobs, store, weights=True, observe=first_layer, **how)


def load_learnt(store: Store, job: Job) -> Learnt:
    """The outcome of a network that was trained.

    Raises:
        BadInput: what is stored is damaged, or of another version.
    """
    run, spec = load_run(store, job), parse_name(job.dataset)
    if set(run.observed) != {"by_read_out", "alike"}:
        raise store.damaged(job.key, "names no alignment")

    def Lambda(rows: np.ndarray) -> float:
        """NaN where the weights have gone beyond all numbers."""
        known = np.isfinite(rows).all()
        return of_mean_squares(rows, MODELS[spec.base].d_par, spec.d).Lambda if known else math.nan

    return Learnt(
        run, *(tuple(map(Lambda, run.observed[name])) for name in ("by_read_out", "alike"))
    )


def first_layer(problem: Problem, state: State, lane: Lane) -> dict[str, Array]:
    """Mean squares of the rows of the first layer, neurons weighed by their read-out or alike."""
    del lane
    w: Mapping[str, Array] = problem.predictor.weights(state.v)["params"]
    return {"by_read_out": mean_squares(w["W1"], w["W2"][:, 0]), "alike": mean_squares(w["W1"])}
