"""The closed form of the square loss under a frozen kernel, against other ways to get there."""

import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array
from scipy.integrate import solve_ivp
from sklearn.gaussian_process.kernels import RBF
from sklearn.kernel_ridge import KernelRidge

from jamming.checks.errors import BadInput
from jamming.kernels.frozen import square_loss

P, Q = 8, 5


def made_up(seed: int = 0) -> tuple[Array, Array, Array, Array, Array, np.ndarray]:
    """theta [P, P], theta_x [Q, P], y, f0, f0_x and the points of all, P first."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(P + Q, 3))
    kernel = RBF(1.5)(x)
    y = jnp.asarray(np.where(np.arange(P) % 2, 1.0, -1.0))
    f0 = jnp.asarray(rng.normal(size=P + Q))
    return jnp.asarray(kernel[:P, :P]), jnp.asarray(kernel[P:, :P]), y, f0[:P], f0[P:], x


def test_it_is_where_the_flow_goes() -> None:
    theta, theta_x, y, f0, f0_x, _ = made_up()
    both = np.concatenate([theta, theta_x])

    def velocity(t: float, f: np.ndarray) -> np.ndarray:
        return both @ (np.asarray(y) - f[:P]) / P

    start = np.concatenate([f0, f0_x])
    times = [0.5, 5.0, 50.0]
    flow = solve_ivp(velocity, (0, 50), start, t_eval=times, rtol=1e-10, atol=1e-12)
    for t, expected in zip(times, flow.y.T, strict=True):
        found = square_loss(theta, theta_x, y, f0, f0_x, t)
        np.testing.assert_allclose(found, expected[P:], atol=1e-7)


def test_it_starts_at_the_start_and_ends_on_the_labels() -> None:
    theta, _, y, f0, _, _ = made_up(1)
    np.testing.assert_allclose(square_loss(theta, theta, y, f0, f0, 0.0), f0, atol=1e-12)
    np.testing.assert_allclose(square_loss(theta, theta, y, f0, f0), y, atol=1e-8)


def test_from_zero_it_is_the_regression_without_a_ridge() -> None:
    theta, theta_x, y, f0, f0_x, x = made_up(2)
    found = square_loss(theta, theta_x, y, 0 * f0, 0 * f0_x)
    ridge = KernelRidge(alpha=1e-12, kernel=RBF(1.5)).fit(x[:P], np.asarray(y))
    np.testing.assert_allclose(found, ridge.predict(x[P:]), rtol=1e-5)


def test_what_the_kernel_does_not_see_is_not_learnt() -> None:
    """Two equal points with different labels end half way."""
    theta, y = jnp.ones((2, 2)), jnp.array([1.0, -1.0])
    found = square_loss(theta, theta, y, jnp.array([3.0, 3.0]), jnp.array([3.0, 3.0]))
    np.testing.assert_allclose(found, 0.0, atol=1e-12)


def test_time_does_not_run_backwards() -> None:
    theta, theta_x, y, f0, f0_x, _ = made_up()
    with pytest.raises(BadInput, match="at least 0"):
        square_loss(theta, theta_x, y, f0, f0_x, -1.0)
