"""Spectra of Hessians along a trajectory: an observable of `jamming.train`, at its snapshots.

    (run,) = jamming.train([job], observe=Spectra(("H", "H_0")))
    for t, loss, at in zip(run.snapshot_t, run.snapshot_loss, spectra(run, "H")):
        at.extremes(2).largest                      # with bounds of their errors
        at.density(lam, width)                      # averages over `probes` random vectors

What is stored of a snapshot are the coefficients of Lanczos' method, 2 m numbers for each random
vector; m + 2 products with the matrix cost two or three gradients each. To land on given times
of the flow see `jamming.kernels.frozen.weights_at`, whose weights any of these functions takes.

Within `train` networks are embedded in wider ones (`jamming.models.padding`). Directions that a
matrix does not move at all, those of padded neurons among them, are left out of the random vectors,
and counted as eigenvalues zero up to the N of the true network.
"""

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from jamming.checks.arguments import one_of, settle, whole
from jamming.checks.errors import BadInput
from jamming.models.networks import Pad
from jamming.models.padding import true_sizes
from jamming.objectives.problem import Problem, State
from jamming.objectives.restricted import restricted
from jamming.observables.lanczos import BLOCK, PARTS, Hessian, Quadrature
from jamming.observables.ritz import CLOSED, Ritz, solved, tridiagonal
from jamming.training.build import Lane
from jamming.training.trajectory import Trajectory

STEPS = 30


@dataclass(frozen=True)
class Spectra:
    """`observe` of `jamming.train`: `parts` of `jamming.observables.lanczos`, at each snapshot.

    `steps` of Lanczos (of the products, N at most), from `probes` random vectors, the same at each
    snapshot, drawn by `seed`; `block` points at a time. `of` chooses parameters, as that of
    `jamming.objectives.restricted`.

    Raises:
        BadInput: for other names and numbers; when training begins, where a loss has no Fisher
            matrix, and for parameters that there are not

    Example:
        >>> from jamming.observables.along import Spectra, spectra
        >>> job = jamming.Job("digits10pca", P=20, widths=(4,), max_ticks=50)
        >>> (run,) = jamming.train([job], observe=Spectra(("H",), steps=10))
        >>> len(spectra(run, "H")) == len(run.snapshot_t)
        True
    """

    parts: Any = ("H",)
    steps: Any = STEPS
    probes: Any = 1
    of: Any = None
    seed: Any = 0
    block: Any = BLOCK

    def __post_init__(self) -> None:
        given = (self.parts,) if isinstance(self.parts, str) else tuple(self.parts)
        parts = tuple(one_of("part of the Hessian", part, PARTS) for part in given)
        if not parts:
            raise BadInput(f"no part of the Hessian is named: choose of {', '.join(PARTS)}")
        of = tuple(self.of) if isinstance(self.of, list) else self.of
        counts = {name: whole(name, getattr(self, name)) for name in ("steps", "probes", "block")}
        settle(self, counts | {"parts": parts, "of": of, "seed": whole("seed", self.seed, least=0)})

    def __call__(self, problem: Problem, state: State, lane: Lane) -> dict[str, Array]:
        v, pad = state.v, getattr(problem.predictor, "pad", None)
        sizes = true_sizes(v, pad, lane.N_all) if isinstance(pad, Pad) else {}
        if self.of is not None:
            problem, v = restricted(problem, v, self.of)
            sizes = {name: n for name, n in sizes.items() if name in v}
        N = sum(sizes.values()) if sizes else jnp.asarray(ravel_pytree(v)[0].size)
        found = {}
        for part in self.parts:
            A = Hessian(problem, v, part, self.block)
            coefficients = functools.partial(self._coefficients, A)
            a, b, moved = jax.lax.map(coefficients, jnp.arange(self.probes))
            found[f"{part}_lanczos"] = jnp.stack([a, b], axis=1)
            found[f"{part}_moved"] = moved / N
        return found

    def _coefficients(self, A: Hessian, i: Array) -> tuple[Array, Array, Array]:
        """Diagonal and off-diagonal [m], and how many directions are moved by A."""
        flat = ravel_pytree(A.v)[0]
        key = jax.random.fold_in(jax.random.key(self.seed), i)
        u = jax.random.normal(key, flat.shape, flat.dtype)
        moved = A(u) != 0
        steps = min(self.steps, flat.size)
        a, b, _ = tridiagonal(A, jnp.where(moved, u, 0), jnp.zeros((0, flat.size), u.dtype), steps)
        return a, b, moved.sum()


def spectra(run: Trajectory, part: Any = "H") -> list[Quadrature]:
    """The spectrum at each snapshot of a trajectory that `Spectra` has observed; NaN where A is.

    Raises BadInput for a part that was not observed.
    """
    seen = [name.removesuffix("_lanczos") for name in run.observed if name.endswith("_lanczos")]
    if part not in seen:
        raise BadInput(
            f"spectra of {part} were not observed: train with observe=Spectra(('{part}',))"
        )
    rows, shares = run.observed[f"{part}_lanczos"], run.observed[f"{part}_moved"]
    eps = float(np.finfo(rows.dtype).eps)
    return [
        Quadrature(tuple(_ritz(a, float(b), eps) for a, b in zip(of, moved, strict=True)), eps)
        for of, moved in zip(rows.astype(float), shares, strict=True)
    ]


def _ritz(coefficients: np.ndarray, moved: float, eps: float) -> Ritz:
    """Ritz values of all directions, of which a share is `moved` and the others are zero."""
    zero = np.zeros(1)
    if moved == 0:
        return Ritz(zero, zero, np.ones(1))
    if not np.isfinite(coefficients[0, 0]):
        return Ritz(zero + np.nan, zero + np.nan, np.ones(1))
    found, _, _ = solved(coefficients[0], coefficients[1], 0.0, CLOSED * eps)
    weights = moved * found.weights
    if moved == 1:
        return found
    pairs = (found.values, zero), (found.bounds, zero), (weights, zero + 1 - moved)
    together = [np.concatenate(pair) for pair in pairs]
    order = np.argsort(together[0], kind="stable")
    return Ritz(*(each[order] for each in together))
