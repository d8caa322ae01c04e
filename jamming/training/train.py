"""From jobs to trajectories: train many networks side by side, and save their outcomes."""

import contextlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.data.names import own_file
from jamming.dynamics.euler import EulerState
from jamming.dynamics.rkc_state import RKCState
from jamming.execution import checkpoint, memory, pool, tasks, threads
from jamming.execution.programs import quickly
from jamming.kernels.change import kernel_change
from jamming.models.padding import extract, shapes
from jamming.objectives.losses import misclassified
from jamming.objectives.predictor import Plain, Scaled
from jamming.objectives.problem import Problem, Result, State, norm_squared, rms
from jamming.training import custom
from jamming.training.build import Lane, network_of, program, task_of
from jamming.training.ready import affordable
from jamming.training.spec import Job
from jamming.training.trajectory import OBSERVED, Outputs, Trajectory

# more arrays of a snapshot by name, from the problem, the state and the lane; hashable, as equal
# ones share compiled programs
Observe = Callable[[Problem, State, Lane], Mapping[str, Array]]


@threads.requested_blas_threads()
def train(
    jobs: Iterable[Job],
    *,
    data: Any = None,
    net: Any = None,
    on_end: Callable[[Job, Trajectory], None] = lambda job, trajectory: None,
    on_progress: Callable[[int], None] = lambda ticks: None,
    workers: int | None = None,
    lanes: int | None = None,
    idle: tasks.IdleTime | None = None,
    weights: bool = False,
    observe: Observe | None = None,
    checkpoints: checkpoint.Checkpoints | None = None,
    claim: Callable[[Job], bool] = lambda job: True,
) -> list[Trajectory]:
    """Train the jobs, side by side where they share a program; trajectories in the jobs' order.

    `data` (one Dataset for all, one for each job, or a function of the job) and `net` (one, or a
    function of the job) replace those that the jobs name. `on_end` is called in this thread as a
    job ends, `on_progress` with the ticks spent since the last call. `workers`, `lanes`, `idle`:
    see `jamming.execution.pool.work`. With `weights`, trajectories hold their final weights;
    `observe` returns further arrays for each snapshot. With `checkpoints`, interrupted jobs resume.
    Jobs for which `claim` returns False when they are about to begin are left out. Raises BadInput
    if `jobs` is a single job, float64 is off in JAX, or the data or networks do not fit the jobs.

    Example:
        >>> job = jamming.Job("digits10pca", P=20, widths=(8,), max_ticks=500, precision="float32")
        >>> (run,) = jamming.train([job])
        >>> run.result, run.unsatisfied
        ('FITTED', 0)
    """
    jobs = custom.listed(jobs)
    data_of = custom.lookup(jobs, data)
    groups = _grouped(jobs, data, net, data_of)

    def build(i: int) -> tasks.Task:
        return task_of(jobs[i], data_of(i), network_of(jobs[i], net))

    ends = pool.work(
        [tasks.Group(jobs[some[0]].kind_of_stepper(), some, build) for some in groups],
        observe=_Snapshot(observe),
        workers=workers,
        lanes=lanes,
        on_ticks=on_progress,
        idle=idle,
        checkpoints=checkpoints,
        claim=lambda i: claim(jobs[i]),
    )
    ended: dict[int, Trajectory] = {}
    with contextlib.closing(ends):  # stops the workers where on_end raises
        for end in ends:
            i, w = end.name, None
            if weights and jobs[i].model_kind == "network":
                w = _weights(end, jobs[i] if net is None else None, data_of(i))
            ended[i] = _trajectory(jobs[i], end, w)
            on_end(jobs[i], ended[i])
            if checkpoints is not None:
                checkpoints.drop(jobs[i].key)
    memory.clear_programs()
    return [ended[i] for i in sorted(ended)]


