"""Gradient flow with a frozen tangent kernel, in function space, as a predictor.

With Theta fixed, gradient flow on mean(ell) / alpha^2 of F = alpha (f - f0) is

    dF(x)/dt = -(1/P) sum_mu Theta(x, x_mu) ell'(F(x_mu)),   F = 0 at t = 0,

whatever alpha (*Disentangling feature and lazy training*, App. A). Its solution stays in the span
of the Theta(x, x_mu): F(x) = sum_mu Theta(x, x_mu) c_mu with

    dc_mu/dt = -(1/P) ell'(F(x_mu)),   c = 0 at t = 0,

which is gradient flow in the metric of the kernel. In `Frozen` inputs are rows of the kernel, the
variable is c, and its gradient that of the loss in F: every stepper applies, with alpha = 1. Of k
outputs, under a loss of k classes, F_a(x) = sum_mu,b Theta_ab(x, x_mu) c_mu,b; a kernel [P, P]
stands for one that is the same for each output and 0 between them, as that of infinite width is.

With the square loss, (1/2P) sum_mu (y_mu - f(x_mu))^2, the solution is closed (`square_loss`):

    f_t(x) = f_0(x) + K_x K^-1 (1 - exp(-K t / P)) (y - f_0),

with K = Theta on the training points, K_x its row between x and them, and f_0 the outputs at the
start (Geiger et al., *Scaling description of generalization with number of parameters in deep
learning*, 2020, Eqs. 16 and 17).

The tangent kernel improves as features are learnt: frozen at the end of training, it does as well
as the network itself (*Disentangling ...*, App. A, Fig. 8 c, d). That of f, at any time::

    for at in weights_at(problem, key, RKC(), [0.0, *np.geomspace(1e-2, 1e2, 9), math.inf]):
        theta, theta_test = tangent_kernels(net, at.w, x, x_test)
        frozen = kernel_problem(theta, y, loss)
        (end,) = weights_at(frozen, key, RKC(), [math.inf])
        F_test = frozen.predictor(end.w, theta_test)
"""

import functools
import math
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jamming.checks import arrays
from jamming.checks.arguments import time
from jamming.checks.arrays import ArrayLike, lost, rounding, shaped
from jamming.checks.errors import BadInput
from jamming.dynamics.rkc import RKC
from jamming.execution import vmapped
from jamming.execution.threads import requested_blas_threads
from jamming.models.networks import Params
from jamming.objectives.losses import Loss
from jamming.objectives.predictor import Pullback, Unscaled
from jamming.objectives.problem import Problem, Result, Stepper


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Frozen(Unscaled):
    """F(v, K) = K c, v = {"c": c}, and K = Theta(x', training set), [P', P] or [P', P, k, k]."""

    w0: Params  # {"c": zeros [P]}, or [P, k]

    # c moves along the gradient in the kernel's metric: ADAM's steps, and those of a batch, are not
    # what they would be for the linearised network
    whole_gradient: ClassVar[bool] = True

    def __call__(self, v: Params, x: Float[Array, "Q P *kk"]) -> Float[Array, "Q *k"]:
        form = "qpab,pb->qa" if x.ndim == 4 else "qp,p...->q..."
        return jnp.einsum(form, x, v["c"], precision=jax.lax.Precision.HIGHEST)

    def vjp(self, v: Params, x: Float[Array, "P P *kk"]) -> tuple[Float[Array, "P *k"], Pullback]:
        """F on the training set, and e -> Theta^-1 (Theta e), the gradient in Theta's metric."""
        return self(v, x), lambda e: {"c": e}


def kernel_problem(theta: ArrayLike, y: ArrayLike, loss: Loss, classes: Any = None) -> Problem:
    """The frozen dynamics of the kernel theta [P, P] of training points with labels y [P].

    They start from F = 0. Outputs on Q test points are ``problem.predictor(state.v, theta_test)``
    at a state of any stepper, with theta_test = Theta(test, train) [Q, P]. Under a loss of k
    `classes`, by default as many as y has, theta is [P, P, k, k] or [P, P].

    Raises:
        BadInput: for no data, other labels, and a kernel of another shape or that is not symmetric

    Example:
        >>> from jamming.kernels.frozen import kernel_problem
        >>> from jamming.objectives.losses import LOSSES
        >>> problem = kernel_problem(jnp.eye(3), jnp.array([0, 2, 1]), LOSSES["cross_entropy"])
        >>> problem.outputs(problem.predictor.start()).shape
        (3, 3)
    """
    # of a network that has diverged it is NaN, which the dynamics say
    theta = jnp.asarray(arrays.as_float(theta, "theta"))
    k = theta.shape[-1] if theta.ndim == 4 else 1
    if theta.ndim == 4:
        rows = len(shaped(theta, "theta", "P", "P", k, k)) * k
        arrays.symmetric(theta.swapaxes(1, 2).reshape(rows, -1), "theta")
    else:
        theta = jnp.asarray(arrays.symmetric(theta, "theta"))
    P = len(theta)
    if not P:
        raise BadInput("a kernel needs at least one training point")
    if not loss.multiclass:
        if theta.ndim == 4:
            raise BadInput(
                f"a kernel of {k} outputs: '{loss.name}' is of one, not of several classes"
            )
        read = arrays.targets if loss.regression else arrays.binary_labels
        y = jnp.asarray(shaped(read(y, "y", dtype=theta.dtype), "y", P))
        return Problem(Frozen({"c": jnp.zeros(P, theta.dtype)}), loss, theta, y)
    y = shaped(arrays.finite(y, "y"), "y", P)
    loss.check(y, k if theta.ndim == 4 else classes)
    outputs = k if theta.ndim == 4 else int(y.max()) + 1 if classes is None else classes
    if classes not in (None, outputs):
        raise BadInput(f"a kernel of {k} outputs and {classes} classes: give one output for each")
    c = jnp.zeros((P, outputs), theta.dtype)
    return Problem(Frozen({"c": c}), loss, theta, jnp.asarray(y, jnp.int32))


