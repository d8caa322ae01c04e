"""Kernel learning with the tangent kernel that a network has at any time of its training.

The kernel improves as features are learnt: frozen at the end of training, it does as well as the
network itself (*Disentangling feature and lazy training*, App. A, Fig. 8 c, d)::

    for at in weights_at(problem, key, RKC(), [0.0, *np.geomspace(1e-2, 1e2, 9), math.inf]):
        run = kernel_learning(net, at.w, x, y, x_test, y_test, problem.loss)
        print(at.t, run.test_error)

The kernel is that of f, without alpha, and learns from F = 0 (`jamming.kernels.frozen`).
"""

import functools
import math
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jamming.checks.arrays import ArrayLike, as_float, one_key
from jamming.checks.errors import BadInput
from jamming.dynamics.rkc import RKC
from jamming.dynamics.rkc_step import RKCState
from jamming.execution import vmapped
from jamming.kernels.empirical import ntk, points
from jamming.kernels.frozen import kernel_problem, labels
from jamming.objectives.losses import Loss, misclassified
from jamming.objectives.predictor import Network, usable
from jamming.objectives.problem import Problem, Result, Stepper

FLOW = RKC()


@dataclass(frozen=True)
class Moment:
    """The weights w of a network after flow time t, or t updates, and `ticks` gradients.

    `result` is how the training ended, by name, or RUNNING.
    """

    t: float
    ticks: int
    result: str
    w: Any


@dataclass(frozen=True)
class KernelRun:
    """The outcome of a frozen kernel: result by name, gradients, flow time, and outputs F."""

    result: str
    ticks: int
    t: float
    test_error: float
    F_train: Float[np.ndarray, " P"]
    F_test: Float[np.ndarray, " Q"]


def weights_at(
    problem: Problem,
    key: Key[Array, ""],
    stepper: Stepper[Any],
    times: ArrayLike,
    devices: vmapped.Devices | None = None,
) -> list[Moment]:
    """The network at each of the times along one training, in their order.

    The stabilised flow shortens a step to land on each time: later results differ within its
    tolerance. 0 is the start, inf and times beyond the end give the end. Other steppers take 0 and
    inf only. `key` draws batches; `devices` as in `vmapped.start`. Raises BadInput for times that
    are negative, NaN, descend, or are unknown to the stepper, and for no key.
    """
    times = as_float(times, "times", dtype=np.float64).ravel().tolist()
    if not all(t >= 0 for t in times) or times != sorted(times):
        raise BadInput(f"times must be ascending, from 0 on, not {times}")
    if not isinstance(stepper, RKC) and not set(times) <= {0.0, math.inf}:
        raise BadInput("only the stabilised flow lands on times: choose RKC, or times 0 and inf")
    problems = vmapped.stack([problem])
    states = vmapped.start(stepper, problems, one_key(key)[None], devices=devices)
    moments = []
    for t in times:
        if t > 0 and isinstance(stepper, RKC):
            states = _until(stepper, states, jnp.asarray(t, states.t.dtype))
        # in pieces: what is compiled does not hear Ctrl-C
        for tick in vmapped.log_spaced(stepper.max_ticks) if t > 0 else ():
            if int(states.result[0]) != Result.RUNNING:
                break
            if tick > int(states.ticks[0]):
                states = vmapped.advance(stepper, problems, states, tick, devices=devices)
        state = vmapped.lane(states, 0)
        ticks, at, result = int(state.ticks), float(state.t), Result(int(state.result))
        if isinstance(stepper, RKC) and result == Result.OUT_OF_BUDGET:
            over = ticks >= stepper.max_ticks or at >= stepper.max_time
            result = result if over else Result.RUNNING
        # free of the devices that they were trained on
        w = jax.tree.map(jnp.asarray, jax.device_get(problem.predictor.weights(state.v)))
        moments.append(Moment(at, ticks, result.name, w))
    return moments


@functools.partial(jax.jit, static_argnums=0, static_argnames="block")
def tangent_kernel(
    net: Network, w: Any, x1: Array, x2: Array | None = None, block: int | None = None
) -> Array:
    """`ntk`, compiled once for each network, block and shapes."""
    return ntk(net.apply, w, x1, x2, block=block)


def tangent_kernels(
    net: Network, w: Any, x: ArrayLike, x_test: ArrayLike, *, block: int | None = None
) -> tuple[Float[Array, "P P"], Float[Array, "Q P"]]:
    """Theta at w between training points x [P, ...], and between x_test [Q, ...] and them."""
    net, x = usable(net), points(x, "x")
    x_test = points(x_test, "x_test", like=x)
    return tangent_kernel(net, w, x, block=block), tangent_kernel(net, w, x_test, x, block=block)


def kernel_learning(
    net: Network,
    w: Any,
    x: ArrayLike,
    y: ArrayLike,
    x_test: ArrayLike,
    y_test: ArrayLike,
    loss: Loss,
    stepper: Stepper[Any] = FLOW,
    *,
    key: Key[Array, ""] | None = None,
    block: int | None = None,
) -> KernelRun:
    """Learn with the tangent kernel of f = net.apply(w, .), frozen, from F = 0.

    `net` has one output and weights `w`, `loss` takes one. Training points x [P, ...] have labels y
    [P], test points x_test [Q, ...] y_test [Q]. `stepper`: the dynamics, with its budget, in the
    network's units of time; `key`: for steppers that draw batches; `block`: as `ntk`. Raises
    BadInput for several outputs, no data, other labels, and no key.
    """
    theta, theta_test = tangent_kernels(net, w, x, x_test, block=block)
    problem = kernel_problem(theta, y, loss)
    y_test = labels(y_test, theta_test, loss, "y_test")
    key = jax.random.key(0) if key is None else key
    # on one device, as in a worker on a CPU: to the last bit what the job of a kernel gives
    one = (jax.local_devices()[0],)
    (end,) = weights_at(problem, key, stepper, [math.inf], devices=one)
    F_train, F_test = _outputs(problem, end.w, theta_test)
    error = float(misclassified(F_test, y_test).mean())
    outputs = np.asarray(F_train), np.asarray(F_test)
    return KernelRun(end.result, end.ticks, end.t, error, *outputs)


@functools.partial(jax.jit, static_argnums=0)
def _until(stepper: RKC, states: RKCState, t: Array) -> RKCState:
    return jax.vmap(stepper.until, in_axes=(0, None))(states, t)


@jax.jit
def _outputs(problem: Problem, v: Any, theta_test: Array) -> tuple[Array, Array]:
    return problem.outputs(v), problem.predictor(v, theta_test)
