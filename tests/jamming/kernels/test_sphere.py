"""Spectra of kernels on spheres: closed forms, sums, and the kernels that they make again."""

from itertools import islice

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.kernels.sphere import gaussian, multiplicities, spectrum, uniform
from jamming.random_features.harmonics import gegenbauer


@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_the_gaussian_kernel_has_its_closed_form(d: int) -> None:
    closed = gaussian(1.0, d, 12)
    found = spectrum(lambda r2: np.exp(-r2 / 2), d, 12)
    np.testing.assert_allclose(found.eigenvalues, closed.eigenvalues, rtol=1e-6, atol=2e-15)
    assert found.rest == pytest.approx(closed.rest, rel=1e-2, abs=1e-14)


@pytest.mark.parametrize("d", [1, 2, 5])
def test_the_harmonics_sum_to_the_kernel(d: int) -> None:
    def kernel(r2: np.ndarray) -> np.ndarray:
        return np.exp(-np.sqrt(r2 + 0.1))

    found, rho = spectrum(kernel, d, 120), np.linspace(-1, 1, 9)
    rows = np.stack(list(islice(gegenbauer(rho, d + 1), 120)))
    made = (found.eigenvalues * found.multiplicities) @ rows
    np.testing.assert_allclose(made, kernel(2 - 2 * rho), atol=1e-7)


def test_on_the_circle_they_are_the_fourier_coefficients() -> None:
    theta = 2 * np.pi * np.arange(2**16) / 2**16
    values = np.exp(-2 * np.abs(np.sin(theta / 2)))
    expected = np.fft.rfft(values).real[:50] / len(theta)
    found = spectrum(lambda r2: np.exp(-np.sqrt(r2)), 1, 50)
    np.testing.assert_allclose(found.eigenvalues, expected, atol=1e-9)  # that of the sum
    # sum_k N_k lambda_k = K(0), so that the rest is what is beyond
    longer = spectrum(lambda r2: np.exp(-np.sqrt(r2)), 1, 400)
    beyond = 2 * longer.eigenvalues[50:].sum()
    assert found.rest == pytest.approx(beyond + longer.rest, rel=1e-9)


def test_a_rough_kernel_falls_with_the_power_of_its_spectrum() -> None:
    for d in (1, 2, 3):
        found = spectrum(lambda r2: np.exp(-np.sqrt(r2)), d, 201).eigenvalues
        assert np.log(found[100] / found[200]) / np.log(2) == pytest.approx(d + 1, abs=0.05)


def test_what_is_not_above_rounding_is_nothing() -> None:
    smooth = spectrum(lambda r2: np.exp(-r2 / 2), 1, 200)
    assert (smooth.eigenvalues[:10] > 0).all()
    assert not smooth.eigenvalues[30:].any()
    assert smooth.rest == 0


def test_how_many_harmonics_there_are() -> None:
    np.testing.assert_array_equal(multiplicities(4, 1), [1, 2, 2, 2])
    np.testing.assert_array_equal(multiplicities(4, 2), [1, 3, 5, 7])
    np.testing.assert_array_equal(multiplicities(4, 3), [1, 4, 9, 16])


def test_points_are_uniform() -> None:
    x = uniform(4000, 2, 0)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1)
    np.testing.assert_allclose(x.T @ x / len(x), np.eye(3) / 3, atol=0.03)
    np.testing.assert_array_equal(x, uniform(4000, 2, 0))


def test_refused() -> None:
    with pytest.raises(BadInput, match="dimension d of the sphere = 0"):
        uniform(3, 0, 0)
    with pytest.raises(BadInput, match="kernel"):
        spectrum(lambda r2: np.full_like(r2, np.nan), 2, 5)
    with pytest.raises(BadInput, match="positive at r = 0"):
        spectrum(lambda r2: r2, 2, 5)
    with pytest.raises(BadInput, match="sigma"):
        gaussian(0.0, 2, 5)
