"""What a dense split spectrum costs, part by part, and how far that is from the floor.

A relu network of about N weights at random weights on P random points: the Jacobian, H_0, the
columns of H_p, and the eigenvalues of H, H_0 and H_p. The floor is the number of floating-point
operations over the measured rate of matrix products: 2 P N^2 for H_0; 8 N_Delta N^2 for H_p, as a
product with a vector takes two forward passes of 2 N a point and two backward ones of 2 N each in
the tangents, and only unsatisfied points take part; 4/3 N^3 for each set of eigenvalues.

    python -m benchmarks.hessian           # N = 2000, P = 6000; exits 1 above 4 minutes

With --lanczos, of a network of any size in single precision: what a product with H costs beside a
gradient, the three smallest and largest eigenvalues of H, and those of H_0 beside the exact ones,
from the P x P Gram matrix of gradients; exits 1 where these differ by more than their bounds.

    python -m benchmarks.hessian --h 1000 --depth 3 --P 200 --lanczos 40       # N = 3 million
"""

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.lanes import product_rate, timed
from jamming.checks.arguments import layers, whole
from jamming.commands.command import echo
from jamming.commands.typed import Command, Help
from jamming.models.networks import Params
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.observables.fisher import jacobian, memory
from jamming.observables.hessian import Split, gram_spectrum, spectrum, split
from jamming.observables.lanczos import Hessian as Products
from jamming.observables.lanczos import extremes
from jamming.training.ready import hessian, ready
from jamming.training.spec import Job

WANTED = 240.0  # seconds
POINTS = 1024  # in memory at a time, in products


@dataclass(frozen=True, kw_only=True)
class Hessian(Command):
    """What a dense split spectrum costs, part by part, and how far that is from the floor."""

    h: Annotated[int, Help("width; d = h, so N = L h^2 + h")] = 31
    depth: Annotated[int, Help("L, hidden layers")] = 2
    P: Annotated[int, Help("training points")] = 6000
    lanczos: Annotated[int | None, Help("steps of Lanczos' method (default: dense)")] = None

    prog: ClassVar[str] = "hessian"
    lower: ClassVar[str] = "--P or --h"

    def run(self) -> int:
        widths = (whole("h", self.h),) * layers(self.depth)
        dense = self.lanczos is None
        precision = "float64" if dense else "float32"
        jax.config.update("jax_enable_x64", dense)
        job = Job("random", self.P, widths, test_points=1, margin=0.5, precision=precision)
        if dense:
            hessian(job, "--h or --P")
        data, net = ready([job]), job.network()
        x, y = (jnp.asarray(each, job.dtype) for each in (data.x_train, data.y_train))
        w = net.init(job.init_key(), x[:1])
        problem = Problem(predictor(net, w), job.loss_function(), x, y)
        if self.lanczos is not None:
            return _by_products(problem, w, whole("lanczos", self.lanczos, least=6))
        N = sum(leaf.size for leaf in jax.tree.leaves(w))
        left = int((problem.loss.delta(problem.outputs(w), y) > 0).sum())
        size = f"{memory(problem, w) / 1e9:.2f} GB"
        echo(f"N = {N} (with biases), P = {self.P}, N_Delta = {left}, {size}")
        products = product_rate("float64", 1500, 1500, times=2)
        first, _ = timed(lambda: jacobian(problem, w).block_until_ready())
        both, parts = timed(lambda: split(problem, w))
        assert isinstance(parts, Split)
        rows = [
            ("Jacobian, with compilation", first, 6.0 * self.P * N),
            ("H_0 and H_p, with another Jacobian", both, (2.0 * self.P + 8.0 * left) * N**2),
        ]
        for name in ("H", "H_0", "H_p"):
            seconds, found = timed(partial(spectrum, getattr(parts, name)))
            rows.append((f"eigenvalues of {name} (N_- = {found.N_minus})", seconds, 4 / 3 * N**3))
        echo(f"matrix products: {products / 1e9:.1f} GFLOP/s")
        echo("part                                  seconds   floor/s  share of the product rate")
        for name, seconds, operations in rows:
            floor = operations / products
            echo(f"{name:36} {seconds:8.2f}  {floor:8.2f}  {floor / seconds:8.1%}")
        solver = sum(seconds for name, seconds, _ in rows if name.startswith("eigen"))
        total = both + solver
        verdict = "as wanted" if total <= WANTED else f"above the {WANTED:g} s wanted"
        part = f"{solver / total:.0%} of it the eigensolver"
        echo(f"dense split spectrum: {total:.1f} s, {part}, {verdict}")
        return 0 if total <= WANTED else 1


def _by_products(problem: Problem, w: Params, steps: int) -> int:
    u = jnp.ones(sum(leaf.size for leaf in jax.tree.leaves(w)), problem.x.dtype)
    block = min(len(problem.x), POINTS)
    gradient = jax.jit(lambda problem, w: problem.gradient(w).g)
    product = jax.jit(lambda A, u: A(u))
    echo(f"N = {u.size} (with biases), P = {len(problem.x)}, float32, {steps} steps")
    calls: list[tuple[str, Callable[[], Any]]] = [
        ("gradient", lambda: jax.block_until_ready(gradient(problem, w))),
        (
            "product with H",
            lambda: product(Products(problem, w, "H", block), u).block_until_ready(),
        ),
    ]
    for name, call in calls:
        call()  # compiles
        echo(f"{name:16} {min(timed(call)[0] for _ in range(3)):8.3f} s")
    ends = {}
    for part in ("H", "H_0"):
        A = Products(problem, w, part, block)
        seconds, ends[part] = timed(partial(extremes, A, 3, jax.random.key(0), steps=steps))
        echo(f"extremes of {part:4} {seconds:8.1f} s, {_peak():.2f} GB at most up to here")
        for name in ("smallest", "largest"):
            rows = zip(*(getattr(ends[part], name + of) for of in ("", "_bound")), strict=True)
            echo(f"    {name:9}" + ", ".join(f"{x:.6g} +- {error:.1g}" for x, error in rows))
    exact = gram_spectrum(problem, w).eigenvalues[-3:]
    echo(f"    exact    {', '.join(f'{x:.6g}' for x in exact)}")
    worst = float((np.abs(ends["H_0"].largest - exact) / ends["H_0"].largest_bound).max())
    verdict = "as wanted" if worst <= 1 else "more than wanted"
    echo(f"H_0 is off by {worst:.2g} of its bounds, {verdict}")
    return 0 if worst <= 1 else 1


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


main = Hessian.main

if __name__ == "__main__":
    sys.exit(main())
