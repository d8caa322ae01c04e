"""From specs to trained networks of images: `train_images`, many side by side.

Jobs that differ in seeds, rates and the like share a compiled program, and all jobs of a data set
one copy of its pixels.
"""

import contextlib
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from jamming.checks.arrays import finite
from jamming.dynamics.minibatch import MiniBatchState
from jamming.execution import checkpoint, memory, pool, tasks, threads
from jamming.models.counting import count
from jamming.objectives.classification import Classification
from jamming.objectives.problem import Result
from jamming.training.image_build import Lane, ready, task_of
from jamming.training.image_run import ImageRun, Variables
from jamming.training.images import ImageJob, listed


@threads.requested_blas_threads()
def train_images(
    jobs: Any,
    *,
    data: Any = None,
    net: Any = None,
    start: Callable[[ImageJob], Variables] | None = None,
    on_end: Callable[[ImageJob, ImageRun], None] = lambda job, run: None,
    on_progress: Callable[[int], None] = lambda ticks: None,
    workers: int | None = None,
    lanes: int | None = None,
    idle: tasks.IdleTime | None = None,
    checkpoints: checkpoint.Checkpoints | None = None,
    claim: Callable[[ImageJob], bool] = lambda job: True,
    weights: bool = True,
) -> list[ImageRun]:
    """Train the jobs, side by side; runs in the jobs' order.

    Args:
        jobs: several `ImageJob`
        data: own images in place of those that jobs name (`jamming.data.pictures.from_images`)
        net: an own network, or a function of the job that gives one: see
            `jamming.objectives.classification`
        start: gives the variables with which a job begins, as of a run of the same network, in
            place of random ones; it, `data` and `net` need a `label` in the jobs, which names them
        on_end: called in this thread as a job ends
        on_progress: called with the steps made since the last call
        workers, lanes, idle: of `jamming.execution.pool.work`
        checkpoints: with them interrupted jobs resume, and end with the same bits
        claim: jobs for which it returns False, when they are about to begin, are left out
        weights: whether runs hold their variables

    Raises BadInput, before anything is trained, if jobs, images and networks do not fit together.

    Example:
        >>> job = jamming.ImageJob("digits", 100, "fullconn_l2", batch=20, steps=50)
        >>> (run,) = jamming.train_images([job])
        >>> run.result, run.N_all, run.variables["params"]["fc1"]["kernel"].shape
        ('OUT_OF_BUDGET', 8970, (64, 64))
    """
    all_ready = ready(listed(jobs), data, net, start)
    groups: dict[Hashable, list[int]] = {}
    for i, one in enumerate(all_ready):
        groups.setdefault(one.program(), []).append(i)
    on_device: dict[Hashable, Array] = {}

    def pixels(i: int) -> Array:
        x, kind = all_ready[i].images.pixels, all_ready[i].job.dtype
        at = id(x), kind
        if at not in on_device:
            on_device[at] = jnp.asarray(x if x.dtype == np.uint8 else finite(x, "x", dtype=kind))
        return on_device[at]

    def group(some: list[int]) -> tasks.Group[int]:
        one, common = all_ready[some[0]], pixels(some[0])
        stepper = one.job.stepper(one.full)
        return tasks.Group(stepper, some, lambda i: task_of(all_ready[i]), common)

    ends = pool.work(
        [group(some) for some in groups.values()],
        observe=_snapshot,
        workers=workers,
        lanes=lanes,
        on_ticks=on_progress,
        idle=idle,
        checkpoints=checkpoints,
        claim=lambda i: claim(all_ready[i].job),
    )
    ended: dict[int, ImageRun] = {}
    with contextlib.closing(ends):  # stops the workers where on_end raises
        for end in ends:
            i, job = end.name, all_ready[end.name].job
            ended[i] = _run(end, pixels(i), weights=weights)
            on_end(job, ended[i])
            if checkpoints is not None:
                checkpoints.drop(job.key)
    memory.clear_programs()
    return [ended[i] for i in sorted(ended)]


def _scores(
    problem: Classification, variables: Mapping[str, Any], lane: Lane, most: int | None
) -> dict[str, Array]:
    """Loss and number misclassified of at most so many images of each part that has any."""
    sets = {
        "train": (problem.chosen, problem.y),
        "validation": (problem.validation, problem.y_validation),
        "test": (lane.test, lane.y_test),
    }
    found: dict[str, Array] = {}
    for part, (rows, y) in sets.items():
        if len(y):
            loss, wrong = problem.score(variables, rows[:most], y[:most])
            found |= {f"{part}_loss": loss, f"{part}_error": wrong}
    return found


def _plain(found: Mapping[str, Any], lane: Lane, problem: Classification, most: int | None) -> Any:
    """Python's numbers of `_scores`, with errors as shares."""
    of = {"train": problem.y, "validation": problem.y_validation, "test": lane.y_test}
    plain = {name: np.asarray(value).item() for name, value in found.items()}
    shares = {
        f"{part}_error": plain[f"{part}_error"] / len(y[:most]) for part, y in of.items() if len(y)
    }
    return plain | shares


def _snapshot(problem: Classification, state: MiniBatchState, lane: Lane) -> dict[str, Array]:
    return {"ticks": state.ticks} | _scores(problem, state.variables(), lane, lane.points)


@jax.jit
def _final(problem: Classification, variables: Any, lane: Lane) -> dict[str, Array]:
    return _scores(problem, variables, lane, None)


def _run(end: tasks.Ended[int], pixels: Array, *, weights: bool) -> ImageRun:
    state: Any = end.state
    lane: Any = end.task.extra
    problem: Any = end.task.problem
    variables = state.best or state.variables()
    scores = _plain(_final(problem.given(pixels), variables, lane), lane, problem, None)
    size = count(problem.start["params"])
    numbers: dict[str, Any] = dict.fromkeys(("validation_loss", "validation_error", "best_tick"))
    if state.best:
        numbers["best_tick"] = int(state.best_tick)
    looks = [_plain(one, lane, problem, lane.points) for one in end.snapshots]
    for name in looks[0]:
        numbers[f"snapshot_{name}"] = tuple(one[name] for one in looks)
    return ImageRun(
        result=Result(int(state.result)).name,
        ticks=int(state.ticks),
        points=len(problem.y),
        N=size.N,
        N_all=size.all,
        seconds=end.seconds,
        variables=jax.device_get(variables) if weights else None,
        **numbers | scores,
    )
