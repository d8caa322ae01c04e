"""Convolutions of images: matrix products on a CPU, the library's convolution elsewhere.

Training runs in a compiled loop, and XLA on a CPU gives a convolution within a loop one thread and
no tuned kernel. The same sum over the pixels under a filter, written as columns times weights, is a
matrix product, which has both: some eight times as fast (`benchmarks/convolutions.py`). Columns
hold each pixel as often as filters see it: they are made for a block of images at a time, small
enough for the cache, and made again on the way back.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

# of the columns of a block
BLOCK_BYTES = 2**22


def convolve(
    W: Float[Array, "k k C M"], z: Float[Array, "P H V C"], *, stride: int, padding: int
) -> Float[Array, "P H2 V2 M"]:
    """The correlation of images z with the filters W, zeros beyond the edges."""
    on_cpu = jax.local_devices()[0].platform == "cpu"
    return (product if on_cpu else convolution)(W, z, stride=stride, padding=padding)


def convolution(
    W: Float[Array, "k k C M"], z: Float[Array, "P H V C"], *, stride: int, padding: int
) -> Float[Array, "P H2 V2 M"]:
    """`convolve` by the library's convolution."""
    pad = [(padding, padding)] * 2
    return jax.lax.conv_general_dilated(
        z, W, (stride, stride), pad, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def product(
    W: Float[Array, "k k C M"], z: Float[Array, "P H V C"], *, stride: int, padding: int
) -> Float[Array, "P H2 V2 M"]:
    """`convolve` by matrix products, one for each block of images."""

    def of_block(z: Array) -> Array:
        columns = columns_of(z, W.shape[0], stride=stride, padding=padding)
        # as two axes: a product of more is not handed to the tuned kernel
        a = columns.reshape(-1, columns.shape[-1]) @ W.reshape(-1, W.shape[-1])
        return a.reshape(*columns.shape[:-1], -1)

    P = len(z)
    places = math.prod(_places(n, W.shape[0], stride, padding) for n in z.shape[1:3])
    of_image = places * math.prod(W.shape[:-1]) * z.dtype.itemsize
    blocks = min(P, math.ceil(P * of_image / BLOCK_BYTES))
    if blocks <= 1:
        return of_block(z)
    size = math.ceil(P / blocks)
    blocks = math.ceil(P / size)
    spare = jnp.pad(z, ((0, blocks * size - P), *((0, 0),) * 3))
    a = jax.lax.map(jax.checkpoint(of_block), spare.reshape(blocks, size, *z.shape[1:]))
    return a.reshape(blocks * size, *a.shape[2:])[:P]


def columns_of(
    z: Float[Array, "P H V C"], k: int, *, stride: int, padding: int
) -> Float[Array, "P H2 V2 kkC"]:
    """What a filter of k x k sees at each place.

    Gathered along one side of the image, then along the other: 2 k slices instead of k^2, and as
    many sums on the way back.
    """
    height, width = (_places(n, k, stride, padding) for n in z.shape[1:3])
    z = jnp.pad(z, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    along = [slice(i, i + stride * (width - 1) + 1, stride) for i in range(k)]
    down = [slice(i, i + stride * (height - 1) + 1, stride) for i in range(k)]
    z = jnp.concatenate([z[:, :, at] for at in along], axis=-1)
    return jnp.concatenate([z[:, at] for at in down], axis=-1)


def _places(n: int, k: int, stride: int, padding: int) -> int:
    """On how many places a filter of k finds room on a side of n pixels."""
    return (n + 2 * padding - k) // stride + 1
