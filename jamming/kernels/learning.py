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
from typing import Any, TypeVar

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
from jamming.objectives.problem import Problem, Result, State, Stepper

FLOW = RKC()

S = TypeVar("S", bound=State)


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
    problem: Problem, key: Key[Array, ""], stepper: Stepper[Any], times: ArrayLike
) -> list[Moment]:
    """The network at each of the times along one training, in their order.

    The stabilised flow shortens a step to land on each time: later results differ within its
    tolerance. 0 is the start, inf and times beyond the end give the end. Other steppers take 0 and
    inf only. `key` draws batches.

    Raises:
        BadInput: times that are negative, NaN, descend, or unknown to the stepper; no key.
    """
    times = as_float(times, "times", dtype=np.float64).ravel().tolist()
    if not all(t >= 0 for t in times) or times != sorted(times):
        raise BadInput(f"times must be ascending, from 0 on, not {times}")
    if not isinstance(stepper, RKC) and not set(times) <= {0.0, math.inf}:
        raise BadInput(
            "only the stabilised flow lands on times asked for: choose RKC, or times 0 and inf"
        )
    key, problems = one_key(key), vmapped.stack([problem])
    states = vmapped.start(stepper, problems, key[None])
    moments = []
    for t in times:
        if t > 0:
            if isinstance(stepper, RKC):
                states = _until(stepper, states, jnp.asarray(t, states.t.dtype))
            states = _finished(stepper, problems, states)
        moments.append(_moment(stepper, problem, vmapped.lane(states, 0)))
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
    network's units of time; `key`: for steppers that draw batches; `block`: as `ntk`.

    Raises:
        BadInput: several outputs; no data, other shapes, values not finite, other labels; no key.
    """
    theta, theta_test = tangent_kernels(net, w, x, x_test, block=block)
    problem = kernel_problem(theta, y, loss)
    y_test = labels(y_test, theta_test, loss, "y_test")
    problems = vmapped.stack([problem])
    keys = (jax.random.key(0) if key is None else one_key(key))[None]
    # on one device, as in a worker on a CPU: to the last bit what the job of a kernel gives
    one = (jax.local_devices()[0],)
    states = vmapped.start(stepper, problems, keys, devices=one)
    state = vmapped.lane(_finished(stepper, problems, states, one), 0)
    F_train, F_test = _outputs(problem, state.v, theta_test)
    error = float(misclassified(F_test, y_test).mean())
    result, ticks, t = Result(int(state.result)).name, int(state.ticks), float(state.t)
    return KernelRun(result, ticks, t, error, np.asarray(F_train), np.asarray(F_test))


def _moment(stepper: Stepper[Any], problem: Problem, state: State) -> Moment:
    t, ticks, result = float(state.t), int(state.ticks), Result(int(state.result))
    if isinstance(stepper, RKC) and result == Result.OUT_OF_BUDGET:
        over = ticks >= stepper.max_ticks or t >= stepper.max_time
        result = result if over else Result.RUNNING
    # free of the devices that they were trained on
    w = jax.tree.map(jnp.asarray, jax.device_get(problem.predictor.weights(state.v)))
    return Moment(t, ticks, result.name, w)


def _finished(
    stepper: Stepper[S], problems: Problem, states: S, devices: vmapped.Devices | None = None
) -> S:
    """The state of one lane at its end, or where it was to stop."""
    # in pieces: what is compiled does not hear Ctrl-C
    for tick in vmapped.log_spaced(stepper.max_ticks):
        if int(states.result[0]) != Result.RUNNING:
            break
        if tick > int(states.ticks[0]):
            states = vmapped.advance(stepper, problems, states, tick, devices=devices)
    return states


@functools.partial(jax.jit, static_argnums=0)
def _until(stepper: RKC, states: RKCState, t: Array) -> RKCState:
    return jax.vmap(stepper.until, in_axes=(0, None))(states, t)


@jax.jit
def _outputs(problem: Problem, v: Any, theta_test: Array) -> tuple[Array, Array]:
    """F on training and test points."""
    return problem.outputs(v), problem.predictor(v, theta_test)
