"""Fits of Gabor functions: what is one is found, what is none is not."""

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.theory.gabor import fitted

RNG = np.random.default_rng(0)


def gabor(k: int, xi: tuple[float, float], noise: float = 0.0) -> np.ndarray:
    """A filter of three colours of one geometry, with amplitudes and phases of their own."""
    u = np.indices((k, k)).reshape(2, -1).T - (k - 1) / 2 - [0.7, -0.4]
    envelope = np.exp(-((0.4 * u[:, 0] + 0.1 * u[:, 1]) ** 2 + (0.3 * u[:, 1]) ** 2) / 2)
    waves = [a * envelope * np.cos(u @ xi + b) for a, b in ((1, 0.3), (-2, 1.0), (0.5, 2.0))]
    psi = np.stack(waves, -1).reshape(k, k, 3)
    return psi + noise * psi.std() * RNG.standard_normal(psi.shape)


@pytest.mark.parametrize("xi", [(0.3, 1.1), (1.2, -0.4), (0.0, 0.9)])
def test_a_gabor_function_is_found(xi: tuple[float, float]) -> None:
    psi = gabor(11, xi)
    found = fitted(psi)
    assert found.explained == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(found.fit, psi, atol=1e-3 * np.abs(psi).max())
    assert found.frequency == pytest.approx(np.hypot(*xi), abs=1e-3)
    due = np.arctan2(xi[1], xi[0]) % np.pi
    assert min(abs(found.orientation - due), np.pi - abs(found.orientation - due)) < 1e-3
    assert found.width == pytest.approx((0.4 * 0.3) ** -0.5, rel=1e-3)


def test_noise_is_what_is_left() -> None:
    assert fitted(gabor(11, (0.3, 1.1), noise=0.5)).explained == pytest.approx(0.8, abs=0.05)


def test_the_scale_and_turns_of_a_filter_change_nothing() -> None:
    psi = gabor(9, (0.3, 1.0), noise=0.3)
    found, large, turned = (fitted(x) for x in (psi, 1e6 * psi, np.rot90(psi)))
    assert large.explained == pytest.approx(found.explained, abs=1e-6)
    np.testing.assert_allclose(large.fit, 1e6 * found.fit, rtol=1e-3, atol=1e3)
    assert turned.explained == pytest.approx(found.explained, abs=0.02)


def test_a_fit_is_the_best_in_its_span() -> None:
    """What is left is orthogonal to the fit, so that squares add up."""
    psi = RNG.standard_normal((7, 7, 1))
    found = fitted(psi)
    assert np.abs(((psi - found.fit) * found.fit).sum()) < 1e-8 * (psi**2).sum()
    assert found.explained == pytest.approx((found.fit**2).sum() / (psi**2).sum())
    assert found.explained < 0.7


@pytest.mark.parametrize(
    ("psi", "said"),
    [
        (np.zeros((5, 5, 1)), "zero"),
        (np.ones((2, 2, 1)), "3 to 64"),
        (np.full((5, 5, 1), np.nan), "NaN"),
        (np.ones((5, 4, 1)), "shape"),
    ],
)
def test_what_is_no_filter_is_refused(psi: np.ndarray, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        fitted(psi)
