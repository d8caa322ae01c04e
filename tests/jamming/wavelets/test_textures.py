"""Textures have the spectrum that they are asked for; displacements are exact for smooth images."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.wavelets.textures import displaced, ring, textures

N = 8


def test_the_spectrum_is_that_which_was_asked_for() -> None:
    power = ring(N, 1.5, 0.5, 0.3)
    X = textures(jax.random.key(0), power, 4000)
    found = np.abs(np.fft.fft2(X)) ** 2 / N**2
    error = found.std(0) / np.sqrt(len(X))
    assert (np.abs(found.mean(0) - power) <= 5 * error + 1e-12).all()
    assert float((X**2).mean()) == pytest.approx(1.0, abs=0.03)
    assert float(jnp.abs(X.mean((-2, -1))).max()) < 1e-12
    # waves along the first axis, theta = 0, vary along it
    along = textures(jax.random.key(1), ring(N, 1.5, 0.5, 0.0, 5.0), 200)
    rows, columns = (float((jnp.diff(along, axis=axis) ** 2).mean()) for axis in (1, 2))
    assert rows > 3 * columns


def test_an_image_of_waves_is_displaced_exactly() -> None:
    k = 2 * np.pi / N * np.array([[1, 2], [3, -1]])
    s = np.stack(np.meshgrid(np.arange(N), np.arange(N), indexing="ij"))
    tau = np.random.default_rng(0).normal(size=(2, N, N))

    def image(at: np.ndarray) -> np.ndarray:
        return np.cos(np.tensordot(k, at, 1) + np.array([0.3, 1.0])[:, None, None]).sum(0)

    found = displaced(jnp.array([image(s), 2 * image(s)]), jnp.array(tau))
    np.testing.assert_allclose(found[0], image(s - tau), atol=1e-12)
    np.testing.assert_allclose(found[1], 2 * found[0], atol=1e-12)


@pytest.mark.parametrize(
    ("power", "says"),
    [
        (-np.ones((4, 4)), "not negative"),
        (np.arange(16.0).reshape(4, 4), "is even"),
        (np.full((4, 4), np.nan), "NaN in the spectrum"),
        (np.ones(4), r"\[H, W\] is meant"),
    ],
)
@pytest.mark.usefixtures("unannotated")
def test_what_is_no_spectrum_is_refused(power: np.ndarray, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        textures(jax.random.key(0), power, 1)


def test_a_ring_beyond_the_pixels_is_refused() -> None:
    with pytest.raises(BadInput, match="frequency, in radians a pixel"):
        ring(N, 4.0, 0.1)
