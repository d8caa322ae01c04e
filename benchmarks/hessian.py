"""What a dense split spectrum costs, part by part, and how far that is from the floor.

A relu network of about N weights at random weights on P random points: the Jacobian, H_0, the
columns of H_p, and the eigenvalues of H, H_0 and H_p. The floor is the number of floating-point
operations over the measured rate of matrix products: 2 P N^2 for H_0; 8 N_Delta N^2 for H_p, as a
product with a vector takes two forward passes of 2 N a point and two backward ones of 2 N each in
the tangents, and only unsatisfied points take part; 4/3 N^3 for each set of eigenvalues.

    python -m benchmarks.hessian           # N = 2000, P = 6000; exits 1 above 4 minutes
"""

import sys
from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar

import jax
import jax.numpy as jnp

from benchmarks.lanes import product_rate, timed
from jamming.commands.typed import Command, Help
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.observables.fisher import jacobian, memory
from jamming.observables.hessian import Split, spectrum, split
from jamming.training.ready import hessian, ready
from jamming.training.spec import Job

WANTED = 240.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Hessian(Command):
    """What a dense split spectrum costs, part by part, and how far that is from the floor."""

    h: Annotated[int, Help("width; L = 2 and d = h, so N = 2 h^2 + h")] = 31
    P: Annotated[int, Help("training points")] = 6000

    prog: ClassVar[str] = "hessian"
    lower: ClassVar[str] = "--P or --h"

    def run(self) -> int:
        jax.config.update("jax_enable_x64", True)
        job = Job("random", self.P, (self.h,) * 2, test_points=1, margin=0.5)
        hessian(job, "--h or --P")
        data, net = ready([job]), job.network()
        x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
        w = net.init(job.init_key(), x[:1])
        problem = Problem(predictor(net, w), job.loss_function(), x, y)
        N = sum(leaf.size for leaf in jax.tree.leaves(w))
        left = int((problem.loss.delta(problem.outputs(w), y) > 0).sum())
        size = f"{memory(problem, w) / 1e9:.2f} GB"
        print(f"N = {N} (with biases), P = {self.P}, N_Delta = {left}, {size}")
        products = product_rate("float64", 1500, 1500, times=2)
        first, _ = timed(lambda: jacobian(problem, w).block_until_ready())
        whole, parts = timed(lambda: split(problem, w))
        assert isinstance(parts, Split)
        rows = [
            ("Jacobian, with compilation", first, 6.0 * self.P * N),
            ("H_0 and H_p, with another Jacobian", whole, (2.0 * self.P + 8.0 * left) * N**2),
        ]
        for name in ("H", "H_0", "H_p"):
            seconds, found = timed(partial(spectrum, getattr(parts, name)))
            rows.append((f"eigenvalues of {name} (N_- = {found.N_minus})", seconds, 4 / 3 * N**3))
        print(f"matrix products: {products / 1e9:.1f} GFLOP/s")
        print("part                                  seconds   floor/s  share of the product rate")
        for name, seconds, operations in rows:
            floor = operations / products
            print(f"{name:36} {seconds:8.2f}  {floor:8.2f}  {floor / seconds:8.1%}")
        solver = sum(seconds for name, seconds, _ in rows if name.startswith("eigen"))
        total = whole + solver
        verdict = "as wanted" if total <= WANTED else f"above the {WANTED:g} s wanted"
        part = f"{solver / total:.0%} of it the eigensolver"
        print(f"dense split spectrum: {total:.1f} s, {part}, {verdict}")
        return 0 if total <= WANTED else 1


main = Hessian.main

if __name__ == "__main__":
    sys.exit(main())
