"""Learning curves from spectra: the fixed point, limits, the exact theory of random features."""

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.kernels.distance import squared_distances
from jamming.kernels.fields import Covariance
from jamming.kernels.replica import predicted, resolution
from jamming.kernels.sphere import uniform
from jamming.kernels.teacher import taught
from jamming.models.activations import activation
from jamming.random_features import theory

rank = np.arange(1, 500.0)
LAM, WEIGHTS = rank**-2, rank**-1.5


def test_it_is_the_formula_of_the_paper() -> None:
    # t and gamma as Spigler, Geiger and Wyart have them, by iteration
    n, t = 50, 1.0
    for _ in range(2000):
        t = float(np.sum(LAM / (1 + LAM * n / t)))
    gamma = np.sum(LAM**2 / (1 + LAM * n / t) ** 2)
    w2 = WEIGHTS / LAM
    expected = np.sum(w2 / LAM * (1 / LAM + n / t) ** -2) / (1 - n * gamma / t**2)
    assert predicted(LAM, WEIGHTS, n)[0] == pytest.approx(expected, rel=1e-9)
    assert resolution(LAM, np.ones_like(LAM), float(n), 0.0) == pytest.approx(t / n, rel=1e-9)


@pytest.mark.parametrize(("psi_2", "noise"), [(0.5, 0.0), (2.0, 0.0), (2.0, 0.5), (6.0, 0.3)])
def test_it_is_the_exact_theory_of_random_features(psi_2: float, noise: float) -> None:
    """Of infinitely many neurons, whose kernel is linear and a ridge."""
    mu, d = theory.constants(activation("relu")), 1e6
    expected = theory.limit(theory.Setting(50.0, psi_2, noise=noise), mu)
    linear = mu.mu_1**2 / d
    found = predicted([linear], [1.0], psi_2 * d, mu.mu_star**2, multiplicities=[d], noise=noise**2)
    assert found[0] == pytest.approx(expected, rel=1e-6)


def test_it_is_near_what_is_measured_on_the_sphere() -> None:
    of, d, n = Covariance("laplace", 3.0), 3, (50, 100, 200)
    found = of.spectrum(d, 150)
    weights = np.append(found.eigenvalues * found.multiplicities, found.rest)
    lam, several = np.append(found.eigenvalues, 0.0), np.append(found.multiplicities, 1.0)
    theory_ = predicted(lam, weights, n, found.rest, multiplicities=several)
    x = uniform(600, d, 0)
    r2, r2_test = squared_distances(x[:200]), squared_distances(x[:200], x[200:])
    kernels = of.kernel(r2), of.kernel(r2_test)
    np.testing.assert_allclose(taught(*kernels, *kernels, n).mse, theory_, rtol=0.1)


def test_on_the_circle_both_are_known() -> None:
    """Of the Laplace kernel.

    Between neighbours at a distance g it interpolates with the mean error g / (3 sigma), and a
    random point lies in a gap of twice the mean: 4 pi / (3 sigma n). In the formula lambda_k = 1 /
    (pi sigma k^2) twice, kappa = pi / (sigma n^2) and g = 1/2, so that it is pi / (sigma n).
    """
    of, n = Covariance("laplace", 1.0), 150
    found = of.spectrum(1, 750)
    weights = np.append(found.eigenvalues * found.multiplicities, found.rest)
    lam, several = np.append(found.eigenvalues, 0.0), np.append(found.multiplicities, 1.0)
    formula = predicted(lam, weights, n, found.rest, multiplicities=several)[0]
    assert formula * n == pytest.approx(np.pi, rel=0.02)
    measured = []
    for seed in range(10):
        x = uniform(2 * n, 1, seed)
        kernels = [of.kernel(squared_distances(x[:n], other)) for other in (None, x[n:])]
        measured.append(taught(*kernels, *kernels, n).mse[0])
    assert n * np.mean(measured) == pytest.approx(4 * np.pi / 3, rel=0.12)


def test_levels_may_be_given_once() -> None:
    lam, weights, several = np.array([1.0, 0.1, 0.01]), np.array([0.2, 0.5, 0.3]), [1, 4, 30]
    found = predicted(lam, weights, (3, 10), 1e-3, multiplicities=several)
    of_each = np.repeat(lam, several), np.repeat(weights / several, several)
    np.testing.assert_allclose(found, predicted(*of_each, (3, 10), 1e-3), rtol=1e-12)


def test_limits() -> None:
    # a ridge without bound learns nothing; eigenvalues as many as points are learnt
    assert predicted(LAM, WEIGHTS, 10, 1e9)[0] == pytest.approx(WEIGHTS.sum(), rel=1e-6)
    np.testing.assert_array_equal(predicted([1.0, 0.5], [1.0, 2.0], (2, 5)), [0.0, 0.0])
    # what no eigenvalue knows is noise: infinite at interpolation, and a variance beyond
    found = predicted([1.0, 0.5, 0.0], [1.0, 2.0, 0.3], (2, 4, 200))
    np.testing.assert_allclose(found, [np.inf, 0.6, 0.3 / 0.99])
    # eigenvalues over hundreds of decades
    tiny = 10.0 ** -np.arange(0, 300, 3)
    assert (np.diff(predicted(tiny, tiny, (5, 20, 60))) < 0).all()


def test_refused() -> None:
    for wrong, said in (
        (([-1.0], [1.0], 3), "eigenvalues are one at least, and not negative"),
        (([1.0], [np.nan], 3), "weights"),
        (([1.0, 2.0], [1.0], 3), "weights"),
        (([1.0], [1.0], 0), "n must be at least 1"),
        (([0.0], [1.0], 3), "learns nothing"),
        (([1.0], [1.0], 3, -1.0), "ridge"),
    ):
        with pytest.raises(BadInput, match=said):
            predicted(*wrong)
