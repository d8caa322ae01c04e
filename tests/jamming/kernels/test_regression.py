"""Kernel regression in closed form: against direct solutions and a process that is Markov."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from jamming.checks.errors import BadInput
from jamming.kernels.distance import KERNELS, squared_distances
from jamming.kernels.regression import learning_curve

SEEDS = st.integers(0, 2**32)


def points(seed: int, n: int, d: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, d))


@settings(deadline=None)
@given(seed=SEEDS, n=st.integers(1, 12), d=st.integers(1, 5), shift=st.floats(-10, 10))
def test_squared_distances(seed: int, n: int, d: int, shift: float) -> None:
    x, other = points(seed, n, d) + shift, points(seed + 1, 4, d)
    np.testing.assert_allclose(
        squared_distances(x, other), cdist(x, other) ** 2, atol=1e-10, rtol=1e-8
    )
    own = squared_distances(x)
    np.testing.assert_allclose(own, cdist(x, x) ** 2, atol=1e-10)
    assert (np.diag(own) == 0).all()
    np.testing.assert_allclose(own, own.T, atol=1e-12)


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_are_one_at_home_and_positive(name: str) -> None:
    r2 = squared_distances(points(0, 40))
    K = KERNELS[name](r2, 1.5)
    np.testing.assert_array_equal(np.diag(K), 1)
    assert np.linalg.eigvalsh(K).min() > 0
    assert KERNELS["laplace"](np.array([[4.0]]), 2.0).item() == pytest.approx(np.exp(-1))
    assert KERNELS["gaussian"](np.array([[4.0]]), 2.0).item() == pytest.approx(np.exp(-0.5))


@pytest.mark.parametrize("name", KERNELS)
def test_a_size_is_what_learning_from_so_many_points_alone_gives(name: str) -> None:
    x, x_test = points(1, 30), points(2, 7)
    y = np.sign(x[:, 0])
    K, K_test = (KERNELS[name](squared_distances(x, other), 1.0) for other in (None, x_test))
    sizes = (1, 5, 30, 12)
    F = learning_curve(K, y, K_test.T, sizes).outputs
    for row, n in zip(F, sizes, strict=True):
        direct = K_test.T[:, :n] @ np.linalg.solve(K[:n, :n], y[:n])
        np.testing.assert_allclose(row, direct, rtol=1e-6, atol=1e-8)
    # it goes through the points that it has learnt from
    np.testing.assert_allclose(learning_curve(K, y, K, (30,)).outputs[0], y, atol=1e-8)


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS, sigma=st.floats(0.2, 20))
def test_on_a_line_the_laplace_kernel_sees_the_two_neighbours_alone(
    seed: int, sigma: float
) -> None:
    """exp(-|r| / sigma) is the covariance of a Markov process."""
    rng = np.random.default_rng(seed)
    x = np.arange(8.0)[:, None] + rng.uniform(-0.3, 0.3, (8, 1))
    y, at = rng.standard_normal(8), x[3] + rng.uniform(0.1, 0.9) * (x[4] - x[3])
    K = KERNELS["laplace"](squared_distances(x), sigma)
    K_test = KERNELS["laplace"](squared_distances(at[None], x), sigma)
    F = learning_curve(K, y, K_test, (8,)).outputs.item()
    a, b = (at - x[3]).item() / sigma, (x[4] - at).item() / sigma
    between = (y[3] * np.sinh(b) + y[4] * np.sinh(a)) / np.sinh(a + b)
    assert F == pytest.approx(between, rel=1e-6, abs=1e-8)


@settings(deadline=None, max_examples=30)
@given(seed=SEEDS)
def test_the_order_of_the_points_does_not_matter(seed: int) -> None:
    x, x_test = points(seed, 20), points(seed + 1, 5)
    y, order = np.sign(x[:, 0]), np.random.default_rng(seed).permutation(20)
    F = [
        learning_curve(
            KERNELS["laplace"](squared_distances(x[rows]), 1.0),
            y[rows],
            KERNELS["laplace"](squared_distances(x_test, x[rows]), 1.0),
            (20,),
        ).outputs
        for rows in (np.arange(20), order)
    ]
    np.testing.assert_allclose(*F, rtol=1e-7, atol=1e-9)


def test_refused() -> None:
    K = KERNELS["gaussian"](squared_distances(points(0, 30, 1)), 50.0)
    with pytest.raises(BadInput, match=r"singular to rounding.* lower sigma"):
        learning_curve(K, np.ones(30), K, (30,))
    good = np.eye(4)
    for size, said in ((0, "at least 1"), (5, "at most 4")):
        with pytest.raises(BadInput, match=f"sizes = {size} .*{said}"):
            learning_curve(good, np.ones(4), good, (size,))
    assert learning_curve(good, np.ones(4), good, ()).outputs.shape == (0, 4)