def _grouped(
    jobs: Sequence[Job], data: Any, net: Any, data_of: Callable[[int], Dataset]
) -> list[list[int]]:
    """The indices of jobs that share a program; all that can be refused is refused now."""
    if any(job.dtype == np.float64 for job in jobs) and not jax.config.read("jax_enable_x64"):
        raise BadInput(
            'float64 is off in JAX: call jax.config.update("jax_enable_x64", True), or take float32'
        )
    if data is None and net is None:
        affordable(jobs)
    groups: dict[Hashable, list[int]] = {}
    outputs: dict[Hashable, int | None] = {}
    held: dict[bytes, int] = {}
    drawn: dict[Any, Any] = {}
    for i, job in enumerate(jobs):
        own = network_of(job, net)
        custom.check_held(held, job, own)
        if own is not None:
            custom.check_alpha(job, own)
            custom.check_seeds(drawn, job, own, data_of(i).x_train)
        kind: Hashable = program(job, own)
        # named data are those of their group, and loading them for every job takes long
        own_data = data is not None and data is not Job.data
        checked = data is not None or net is not None or own_file(job.dataset)
        if own_data or (kind not in groups and checked):
            one = data_of(i)
            kind = (kind, one.x_train.shape[1:], one.x_test.shape) if own_data else kind
            if kind not in outputs:
                outputs[kind] = custom.check(job, one, own or job.network())
            custom.check_data(job, one, outputs[kind])
        groups.setdefault(kind, []).append(i)
    return list(groups.values())


@dataclass(frozen=True)
class _Snapshot:
    observe: Observe | None

    def __call__(self, problem: Problem, state: State, lane: Lane) -> dict[str, Array]:
        predictor, known = problem.predictor, () if lane.f0 is None else (lane.f0,)
        F = state.F if isinstance(state, RKCState | EulerState) else problem.outputs(state.v)
        F_test = predictor(state.v, lane.x_test, *known)
        w, w0 = predictor.weights(state.v), predictor.weights(predictor.start())
        scaled = isinstance(predictor, Scaled)
        moved = state.v if scaled else jax.tree.map(jnp.subtract, w, w0)
        # with f0 known, rounding alone would decide at the start, where F is 0
        F_test = jnp.where(norm_squared(moved) > 0, F_test, 0.0) if known else F_test
        more = {} if self.observe is None else self.observe(problem, state, lane)
        return {
            "ticks": state.ticks,
            "t": state.t,
            "loss": state.loss,
            "unsatisfied": state.unsatisfied,
            "misclassified": misclassified(F, problem.y).sum(),
            "test_error": misclassified(F_test, lane.y_test).mean(),
            "norm": rms(F),
            "weight_norm": jnp.sqrt(norm_squared(w)),
            "weight_change": jnp.sqrt(norm_squared(moved) / norm_squared(w0)),
            **{f"{OBSERVED}{name}": array for name, array in more.items()},
        }


@quickly
def _final(problem: Problem, v: Any, lane: Lane) -> tuple[Array, Array]:
    return problem.outputs(v), problem.predictor(v, lane.x_test)


@quickly
def _kernel_change(problem: Problem, v: Any, x: Array) -> Array:
    predictor = problem.predictor
    assert isinstance(predictor, Plain | Scaled)
    return kernel_change(predictor.network, v, predictor.start(), x)


def _weights(end: tasks.Ended[int], job: Job | None, data: Dataset) -> np.ndarray:
    """The final weights in a row, those of the job's network taken out of their bucket."""
    w = end.task.problem.predictor.weights(end.state.v)
    if job is not None:
        x: Any = np.asarray(data.x_train[:1], job.dtype)
        w = extract(w, shapes(job.network(), x))
    return np.asarray(ravel_pytree(w)[0])


def _trajectory(job: Job, end: tasks.Ended[int], w: Outputs = None) -> Trajectory:
    problem, lane = end.task.problem, end.task.extra
    F_train, F_test = jax.device_get(_final(problem, end.state.v, lane))
    network = job.model_kind == "network"
    fields: dict[str, Any] = {}
    if network and job.kernel_points:
        few = lane.x_test[: job.kernel_points]
        fields["kernel_change"] = float(_kernel_change(problem, end.state.v, few))
    observed = {}
    for name in end.snapshots[0]:
        values = [np.asarray(one[name]) for one in end.snapshots]
        if name.startswith(OBSERVED):
            observed[name.removeprefix(OBSERVED)] = np.stack(values)
        elif network or not name.startswith("weight_"):
            fields[f"snapshot_{name}"] = rows = tuple(value.item() for value in values)
            if name not in ("norm", "weight_norm"):
                fields[name] = rows[-1]
    y_test = np.asarray(lane.y_test)
    with np.errstate(invalid="ignore"):  # of labels beyond the range of int8
        few_bits = y_test.astype(np.int8)
    return Trajectory(
        result=Result(int(end.state.result)).name,
        N=int(lane.N),
        N_all=int(lane.N_all),
        **fields,
        seconds=end.seconds,
        F_train=F_train,
        F_test=F_test,
        y_test=few_bits if (few_bits == y_test).all() else y_test,
        w=w,
        observed=observed,
    )
