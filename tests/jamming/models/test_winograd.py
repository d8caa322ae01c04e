"""Minimal filtering of voxels against sums as they are written, and its derivatives."""

from collections.abc import Callable
from functools import partial
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.models import convolution, winograd

pytestmark = pytest.mark.usefixtures("strict_dtypes")

Way = Callable[..., jax.Array]


def gaussian(*shape: int, seed: int = 0) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape))


def filtered(W: jax.Array, z: jax.Array, *, padding: int) -> jax.Array:
    way = partial(winograd.filtered, padding=padding, in_blocks=convolution._in_blocks)
    return jax.jit(way)(W, z)


def directly(W: jax.Array, z: jax.Array, *, padding: int) -> jax.Array:
    return jax.jit(partial(convolution.convolution, stride=1, padding=padding))(W, z)


@pytest.mark.parametrize(("m", "k"), winograd.POINTS)
def test_places_take_one_product_for_each_point(m: int, k: int) -> None:
    outputs, filters, voxels = winograd.matrices(m, k)
    assert outputs.shape == (m, m + k - 1)
    g, d = np.asarray(gaussian(k)), np.asarray(gaussian(m + k - 1, seed=1))
    due = np.correlate(d, g, "valid")
    np.testing.assert_allclose(outputs @ ((filters @ g) * (voxels @ d)), due, rtol=1e-12)


@pytest.mark.parametrize(
    ("k", "sides", "padding", "channels"),
    [
        (3, (4, 5, 6), 1, (2, 3)),
        (3, (7, 3, 4), 0, (1, 2)),
        (5, (2, 1, 5), 4, (3, 1)),
        (5, (5, 2, 3), 2, (1, 1)),
        (5, (2, 3, 4), 2, (2, 2)),
    ],
)
def test_voxels_are_those_of_the_direct_sum(
    k: int, sides: tuple[int, ...], padding: int, channels: tuple[int, int]
) -> None:
    """At once, and cut in slabs of a tile, one at a time; tiles of two and of four places."""
    z, W = gaussian(3, *sides, channels[0]), gaussian(k, k, k, *channels, seed=1)
    due = directly(W, z, padding=padding)
    for slab, block in (winograd.SLAB_BYTES, convolution.BLOCK_BYTES), (1, 1):
        with (
            mock.patch.object(winograd, "SLAB_BYTES", slab),
            mock.patch.object(convolution, "BLOCK_BYTES", block),
        ):
            got = filtered(W, z, padding=padding)
        assert got.shape == due.shape
        np.testing.assert_allclose(got, due, atol=1e-12 * float(jnp.abs(due).max()))


@pytest.mark.parametrize("k", winograd.LEAST)
def test_so_are_first_and_second_derivatives_and_those_of_many_networks(k: int) -> None:
    W, z = gaussian(2, k, k, k, 2, 3), gaussian(2, 2, 4, 5, 4, 2, seed=1)
    dW, dz = gaussian(*W.shape, seed=2), gaussian(*z.shape, seed=3)

    def found(way: Way) -> object:
        def cubed(W: jax.Array, z: jax.Array) -> jax.Array:
            return (jax.vmap(partial(way, padding=k // 2))(W, z) ** 3).sum()

        back = jax.grad(cubed, argnums=(0, 1))
        return jax.jit(lambda *at: jax.jvp(back, at, (dW, dz)))(W, z)

    with (
        mock.patch.object(convolution, "BLOCK_BYTES", 1),
        mock.patch.object(winograd, "SLAB_BYTES", 1),
    ):
        got = found(filtered)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, atol=1e-11 * float(jnp.abs(b).max())),
        got,
        found(directly),
    )


@pytest.mark.parametrize(
    ("k", "places", "due"), [(3, 2, 2), (3, 4, 4), (3, 5, 2), (3, 9, 4), (5, 1, 2), (5, 6, 4)]
)
def test_tiles_waste_no_more_than_they_save(k: int, places: int, due: int) -> None:
    assert winograd.tiles(k, places) == due


@pytest.mark.parametrize(("k", "most"), [(3, 3.0), (5, 12.0)])
def test_the_largest_error_in_float32_is_some_times_that_of_the_direct_sum(
    k: int, most: float
) -> None:
    errors = []
    for seed in range(4):
        W = gaussian(k, k, k, 16, 8, seed=seed).astype(jnp.float32)
        z = gaussian(1, 8, 8, 8, 16, seed=seed + 3).astype(jnp.float32)
        due = directly(W.astype(float), z.astype(float), padding=k // 2)
        ways = filtered, directly
        errors.append(
            [float(jnp.abs(way(W, z, padding=k // 2).astype(float) - due).max()) for way in ways]
        )
    got, direct = np.mean(errors, axis=0)
    assert got < most * direct


@pytest.mark.parametrize(
    ("k", "places", "channels", "due"),
    [
        (3, (16, 16, 16), (8, 8), True),
        (3, (16, 16, 16), (4, 16), True),
        (3, (16, 16, 16), (4, 4), False),
        (3, (7, 7, 7), (16, 16), True),
        (3, (1, 1, 1), (64, 64), False),
        (3, (0, 4, 4), (64, 64), False),
        (4, (16, 16, 16), (64, 64), False),
        (5, (16, 16, 16), (16, 16), True),
        (5, (16, 16, 16), (8, 8), False),
        (5, (7, 7, 7), (16, 16), False),
        (5, (36, 36, 36), (1, 29), False),
    ],
)
def test_it_pays_where_channels_and_pairs_of_places_are_many(
    k: int, places: tuple[int, ...], channels: tuple[int, int], due: bool
) -> None:
    assert winograd.pays(jnp.zeros((k, k, k, *channels)), places) == due


def test_convolutions_of_stride_one_are_filtered_so() -> None:
    W, z = gaussian(3, 3, 3, 8, 8), gaussian(2, 8, 8, 8, 8, seed=1)
    for stride in (1, 2):
        with mock.patch.object(winograd, "filtered", wraps=winograd.filtered) as called:
            got = jax.jit(partial(convolution.product, stride=stride, padding=1))(W, z)
        assert called.called == (stride == 1)
        due = convolution.convolution(W, z, stride=stride, padding=1)
        np.testing.assert_allclose(got, due, atol=1e-12 * float(jnp.abs(due).max()))
