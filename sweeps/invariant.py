"""Networks and kernels that learn a stripe or cylinder, by the jobs that name them.

What learns is given the points with a constant coordinate sqrt(d) at their end. Its weights are
biases that start as N(0, 1), like all others (Paccolat et al., *Geometric compression of invariant
manifolds in neural nets*, 2020), and the kernel of infinite width knows of them. A job whose label
says so has the uninformative coordinates divided by a number.
"""

import contextlib
import dataclasses
import math
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from jamming.data import Dataset
from jamming.data.invariant import MODELS
from jamming.data.names import parse_name
from jamming.dynamics import pool
from jamming.dynamics.protocol import Problem, Result, State
from jamming.dynamics.tasks import Ended, Group
from jamming.errors import BadInput
from jamming.job import Job
from jamming.landscape import Lane, builder, program
from jamming.losses import misclassified
from jamming.observables.alignment import mean_squares, of_mean_squares
from jamming.padding import extract, shapes
from jamming.recorded import of_job
from jamming.shared import work_off
from jamming.trajectory import Trajectory, compact
from sweeps.checkpoints import Running
from sweeps.execute import Own, Watch
from sweeps.store import Damaged, Store, damaged, lacks

CONSTANT = "with a constant coordinate"
_COMPRESSED = re.compile(rf"{CONSTANT}, compressed by (\S+)")


def compressed(job: Job, by: float) -> Job:
    """The job on (x_par, x_perp / by).

    Raises:
        BadInput: it is no positive number.
    """
    if not 0 < by < math.inf:
        raise BadInput(f"points are compressed by a positive number, not {by}")
    return dataclasses.replace(job, label=f"{CONSTANT}, compressed by {by:.6g}")


@dataclass(frozen=True)
class Informed(Own):
    """The data of a job on a stripe or cylinder, as described in the module."""

    def data(self, job: Job) -> Dataset:
        """Training and test points, the constant coordinate last."""
        data, found = job.data(), _COMPRESSED.fullmatch(job.label)
        by = float(found[1]) if found else 1.0
        d_par, d = MODELS[parse_name(job.dataset).base].d_par, data.x_train.shape[1]
        factor = np.where(np.arange(d) < d_par, 1.0, 1 / by)

        def seen(x: np.ndarray) -> np.ndarray:
            return np.hstack([x * factor, np.full((len(x), 1), math.sqrt(d))])

        return dataclasses.replace(data, x_train=seen(data.x_train), x_test=seen(data.x_test))


@dataclass(frozen=True)
class Learnt:
    """A network of one hidden layer that has learnt.

    `Lambda` along its training, one for each snapshot of the trajectory, the neurons counting by
    the squares of their second weights; `Lambda_alike` with all neurons counting alike.
    """

    trajectory: Trajectory
    Lambda: tuple[float, ...]
    Lambda_alike: tuple[float, ...]


def learn(jobs: Sequence[Job], store: Store, watch: Watch) -> None:
    """Train those networks that the store lacks, and keep how their weights align on the way.

    Raises:
        BadInput: from a job or the store.
    """

    def lacking(job: Job) -> bool:
        return lacks(store, job.key, lambda: recall(store, job))

    todo = list({job.key: job for job in jobs if lacking(job)}.values())
    watch.begin(todo)
    running, mine = Running(store), set[str]()

    def end(job: Job, run: Trajectory, Lambdas: dict[str, list[float]]) -> None:
        store[job.key] = {
            "job": dataclasses.asdict(job),
            "trajectory": run.to_dict() | Lambdas,
            "arrays": run.arrays(),
        }
        mine.add(job.key)
        running.give_back(job.key)
        watch.ended(job, run)

    work_off(
        todo,
        lambda some, claim: _learn(some, claim, end, watch),
        name=lambda job: job.key,
        lacks=lacking,
        leases=running,
    )
    for job in todo:
        if job.key not in mine:  # another process has made it
            watch.ended(job, recall(store, job).trajectory)


