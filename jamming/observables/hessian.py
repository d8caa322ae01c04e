"""The Hessian of the loss and its split H = H_0 + H_p, dense and exact.

With L = (1 / (alpha^2 P)) sum_mu V(Delta_mu),

    H_0 = (1 / (alpha^2 P)) sum_mu V''(Delta_mu) grad Delta_mu (x) grad Delta_mu
    H_p = (1 / (alpha^2 P)) sum_mu V'(Delta_mu) Hess Delta_mu

over all parameters, biases included. For the quadratic hinge rank H_0 <= N_Delta (Geiger et al.,
*The jamming transition as a paradigm to understand the loss landscape of deep neural networks*,
2019; Spigler et al., *A jamming transition from under- to over-parametrization affects
generalization in deep learning*, 2019, Eq. 6, for the 1/P).

Everything comes from automatic differentiation: at jamming many pre-activations sit on the kink of
relu, where finite differences are meaningless.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from jamming.checks.arrays import ArrayLike, finite, lost, rounding, symmetric
from jamming.execution.memory import fits
from jamming.execution.threads import requested_blas_threads
from jamming.kernels.empirical import ntk
from jamming.models.networks import Params
from jamming.objectives.predictor import Predictor
from jamming.objectives.problem import Problem
from jamming.observables.fisher import (
    BLOCK,
    TOO_MANY,
    factors,
    finite_outputs,
    gauss_newton,
    memory,
    potential,
)

ZERO = 1e-7  # eigenvalues below this share of the largest in size, or their rounding, count as zero


@dataclass(frozen=True)
class Split:
    """H_0 and H_p, each [N, N] with N all parameters."""

    H_0: Float[np.ndarray, "N N"]
    H_p: Float[np.ndarray, "N N"]

    @property
    def H(self) -> Float[np.ndarray, "N N"]:
        """The Hessian of the loss."""
        return self.H_0 + self.H_p


@dataclass(frozen=True)
class Spectrum:
    """Eigenvalues in ascending order, and how many are negative, positive and count as zero."""

    eigenvalues: Float[np.ndarray, " N"]
    eps: float = 0.0  # of the dtype of the matrix, where that of the eigenvalues is finer

    @property
    def scale(self) -> float:
        """The largest eigenvalue in size."""
        return float(np.abs(self.eigenvalues).max(initial=0.0))

    @property
    def least(self) -> float:
        """Below this size an eigenvalue counts as zero."""
        eps = max(self.eps, rounding(self.eigenvalues))
        return max(ZERO, lost(eps, self.eigenvalues.size)) * self.scale

    @property
    def N_minus(self) -> int:
        return int((self.eigenvalues < -self.least).sum())

    @property
    def N_plus(self) -> int:
        return int((self.eigenvalues > self.least).sum())

    @property
    def N_zero(self) -> int:
        """Number of flat directions."""
        return self.eigenvalues.size - self.N_minus - self.N_plus

    @property
    def C_0(self) -> float:
        """N_- / N, of H_p the constant in the bound N_Delta >= C_0 N - N_c."""
        return self.N_minus / self.eigenvalues.size

    @property
    def gap(self) -> float:
        """The smallest positive eigenvalue; NaN where there is none."""
        positive = self.eigenvalues[self.eigenvalues > self.least]
        return float(positive.min()) if positive.size else float("nan")


def split(problem: Problem, v: Params, *, most: float = 16e9) -> Split:
    """H_0 and H_p [N, N] at v, of one output or several; N counts biases too. Use float64.

    Of several outputs V is a function of all F_a(x_mu), and H_0 the sum of V_ab grad F_a (x) grad
    F_b, that of Gauss and Newton, which alone is `jamming.observables.fisher.gauss_newton`. The
    network of `problem` is not padded. Blocks of these matrices, as of a layer, are those of a
    `jamming.objectives.restricted` problem.

    Raises BadInput if more than `most` bytes are needed.

    Example:
        >>> data, net = jamming.load("digits10pca", P=20), jamming.FC(h=3, L=1)
        >>> x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
        >>> F = jamming.predictor(net, net.init(jax.random.key(0), x))
        >>> problem = jamming.Problem(F, jamming.quadratic_hinge(), x, y)
        >>> found = jamming.split(problem, F.start())
        >>> found.H.shape == found.H_0.shape == found.H_p.shape
        True
    """
    fits("a dense Hessian", memory(problem, v), TOO_MANY, most)
    H_0 = gauss_newton(problem, v, most=most)
    slope = np.asarray(potential(problem, finite_outputs(problem, v), problem.y)[0])

    # the data with a slope, and some without, up to a whole number of eighths of P: what is
    # satisfied costs nothing, and one P has no more than eight programs
    moves = slope.reshape(len(slope), -1).any(1)
    eighth = math.ceil(moves.size / 8)
    Q = max(1, math.ceil(np.count_nonzero(moves) / eighth)) * eighth
    chosen = np.argsort(~moves, kind="stable")[:Q]
    of = problem.predictor, v, problem.x[chosen], jnp.asarray(slope[chosen])
    columns = [np.asarray(_columns(*of, at)) for at in range(0, len(H_0), BLOCK)]
    H_p = np.concatenate(columns)[: len(H_0)]
    return Split(H_0, (H_p + H_p.T) / 2)


@jax.jit
def _columns(
    F: Predictor, v: Params, x: Float[Array, "Q *d"], slope: Float[Array, "Q *k"], at: int | Array
) -> Float[Array, "block N"]:
    """Columns at, at + 1, ... of the Hessian of the sum of F weighted by slope; zero beyond N."""
    flat, unravel = ravel_pytree(v)

    def along(u: Array) -> Array:
        return jnp.sum(slope * F(unravel(u), x))

    units = jax.nn.one_hot(at + jnp.arange(BLOCK), flat.size, dtype=flat.dtype)
    return jax.vmap(lambda e: jax.jvp(jax.grad(along), (flat,), (e,))[1])(units)


@requested_blas_threads()
def spectrum(matrix: ArrayLike) -> Spectrum:
    """All eigenvalues of a symmetric matrix [N, N]."""
    eps = rounding(matrix, "the matrix")
    matrix = symmetric(np.asarray(finite(matrix, "the matrix")), "the matrix")
    return Spectrum(np.linalg.eigvalsh(matrix), eps)


def gram_spectrum(problem: Problem, v: Params, part: Any = "H_0") -> Spectrum:
    """The eigenvalues that are not 0 of a sum of squares of gradients, from their Gram matrix.

    `part` is one of `jamming.observables.fisher.SQUARES`, by default H_0, for which the gradients
    are those of the N_Delta unsatisfied constraints. Any N; of k outputs the Gram matrix has
    N_Delta k rows. Raises BadInput as `fisher`.
    """
    R = factors(problem, finite_outputs(problem, v), part)
    part_of = np.flatnonzero(R.reshape(len(R), -1).any(1))
    if not part_of.size:
        return Spectrum(np.empty(0))
    full = jax.jit(lambda v, x: ntk(problem.predictor, v, x, outputs="full"))(v, problem.x[part_of])
    R = R[part_of]
    gram = np.einsum("iab,ijbc,jdc->iajd", R, np.asarray(full), R, optimize=True)
    n = gram.shape[0] * gram.shape[1]
    found = spectrum(gram.reshape(n, n))
    if R.shape[1] == 1:
        return found
    # directions in which V is flat, as along all logits together, are no constraints
    return replace(found, eigenvalues=found.eigenvalues[found.eigenvalues > found.least])
