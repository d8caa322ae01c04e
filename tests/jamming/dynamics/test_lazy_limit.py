"""Large alpha freezes the tangent kernel (*Disentangling feature and lazy training*, App. A).

With Theta = J J^T the kernel of f (no alpha) and the loss mean(ell) / alpha^2, gradient flow gives
dF/dt = -(1/P) Theta ell'(F), whatever alpha. For the quadratic hinge with every constraint active,
ell' = F - m y and F(t) = (1 - exp(-Theta t / P)) m y.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from jamming.dynamics.euler import Euler, EulerState
from jamming.execution.vmapped import advance, lane, stack, start
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.objectives.losses import Loss, quadratic_hinge, soft_hinge
from jamming.objectives.predictor import Linearised, Scaled, predictor
from jamming.objectives.problem import Problem, Result

pytestmark = pytest.mark.usefixtures("strict_dtypes")

KEY = jax.random.key(17)
P, D = 8, 6
RNG = np.random.default_rng(6)
X, X_TEST = (RNG.normal(size=(n, D)) for n in (P, 5))
Y = np.where(np.arange(P) % 2 == 0, 1.0, -1.0)
M = 2.0


def network(name: str, L: int, h: int = 20) -> FC:
    return FC(activation=activation(name, normalised=True), h=h, L=L)


def kernels(net: FC, w0: dict) -> tuple[np.ndarray, np.ndarray]:
    """Theta between training data, and between test and training data."""

    def jacobian(x: np.ndarray) -> np.ndarray:
        J = jax.jit(jax.jacobian(lambda w: net.apply(w, jnp.asarray(x))))(w0)
        return np.concatenate([np.reshape(j, (len(x), -1)) for j in jax.tree.leaves(J)], axis=1)

    J = jacobian(X)
    return J @ J.T, jacobian(X_TEST) @ J.T


def finish(flow: Euler, problems: list[Problem]) -> EulerState:
    stacked = stack(problems)
    states = start(flow, stacked, jax.random.split(KEY, len(problems)))
    return advance(flow, stacked, states, flow.max_ticks)


def problem(net: Any, w0: dict, alpha: float, loss: Loss) -> Problem:
    return Problem(predictor(net, w0, alpha), loss, jnp.asarray(X), jnp.asarray(Y))


@pytest.mark.parametrize(
    "loss", [soft_hinge(1.0), quadratic_hinge(1.0)], ids=lambda loss: loss.name
)
@pytest.mark.parametrize("tau", [0.0, 0.5])
def test_frozen_kernel_dynamics_does_not_depend_on_alpha(loss: Loss, tau: float) -> None:
    net = network("softplus5", 2, h=10)
    w0 = jax.jit(net.init)(KEY, jnp.asarray(X))
    linear = Linearised(net, w0)
    flow = Euler(tau=tau)

    @jax.jit
    def trace(alpha: jax.Array) -> tuple[jax.Array, ...]:
        on = Problem(Scaled(linear, w0, alpha), loss, jnp.asarray(X), jnp.asarray(Y))

        def step(state: EulerState, _: None) -> tuple[EulerState, tuple[jax.Array, ...]]:
            state = flow.tick(on, state)
            F_test = on.predictor(state.v, jnp.asarray(X_TEST))
            return state, (state.dt, state.t, state.F, F_test, state.loss * alpha**2)

        return jax.lax.scan(step, flow.init(on, KEY), length=300)[1]

    reference, *others = (trace(jnp.asarray(alpha)) for alpha in (1.0, 1e-2, 1e2))
    assert np.abs(reference[2][-1]).min() > 0.05  # it did learn
    for other in others:
        for got, expected in zip(other, reference, strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", ["softplus5", "relu"])
@pytest.mark.parametrize("L", [1, 3])
def test_at_large_alpha_a_network_follows_its_initial_kernel(name: str, L: int) -> None:
    net = network(name, L)
    w0 = jax.jit(net.init)(KEY, jnp.asarray(X))
    theta, theta_test = kernels(net, w0)
    rate = np.linalg.eigvalsh(theta)[-1] / P
    for T in (0.3 / rate, 3 / rate):
        decay = expm(-theta * T / P)
        F = M * (np.eye(P) - decay) @ Y
        F_test = theta_test @ np.linalg.solve(theta, F)
        assert np.all(Y * F < M)  # every constraint active: the closed form holds
        flow = Euler(tol_gradient=1e-7, max_time=float(T), max_ticks=10**6)
        on = problem(net, w0, 1e6, quadratic_hinge(M))
        state = lane(finish(flow, [on]), 0)
        assert int(state.result) == Result.OUT_OF_BUDGET
        assert float(state.t) == T
        assert np.linalg.norm(state.F - F) < 1e-3 * np.linalg.norm(F)
        got = np.asarray(on.predictor(state.v, jnp.asarray(X_TEST)))
        assert np.linalg.norm(got - F_test) < 1e-3 * np.linalg.norm(F_test)


def test_deviation_from_the_frozen_kernel_falls_as_one_over_alpha() -> None:
    net = network("softplus5", 2)
    w0 = jax.jit(net.init)(KEY, jnp.asarray(X))
    rate = np.linalg.eigvalsh(kernels(net, w0)[0])[-1] / P
    flow = Euler(tol_gradient=1e-7, max_time=float(1 / rate), max_ticks=10**6)
    loss = quadratic_hinge(M)
    alphas = np.array([1e1, 1e2, 1e3])
    frozen = finish(flow, [problem(Linearised(net, w0), w0, 1.0, loss)]).F[0]
    moving = finish(flow, [problem(net, w0, float(alpha), loss) for alpha in alphas]).F
    deviation = np.linalg.norm(moving - frozen[None], axis=1) / np.linalg.norm(frozen)
    slope = np.polyfit(np.log(alphas), np.log(deviation), 1)[0]
    assert slope == pytest.approx(-1, abs=0.1)
    assert deviation[0] > 1e-3
