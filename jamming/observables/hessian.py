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

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Num

from jamming.checks.arrays import ArrayLike, finite, lost, rounding, symmetric, unit
from jamming.execution.memory import fits
from jamming.execution.threads import requested_blas_threads
from jamming.kernels.empirical import ntk
from jamming.models.networks import Params
from jamming.objectives.predictor import Predictor
from jamming.objectives.problem import Problem

ZERO = 1e-7  # eigenvalues below this share of the largest in size, or their rounding, count as zero
BLOCK = 64  # columns of H_p, and rows of the Jacobian, that are computed at a time


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


def memory(problem: Problem, v: Params) -> int:
    """Bytes that `split` needs at its peak: three matrices N x N, and the Jacobian P k x N."""
    flat, _ = ravel_pytree(v)
    rows = math.prod(jax.eval_shape(problem.outputs, v).shape)
    return flat.dtype.itemsize * flat.size * (3 * flat.size + rows)


def split(problem: Problem, v: Params, *, most: float = 16e9) -> Split:
    """H_0 and H_p [N, N] at v, of one output or several; N counts biases too. Use float64.

    Of several outputs V is a function of all F_a(x_mu), and H_0 the sum of V_ab grad F_a (x) grad
    F_b, that of Gauss and Newton; of `cross_entropy` it is Fisher's matrix, of the true
    distribution, over P. The network of `problem` is not padded.

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
    fits("a dense Hessian", memory(problem, v), "the number of parameters, or raise `most`", most)
    F = finite_outputs(problem, v)
    slope, curvature = map(np.asarray, potential(problem, F, problem.y))
    J = np.asarray(jacobian(problem, v))
    rows = (roots(curvature) @ J.reshape(len(J), -1, J.shape[-1])).reshape(-1, J.shape[-1])
    del J
    scale = unit(rows)  # squares of small gradients are beyond the range of float32
    rows /= scale
    H_0 = rows.T @ rows * scale * scale
    N = rows.shape[1]
    del rows

    # the data with a slope, and some without, up to a whole number of eighths of P: what is
    # satisfied costs nothing, and one P has no more than eight programs
    moves = slope.reshape(len(slope), -1).any(1)
    eighth = math.ceil(moves.size / 8)
    Q = max(1, math.ceil(np.count_nonzero(moves) / eighth)) * eighth
    chosen = np.argsort(~moves, kind="stable")[:Q]
    of = problem.predictor, v, problem.x[chosen], jnp.asarray(slope[chosen])
    columns = [np.asarray(_columns(*of, at)) for at in range(0, N, BLOCK)]
    H_p = np.concatenate(columns)[:N]
    return Split(H_0, (H_p + H_p.T) / 2)


def finite_outputs(problem: Problem, v: Params) -> Float[Array, "P *c"]:
    """The outputs at v; one that is NaN, which has no slope, would pass for a constraint met."""
    problem.loss.check(problem.y)
    return finite(problem.outputs(v), "the outputs at v")


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


@jax.jit
def jacobian(problem: Problem, v: Params) -> Float[Array, "P *k N"]:
    """dF_mu / dv_i, of each output, in blocks of data."""

    def row(at: Float[Array, "*d"]) -> Float[Array, "*k N"]:
        F, pull = jax.vjp(lambda v: problem.predictor(v, at[None])[0], v)
        if not F.ndim:
            return ravel_pytree(pull(jnp.ones_like(F)))[0]
        return jax.vmap(lambda e: ravel_pytree(pull(e)[0])[0])(jnp.eye(F.size, dtype=F.dtype))

    return jax.lax.map(row, problem.x, batch_size=BLOCK)


def roots(curvature: Float[np.ndarray, "P *kk"]) -> Float[np.ndarray, "P k k"]:
    """R [k, k] with R^T R = V'' of each point, which is convex."""
    values, vectors = np.linalg.eigh(
        curvature.reshape(len(curvature), *curvature.shape[1:] or (1, 1))
    )
    return np.sqrt(np.maximum(values, 0))[:, :, None] * np.swapaxes(vectors, 1, 2)


def potential(
    problem: Problem, F: Float[Array, "B *c"], y: Num[Array, " B"]
) -> tuple[Float[Array, "B *c"], Float[Array, "B *cc"]]:
    """V'(Delta) dDelta/dF and V''(Delta), both over alpha^2 P, of data with outputs F and labels y.

    P counts all data of the problem; of c outputs they are [B, c] and [B, c, c]. Traceable.
    """
    loss, alpha, P = problem.loss, problem.predictor.alpha, problem.y.shape[0]

    def of_output(F: Array, y: Array) -> Array:
        return loss.per_sample(F[None], y[None])[0] / alpha**2 / P

    slope = jax.grad(of_output)
    return jax.vmap(slope)(F, y), jax.vmap(jax.jacfwd(slope))(F, y)


@requested_blas_threads()
def spectrum(matrix: ArrayLike) -> Spectrum:
    """All eigenvalues of a symmetric matrix [N, N]."""
    eps = rounding(matrix, "the matrix")
    matrix = symmetric(np.asarray(finite(matrix, "the matrix")), "the matrix")
    return Spectrum(np.linalg.eigvalsh(matrix), eps)


def gram_spectrum(problem: Problem, v: Params) -> Spectrum:
    """The eigenvalues of H_0 that are not 0, from the Gram matrix of N_Delta gradients; any N."""
    curvature = np.asarray(potential(problem, finite_outputs(problem, v), problem.y)[1])
    part = np.flatnonzero(curvature.reshape(len(curvature), -1).any(1))
    if not part.size:
        return Spectrum(np.empty(0))
    full = jax.jit(lambda v, x: ntk(problem.predictor, v, x, outputs="full"))(v, problem.x[part])
    R = roots(curvature[part])
    gram = np.einsum("iab,ijbc,jdc->iajd", R, np.asarray(full), R, optimize=True)
    n = gram.shape[0] * gram.shape[1]
    found = spectrum(gram.reshape(n, n))
    if curvature.ndim == 1:
        return found
    # directions in which V is flat, as along all logits together, are no constraints
    return replace(found, eigenvalues=found.eigenvalues[found.eigenvalues > found.least])
