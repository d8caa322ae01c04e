"""How long gradients and ticks take here, measured on a few of them before a long run."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
from jaxtyping import Array, Int

from jamming.execution.threads import cores
from jamming.models.networks import Params
from jamming.objectives.problem import Problem
from jamming.training.build import task_of
from jamming.training.spec import Job

GRADIENTS = 200  # of one timing
# a tick of the flow in gradients, and seconds more (measured: P = 200, h = 2 to 64)
SHARE, REST = 4 / 3, 2e-5


@jax.jit
def descend(n: int | Int[Array, ""], problem: Problem) -> Params:
    """v after n short steps down the gradient, in one compiled loop, as drivers take gradients."""
    landscape = problem.anchored()

    def step(_: Any, v: Params) -> Params:
        return jax.tree.map(lambda a, g: a - 1e-6 * g, v, landscape.gradient(v).g)

    return jax.lax.fori_loop(0, n, step, problem.predictor.start())


def seconds_of_tick(job: Job) -> float:
    """Seconds that a tick of a job adds to a run in which each core has a trajectory of its own."""
    problem, workers = task_of(job, job.data()).problem, cores()

    def gradients(n: int) -> None:
        jax.block_until_ready(descend(n, problem))

    gradients(1)  # compiled
    begin = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(gradients, [GRADIENTS] * workers))
    return (SHARE * (time.perf_counter() - begin) / GRADIENTS + REST) / workers
