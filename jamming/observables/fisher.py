"""Gauss and Newton's matrix and Fisher's, dense: sums of squares of gradients over the data.

With J_mu = dF(x_mu)/dv [k, N] of k outputs, V the loss of a datum and L = mean(V) / alpha^2,

    H_0 = (1 / (alpha^2 P)) sum_mu J_mu^T V''_mu J_mu                Gauss and Newton's matrix
    F   = (1 / (alpha^2 P)) sum_mu E_y [grad V_mu(y) grad V_mu(y)^T]      Fisher's, y ~ p(y | x_mu)
    F_e = (1 / (alpha^2 P)) sum_mu grad V_mu grad V_mu^T           the empirical one, at the labels

over all parameters, biases included; H_0 is that part of the Hessian in which F is linear
(`jamming.observables.hessian`). F wants a loss that is -log p(y | F) up to a constant
(`LIKELIHOODS`): of each of these V'' does not depend on y, hence F = H_0 (J. Martens, *New insights
and perspectives on the natural gradient method*, 2020, Sec. 9.2). F_e is another matrix, and no
approximation of F away from a perfect fit (Kunstner, Balles & Hennig, *Limitations of the empirical
Fisher approximation*, 2019, Eq. 3); it has the gradient in its range, and its trace is the mean of
|grad V|^2 over alpha^2.
"""

import math
from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Num

from jamming.checks.arguments import flag, one_of
from jamming.checks.arrays import finite, unit
from jamming.checks.errors import BadInput
from jamming.execution.memory import fits
from jamming.models.networks import Params
from jamming.models.weights import of_predictor
from jamming.objectives.problem import Problem

Square = Literal["H_0", "gauss_newton", "fisher", "empirical_fisher"]  # the second is the first

SQUARES = get_args(Square)
LIKELIHOODS = ("cross_entropy", "logistic", "square")  # of `square` a Gaussian of unit variance
BLOCK = 64  # rows of the Jacobian, and of Hessians, that are computed at a time
TOO_MANY = "the number of parameters, or raise `most`"


def gauss_newton(problem: Problem, v: Params, *, most: float = 16e9) -> Float[np.ndarray, "N N"]:
    """H_0 at v, of one output or several; N counts biases too. Use float64.

    Raises BadInput if more than `most` bytes are needed.

    Example:
        >>> from jamming.objectives.losses import LOSSES
        >>> net, x, y = jamming.FC(h=3, L=1, c=3), jnp.ones((4, 2)), jnp.array([0, 1, 2, 0])
        >>> F = jamming.predictor(net, net.init(jax.random.key(0), x))
        >>> problem = jamming.Problem(F, LOSSES["cross_entropy"], x, y)
        >>> jamming.gauss_newton(problem, F.start()).shape
        (15, 15)
    """
    return _summed(problem, v, "H_0", most)


def fisher(
    problem: Problem, v: Params, *, empirical: Any = False, most: float = 16e9
) -> Float[np.ndarray, "N N"]:
    """F at v, or with `empirical` F_e: see this module, also for the normalisation.

    Raises:
        BadInput: for F of a loss that is not in `LIKELIHOODS`, as hinges, which have no
            distribution of labels; if more than `most` bytes are needed

    Example:
        >>> from jamming.objectives.losses import LOSSES
        >>> net, x, y = jamming.FC(h=3, L=1), jnp.ones((4, 2)), jnp.ones(4)
        >>> F = jamming.predictor(net, net.init(jax.random.key(0), x))
        >>> problem = jamming.Problem(F, LOSSES["logistic"], x, y)
        >>> fisher = jamming.fisher(problem, F.start())
        >>> bool((fisher == jamming.gauss_newton(problem, F.start())).all())
        True
    """
    return _summed(
        problem, v, "empirical_fisher" if flag("empirical", empirical) else "fisher", most
    )


def memory(problem: Problem, v: Params, matrices: int = 3) -> int:
    """Bytes of so many matrices N x N, three for `split`, and of the Jacobian P k x N."""
    of_predictor(problem.predictor, v, problem.x)
    flat, _ = ravel_pytree(v)
    rows = math.prod(jax.eval_shape(problem.outputs, v).shape)
    return flat.dtype.itemsize * flat.size * (matrices * flat.size + rows)


def checked(problem: Problem, part: Any) -> Square:
    """The name of a sum of squares, if the loss of the problem has it."""
    part = one_of("sum of squares", part, SQUARES)
    if part == "fisher" and problem.loss.name not in LIKELIHOODS:
        raise BadInput(
            f"the loss '{problem.loss.name}' is no log-likelihood of labels, and has no Fisher"
            f" matrix: take {', '.join(LIKELIHOODS)}, or the empirical one"
        )
    known: Square = part
    return known


def factors(problem: Problem, F: Float[Array, "P *k"], part: Any) -> Float[np.ndarray, "P r k"]:
    """R of each point with outputs F, so that the matrix is sum_mu (R_mu J_mu)^T (R_mu J_mu)."""
    slope, curvature = map(np.asarray, potential(problem, F, problem.y))
    if checked(problem, part) == "empirical_fisher":
        alpha = float(problem.predictor.alpha)
        return slope.reshape(len(slope), 1, -1) * (alpha * len(slope) ** 0.5)
    return roots(curvature)


def finite_outputs(problem: Problem, v: Params) -> Float[Array, "P *c"]:
    """The outputs at v; one that is NaN, which has no slope, would pass for a constraint met."""
    problem.loss.check(problem.y)
    of_predictor(problem.predictor, v, problem.x)
    return finite(problem.outputs(v), "the outputs at v")


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

    if loss.regression:  # V is smooth where y = F, but |y - F|, of which it is made, is not
        apart = 1e2 * jnp.finfo(F.dtype).eps * (1 + jnp.abs(F))
        F = jnp.where(y == F, F + apart, F)

    def of_output(F: Array, y: Array) -> Array:
        return loss.per_sample(F[None], y[None])[0] / alpha**2 / P

    slope = jax.grad(of_output)
    return jax.vmap(slope)(F, y), jax.vmap(jax.jacfwd(slope))(F, y)


def _summed(problem: Problem, v: Params, part: str, most: float) -> Float[np.ndarray, "N N"]:
    fits("a dense matrix", memory(problem, v, 1), TOO_MANY, most)
    R = factors(problem, finite_outputs(problem, v), part)
    J = np.asarray(jacobian(problem, v))
    rows = (R @ J.reshape(len(J), -1, J.shape[-1])).reshape(-1, J.shape[-1])
    del J
    scale = unit(rows)  # squares of small gradients are beyond the range of float32
    rows /= scale
    found: np.ndarray = rows.T @ rows * scale * scale
    return found
