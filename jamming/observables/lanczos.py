"""Spectra of the Hessian, of H_0, H_p and Fisher's matrix from products with vectors, for any N.

Lanczos' method (`jamming.observables.ritz`) on the matrices of `jamming.observables.hessian` and
`.fisher`, whose definitions and normalisation hold. The ends of the spectrum come first
(`extremes`); the quadrature of a random vector's spectral measure is, in the mean, the spectral
density (`quadrature`: Lin, Saad & Yang, *Approximating spectral densities of large matrices*, 2016;
Ghorbani, Krishnan & Xiao, *An investigation into neural net optimization via Hessian eigenvalue
density*, 2019).

Products come from automatic differentiation, in blocks of data. m steps take the memory of m
vectors of N numbers, twice that for `extremes`, and of the activations of one block.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Key
from scipy.stats import norm

from jamming.checks.arguments import number, one_of, whole
from jamming.checks.arrays import one_key
from jamming.fits.seeds import mean_and_error
from jamming.models.networks import Params
from jamming.objectives.problem import Problem
from jamming.observables.fisher import SQUARES, checked, finite_outputs, potential
from jamming.observables.ritz import Ritz, ritz, ritz_vectors

Part = Literal["H", "H_p", "H_0", "gauss_newton", "fisher", "empirical_fisher"]

PARTS = get_args(Part)
BLOCK, STEPS, PROBES = 256, 100, 10  # points in memory at a time, steps, random vectors


@functools.partial(
    jax.tree_util.register_dataclass, data_fields=["problem", "v"], meta_fields=["part", "block"]
)
@dataclass(frozen=True)
class Hessian:
    """u -> A u at v, with A a `Part`, on flat vectors [N] in the order of `ravel_pytree`.

    A pytree: hand it to a function under `jax.jit` as an argument. The network is not padded; u has
    the dtype of v. `block`: points worked off at a time. Of a layer, or other parameters alone,
    ``Hessian(*restricted(problem, v, "W2"))`` (`jamming.objectives.restricted`). A product raises
    BadInput where the loss has no Fisher matrix.
    """

    problem: Problem
    v: Params
    part: Part = "H"
    block: int = BLOCK

    def __post_init__(self) -> None:
        one_of("part of the Hessian", self.part, PARTS)
        whole("the block, a number of points,", self.block)

    def __call__(self, u: Float[Array, " N"]) -> Float[Array, " N"]:
        flat, unravel = ravel_pytree(self.v)
        P, part = self.problem.y.shape[0], self.part
        if part in SQUARES:
            part = checked(self.problem, part)
        blocks = max(1, math.ceil(P / self.block))

        def over_outputs(each: Array, like: Array) -> Array:  # [B] -> [B, 1] if like is [B, k]
            return each.reshape(-1, *(1,) * (like.ndim - 1))

        at = jnp.arange(blocks * math.ceil(P / blocks)).reshape(blocks, -1)

        def of_block(total: Array, at: Array) -> tuple[Array, None]:
            # the last block is padded with copies of points: at zero F may have no gradient
            x, y, real = self.problem.x[at % P], self.problem.y[at % P], (at < P).astype(u.dtype)

            def outputs(w: Array) -> Array:
                return self.problem.predictor(unravel(w), x)

            def gradient(w: Array) -> Array:
                F, pull = jax.vjp(outputs, w)
                slope, _ = potential(self.problem, F, y)
                if part == "H_p":  # what is left of the derivative where V' does not move
                    slope = jax.lax.stop_gradient(slope)
                if part in SQUARES:  # and where the gradients of Delta do not
                    _, pull = jax.vjp(outputs, flat)
                return pull(slope * over_outputs(real, slope))[0]

            if part != "empirical_fisher":
                return total + jax.jvp(gradient, (flat,), (u,))[1], None
            F, pull = jax.vjp(outputs, flat)
            slope, _ = potential(self.problem, F, y)
            along = slope * jax.jvp(outputs, (flat,), (u,))[1]
            along = real * along.reshape(len(along), -1).sum(1) * self.problem.predictor.alpha**2
            return total + P * pull(slope * over_outputs(along, slope))[0], None

        return jax.lax.scan(of_block, jnp.zeros_like(flat), at)[0]


@dataclass(frozen=True)
class Extremes:
    """The k smallest and the k largest eigenvalues, both ascending, each with its error.

    A bound is the norm of the residual (`Ritz.bounds`), or the rounding of m steps if that is more,
    2 sqrt(m) eps times the largest eigenvalue. Eigenvectors, where they were asked for, are rows of
    length 1 in the order of the values.
    """

    smallest: Float[np.ndarray, " k"]
    largest: Float[np.ndarray, " k"]
    smallest_bound: Float[np.ndarray, " k"]
    largest_bound: Float[np.ndarray, " k"]
    smallest_vectors: Float[np.ndarray, "k N"] | None = None
    largest_vectors: Float[np.ndarray, "k N"] | None = None

    @property
    def scale(self) -> float:
        """The largest eigenvalue in size."""
        return float(max(np.abs(self.smallest).max(), np.abs(self.largest).max()))

    def rounded(self, eps: float, steps: int) -> "Extremes":
        """With bounds that are no smaller than the rounding of so many steps."""
        floor = 2 * steps**0.5 * eps * self.scale
        low, high = (np.maximum(each, floor) for each in (self.smallest_bound, self.largest_bound))
        return replace(self, smallest_bound=low, largest_bound=high)

    @property
    def bound(self) -> float:
        """The largest of all bounds: more steps make it smaller."""
        return float(max(self.smallest_bound.max(), self.largest_bound.max()))


@dataclass(frozen=True)
class Density:
    """On the grid `lam`: the spectral density, and the share of eigenvalues `below`.

    Both are broadened by a Gaussian in lambda, with standard errors over the random vectors.
    """

    lam: Float[np.ndarray, " G"]
    density: Float[np.ndarray, " G"]
    error: Float[np.ndarray, " G"]
    below: Float[np.ndarray, " G"]
    below_error: Float[np.ndarray, " G"]


@dataclass(frozen=True)
class Quadrature:
    """One `Ritz` for each random vector: the spectral density before it is broadened."""

    probes: tuple[Ritz, ...]
    eps: float = 0.0  # of the precision in which they were found

    def extremes(self, k: Any) -> Extremes:
        """As the function `extremes`, of eigenvalues that are there once each.

        The i-th largest Ritz value of any vector is at most the i-th largest eigenvalue: of several
        vectors the farthest counts. Raises BadInput for more than there are steps.
        """
        k = whole("k, a number of eigenvalues,", k, most=min(p.values.size for p in self.probes))
        values, bounds = (
            [getattr(probe, name) for probe in self.probes] for name in ("values", "bounds")
        )
        low, low_bound = _farthest(values, bounds, slice(k), np.argmin)
        high, high_bound = _farthest(values, bounds, slice(-k, None), np.argmax)
        found = Extremes(low, high, low_bound, high_bound)
        return found.rounded(self.eps, max(map(len, values)))

    def moment(self, order: int) -> tuple[float, float]:
        """(1 / N) tr A^order, and its standard error over the random vectors."""
        mean, error = self._average(lambda values: values[:, None] ** order)
        return float(mean[0]), float(error[0])

    def density(self, lam: Float[np.ndarray, " G"], width: float) -> Density:
        """Density and cumulative distribution at lam, broadened by a Gaussian of this width.

        `width` is its standard deviation, in the units of lam. A peak, as that of the flat
        directions at zero, spreads over it: half of them lie below 0, none below -4 width. The
        errors are those of the random vectors; that of the quadrature is smaller if the steps
        resolve the width, as (lambda_max - lambda_min) / width of them do.
        """
        width = number("the broadening", width, above=0.0)
        lam = np.asarray(lam, float)
        density = self._average(lambda values: norm.pdf(lam, values[:, None], width))
        below = self._average(lambda values: norm.cdf(lam, values[:, None], width))
        return Density(lam, *density, *below)

    def _average(self, f: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard error over the probes of their quadratures of f, [m] -> [m, G]."""
        return mean_and_error(np.stack([p.weights @ f(p.values) for p in self.probes], axis=-1))


