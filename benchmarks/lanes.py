"""What lanes buy: trajectories a second against their number, and how much of it is wasted.

A sweep whose alpha~ spans six decades, with widths that share a bucket, in one queue. For each
number of lanes: trajectories and gradients a second, the share of the measured rate of matrix
products that the networks' products make up, the share of ticks during which a lane was idle, and
the share of the products that was spent on padding. What is compiled is compiled beforehand.

    python -m benchmarks.lanes                # exits 1 where more than 10 % of the ticks are idle
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from jamming.checks.arguments import layers, runs, seeds, some, whole, wholes
from jamming.commands.command import echo
from jamming.commands.typed import Command, Help
from jamming.execution import tasks, vmapped, worker
from jamming.models.counting import n_weights
from jamming.models.padding import bucket_width
from jamming.training.ready import ready
from jamming.training.spec import Job
from jamming.training.train import train

ALLOWED = 0.10
SCALES = tuple(float(scale) for scale in 10.0 ** np.arange(-3, 3.1, 0.5))  # alpha~

# of all networks, as in *Disentangling feature and lazy training*
SETTING: dict[str, Any] = {
    "whiten": False,
    "activation": "softplus5",
    "normalised": True,
    "parametrisation": "ntp",
    "bias": False,
    "loss": "soft_hinge",
    "slack": 0.0,
}


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds that it takes, and what it returns."""
    begin = time.perf_counter()
    found = run()
    return time.perf_counter() - begin, found


def product_rate(precision: str, rows: int, h: int, times: int = 200) -> float:
    """Floating-point operations a second of products [rows, h] @ [h, h] on all cores, measured."""
    W, x = jnp.ones((h, h), precision) / h, jnp.ones((rows, h), precision)
    many = jax.jit(lambda x: jax.lax.fori_loop(0, times, lambda _, x: x @ W, x))
    many(x).block_until_ready()
    best = min(timed(lambda: many(x).block_until_ready())[0] for _ in range(5))
    return times * 2 * rows * h * h / best


@dataclass(frozen=True, kw_only=True)
class Lanes(Command):
    """What lanes buy: trajectories a second against their number, and how much of it is wasted."""

    dataset: Annotated[str, Help("see python -m jamming.find_nstar --help")] = "digits10pca"
    P: Annotated[int, Help("training points")] = 500
    h: Annotated[tuple[int, ...], Help("widths")] = (24, 28, 32)
    depth: Annotated[int, Help("L, hidden layers")] = 2
    seeds: Annotated[int, Help("networks of each width")] = 4
    lanes: Annotated[tuple[int, ...] | None, Help("trajectories side by side")] = None
    precision: Annotated[str, Help("float32, float64")] = "float64"

    prog: ClassVar[str] = "lanes"
    lower: ClassVar[str] = "--P, --h or --lanes"

    def run(self) -> int:
        jax.config.update("jax_enable_x64", self.precision == "float64")
        usual = (256, 1024, 4096) if vmapped.vmaps() else (1, 2, 4)
        lanes_of = usual if self.lanes is None else self.lanes
        chosen = some("lanes", wholes("lanes", lanes_of, most=worker.MOST))
        jobs = jobs_of(self)
        d = ready(jobs).x_train.shape[-1]
        rate = product_rate(self.precision, self.P, max(self.h))

        def weights(ticks: list[int], of: Callable[[int], int]) -> int:
            """Weights that these ticks have moved, of networks `of(h)` wide."""
            widths = [of(job.widths[0]) for job in jobs]
            return sum(t * n_weights(d, h, self.depth) for t, h in zip(ticks, widths, strict=True))

        what = f"alpha~ from 1e-3 to 1e3, h = {self.h}, P = {self.P}, {self.precision}"
        where = f"{jax.devices()[0].device_kind}, {rate / 1e9:.1f} GFLOP/s"
        echo(f"{len(jobs)} trajectories, {what}; {where} in products of this size")
        echo("lanes  trajectories/s  gradients/s  share of product rate  idle ticks  padding")
        worst = 1.0
        for lanes in chosen:
            train(jobs[:1], lanes=lanes, workers=1)
            idle = tasks.IdleTime()
            seconds, runs = timed(partial(train, jobs, lanes=lanes, idle=idle))
            ticks = [run.ticks for run in runs]
            useful = weights(ticks, lambda h: h)
            padding = 1 - useful / weights(ticks, bucket_width)
            # a product forward and two backward for each weight and point
            share = 6 * self.P * useful / seconds / rate
            worst = min(worst, idle.share)
            rates = f"{len(runs) / seconds:14.2f}  {sum(ticks) / seconds:11.0f}  {share:21.1%}"
            echo(f"{lanes:5d}  {rates}  {idle.share:10.2%}  {padding:7.1%}")
        verdict = "as wanted" if worst < ALLOWED else f"above the {ALLOWED:.0%} allowed"
        echo(f"idle ticks at the best number of lanes: {worst:.2%}, {verdict}")
        return 0 if worst < ALLOWED else 1


def jobs_of(a: "Lanes") -> list[Job]:
    """The sweep; `BadInput` of a value out of range, or of too many trajectories."""
    some("h", wholes("h", a.h))
    whole("P", a.P, least=2)
    runs(seeds=seeds(0, a.seeds), widths=len(a.h), alphas=len(SCALES))
    L = layers(a.depth)
    fields = SETTING | {"dynamics": "flow", "max_ticks": 50_000, "precision": a.precision}
    return [
        Job(a.dataset, a.P, (h,) * L, alpha=alpha_tilde / h**0.5, init_seed=s, **fields)
        for s in range(a.seeds)
        for h in a.h
        for alpha_tilde in SCALES
    ]


main = Lanes.main

if __name__ == "__main__":
    sys.exit(main())
