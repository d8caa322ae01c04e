"""Thin-plate-spline fields, against SciPy's and affine displacements, which they reproduce."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.interpolate import RBFInterpolator

from jamming.images.splines import sample_spline_field, spline_field

pytestmark = pytest.mark.usefixtures("strict_dtypes")


def grid(n: tuple[int, int], g: int | tuple[int, int]) -> np.ndarray:
    """Pixels [2, ...] of a grid over the image, its corners among them."""
    ends = [np.linspace(0, size - 1, k) for size, k in zip(n, np.broadcast_to(g, 2), strict=True)]
    return np.stack(np.meshgrid(*ends, indexing="ij"))


@pytest.mark.parametrize(("n", "g"), [((12, 12), 3), ((10, 17), 5)])
def test_the_field_is_that_of_scipy(n: tuple[int, int], g: int) -> None:
    at_points = np.random.default_rng(0).uniform(-2, 2, (2, g, g))
    spline = RBFInterpolator(
        grid(n, g).reshape(2, -1).T, at_points.reshape(2, -1).T, kernel="thin_plate_spline"
    )
    expected = spline(grid(n, n).reshape(2, -1).T).T.reshape(2, *n)
    np.testing.assert_allclose(spline_field(jnp.asarray(at_points), n), expected, atol=1e-9)


@pytest.mark.parametrize("g", [2, 4])
def test_affine_displacements_are_reproduced(g: int) -> None:
    n, rng = (12, 15), np.random.default_rng(1)
    A, b = rng.normal(size=(2, 2)), rng.normal(size=(2, 1, 1))
    of_points, of_pixels = (np.einsum("ab,bxy->axy", A, grid(n, size)) + b for size in (g, n))
    np.testing.assert_allclose(spline_field(jnp.asarray(of_points), n), of_pixels, atol=1e-9)


def test_random_fields_go_through_uniform_displacements() -> None:
    n, g, m = 13, 3, 2.0
    keys = jax.random.split(jax.random.key(0), 400)
    tau = jax.jit(jax.vmap(lambda key: sample_spline_field(key, n, g, m)))(keys)
    at_points = np.asarray(tau)[:, :, ::6, ::6]  # the pixels of the control points
    assert at_points.shape == (400, 2, g, g)
    assert np.abs(at_points).max() < m + 1e-9
    assert (at_points**2).mean() == pytest.approx(m**2 / 3, rel=0.05)
    assert np.abs(np.corrcoef(at_points.reshape(400, -1).T) - np.eye(18)).max() < 0.25
    twice = sample_spline_field(keys[0], n, g, 2 * m)
    np.testing.assert_allclose(twice, 2 * tau[0], atol=1e-12)
    assert sample_spline_field(keys[0], n, g, np.float32(m)).dtype == np.float32
