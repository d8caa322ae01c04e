"""Overlaps of neurons on the sphere against closed forms and fresh points, and the test error."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import eval_gegenbauer

from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.random_features.harmonics import excess, gegenbauer, harmonics, learned, together
from jamming.random_features.model import features, sphere

NAMES = ["relu", "tanh", "swish", "softplus5"]


def network(h: int, d: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([h, d, seed])
    return sphere(h, d, rng), rng.standard_normal(h)


@pytest.mark.parametrize("d", [3, 4, 11, 200])
def test_polynomials_are_those_of_gegenbauer(d: int) -> None:
    t = np.linspace(-1, 1, 41)
    for k, Q in zip(range(12), gegenbauer(t, d), strict=False):
        expected = eval_gegenbauer(k, d / 2 - 1, t) / eval_gegenbauer(k, d / 2 - 1, 1.0)
        np.testing.assert_allclose(Q, expected, atol=1e-11)


@settings(max_examples=3, deadline=None)
@given(st.integers(5, 300), st.lists(st.floats(-0.7, 0.7), min_size=1, max_size=5))
def test_overlaps_of_relu_are_those_of_the_arc_cosine_kernel(d: int, cosines: list[float]) -> None:
    """Exactly, in any dimension: relu is homogeneous, so a Gaussian and the sphere agree."""
    c = np.array([[*cosines, 1.0]])
    angle = np.arccos(c)
    expected = (np.sin(angle) + (np.pi - angle) * c) / (2 * np.pi)
    found = harmonics(activation("relu"), d).overlap(c)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_overlaps_are_means_over_fresh_points(name: str) -> None:
    d = 12
    theta, _ = network(4, d, 0)
    phi, x = activation(name), sphere(20_000, d, np.random.default_rng(1))
    Z = features(phi, theta, x)
    sigma = harmonics(phi, d)
    np.testing.assert_allclose(sigma.overlap(theta @ theta.T / d), Z.T @ Z / len(x), atol=1.5e-2)
    np.testing.assert_allclose(sigma.means[1] * theta, Z.T @ x / len(x), atol=4e-2)
    assert sigma.shares.sum() == pytest.approx(sigma.second, rel=1e-2)
    assert sigma.shares.sum() <= sigma.second * (1 + 1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_low_and_high_degrees_make_the_whole(name: str) -> None:
    d = 20
    rho = np.linspace(-0.6, 0.6, 9)[:, None]
    sigma = harmonics(activation(name), d)
    low = sum(
        (
            share * Q
            for share, Q, _ in zip(sigma.shares, gegenbauer(rho, d), range(3), strict=False)
        ),
        np.zeros_like(rho),
    )
    np.testing.assert_allclose(low + sigma.overlap(rho, least=3), sigma.overlap(rho), atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_the_error_is_that_on_fresh_points(name: str) -> None:
    """Of one network, and of the mean of three, whose parts of high degree hardly overlap."""
    d, phi = 15, activation(name)
    rng = np.random.default_rng(3)
    beta = sphere(1, d, rng)[0] / np.sqrt(d)
    x = sphere(40_000, d, rng)
    sigma = harmonics(phi, d)
    nets = [(theta, a / 6) for theta, a in (network(40, d, seed) for seed in range(3))]
    outputs = [features(phi, theta, x) @ a for theta, a in nets]
    parts = [learned(theta, a, sigma) for theta, a in nets]
    for one, f in zip(parts, outputs, strict=True):
        squares = (x @ beta - f) ** 2
        error = squares.std() / np.sqrt(len(x))
        assert excess(one, beta, sigma) == pytest.approx(squares.mean(), abs=4 * error)
    squares = (x @ beta - np.mean(outputs, axis=0)) ** 2
    assert excess(together(parts), beta, sigma) == pytest.approx(squares.mean(), rel=0.02)


def test_rotations_and_the_order_of_neurons_change_nothing() -> None:
    d, sigma = 9, harmonics(activation("tanh"), 9)
    theta, a = network(25, d, 0)
    rng = np.random.default_rng(0)
    beta = sphere(1, d, rng)[0]
    turn, _ = np.linalg.qr(rng.standard_normal((d, d)))
    order = rng.permutation(25)
    before = excess(learned(theta, a, sigma), beta, sigma)
    assert excess(learned(theta @ turn, a, sigma), beta @ turn, sigma) == pytest.approx(before)
    assert excess(learned(theta[order], a[order], sigma), beta, sigma) == pytest.approx(before)


def test_a_network_that_is_silent_has_the_error_of_no_answer() -> None:
    d, sigma = 9, harmonics(activation("relu"), 9)
    theta, a = network(6, d, 0)
    beta = sphere(1, d, np.random.default_rng(0))[0] / np.sqrt(d)
    assert excess(learned(theta, 0 * a, sigma), beta, sigma) == pytest.approx(1)
    # two neurons back to back are linear: relu(z) - relu(-z) = z
    pair = np.stack([beta, -beta]) * np.sqrt(d)
    assert excess(learned(pair, np.array([1.0, -1.0]), sigma), beta, sigma) == pytest.approx(
        0, abs=1e-4
    )


def test_twice_the_same_network_is_not_an_ensemble_of_independent_ones() -> None:
    """What `together` leaves out: of equal members, half of the part of high degree."""
    d, sigma = 9, harmonics(activation("relu"), 9)
    theta, a = network(6, d, 0)
    one = learned(theta, a, sigma)
    assert together([one, one]).rest == pytest.approx(one.rest / 2)
    np.testing.assert_allclose(together([one, one]).T, one.T)


def test_a_circle_is_refused() -> None:
    with pytest.raises(BadInput, match="dimension d of the sphere"):
        harmonics(activation("relu"), 2)
