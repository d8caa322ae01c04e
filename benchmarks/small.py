"""What a tick costs where networks are small, beside its gradient and the products in that.

P = 200 points and few neurons: the arrays fit into the cache, and what a core does is mostly to
begin the next operation. On all cores at once, microseconds of one core: the matrix products of a
gradient alone; gradients in a loop; ticks of both dynamics, of lanes one after the other and of
several that tick together (vmapped); and all that a trajectory takes in `jamming.train`, snapshots
with their test errors included, for each of its ticks. All are timed in turns, of which the best
counts.

    python -m benchmarks.small          # a minute or two; exits 1 where a trajectory takes too long
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.gradient import products
from benchmarks.lanes import SETTING, timed
from jamming.checks.arguments import MOST, some, whole, wholes
from jamming.commands.command import echo
from jamming.commands.typed import Command, Help
from jamming.execution import vmapped
from jamming.execution.threads import cores
from jamming.training.build import task_of
from jamming.training.ready import ready
from jamming.training.spec import Job
from jamming.training.timing import descend
from jamming.training.train import train

TURNS = 3
WANTED = 3.0  # times its gradients that a trajectory may take
DYNAMICS = ("flow", "euler")


def on_all_cores(way: Callable[[], int]) -> float:
    """Microseconds of one core for each of the things that `way` does and counts."""
    with ThreadPoolExecutor(cores()) as pool:
        seconds, done = timed(lambda: list(pool.map(lambda _: way(), range(cores()))))
    return 1e6 * seconds * cores() / sum(done)


def lanes_ticking(jobs: list[Job], begin: int, ticks: int) -> Callable[[], int]:
    """Lanes of these jobs, together if there are several, from one tick to another."""
    tasks = [task_of(job, job.data()) for job in jobs]
    problems = vmapped.stack([task.problem for task in tasks])
    keys, stepper = jnp.stack([task.key for task in tasks]), jobs[0].kind_of_stepper()
    how: Any = {"devices": (jax.local_devices()[0],), "vmapped": len(jobs) > 1}
    states = vmapped.start(stepper, problems, keys, devices=how["devices"])
    states = vmapped.advance(stepper, problems, states, begin, **how)

    def way() -> int:
        after = vmapped.advance(stepper, problems, states, begin + ticks, **how)
        return int((after.ticks - states.ticks).sum())

    return way


def in_loops(run: Callable[[int], Any], ticks: int) -> Callable[[], int]:
    """So many of what `run` does."""

    def way() -> int:
        jax.block_until_ready(run(ticks))
        return ticks

    return way


@dataclass(frozen=True, kw_only=True)
class Small(Command):
    """What a tick costs where networks are small, beside its gradient."""

    dataset: Annotated[str, Help("see python -m jamming.find_nstar --help")] = "digits10pca"
    P: Annotated[int, Help("training points")] = 200
    h: Annotated[tuple[int, ...], Help("widths of two layers")] = (8, 16, 32)
    lanes: Annotated[tuple[int, ...], Help("that tick together")] = (4, 8)
    steps: Annotated[int, Help("gradients of one timing")] = 300
    jobs: Annotated[int, Help("trajectories")] = 24

    prog: ClassVar[str] = "small"

    def run(self) -> int:
        jax.config.update("jax_enable_x64", True)
        for name in ("steps", "jobs"):
            whole(name, getattr(self, name), most=MOST)
        some("h", wholes("h", self.h))
        some("lanes", wholes("lanes", self.lanes, least=2))
        ready([self.job(h, "flow", 0) for h in self.h])
        together = "".join(f"{f'{n} lanes':>9}" for n in self.lanes)
        echo(f"P = {self.P}, {cores()} cores; microseconds of one core")
        echo(f"  h  dynamics  products  gradient     tick{together}  in a trajectory  x gradient")
        ratios = []
        for h in self.h:
            for dynamics in DYNAMICS:
                costs = self.measured(h, dynamics)
                ratios.append(costs[-1] / costs[1])
                lanes = "".join(f"{cost:9.1f}" for cost in costs[3:-1])
                echo(
                    f"{h:3d}  {dynamics:8}  {costs[0]:8.1f}  {costs[1]:8.1f}"
                    f"  {costs[2]:7.1f}{lanes}  {costs[-1]:15.1f}  {ratios[-1]:10.2f}"
                )
        verdict = "as wanted" if max(ratios) <= WANTED else f"above the {WANTED:g} wanted"
        echo(f"a trajectory takes at most {max(ratios):.2f} times its gradients, {verdict}")
        return 0 if max(ratios) <= WANTED else 1

    def job(self, h: int, dynamics: str, seed: int) -> Job:
        """One network; the first ticks of all are alike."""
        fields = SETTING | {"alpha": 1.0, "dynamics": dynamics, "max_ticks": 10 * self.steps}
        return Job(self.dataset, self.P, (h, h), init_seed=seed, **fields)

    def measured(self, h: int, dynamics: str) -> list[float]:
        """Products, gradients, ticks one by one and together, trajectories."""
        jobs = [self.job(h, dynamics, seed) for seed in range(max(self.jobs, *self.lanes))]
        problem = task_of(jobs[0], jobs[0].data()).problem
        ways = [
            in_loops(products(problem.x, [h, h]), self.steps),
            in_loops(partial(descend, problem=problem), self.steps),
            *(lanes_ticking(jobs[:n], self.steps // 10, self.steps) for n in (1, *self.lanes)),
        ]
        for way in ways:
            way()  # compiled
        train(jobs[:1])

        def trajectories() -> float:
            seconds, runs = timed(partial(train, jobs[: self.jobs]))
            return 1e6 * seconds * cores() / sum(run.ticks for run in runs)

        turns = [[*map(on_all_cores, ways), trajectories()] for _ in range(TURNS)]
        return np.min(turns, axis=0).tolist()


main = Small.main

if __name__ == "__main__":
    sys.exit(main())