@requested_blas_threads()
def square_loss(
    theta: ArrayLike,
    theta_x: ArrayLike,
    y: ArrayLike,
    f0: ArrayLike,
    f0_x: ArrayLike,
    t: Any = math.inf,
) -> Float[Array, " Q"]:
    """f_t at Q points, from the kernel, the labels, and f_0 on the training and the Q points.

    Of shapes [P, P], [Q, P], [P], [P] and [Q]. Time is that of gradient flow on the loss above.
    Directions in which the kernel is zero to rounding, that of its own type, are not learnt.
    Computed in float64. Raises BadInput if the kernel is not positive and symmetric.
    """
    t, eps = time("t", t), rounding(theta, "theta")
    theta = arrays.symmetric(arrays.finite(theta, "theta"), "theta")
    theta_x = shaped(arrays.finite(theta_x, "theta_x"), "theta_x", "Q", len(theta))
    y = shaped(arrays.targets(y), "y", len(theta))
    f0 = shaped(arrays.finite(f0, "f0"), "f0", len(theta))
    f0_x = shaped(arrays.finite(f0_x, "f0_x"), "f0_x", len(theta_x))
    # NumPy has float64 also where JAX has not
    given = (theta, theta_x, y, f0, f0_x)
    theta, theta_x, y, f0, f0_x = (np.asarray(each, np.float64) for each in given)
    size = arrays.unit(theta)
    K, U, least = *np.linalg.eigh(theta / size), lost(eps, len(y))
    if K[0] < -max(1e-5, least) * np.abs(K).max():
        raise BadInput("theta has negative eigenvalues: a kernel has none, give another")
    with np.errstate(over="ignore"):  # exp(-infinity) is zero
        learnt = -np.expm1(-np.maximum(K, 0) * size * t / len(y)) if t < math.inf else 1.0
    there = K > least * K[-1]
    weight = np.where(there, learnt / np.where(there, K, 1), 0)
    found = f0_x + theta_x / size @ (U @ (weight * (U.T @ (y - f0))))
    return jnp.asarray(found, jnp.result_type(*given))


@dataclass(frozen=True)
class Moment:
    """The weights w of a network after flow time t, or t updates, and `ticks` gradients.

    `result` is how the training ended, by name, or RUNNING.
    """

    t: float
    ticks: int
    result: str
    w: Any


def weights_at(
    problem: Problem, key: Key[Array, ""], stepper: Stepper[Any], times: ArrayLike
) -> list[Moment]:
    """The network at each of the times along one training, in their order.

    The stabilised flow shortens a step to land on each time: later results differ within its
    tolerance. 0 is the start, inf and times beyond the end give the end. Other steppers take 0 and
    inf only. `key` draws batches. Raises BadInput for times that are negative, NaN, descend, or are
    unknown to the stepper, and for no key.
    """
    times = arrays.as_float(times, "times", dtype=np.float64).ravel().tolist()
    if not all(t >= 0 for t in times) or times != sorted(times):
        raise BadInput(f"times must be ascending, from 0 on, not {times}")
    if not isinstance(stepper, RKC) and not set(times) <= {0.0, math.inf}:
        raise BadInput("only the stabilised flow lands on times: choose RKC, or times 0 and inf")
    problems = vmapped.stack([problem])
    states = vmapped.start(stepper, problems, arrays.one_key(key)[None])
    moments = []
    for t in times:
        if t > 0 and isinstance(stepper, RKC):
            states = _until(stepper, states, jnp.asarray(t, states.t.dtype))
        # in pieces: what is compiled does not hear Ctrl-C
        for tick in vmapped.log_spaced(stepper.max_ticks) if t > 0 else ():
            if int(states.result[0]) != Result.RUNNING:
                break
            if tick > int(states.ticks[0]):
                states = vmapped.advance(stepper, problems, states, tick)
        state = vmapped.lane(states, 0)
        ticks, at, result = int(state.ticks), float(state.t), Result(int(state.result))
        if isinstance(stepper, RKC) and result == Result.OUT_OF_BUDGET:
            over = ticks >= stepper.max_ticks or at >= stepper.max_time
            result = result if over else Result.RUNNING
        # free of the devices that they were trained on
        w = jax.tree.map(jnp.asarray, jax.device_get(problem.predictor.weights(state.v)))
        moments.append(Moment(at, ticks, result.name, w))
    return moments


@functools.partial(jax.jit, static_argnums=0)
def _until(stepper: RKC, states: Any, t: Array) -> Any:
    return jax.vmap(stepper.until, in_axes=(0, None))(states, t)
