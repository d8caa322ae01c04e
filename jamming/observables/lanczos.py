"""Spectra of the Hessian and of H_0 and H_p from their products with vectors, for any N.

Lanczos' method turns m products A u, with A one of the matrices of `jamming.observables.hessian`
(their definitions and normalisation hold), into a tridiagonal matrix of size m. Its eigenvalues,
the Ritz values, approach those of A at both ends of the spectrum first (`extremes`). Together with
the squared first components of its eigenvectors they are a Gauss quadrature of the spectral measure
of the vector it started from, exact for polynomials of degree 2 m - 1; the mean over random
vectors is the spectral density (`density`; stochastic Lanczos quadrature: Lin, Saad & Yang,
*Approximating spectral densities of large matrices*, 2016; Ghorbani, Krishnan & Xiao, *An
investigation into neural net optimization via Hessian eigenvalue density*, 2019).

Products come from automatic differentiation alone, in blocks of data. Memory is that of 2 m vectors
of N numbers, as every vector is kept and made orthogonal to all others, and of the activations of
one block. Needs matfree: ``pip install 'jamming[spectra]'``.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Key
from scipy.linalg import eigh_tridiagonal
from scipy.special import ndtr

from jamming.dynamics.protocol import Problem
from jamming.errors import BadInput
from jamming.networks import Params
from jamming.observables.hessian import potential

Part = Literal["H", "H_0", "H_p"]
Operator = Callable[[Array], Array]

# Points whose activations are in memory at a time, steps of Lanczos, random vectors.
BLOCK, STEPS, PROBES = 256, 100, 10
# Rounding leaves some eps |A| of a residual that is zero.
CLOSED = 100.0


@functools.partial(
    jax.tree_util.register_dataclass,
    data_fields=["problem", "v"],
    meta_fields=["part", "block"],
)
@dataclass(frozen=True)
class Hessian:
    """u -> A u at v, with A one of H, H_0, H_p, on flat vectors [N] in the order of `ravel_pytree`.

    A pytree: hand it to a function under `jax.jit` as an argument. The network is not padded, the
    loss is of one output; u has the dtype of v. `block`: points worked off at a time.

    Raises:
        BadInput: an unknown part, a block below 1, a loss of several outputs (when called).
    """

    problem: Problem
    v: Params
    part: Part = "H"
    block: int = BLOCK

    def __post_init__(self) -> None:
        if self.part not in get_args(Part):
            raise BadInput(f"no part '{self.part}' of the Hessian: choose H, H_0 or H_p")
        if self.block < 1:
            raise BadInput(f"the block is a number of points, at least 1, not {self.block}")

    def __call__(self, u: Float[Array, " N"]) -> Float[Array, " N"]:
        flat, unravel = ravel_pytree(self.v)
        P = self.problem.y.shape[0]
        blocks = max(1, math.ceil(P / self.block))
        at = jnp.arange(blocks * math.ceil(P / blocks)).reshape(blocks, -1)

        def of_block(total: Array, at: Array) -> tuple[Array, None]:
            # what fills up the last block are copies of real points, as a made-up one (zero) may
            # be where F has no gradient; they do not count
            x, y, real = self.problem.x[at % P], self.problem.y[at % P], (at < P).astype(u.dtype)

            def outputs(w: Array) -> Array:
                return self.problem.predictor(unravel(w), x)

            def gradient(w: Array) -> Array:
                F, pull = jax.vjp(outputs, w)
                slope, _ = potential(self.problem, F, y)
                if self.part == "H_p":  # what is left of the derivative where V' does not move
                    slope = jax.lax.stop_gradient(slope)
                return pull(real * slope)[0]

            if self.part != "H_0":
                return total + jax.jvp(gradient, (flat,), (u,))[1], None
            F, dF = jax.jvp(outputs, (flat,), (u,))
            _, curvature = potential(self.problem, F, y)
            _, pull = jax.vjp(outputs, flat)
            return total + pull(real * curvature * dF)[0], None

        return jax.lax.scan(of_block, jnp.zeros_like(flat), at)[0]


@dataclass(frozen=True)
class Ritz:
    """Ritz values in ascending order, with what is known of each.

    `bounds`: an eigenvalue lies at most this far away, up to rounding (|beta_m s_m|, the norm of
    the residual). `weights`: the share of the start vector, squared, along the Ritz vector; they
    add up to 1.
    """

    values: Float[np.ndarray, " m"]
    bounds: Float[np.ndarray, " m"]
    weights: Float[np.ndarray, " m"]


@dataclass(frozen=True)
class Extremes:
    """The k smallest and the k largest eigenvalues, both ascending, with `Ritz.bounds`."""

    smallest: Float[np.ndarray, " k"]
    largest: Float[np.ndarray, " k"]
    smallest_bound: Float[np.ndarray, " k"]
    largest_bound: Float[np.ndarray, " k"]

    @property
    def scale(self) -> float:
        """The largest eigenvalue in size."""
        return float(max(np.abs(self.smallest).max(), np.abs(self.largest).max()))

    @property
    def bound(self) -> float:
        """The largest of all bounds: more steps make it smaller."""
        return float(max(self.smallest_bound.max(), self.largest_bound.max()))


@dataclass(frozen=True)
class Density:
    """On the grid `lam`: the spectral density, and the share of eigenvalues `below`.

    Both are broadened by a Gaussian in lambda, and have standard errors over the random vectors
    (NaN of one alone).
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

    def moment(self, order: int) -> tuple[float, float]:
        """(1 / N) tr A^order, and its standard error over the random vectors."""
        mean, error = self._average(lambda values: values[:, None] ** order)
        return float(mean[0]), float(error[0])

    def density(self, lam: Float[np.ndarray, " G"], width: float) -> Density:
        """Density and cumulative distribution at lam, broadened by a Gaussian of this width.

        `width` is its standard deviation, in the units of lam. A peak, as that of the flat
        directions at zero, spreads over it: half of them lie below 0, none below -4 width.

        Raises:
            BadInput: a width that is not positive and finite.
        """
        _check_width(width)
        lam = np.asarray(lam, float)
        height = 1 / (math.sqrt(2 * math.pi) * width)

        def distance(values: np.ndarray) -> np.ndarray:
            return (lam - values[:, None]) / width

        density = self._average(lambda values: height * np.exp(-(distance(values) ** 2) / 2))
        below = self._average(lambda values: ndtr(distance(values)))
        return Density(lam, *density, *below)

    def _average(self, f: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard error over the probes of their quadratures of f, [m] -> [m, G]."""
        of_probes = np.stack([probe.weights @ f(probe.values) for probe in self.probes])
        n, mean = len(of_probes), of_probes.mean(0)
        variance = (
            ((of_probes - mean) ** 2).sum(0) / (n - 1) if n > 1 else np.full_like(mean, np.nan)
        )
        return mean, np.sqrt(variance / n)


def extremes(
    problem: Problem,
    v: Params,
    k: int,
    key: Key[Array, ""],
    *,
    part: Part = "H",
    steps: int = STEPS,
    block: int = BLOCK,
) -> Extremes:
    """The k smallest and k largest eigenvalues of H, H_0 or H_p at v.

    `steps`: products with vectors, N at most. Those values have converged whose bound is small; it
    says that an eigenvalue is there, not that none is missing: with fewer than N steps a degenerate
    one, as zero is of H_0, may be found once only.

    Raises:
        BadInput: k outside [1, N], fewer steps than k, a block below 1, a loss of several outputs,
            a Hessian that is not finite, no matfree.
    """
    flat, _ = ravel_pytree(v)
    if not 1 <= k <= flat.size:
        raise BadInput(f"k is a number of eigenvalues, 1 to N = {flat.size}, not {k}")
    if steps < k:
        raise BadInput(f"{k} eigenvalues take at least {k} steps, not {steps}; some 100 are better")
    found = ritz(Hessian(problem, v, part, block), flat, key, steps, multiple=True)
    return Extremes(found.values[:k], found.values[-k:], found.bounds[:k], found.bounds[-k:])


def quadrature(
    problem: Problem,
    v: Params,
    key: Key[Array, ""],
    *,
    part: Part = "H",
    steps: int = STEPS,
    probes: int = PROBES,
    block: int = BLOCK,
) -> Quadrature:
    """The spectral density of H, H_0 or H_p at v as points and weights: see `density`.

    The vectors of few probes are the first of many, with the same key.

    Raises:
        BadInput: fewer than one probe or step, a block below 1, a loss of several outputs, a
            Hessian that is not finite, no matfree.
    """
    if probes < 1:
        raise BadInput(f"a density needs at least one random vector, not {probes}")
    flat, _ = ravel_pytree(v)
    operator = Hessian(problem, v, part, block)
    keys = [jax.random.fold_in(key, i) for i in range(probes)]
    return Quadrature(tuple(ritz(operator, flat, each, steps) for each in keys))


def density(
    problem: Problem,
    v: Params,
    lam: Float[np.ndarray, " G"],
    width: float,
    key: Key[Array, ""],
    *,
    part: Part = "H",
    steps: int = STEPS,
    probes: int = PROBES,
    block: int = BLOCK,
) -> Density:
    """The spectral density of H, H_0 or H_p at v, on the grid lam, broadened by `width`.

    It takes `steps` products for each of `probes` random vectors. The errors are those of the
    random vectors; that of the quadrature is below them where the steps resolve the width:
    (lambda_max - lambda_min) / width of them always do, fewer where only few eigenvalues lie far
    from all others. `quadrature` gives the same for many widths at the cost of one.

    Raises:
        BadInput: a width that is not positive and finite, fewer than one probe or step, a block
            below 1, a loss of several outputs, a Hessian that is not finite, no matfree.
    """
    _check_width(width)
    found = quadrature(problem, v, key, part=part, steps=steps, probes=probes, block=block)
    return found.density(lam, width)


def ritz(
    operator: Operator,
    like: Float[Array, " N"],
    key: Key[Array, ""],
    steps: int,
    *,
    multiple: bool = False,
) -> Ritz:
    """Ritz values of a symmetric operator after `steps` steps, N at most, from a random vector.

    `operator` is a pytree (`Hessian`, or ``jax.tree_util.Partial(jnp.matmul, A)``), `like` a vector
    of its size and dtype. Where A has fewer than N distinct eigenvalues, the vectors that one
    start reaches may be closed under A before the last step: its Ritz values are eigenvalues then,
    and each is there once. With `multiple` what is left of the steps goes to the space orthogonal
    to them, whose Ritz values have no weight; where A is but a number there, it is repeated up to
    N values.

    Raises:
        BadInput: fewer than one step, an operator that is not finite, no matfree.
    """
    _decomp()
    N, most = like.size, min(steps, like.size)
    if most < 1:
        raise BadInput(f"Lanczos needs at least one step and one parameter, not {steps} and {N}")
    parts: list[Ritz] = []
    closed = CLOSED * float(jnp.finfo(like.dtype).eps)
    found = np.zeros((0, N), like.dtype)
    size, coupling, done, once = 0.0, 0.0, 0, most
    while done < most:
        start = jax.random.fold_in(key, len(parts))
        a, b, basis = _tridiagonal(operator, start, found, once, multiple)
        part, last, size = _solve(np.asarray(a, float), np.asarray(b, float), size, closed)
        n = part.values.size
        share = part.weights if not parts else np.zeros(n)
        parts.append(Ritz(part.values, part.bounds + coupling, share))
        done, coupling = done + n, coupling + last
        if not multiple:
            break
        if n == 1 < once:  # of a random vector: A is this number on all the space that is left
            parts.append(Ritz(*(np.full(N - done, x) for x in (part.values[0], coupling, 0.0))))
            break
        if done < most:
            found = found if found.size else np.zeros((most, N), like.dtype)  # one program for all
            found[done - n : done] = np.asarray(basis)[:n]
            once = min(most - done, n)  # as many distinct eigenvalues, at most, are left
    return _sorted(parts)


def _solve(a: np.ndarray, b: np.ndarray, size: float, closed: float) -> tuple[Ritz, float, float]:
    """Ritz values up to where the vectors are closed, the residual there, and the size of A.

    They are closed where a residual falls to this share of the largest entry up to there, or
    `size`; what comes after it is rounding, or, if it is exactly zero, NaN.
    """
    b = np.where(np.isnan(b), 0.0, b)
    before = np.maximum.accumulate([size, *np.maximum(np.abs(a), b)])
    ends = ~(b > closed * np.maximum(before[:-1], np.abs(a)))
    n = int(np.argmax(ends)) + 1 if ends.any() else a.size
    if not np.isfinite(a[:n]).all():
        raise BadInput("the products with the operator are not finite: look at v first")
    values, s = eigh_tridiagonal(a[:n], b[: n - 1])
    return Ritz(values, b[n - 1] * np.abs(s[-1]), s[0] ** 2), float(b[n - 1]), float(before[n])


def _check_width(width: float) -> None:
    if not 0 < width < math.inf:
        raise BadInput(f"the broadening must be positive and finite, not {width}")


def _sorted(parts: list[Ritz]) -> Ritz:
    values, bounds, weights = (
        np.concatenate(each)
        for each in zip(*((p.values, p.bounds, p.weights) for p in parts), strict=True)
    )
    order = np.argsort(values, kind="stable")
    return Ritz(values[order], bounds[order], weights[order])


@functools.partial(jax.jit, static_argnames=("steps", "basis"))
def _tridiagonal(
    operator: Operator, key: Array, found: Array, steps: int, basis: bool
) -> tuple[Array, Array, Array | None]:
    """Diagonal [m], off-diagonal and last residual [m], vectors [m, N], orthogonal to `found`."""

    def outside(u: Array) -> Array:
        for _ in range(2):  # once leaves rounding behind
            u = u - found.T @ (found @ u)
        return u

    random = jax.random.normal(key, found.shape[1:], found.dtype)
    decompose = _decomp().tridiag_sym(steps, reortho="full", materialize=False, custom_vjp=False)
    # accelerators round products of float32 to fewer digits otherwise
    with jax.default_matmul_precision("highest"):
        Q, (a, b), residual, _ = decompose(lambda u: outside(operator(u)), outside(random))
    return a, jnp.append(b, jnp.linalg.norm(residual)), Q if basis else None


def _decomp() -> ModuleType:
    try:
        from matfree import decomp
    except ImportError as error:
        raise BadInput("spectra by Lanczos need matfree: pip install 'jamming[spectra]'") from error
    return decomp