def extremes(
    A: Hessian, k: int, key: Key[Array, ""], *, steps: int = STEPS, vectors: bool = False
) -> Extremes:
    """The k smallest and k largest eigenvalues of a matrix.

    `steps`: products with vectors, k at least and N at most; some 100 are good. Those values have
    converged whose bound is small; it says that an eigenvalue is there, not that none is missing:
    with fewer than N steps a degenerate one, as zero is of H_0, may be found once only.

    With `vectors`, eigenvectors, too, flat as those that A takes: ``ravel_pytree(A.v)[1](row)`` has
    the shape of v. A v - lambda v is no longer than the bound; the angle to the eigenvector is
    about the bound over the gap to the next eigenvalue, and within a degenerate space they are some
    basis of it.
    """
    flat, key = ravel_pytree(A.v)[0], one_key(key)
    k = whole("k, a number of eigenvalues,", k, most=flat.size)
    whole("steps (some 100 are good)", steps, least=k)
    finite_outputs(A.problem, A.v)
    first, last = slice(k), slice(-k, None)
    rows: dict[str, Any] = {}
    if vectors:
        found, both = ritz_vectors(A, flat, key, steps, [*range(k), *range(-k, 0)])
        rows = {"smallest_vectors": both[first], "largest_vectors": both[last]}
    else:
        found = ritz(A, flat, key, steps, multiple=True)
    ends = Extremes(
        found.values[first], found.values[last], found.bounds[first], found.bounds[last], **rows
    )
    return ends.rounded(float(jnp.finfo(flat.dtype).eps), min(steps, flat.size))


def quadrature(
    A: Hessian, key: Key[Array, ""], *, steps: int = STEPS, probes: int = PROBES
) -> Quadrature:
    """The spectral density of a matrix as points and weights: see `Quadrature.density`.

    It takes `steps` products for each of `probes` random vectors; those of few probes are the first
    of many, with the same key.
    """
    probes = whole("probes, random vectors,", probes)
    flat, key = ravel_pytree(A.v)[0], one_key(key)
    finite_outputs(A.problem, A.v)
    keys = [jax.random.fold_in(key, i) for i in range(probes)]
    found = tuple(ritz(A, flat, each, steps) for each in keys)
    return Quadrature(found, float(jnp.finfo(flat.dtype).eps))


def _farthest(
    values: list[np.ndarray], bounds: list[np.ndarray], at: slice, which: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Of several vectors' Ritz values at one end, each in turn: the farthest, and its bound."""
    of, errors = (np.stack([each[at] for each in several]) for several in (values, bounds))
    row = which(of, axis=0)[None]
    return np.take_along_axis(of, row, 0)[0], np.take_along_axis(errors, row, 0)[0]
