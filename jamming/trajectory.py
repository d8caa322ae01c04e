"""From jobs to trajectories: train networks of one shape side by side, keep what they came to.

A `Trajectory` is plain numbers, so that it can be written down and read back without loss.
"""

import dataclasses
import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from jamming.data import Dataset
from jamming.dynamics import drive
from jamming.dynamics.protocol import Problem, Result
from jamming.errors import BadInput
from jamming.job import Job
from jamming.losses import Loss, misclassified
from jamming.networks import Params, count
from jamming.predictor import Network, predictor


@dataclass(frozen=True)
class Trajectory:
    """How one job ended, and log-spaced snapshots of how it went.

    `loss` includes 1/P and 1/alpha^2; `unsatisfied` is N_Delta (within the slack of the loss);
    `misclassified` counts training data; `N` are weights without biases, `N_all` all parameters;
    `t` is flow time, or the number of updates. `seconds` is wall time shared with the jobs run
    beside it.
    """

    result: str
    N: int
    N_all: int
    ticks: int
    t: float
    loss: float
    unsatisfied: int
    misclassified: int
    test_error: float
    snapshot_ticks: tuple[int, ...]
    snapshot_loss: tuple[float, ...]
    snapshot_unsatisfied: tuple[int, ...]
    seconds: float

    @property
    def fitted(self) -> bool:
        return self.result == Result.FITTED.name

    def to_dict(self) -> dict[str, Any]:
        """Fields by name, JSON-ready."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Trajectory":
        """Inverse of `to_dict`; KeyError or TypeError where fields are missing or foreign."""
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in fields.items()
        }
        return cls(**plain)


def train(
    jobs: Sequence[Job],
    *,
    data: Sequence[Dataset] | None = None,
    net: Network | None = None,
    on_end: Callable[[Job, Trajectory], None] = lambda job, trajectory: None,
    on_progress: Callable[[int], None] = lambda ticks: None,
) -> list[Trajectory]:
    """Train the jobs side by side; they must agree in all but their seeds and labels.

    `data` and `net` replace those that the jobs name. `on_end` is called as soon as a job has
    ended, before its neighbours have; `on_progress` with the ticks spent since the last call,
    summed over jobs.

    Raises:
        BadInput: from the job (unknown names, P larger than the data, ...).
    """
    begin = time.perf_counter()
    data = [job.data() for job in jobs] if data is None else data
    problems = landscapes(jobs, data, net)
    keys = jnp.stack([job.batch_key() for job in jobs])
    size = count(drive.lane(problems.predictor.w0, 0))

    ended: dict[int, Trajectory] = {}
    snapshots: list[np.ndarray] = []  # one [3, lanes] for each checkpoint
    spent = 0
    stepper: Any = jobs[0].stepper()
    states: Any
    for states in drive.run(stepper, problems, keys):
        now = jax.device_get((states.ticks, states.loss, states.unsatisfied, states.result))
        snapshots.append(np.stack(now[:3]))
        on_progress(int(now[0].sum()) - spent)
        spent = int(now[0].sum())
        for i in np.flatnonzero(now[3] != Result.RUNNING).tolist():
            if i in ended:
                continue
            test = (jnp.asarray(a, problems.x.dtype) for a in (data[i].x_test, data[i].y_test))
            wrong, test_error = _judge(problems, states.v, jnp.asarray(i), *test)
            ticks, loss, unsatisfied = (s.tolist() for s in np.stack(snapshots)[:, :, i].T)
            ended[i] = Trajectory(
                result=Result(int(now[3][i])).name,
                N=size.N,
                N_all=size.all,
                ticks=int(ticks[-1]),
                t=float(states.t[i]),
                loss=loss[-1],
                unsatisfied=int(unsatisfied[-1]),
                misclassified=int(wrong),
                test_error=float(test_error),
                snapshot_ticks=tuple(int(n) for n in ticks),
                snapshot_loss=tuple(loss),
                snapshot_unsatisfied=tuple(int(n) for n in unsatisfied),
                seconds=time.perf_counter() - begin,
            )
            on_end(jobs[i], ended[i])
    return [ended[i] for i in range(len(jobs))]


def landscapes(jobs: Sequence[Job], data: Sequence[Dataset], net: Network | None = None) -> Problem:
    """The jobs' problems at their initial weights, stacked; `net` replaces the jobs' own network.

    Raises:
        BadInput: float64 is asked for and off in JAX.
    """
    job = jobs[0]
    if job.dtype == np.float64 and not jax.config.read("jax_enable_x64"):
        raise BadInput(
            'float64 is off in JAX: call jax.config.update("jax_enable_x64", True) first,'
            " or choose precision float32"
        )
    x, y = (
        jnp.asarray(np.stack([getattr(d, name) for d in data]), job.dtype)
        for name in ("x_train", "y_train")
    )
    keys = jnp.stack([job.init_key() for job in jobs])
    learner: Network = job.network() if net is None else net
    return _landscapes(keys, x, y, learner, job.loss_function(), job.alpha)


@functools.partial(jax.jit, static_argnums=(3, 4, 5))
def _landscapes(
    keys: Array, x: Array, y: Array, net: Network, loss: Loss, alpha: float | None
) -> Problem:
    def one(args: tuple[Array, Array, Array]) -> Problem:
        key, x, y = args
        # a row of x tells the network its input shape and dtype
        return Problem(predictor(net, net.init(key, x[:1]), alpha), loss, x, y)

    # not vmapped: a lane's weights are then the same to the last bit, however many there are
    return jax.lax.map(one, (keys, x, y))


@jax.jit
def _judge(
    problems: Problem, v: Params, i: Array, x_test: Array, y_test: Array
) -> tuple[Array, Array]:
    """(number of training data, share of test data) that lane i has wrong."""
    problem, v = drive.lane((problems, v), i)
    wrong = misclassified(problem.outputs(v), problem.y)
    return wrong.sum(), misclassified(problem.predictor(v, x_test), y_test).mean()
