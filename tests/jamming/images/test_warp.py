"""Deformed images, against shifts, dense formulas and SciPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from jamming.images import fields
from jamming.images.warp import SIGMA, augmentation, blurred, warp

pytestmark = pytest.mark.usefixtures("strict_dtypes")

P, H, W, C = 3, 9, 7, 2
rng = np.random.default_rng(0)
X = rng.normal(size=(P, H, W, C))
TAU = 2 * rng.normal(size=(P, 2, H, W))  # some of it leaves the image
BOTH = pytest.mark.parametrize("interpolation", ["bilinear", "gaussian"])


def positions(tau: np.ndarray) -> np.ndarray:
    """Where the values come from, [2, H, W]."""
    at = np.stack(np.meshgrid(np.arange(H), np.arange(W), indexing="ij")) - tau
    return np.clip(at, 0, np.array([H - 1, W - 1])[:, None, None])


def test_nothing_moves_without_a_displacement() -> None:
    np.testing.assert_array_equal(warp(X, np.zeros((2, H, W))), X)


@pytest.mark.parametrize("shift", [(2, -1), (-3, 0), (0, 4)])
def test_whole_pixels_are_shifts_that_repeat_the_frame(shift: tuple[int, int]) -> None:
    tau = np.broadcast_to(np.array(shift, float)[:, None, None], (2, H, W))
    rows, columns = (
        np.clip(np.arange(n) - by, 0, n - 1) for n, by in zip((H, W), shift, strict=True)
    )
    np.testing.assert_array_equal(warp(X, tau), X[:, rows][:, :, columns])


def test_bilinear_is_that_of_scipy() -> None:
    found = warp(X, TAU)
    for x, tau, y in zip(X, TAU, found, strict=True):
        for channel in range(C):
            expected = map_coordinates(x[..., channel], positions(tau), order=1, mode="nearest")
            np.testing.assert_allclose(y[..., channel], expected, atol=1e-12)


def test_gaussian_is_the_sum_over_all_pixels() -> None:
    found = warp(X, TAU, "gaussian")
    rows, columns = np.arange(H)[:, None, None, None], np.arange(W)[None, :, None, None]
    for x, tau, y in zip(X, TAU, found, strict=True):
        at = positions(tau)
        distance = (rows - at[0]) ** 2 + (columns - at[1]) ** 2
        weight = np.exp(-distance / (2 * SIGMA**2))
        expected = np.einsum("ijxy,ijc->xyc", weight / weight.sum((0, 1)), x)
        np.testing.assert_allclose(y, expected, atol=1e-10)


def test_the_gaussian_has_four_pixels_at_the_centre_of_a_cell() -> None:
    """DIF-7."""
    impulses = np.eye(H * W).reshape(H * W, H, W, 1)
    weights = warp(impulses, np.full((2, H, W), 0.5), "gaussian")[:, H // 2, W // 2, 0]
    ratio = float((weights**2).sum() ** 2 / (weights**4).sum())
    assert 4.00 <= ratio <= 4.01
    assert ratio == pytest.approx(4.002, abs=5e-4)


def test_blurred_images_are_those_that_did_not_move() -> None:
    np.testing.assert_array_equal(blurred(X), warp(X, np.zeros((P, 2, H, W)), "gaussian"))
    np.testing.assert_allclose(blurred(np.ones((1, H, W, 1))), 1, rtol=1e-14)
    assert 0.1 < float(jnp.abs(blurred(X) - X).mean()) < 1


@BOTH
def test_it_is_linear_in_the_image_and_knows_neither_channels_nor_axes(interpolation: str) -> None:
    one, other = warp(X, TAU, interpolation), warp(X[::-1], TAU, interpolation)
    together = warp(2 * X + X[::-1], TAU, interpolation)
    np.testing.assert_allclose(together, 2 * one + other, atol=1e-12)
    np.testing.assert_allclose(warp(X[..., ::-1], TAU, interpolation), one[..., ::-1], atol=1e-15)
    turned = warp(X.swapaxes(1, 2), TAU[:, ::-1].swapaxes(2, 3), interpolation)
    np.testing.assert_allclose(turned, one.swapaxes(1, 2), atol=1e-12)


@BOTH
def test_one_field_is_for_all_images_and_batches_have_any_axes(interpolation: str) -> None:
    single = warp(X[0], TAU[0], interpolation)
    assert single.shape == (H, W, C)
    for_all = warp(X, TAU[0], interpolation)
    np.testing.assert_allclose(for_all[0], single, atol=1e-15)
    np.testing.assert_allclose(for_all[1], warp(X[1], TAU[0], interpolation), atol=1e-15)
    deep = warp(X[:, None], TAU[:, None], interpolation)
    assert deep.shape == (P, 1, H, W, C)
    np.testing.assert_allclose(deep[:, 0], warp(X, TAU, interpolation), atol=1e-15)
    mapped = jax.jit(jax.vmap(lambda x, tau: warp(x, tau, interpolation)))
    np.testing.assert_allclose(mapped(jnp.asarray(X), jnp.asarray(TAU)), deep[:, 0], atol=1e-14)


@BOTH
def test_types_of_images_stay(interpolation: str) -> None:
    single = np.float32(X)
    found = warp(single, TAU, interpolation)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, warp(X, TAU, interpolation), atol=1e-5)
    pixels = rng.integers(0, 256, X.shape).astype(np.uint8)
    found, expected = (warp(x, TAU, interpolation) for x in (pixels, pixels.astype(float)))
    np.testing.assert_array_equal(found, expected)


RAMPS = np.stack(np.meshgrid(*[np.arange(33.0)] * 2, indexing="ij"), -1)  # rows, columns


def moved(x: jax.Array) -> np.ndarray:
    """The displacements [n, 2, 33, 33] that ramps have undergone."""
    return np.moveaxis(RAMPS - np.asarray(x), -1, 1)


def test_augmented_images_have_random_fields_of_their_own() -> None:
    images = np.broadcast_to(RAMPS, (300, 33, 33, 2))
    augment = jax.jit(lambda key, x: augmentation(key, x))
    tau = moved(augment(jax.random.key(0), images))
    sine = np.sin(np.pi * np.linspace(0, 1, 33))
    one_mode = tau[:, :, 16:17, 16:17] * np.outer(sine, sine)  # by default c = 1
    np.testing.assert_allclose(tau, one_mode, atol=1e-12)
    delta = fields.displacement(1e-2, 33, 1, "centre")
    assert np.sqrt((tau[:, :, 16, 16] ** 2).sum(1).mean()) == pytest.approx(delta, rel=0.1)
    assert len(np.unique(tau[:, 0, 16, 16])) == 300


def test_temperatures_and_cuts_are_drawn_from_their_ranges() -> None:
    images = np.broadcast_to(RAMPS, (300, 33, 33, 2))
    tau = moved(augmentation(jax.random.key(1), images, T=(1e-6, 1e-4), c=(1, 3)))
    sine = np.sin(np.pi * np.arange(1, 5)[:, None] * np.linspace(0, 1, 33)) / 16  # / (33 - 1) * 2
    C = np.einsum("naxy,ix,jy->naij", tau / 33, sine, sine)
    there = np.abs(C[:, 0]) > 1e-9
    counts = there.sum((1, 2))
    sizes = [len(fields.modes(c)) for c in (1, 2, 3)]
    shares = [(counts == size).mean() for size in sizes]
    assert sum(shares) == 1
    assert min(shares) > 0.25
    i = np.arange(1, 5) ** 2
    T = (C**2 * np.add.outer(i, i)).sum((1, 2, 3)) / (2 * counts)
    logs = np.log10(T[counts == sizes[2]])  # of twelve amplitudes
    assert -6.5 < logs.min() < -5.5
    assert -4.5 < logs.max() < -3.5
    assert logs.mean() == pytest.approx(-5, abs=0.2)
