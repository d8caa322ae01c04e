"""Moments of textures: unbiased, with all energy, and zero without the outer modulus."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.wavelets.expected import energy, every_path, expected, filtered, inner
from jamming.wavelets.filters import tight
from jamming.wavelets.morlet import bank_of_images
from jamming.wavelets.scattering import paths
from jamming.wavelets.textures import textures

N, J, L = 8, 3, 2
BANK = tight(bank_of_images(N, J, L))
X = textures(jax.random.key(0), np.ones((N, N)), 6)


def test_estimates_are_averages_over_pixels_along_each_path() -> None:
    """Those of growing scales are among all, of which `every_path` has the products K^m."""
    with jax.numpy_rank_promotion("allow"):
        found = np.asarray(expected(X, BANK))
    parts = every_path(X, BANK, 2)
    K = J * L
    assert [part.shape for part in parts] == [(6, 1), (6, K), (6, K * K)]
    np.testing.assert_allclose(parts[0][:, 0], X.mean((1, 2)))
    for i, path in enumerate(paths(BANK)):
        place = 0
        for j, angle in zip(path.filters, path.angles, strict=True):
            place = K * place + L * j + angle
        np.testing.assert_allclose(found[:, i], parts[path.order][:, place], atol=1e-12)
    psi = BANK.psi.reshape(K, N, N)
    back = jnp.abs(filtered(jnp.abs(filtered(X[0], psi[4])), psi[1])).mean()
    assert float(parts[2][0, 4 * K + 1]) == pytest.approx(float(back))


def test_energy_is_conserved_with_the_order() -> None:
    """Of a tight bank with a low-pass that is an average over all pixels."""
    bank = tight(bank_of_images(N, 3, 4))
    many = textures(jax.random.key(1), np.ones((N, N)), 100)
    parts = [energy(np.asarray(part)) for part in every_path(many, bank, 2)]
    share = np.cumsum(parts) / float((many**2).mean())
    assert (np.diff(share) > 0).all()
    assert 0.8 < share[-1] < 1.0
    with jax.numpy_rank_promotion("allow"):
        ascending = np.asarray(expected(many, bank, 2))
    assert energy(ascending) / float((many**2).mean()) < share[-1]


def test_squares_of_means_are_not_biased() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(0.5, 2.0, size=(4000, 3, 2))
    each = [energy(one) for one in rows]
    assert np.mean(each) == pytest.approx(2 * 0.25, abs=4 * np.std(each) / 4000**0.5)
    with pytest.raises(BadInput, match="two realisations"):
        energy(rows[0, :1])


def test_without_the_outer_modulus_the_mean_is_zero() -> None:
    psi = BANK.psi
    Y = np.asarray(inner(textures(jax.random.key(2), np.ones((N, N)), 500), psi[0, 0], psi[2, 1]))
    assert np.abs(Y.mean((1, 2))).max() < 1e-12  # over all pixels of each
    at = Y[:, 0, 0]
    assert abs(at.real.mean()) < 3 * at.real.std() / 500**0.5
    assert np.abs(at).mean() > 20 * np.abs(at).std() / 500**0.5