def _learn(
    todo: Sequence[Job],
    claim: Callable[[Job], bool],
    on_end: Callable[[Job, Trajectory, dict[str, list[float]]], None],
    watch: Watch,
) -> None:
    own, groups = Informed(), dict[Hashable, list[int]]()
    for i, job in enumerate(todo):
        groups.setdefault(program(job), []).append(i)
    ends = pool.work(
        [
            Group(
                todo[same[0]].stepper(),
                same,
                builder(todo, same, lambda i: own.data(todo[i]), None),
            )
            for same in groups.values()
        ],
        observe=_seen,
        on_ticks=watch.ticks,
        claim=lambda i: claim(todo[i]),
    )
    with contextlib.closing(ends):
        for end in ends:
            on_end(todo[end.name], *_ended(todo[end.name], end))


def recall(store: Store, job: Job) -> Learnt:
    """What a network that was trained came to.

    Raises:
        BadInput: what is stored is damaged, or of another version.
    """
    entry = store[job.key]
    try:
        fields = dict(entry["trajectory"])
        Lambdas = [tuple(fields.pop(name)) for name in ("snapshot_Lambda", "snapshot_Lambda_alike")]
        arrays = store.arrays(job.key)
        run = Trajectory.from_dict({**fields, **arrays})
        of_job(entry["job"], fields)
    except Damaged:
        raise
    except BadInput as error:
        raise damaged(store, job.key, f"is damaged ({error})") from error
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{store.folder} was made by another version: choose another") from error
    return Learnt(run, *Lambdas)


def _seen(problem: Problem, state: State, lane: Lane) -> dict[str, Array]:
    """What a snapshot keeps."""
    F, F_test = problem.outputs(state.v), problem.predictor(state.v, lane.x_test)
    w: Mapping[str, Array] = problem.predictor.weights(state.v)["params"]
    return {
        "ticks": state.ticks,
        "t": state.t,
        "loss": state.loss,
        "unsatisfied": state.unsatisfied,
        "misclassified": misclassified(F, problem.y).sum(),
        "test_error": misclassified(F_test, lane.y_test).mean(),
        "by_read_out": mean_squares(w["W1"], w["W2"][:, 0]),
        "alike": mean_squares(w["W1"]),
    }


def _ended(job: Job, end: Ended[int]) -> tuple[Trajectory, dict[str, list[float]]]:
    """As it is stored; what depends on time as lists of plain numbers."""
    problem, lane = end.task.problem, end.task.extra
    aligned = {
        name: [_Lambda(job, np.asarray(one[key])) for one in end.snapshots]
        for name, key in (("snapshot_Lambda", "by_read_out"), ("snapshot_Lambda_alike", "alike"))
    }
    names = ("ticks", "t", "loss", "unsatisfied", "misclassified", "test_error")
    seen: dict[str, Any] = {
        name: tuple(one[name].item() for one in end.snapshots) for name in names
    }
    last: dict[str, Any] = {name: values[-1] for name, values in seen.items()}
    bucket = problem.predictor.weights(end.state.v)
    point: Any = np.zeros((1, len(bucket["params"]["W1"])), job.dtype)
    w = extract(jax.device_get(bucket), shapes(job.network(), point))
    run = Trajectory(
        result=Result(int(end.state.result)).name,
        N=int(lane.N),
        N_all=int(lane.N_all),
        **last,
        **{f"snapshot_{name}": values for name, values in seen.items()},
        seconds=end.seconds,
        F_test=np.asarray(_outputs(problem, end.state.v, lane.x_test)),
        y_test=compact(np.asarray(lane.y_test)),
        w=np.asarray(ravel_pytree(w)[0]),
    )
    return run, aligned


def _Lambda(job: Job, rows: np.ndarray) -> float:
    """NaN where the weights have gone beyond all numbers."""
    spec = parse_name(job.dataset)
    known = np.isfinite(rows).all()
    return of_mean_squares(rows, MODELS[spec.base].d_par, spec.d).Lambda if known else math.nan


@jax.jit
def _outputs(problem: Problem, v: Any, x: Array) -> Array:
    return problem.predictor(v, x)
