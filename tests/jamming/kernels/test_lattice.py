"""The exact error on lattices, beside regression on such a lattice by linear algebra."""

import itertools

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.kernels.lattice import beta, lattice_mse


def fourier(alpha: float, x: np.ndarray, most: int) -> np.ndarray:
    """The periodic kernel of differences x [a, b, d], from all frequencies up to `most`."""
    d = x.shape[-1]
    found = np.zeros(x.shape[:-1])
    for w in itertools.product(np.arange(-most, most + 1), repeat=d):
        found += np.cos(x @ np.array(w, float)) * (1 + np.sum(np.square(w))) ** (-alpha / 2)
    return found


@pytest.mark.parametrize(
    ("alpha_T", "alpha_S", "m", "d", "most"),
    [(4.0, 4.0, 5, 1, 200), (5.0, 4.0, 4, 1, 200), (4.0, 6.0, 4, 1, 200), (7.0, 6.0, 3, 2, 12)],
)
def test_the_formula_is_regression_on_the_lattice(
    alpha_T: float, alpha_S: float, m: int, d: int, most: int
) -> None:
    sites = 2 * np.pi / m * np.array(list(itertools.product(range(m), repeat=d)), float)
    # the mean over one cell, of a periodic function: equidistant points
    fine = 24 if d == 1 else 8
    inside = itertools.product((np.arange(fine) + 0.5) / fine, repeat=d)
    tests = 2 * np.pi / m * np.array(list(inside))

    def kernels(alpha: float) -> tuple[np.ndarray, np.ndarray]:
        return (
            fourier(alpha, sites[:, None] - sites, most),
            fourier(alpha, sites[:, None] - tests, most),
        )

    (K_T, k_T), (K_S, k_S) = kernels(alpha_T), kernels(alpha_S)
    w = np.linalg.solve(K_S, k_S)
    direct = K_T[0, 0] - 2 * (w * k_T).sum(0) + (w * (K_T @ w)).sum(0)
    found = lattice_mse(alpha_T, alpha_S, m, d)
    np.testing.assert_allclose(found, direct.mean() / K_T[0, 0], rtol=2e-3)


def test_one_site_of_its_own_kernel() -> None:
    # K(x) = pi cosh(pi - x) / sinh(pi) for alpha = 2; the error is K(0) - <K(x)^2> / K(0)
    a = np.pi
    square = (np.sinh(2 * a) / (2 * a) + 1) / 2 / np.cosh(a) ** 2
    assert lattice_mse(2.0, 2.0, 1)[0] == pytest.approx(1 - square, rel=1e-5)


def test_exponents() -> None:
    for alpha_T in (2.0, 3.0, 7.0):
        mse = lattice_mse(alpha_T, 2.0, (256, 512))
        assert np.log2(mse[0] / mse[1]) == pytest.approx(beta(alpha_T, 2.0, 1), abs=0.01)
    assert beta(5, 5, 4) == 0.25
    assert beta(np.inf, 3, 2) == 3.0
    assert beta(np.inf, np.inf, 6) == np.inf


def test_refused() -> None:
    for wrong, said in (
        ((1.0, 2.0, 4, 1), "alpha_T must be above 1"),
        ((3.0, np.nan, 4, 1), "alpha_S must be finite"),
        ((4.0, 4.0, 4, 3), "the dimension d of a lattice = 3"),
        ((4.0, 4.0, 0, 1), "m = 0"),
        ((4.0, 4.0, 4096, 2), "too large"),
    ):
        with pytest.raises(BadInput, match=said):
            lattice_mse(*wrong)
    with pytest.raises(BadInput, match="alpha_S must be above 3"):
        beta(5, 3, 3)
