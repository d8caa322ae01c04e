"""What a gradient costs on one core, beside the matrix products that it cannot do without.

The landscape of `benchmarks.flow` (P = 2000, L = 2, h = 30, d = 10, soft hinge): the predictor f
itself, alpha (f - f0) where two evaluations suffice, and the form that does not cancel, which a
larger alpha takes. The floor is the products of one forward and one backward pass alone, in a loop
of the same length; all are timed in turns, of which the best counts.

    python -m benchmarks.gradient             # exits 1 where a gradient costs more than is wanted
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.lanes import timed
from jamming.checks.arguments import MOST, whole
from jamming.commands.command import echo
from jamming.commands.typed import Command, Help
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.objectives.losses import soft_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.training.timing import descend

D = 10
FORMS: dict[str, tuple[float | None, bool]] = {
    "f": (None, False),
    "alpha (f - f0)": (1.0, False),
    "without cancellation": (1.0, True),
}
# times the products alone, at the defaults; of the form without cancellation nothing is asked
WANTED = {
    ("softplus5", "float64"): 2.2,
    ("softplus5", "float32"): 3.0,
    ("relu", "float64"): 1.3,
    ("relu", "float32"): 1.3,
}


def products(x: jax.Array, widths: list[int]) -> Callable[[Any], Any]:
    """The products of a gradient alone: one forward, two backward for each layer."""
    sizes = zip([D, *widths], [*widths, 1], strict=True)
    w = [jnp.full(size, 0.1, x.dtype) for size in sizes]

    def step(_: int, w: Any) -> Any:
        z = [x]
        for W in w:
            z.append(z[-1] @ W)
        g, new = z.pop(), []
        for W, below in zip(w[::-1], z[::-1], strict=True):
            new.append(W - 1e-9 * (below.T @ g))
            g = g @ W.T
        return new[::-1]

    run = jax.jit(lambda n: jax.lax.fori_loop(0, n, step, w))
    return lambda n: jax.block_until_ready(run(n))


def _descent(problem: Problem, n: int) -> None:
    jax.block_until_ready(descend(n, problem))


@dataclass(frozen=True, kw_only=True)
class Gradient(Command):
    """What a gradient costs on one core, beside its matrix products."""

    P: Annotated[int, Help("training points")] = 2000
    h: Annotated[int, Help("neurons of each of two layers")] = 30
    steps: Annotated[int, Help("gradients of one timing")] = 200
    turns: Annotated[int, Help("of which the best counts")] = 5

    prog: ClassVar[str] = "gradient"

    def run(self) -> int:
        for name in ("P", "h", "steps", "turns"):
            whole(name, getattr(self, name), most=MOST)
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        jax.config.update("jax_enable_x64", True)
        rng = np.random.default_rng(0)
        within: list[bool] = []
        x, y = rng.normal(size=(self.P, D)), np.sign(rng.normal(size=self.P))
        echo("precision  activation  form                     ms  times the products  wanted")
        for (name, precision), wanted in WANTED.items():
            net = FC(h=self.h, L=2, activation=activation(name, normalised=True))
            points, labels = jnp.asarray(x, precision), jnp.asarray(y, precision)
            w0 = jax.jit(net.init)(jax.random.key(0), points[:1])
            ways = [products(points, [self.h] * 2)]
            for alpha, careful in FORMS.values():
                of = predictor(net, w0, alpha, careful=careful)
                problem = Problem(of, soft_hinge(), points, labels)
                ways.append(partial(_descent, problem))
            for way in ways:
                way(self.steps)  # compiled
            turns = [
                [timed(partial(way, self.steps))[0] for way in ways] for _ in range(self.turns)
            ]
            best = np.min(turns, axis=0) / self.steps * 1e3
            ratios = best / best[0]
            echo(f"{precision:9}  {name:10}  {'products alone':20} {best[0]:6.3f}")
            for form, ms, ratio in zip(FORMS, best[1:], ratios[1:], strict=True):
                asked = "" if FORMS[form][1] else f"{wanted:g}"
                echo(f"{precision:9}  {name:10}  {form:20} {ms:6.3f}  {ratio:18.2f}  {asked:>6}")
            within += (ratios[1:3] <= wanted).tolist()
        echo(f"{sum(within)} of {len(within)} cost no more than is wanted")
        return 0 if all(within) else 1


main = Gradient.main

if __name__ == "__main__":
    sys.exit(main())
