"""Norms of operators against matrices, and the bounds that they have."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.images import fields
from jamming.images.warp import warp
from jamming.theory.lipschitz import operator_norm
from jamming.wavelets.filters import Bank, tight
from jamming.wavelets.morlet import bank_of_images
from jamming.wavelets.operators import (
    Operator,
    average,
    average_bound,
    commutator,
    moved_average,
    wavelet_transform,
)

N, L = 8, 2
KEY = jax.random.key(0)
TAU = fields.in_pixels(fields.sample_field(KEY, N, 2, np.float64(1e-3)))


def matrix(operator: Operator) -> np.ndarray:
    """All that it does, [coefficients, pixels]."""
    each = jnp.eye(N * N).reshape(-1, N, N)
    return np.asarray(jax.vmap(operator)(each)).reshape(N * N, -1).T


def bank(J: int) -> Bank:
    return tight(bank_of_images(N, J, L))


def test_a_tight_transform_has_norm_one() -> None:
    found = matrix(lambda x: wavelet_transform(x, bank(2)))
    np.testing.assert_allclose(np.linalg.svd(found)[1], 1, atol=1e-12)


def test_norms_are_those_of_matrices() -> None:
    for operator in (commutator(wavelet_transform, TAU, bank(2)), moved_average(TAU, bank(2))):
        due = np.linalg.norm(matrix(operator), 2)
        found = float(operator_norm(operator, (N, N), KEY, 100))
        assert found <= due * (1 + 1e-9)
        assert found == pytest.approx(due, rel=0.02)


def test_translations_by_pixels_commute_but_on_the_frame() -> None:
    """One that does not vary, of an image that is dark where it is read off outside."""
    shift = jnp.zeros((2, N, N)).at[0].set(1.0)
    x = jnp.zeros((N, N)).at[3, 4].set(1.0)
    low = bank(1)
    moved = average(warp(x[..., None], shift)[..., 0], low)
    np.testing.assert_allclose(moved, jnp.roll(average(x, low), 1, 0), atol=1e-12)


def test_the_average_is_within_its_bound_and_its_bound_falls_by_two_an_octave() -> None:
    bounds = []
    for J in (1, 2, 3):
        plain = bank_of_images(N, J, L)
        bounds.append(float(average_bound(TAU, J)))
        assert np.linalg.norm(matrix(moved_average(TAU, plain)), 2) <= bounds[-1]
    np.testing.assert_allclose(np.divide(bounds[:-1], bounds[1:]), 2)


def test_the_bound_has_the_gradient_of_the_low_pass() -> None:
    """|grad phi|_1, of a Gaussian that is summed over a fine grid."""
    J, n = 3, 64
    phi = np.fft.ifft2(bank_of_images(n, J, 1).phi).real
    slopes = [(np.roll(phi, -1, axis) - np.roll(phi, 1, axis)) / 2 for axis in (0, 1)]
    total = np.hypot(*slopes).sum()
    one = jnp.zeros((2, N, N)).at[1, 2, 3].set(1.0)
    assert float(average_bound(one, J)) == pytest.approx(4 * total, rel=0.02)
