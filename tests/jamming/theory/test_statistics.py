"""Separability, approximation and information: limits and closed forms."""

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.theory import separability
from jamming.theory.approximation import (
    barron_constant,
    circle_coefficients,
    circle_exact,
    greedy,
    neighbour_error,
)
from jamming.theory.information import along, entropy, mutual_information

RNG = np.random.default_rng(0)


def test_separated_classes_are_told_apart() -> None:
    y = np.repeat([0, 1, 2], 20)
    centres = np.array([[5.0, 0, 0], [0, 5, 0], [0, 0, 5]])
    x = centres[y] + 0.1 * RNG.normal(size=(60, 3))
    for error in (separability.nearest_error, separability.probe_error):
        assert error(x[::2], y[::2], x[1::2], y[1::2]) == 0.0
        mixed = RNG.normal(size=(60, 3))
        assert error(mixed[::2], y[::2], mixed[1::2], y[1::2]) > 0.3
    # 2 d sigma^2 within, and 50 more between
    assert separability.contraction(x, y) == pytest.approx(0.06 / 50.06, rel=0.2)
    assert separability.contraction(RNG.normal(size=(60, 3)), y) == pytest.approx(1, abs=0.15)
    with pytest.raises(BadInput, match="two classes"):
        separability.contraction(x[:20], y[:20])
    with pytest.raises(BadInput, match="labels"):
        separability.nearest_error(x, y[1:], x, y)


def test_averages_are_over_the_image() -> None:
    z = RNG.normal(size=(2, 3, 4, 5))
    np.testing.assert_allclose(separability.averaged(z), z.mean((1, 2)))
    np.testing.assert_allclose(separability.averaged(z[:, 0, 0]), z[:, 0, 0])


def test_coefficients_of_relu_on_the_circle() -> None:
    found = circle_coefficients(20)
    np.testing.assert_allclose(found, circle_exact(20), atol=1e-6)
    np.testing.assert_allclose(np.abs(found[2::2]), 2 / (np.arange(2, 21, 2) ** 2 - 1), atol=1e-6)
    np.testing.assert_allclose(found[3::2], 0, atol=1e-6)
    assert found[1] == pytest.approx(np.pi / 2)


def test_the_nearest_neighbour_on_a_line() -> None:
    """On average 1 / (2 n) away, where n is large."""
    errors = [neighbour_error(1000, 1, seed) for seed in range(10)]
    assert np.mean(errors) == pytest.approx(1 / 2000, rel=0.05)


def test_barron() -> None:
    assert barron_constant([2.0, 1.0], [[3.0, -1.0], [0.0, 1.0]]) == 9.0
    x = RNG.uniform(size=(200, 2))
    errors = greedy(x, np.cos(x @ [3.0, -1.0]), 12, 0)
    assert (np.diff(errors) < 1e-12).all()
    assert errors[-1] < 0.05 * errors[0]


def test_information_in_bits() -> None:
    x = np.arange(16)
    assert entropy(x) == pytest.approx(4.0)
    assert mutual_information(x, x // 4) == pytest.approx(2.0)
    assert mutual_information(x % 4, x // 4) == pytest.approx(0.0, abs=1e-12)
    y = x % 2
    chain = [x, x // 2, x // 4, 0 * x]
    np.testing.assert_allclose(along(x, chain), [4, 3, 2, 0], atol=1e-12)
    np.testing.assert_allclose(along(y, chain), [1, 0, 0, 0], atol=1e-12)
    with pytest.raises(BadInput, match="pairs"):
        mutual_information(x, x[1:])
    with pytest.raises(BadInput, match="no values"):
        entropy([])
