"""Gradient flow with a frozen tangent kernel, in function space, as a predictor.

With Theta fixed, gradient flow on mean(ell) / alpha^2 of F = alpha (f - f0) is

    dF(x)/dt = -(1/P) sum_mu Theta(x, x_mu) ell'(F(x_mu)),   F = 0 at t = 0,

whatever alpha (*Disentangling feature and lazy training*, App. A). Its solution stays in the span
of the Theta(x, x_mu): F(x) = sum_mu Theta(x, x_mu) c_mu with

    dc_mu/dt = -(1/P) ell'(F(x_mu)),   c = 0 at t = 0,

which never inverts Theta, and is gradient flow in the metric of the kernel. `Frozen` presents it
so: inputs are rows of the kernel, the variable is c, its gradient that of the loss in F itself;
every stepper then serves unchanged, with an alpha of 1.
"""

import functools
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arrays import ArrayLike, as_float, binary_labels, shaped, symmetric, targets
from jamming.checks.errors import BadInput
from jamming.models.networks import Params
from jamming.objectives.losses import Loss
from jamming.objectives.predictor import Pullback
from jamming.objectives.problem import Problem


@functools.partial(jax.tree_util.register_dataclass, data_fields=["c0"], meta_fields=[])
@dataclass(frozen=True)
class Frozen:
    """F(v, K) = K c with v = {"c": c}, and K [P', P] = Theta(x', training set)."""

    c0: Float[Array, "*lanes P"]  # zeros: says how many, and of which dtype

    # c moves along the gradient in the kernel's metric: ADAM's steps, and those of a batch, are not
    # what they would be for the linearised network
    whole_gradient: ClassVar[bool] = True

    @property
    def alpha(self) -> Float[Array, ""]:
        return jnp.ones((), self.c0.dtype)

    def start(self) -> Params:
        """The variable at t = 0: c = 0."""
        return {"c": self.c0}

    def weights(self, v: Params) -> Params:
        """v itself: there is no network."""
        return v

    def __call__(self, v: Params, x: Float[Array, "Q P"]) -> Float[Array, " Q"]:
        return jnp.matmul(x, v["c"], precision=jax.lax.Precision.HIGHEST)

    def vjp(self, v: Params, x: Float[Array, "P P"]) -> tuple[Float[Array, " P"], Pullback]:
        """F on the training set, and the gradient in the kernel's metric: e -> e.

        The gradient in flat space is Theta e; the kernel's metric is Theta, and divides it out.
        """
        return self(v, x), lambda e: {"c": e}


def kernel_problem(theta: ArrayLike, y: ArrayLike, loss: Loss) -> Problem:
    """The frozen dynamics of the kernel theta [P, P] of training points with labels y [P].

    They start from F = 0.

    At a state ``state`` of any stepper, ``problem.predictor(state.v, theta_test)`` with theta_test
    = Theta(test, train) [Q, P] are the outputs on a test set [Q].

    Raises:
        BadInput: a loss of several classes, no data, other shapes, a kernel that is not symmetric,
            or labels that are not +-1 (of the square loss: not real numbers).
    """
    if loss.multiclass:
        raise BadInput(
            f"a frozen kernel has one output: '{loss.name}' is a loss of several classes"
        )
    # of a network that has diverged it is NaN, which the dynamics say
    theta = jnp.asarray(shaped(as_float(theta, "theta"), "theta", "P", "P"))
    symmetric(theta, "theta")
    read = targets if loss.regression else binary_labels
    y = jnp.asarray(shaped(read(y, dtype=theta.dtype), "y", len(theta)))
    if not len(y):
        raise BadInput("a kernel needs at least one training point")
    return Problem(Frozen(jnp.zeros(len(y), theta.dtype)), loss, theta, y)
