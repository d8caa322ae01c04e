"""Convolutions as matrix products against the library's convolution, and their derivatives."""

from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.models import convolution as conv

pytestmark = pytest.mark.usefixtures("strict_dtypes")


def gaussian(*shape: int, seed: int = 0) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape))


@settings(max_examples=12)
@given(
    k=st.integers(1, 5),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
    more=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    P=st.sampled_from([1, 2, 3, conv.MANY, conv.MANY + 1]),
    channels=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
def test_the_product_is_the_convolution(
    k: int,
    stride: int,
    padding: int,
    more: tuple[int, int],
    P: int,
    channels: tuple[int, int],
) -> None:
    z = gaussian(P, k + more[0], k + more[1], channels[0])
    W = gaussian(k, k, *channels, seed=1)
    expected = conv.convolution(W, z, stride=stride, padding=padding)
    got = conv.product(W, z, stride=stride, padding=padding)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("P", [2, conv.MANY])
@pytest.mark.parametrize(("stride", "padding"), [(1, 1), (2, 1), (3, 0)])
def test_so_are_its_derivatives(stride: int, padding: int, P: int) -> None:
    W, z = gaussian(3, 3, 2, 4), gaussian(P, 7, 6, 2, seed=1)
    dW, dz = gaussian(*W.shape, seed=2), gaussian(*z.shape, seed=3)
    found = []
    for way in (conv.product, conv.convolution):

        def cubed(W: jax.Array, z: jax.Array, way: object = way) -> jax.Array:
            return (way(W, z, stride=stride, padding=padding) ** 3).sum()  # type: ignore[operator]

        back = jax.grad(cubed, argnums=(0, 1))
        found.append((back(W, z), jax.jvp(back, (W, z), (dW, dz))[1]))
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10), found[0], found[1]
    )


@pytest.mark.parametrize("P", [5, conv.MANY + 3])
@pytest.mark.parametrize("images", [0.5, 2, 3])
def test_blocks_of_images_change_nothing(images: float, P: int) -> None:
    W, z = gaussian(3, 3, 2, 4), gaussian(P, 7, 6, 2, seed=1)
    # of one image: 3 rows of 6 pixels, or 9 pixels a place, for each of the 7 rows
    block = int(images * 8 * 2 * 7 * (3 * 6 if conv.MANY <= P else 9 * 6))

    def cubed(W: jax.Array, z: jax.Array) -> jax.Array:
        return (conv.product(W, z, stride=1, padding=1) ** 3).sum()

    whole = jax.value_and_grad(cubed, argnums=(0, 1))(W, z)
    with mock.patch.object(conv, "BLOCK_BYTES", block):
        assert "scan" in str(jax.make_jaxpr(cubed)(W, z))
        parts = jax.value_and_grad(cubed, argnums=(0, 1))(W, z)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11), parts, whole)


@pytest.mark.parametrize(
    ("channels", "stride", "padding"),
    [((2, 3), 1, 2), ((2, 3), 2, 1), ((1, 4), 3, 0), ((2, 3), 6, 4)],
)
def test_voxels_are_convolved_and_derived_alike(
    channels: tuple[int, int], stride: int, padding: int
) -> None:
    """Of two channels planes are added up, of one they are gathered."""
    z, W = gaussian(3, 5, 6, 4, channels[0]), gaussian(3, 3, 3, *channels, seed=1)
    found = []
    for way in (conv.product, conv.convolution):

        def cubed(W: jax.Array, z: jax.Array, way: object = way) -> tuple[jax.Array, jax.Array]:
            a = way(W, z, stride=stride, padding=padding)  # type: ignore[operator]
            return (a**3).sum(), a

        found.append(jax.jit(jax.value_and_grad(cubed, (0, 1), has_aux=True))(W, z))
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10), found[0], found[1]
    )


@pytest.mark.parametrize("channels", [(2, 3), (1, 4)])
def test_blocks_of_voxels_and_of_their_planes_change_nothing(channels: tuple[int, int]) -> None:
    z, W = gaussian(3, 5, 6, 4, channels[0]), gaussian(3, 3, 3, *channels, seed=1)

    def cubed(W: jax.Array, z: jax.Array) -> jax.Array:
        return (conv.product(W, z, stride=1, padding=1) ** 3).sum()

    whole = jax.jit(jax.value_and_grad(cubed, argnums=(0, 1)))(W, z)
    with mock.patch.object(conv, "BLOCK_BYTES", 2000):
        assert str(jax.make_jaxpr(cubed)(W, z)).count("scan[") == 2
        parts = jax.jit(jax.value_and_grad(cubed, argnums=(0, 1)))(W, z)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11), parts, whole)


def test_images_of_another_shape_are_refused() -> None:
    for z, W, due in (
        (gaussian(2, 4, 4, 1), gaussian(3, 3, 3, 1, 1), "P, X, Y, Z, 1"),
        (gaussian(2, 4, 4, 4, 1), gaussian(3, 3, 1, 1), "P, H, V, 1"),
    ):
        with pytest.raises(BadInput, match=due):
            conv.convolve(W, z, stride=1, padding=0)


def test_a_large_band_or_few_images_spread_no_weights() -> None:
    elements = 3 * 6 * 2 * 6 * 4
    for P, most, expected in (
        (conv.MANY, elements, True),
        (conv.MANY, elements - 1, False),
        (conv.MANY - 1, elements, False),
    ):
        with (
            mock.patch.object(conv, "LARGEST_BAND", most),
            mock.patch.object(conv, "band", side_effect=conv.band) as spread,
        ):
            conv.product(gaussian(3, 3, 2, 4), gaussian(P, 7, 6, 2), stride=1, padding=1)
        assert spread.called == expected


def test_an_accelerator_keeps_its_own_convolution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax, "local_devices", lambda: [mock.Mock(platform="gpu")])
    with (
        mock.patch.object(conv, "convolution", side_effect=LookupError("convolution")),
        pytest.raises(LookupError, match="convolution"),
    ):
        conv.convolve(gaussian(3, 3, 2, 4), gaussian(2, 7, 6, 2), stride=1, padding=1)
