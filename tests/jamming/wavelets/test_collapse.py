"""The theorems on the collapse of phases, and the identities behind them."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import unitary_group

from jamming.checks.errors import BadInput
from jamming.wavelets import collapse
from jamming.wavelets.morlet import bank_of_signals, morlet

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("psi", [bank_of_signals(64, 4).psi[1, 0], morlet(16, 2.0, 0.4, 1.0)])
def test_a_small_shift_is_a_phase_up_to_its_bound(psi: np.ndarray) -> None:
    """For every shift, of noise and of the signal for which the bound is nearest."""
    for a in range(1, 8):
        shift = (a, *(0,) * (psi.ndim - 1))
        for x in (RNG.normal(size=psi.shape), collapse.most_moved(psi, shift)):
            error, bound = collapse.small_shift(x, psi, shift)
            assert error <= bound * (1 + 1e-12)


def test_the_bound_is_attained_for_narrow_bands() -> None:
    psi = bank_of_signals(512, 7).psi[4, 0]
    error, bound = collapse.small_shift(collapse.most_moved(psi, (1,)), psi, (1,))
    assert error == pytest.approx(bound, rel=1e-2)
    noise, bound = collapse.small_shift(RNG.normal(size=512), psi, (1,))
    assert noise < 0.5 * bound


def test_the_band_of_a_gabor_filter_is_that_of_its_gaussian() -> None:
    """|psi^|^2 has the deviation 1 / (sqrt(2) sigma) along each axis."""
    centre, width = collapse.band(morlet(64, 4.0, 0.0, 1.0))
    np.testing.assert_allclose(centre, [1.0, 0.0], atol=1e-3)
    assert width == pytest.approx(math.sqrt(2) / (math.sqrt(2) * 4.0), rel=1e-2)


@pytest.mark.parametrize(
    ("K", "low", "high"),
    [(4, 0.785, 1.111), (6, 0.907, 1.047), (8, 0.948, 1.026), (16, 0.987, 1.006)],
)
def test_a_modulus_is_a_sum_of_relus(K: int, low: float, high: float) -> None:
    z = 2.5 * jnp.exp(1j * jnp.linspace(0, 2 * math.pi, 2001))
    found = collapse.modulus_from_relus(z, K) / 2.5
    assert float(found.min()) == pytest.approx(low, abs=6e-4)
    assert float(found.max()) == pytest.approx(high, abs=6e-4)
    assert float(found.max()) == pytest.approx(math.pi / K / math.sin(math.pi / K), abs=1e-5)
    np.testing.assert_allclose(collapse.modulus_from_relus(z, 64), 2.5, rtol=1e-3)


def test_soft_thresholds_are_differences_of_relus_and_keep_the_phase() -> None:
    x, relu = jnp.linspace(-2, 2, 41), jax.nn.relu
    found = collapse.soft_threshold(x, 0.5)
    np.testing.assert_allclose(found, relu(x - 0.5) - relu(-x - 0.5), atol=1e-12)
    np.testing.assert_allclose(jnp.abs(found), relu(x - 0.5) + relu(-x - 0.5), atol=1e-12)
    z = jnp.array([3.0 + 4.0j, 0.1j, 0.0])
    np.testing.assert_allclose(collapse.soft_threshold(z, 1.0), [2.4 + 3.2j, 0, 0], atol=1e-12)
    slope = jax.grad(lambda t: collapse.soft_threshold(t, 0.5))
    assert float(slope(0.0)) == 0.0


@pytest.mark.parametrize("d", [1, 2])
def test_the_entropy_of_phases_is_above_its_bound(d: int) -> None:
    """It is known for Gaussian coefficients, whose phases are free: d log(2 pi)."""
    n = 40_000
    gaussian = math.log(math.pi * math.e)
    X = (RNG.normal(size=(n, d)) + 1j * RNG.normal(size=(n, d))) / 2**0.5
    size = np.abs(X @ unitary_group(2, seed=0).rvs() if d == 2 else X)
    found = collapse.phase_entropy(d * gaussian, size, 32)
    assert found == pytest.approx(d * math.log(2 * math.pi), abs=0.04 * d)
    assert found > collapse.entropy_bound(d * gaussian, float(size.sum(1).mean()), d)


def test_laplace_coefficients_have_the_least_entropy_of_phases() -> None:
    """Above the bound by exactly 2 log 2 - 1 for the density exp(-|x|) / 2 pi."""
    entropy, mean = math.log(2 * math.pi) + 2, 2.0
    found = collapse.phase_entropy(entropy, RNG.gamma(2.0, size=(40_000, 1)))
    assert found == pytest.approx(math.log(2 * math.pi), abs=0.02)
    exact = math.log(2 * math.pi) - collapse.entropy_bound(entropy, mean, 1)
    assert exact == pytest.approx(2 * math.log(2) - 1)
    with pytest.raises(BadInput, match="d = 3"):
        collapse.phase_entropy(1.0, np.ones((9, 3)))


def test_no_unitary_matrix_makes_random_phases_much_sparser() -> None:
    """At d = 2 the best is 4 / pi / sqrt(2), of constant amplitudes; never below sqrt(pi) / 2."""
    keys = jax.random.split(jax.random.key(0), 2)
    X = collapse.random_phases(keys[0], jnp.ones((2000, 2)))
    D = collapse.sparsest(keys[1], X, 60)
    np.testing.assert_allclose(D @ D.conj().T, np.eye(2), atol=1e-12)
    found = float(collapse.ratio_l1(D, X))
    assert found == pytest.approx(4 / math.pi / 2**0.5, abs=0.02)
    np.testing.assert_allclose(np.abs(D), 2**-0.5, atol=0.05)
    for d in (3, 16):
        other = collapse.random_phases(keys[0], jnp.array(RNG.exponential(size=(2000, d))))
        mixing = jnp.array(unitary_group(d, seed=1).rvs())
        assert float(collapse.ratio_l1(mixing, other)) > math.sqrt(math.pi) / 2
