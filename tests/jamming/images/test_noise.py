"""Noise of a given norm in a random direction."""

import jax
import numpy as np
import pytest

from jamming.images.noise import sphere_noise

pytestmark = pytest.mark.usefixtures("strict_dtypes")

X = np.zeros((500, 4, 3, 2))


@pytest.mark.parametrize("radius", [0.3, np.linspace(0, 2, 500)])
def test_its_norm_is_the_radius(radius: float | np.ndarray) -> None:
    eta = np.asarray(sphere_noise(jax.random.key(0), X, radius))
    norms = np.linalg.norm(eta.reshape(500, -1), axis=1)
    np.testing.assert_allclose(norms, np.broadcast_to(radius, 500), rtol=1e-12)
    assert sphere_noise(jax.random.key(0), X.astype(np.float32), radius).dtype == np.float32


def test_no_direction_is_preferred() -> None:
    eta = np.asarray(sphere_noise(jax.random.key(1), X, 1.0)).reshape(500, 24)
    assert np.abs(eta.mean(0)).max() < 4 / np.sqrt(24 * 500)
    np.testing.assert_allclose(24 * eta.T @ eta / 500, np.eye(24), atol=0.25)
