"""Roto-translation scattering: exact invariances, and the sum that defines it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.wavelets.expected import filtered
from jamming.wavelets.roto import banks, quarter_turns, roto_translation
from jamming.wavelets.scattering import scatter

N, J, L = 16, 2, 2
OF = banks(N, J, L)
X = jnp.array(np.random.default_rng(0).normal(size=(2, N, N)))


def test_it_is_invariant_to_quarter_turns_and_translations() -> None:
    due = roto_translation(X, OF).flat()
    for turns in (1, 2, 3):
        moved = jnp.roll(quarter_turns(X, turns), (3, 5), (1, 2))
        np.testing.assert_allclose(roto_translation(moved, OF).flat(), due, atol=1e-12)
    turned = quarter_turns(X)
    np.testing.assert_allclose(turned[:, 0, 0], X[:, 0, 0])
    np.testing.assert_allclose(quarter_turns(turned, 3), X)
    with jax.numpy_rank_promotion("allow"):
        plain = [scatter(x, OF.plane).mean((-1, -2)) for x in (X, turned)]
    assert float(jnp.abs(plain[0] - plain[1]).max()) > 1e-3  # which averages over pixels do not


def test_it_is_the_sum_over_the_group() -> None:
    found = roto_translation(X[:1], OF)
    psi, angles = jnp.array(OF.plane.psi), OF.plane.L
    Y = jnp.abs(filtered(X[0], psi[0]))  # [angle, H, W]
    along = np.fft.ifft(OF.angle)  # psi_k at each angle
    for t2 in range(angles):
        for k in range(len(along)):
            total = 0.0
            for t in range(angles):
                inner = sum(
                    filtered(Y[s], psi[1, (t2 + s) % angles]) * along[k, (t - s) % angles]
                    for s in range(angles)
                )
                total += float(jnp.abs(inner).mean()) / angles
            assert float(found.S2[0, 0, t2, k]) == pytest.approx(total)
    assert float(found.S0[0]) == pytest.approx(float(X[0].mean()))
    assert float(found.S1[0, 0]) == pytest.approx(float(Y.mean()))


def test_it_knows_how_angles_at_different_places_relate() -> None:
    """Two textures of crossed waves: together everywhere, or each in a half of the image."""
    u = np.arange(N) * np.pi / 2
    rows, columns = np.cos(u)[:, None] * np.ones(N), np.ones((N, 1)) * np.cos(u)
    half = (np.arange(N) < N // 2)[:, None]
    together, apart = (rows + columns) / 2**0.5, np.where(half, rows, columns)
    found = [roto_translation(jnp.array(x), OF) for x in (together, apart)]
    assert float(jnp.linalg.norm(found[0].S2 - found[1].S2)) > 0.1 * float(
        jnp.linalg.norm(found[0].S2)
    )


def test_one_angle_is_refused() -> None:
    with pytest.raises(BadInput, match="L = 1 is too small"):
        banks(N, J, 1)
