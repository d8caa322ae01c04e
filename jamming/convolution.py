"""Convolutions of images: one matrix product on a CPU, the library's convolution elsewhere.

Training runs in a compiled loop, and XLA on a CPU gives a convolution within a loop one thread and
no tuned kernel. The same sum over the pixels under a filter, written as columns times weights, is a
matrix product, which has both: some ten times as fast (`benchmarks/convolutions.py`). Columns hold
each pixel as often as filters see it; where that takes too much memory the convolution stays.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

# of the columns of one layer
MOST_BYTES = 2**28


def convolve(
    W: Float[Array, "k k C M"], z: Float[Array, "P H V C"], *, stride: int, padding: int
) -> Float[Array, "P H2 V2 M"]:
    """The correlation of images z with the filters W, zeros beyond the edges."""
    height, width = (_places(n, W.shape[0], stride, padding) for n in z.shape[1:3])
    columns = z.shape[0] * height * width * math.prod(W.shape[:-1]) * z.dtype.itemsize
    if jax.local_devices()[0].platform != "cpu" or columns > MOST_BYTES:
        return convolution(W, z, stride=stride, padding=padding)
    return product(W, z, stride=stride, padding=padding)


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
    """`convolve` by one matrix product.

    The columns are gathered along one side of the image, then along the other: 2 k slices instead
    of k^2, and as many sums on the way back.
    """
    k = W.shape[0]
    P, height, width, _ = z.shape
    height, width = (_places(n, k, stride, padding) for n in (height, width))
    z = jnp.pad(z, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    along = [slice(i, i + stride * (width - 1) + 1, stride) for i in range(k)]
    down = [slice(i, i + stride * (height - 1) + 1, stride) for i in range(k)]
    z = jnp.concatenate([z[:, :, at] for at in along], axis=-1)
    z = jnp.concatenate([z[:, at] for at in down], axis=-1)
    # as two axes: a product of more is not handed to the tuned kernel
    a = z.reshape(P * height * width, -1) @ W.reshape(-1, W.shape[-1])
    return a.reshape(P, height, width, -1)


def _places(n: int, k: int, stride: int, padding: int) -> int:
    """On how many places a filter of k finds room on a side of n pixels."""
    return (n + 2 * padding - k) // stride + 1
