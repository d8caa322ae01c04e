"""Convolutions of images, or voxels: matrix products on a CPU, the library's convolution elsewhere.

XLA on a CPU gives a convolution within a compiled loop one thread and no tuned kernel. As a matrix
product, columns of pixels times weights, it is some eight to ten times as fast
(`benchmarks/convolutions.py`). The columns are made for a block of images at a time, small enough
for the cache, and made again on the way back. Of voxels there would be k^3 for each place: k times
as many outputs, divided by the stride, are made of the columns of planes, and added up along the
first axis; or, where it pays, fewer products of pairs of places (`winograd`). A gradient is then 15
times as fast as XLA's in a compiled loop, or more (`benchmarks/voxels.py`).
"""

import functools
import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Num

from jamming.checks.arrays import shaped
from jamming.models import winograd

# of what is gathered for a block
BLOCK_BYTES = 2**22
# a band matrix pays up to so many elements, and from so many images on
LARGEST_BAND, MANY = 2**18, 16


def convolve(
    W: Float[Array, "*k _ M"], z: Num[Array, "P *sides _"], *, stride: int, padding: int
) -> Float[Array, "P *places M"]:
    """The correlation, in the precision of W, of zero-padded images z with the filters W.

    Images [P, H, V, C] with filters [k, k, C, M], or voxels [P, X, Y, Z, C] with [k, k, k, C, M].
    """
    shaped(z, "images", "P", *("HV" if W.ndim == 4 else "XYZ"), W.shape[-2])
    z = z.astype(W.dtype)
    on_cpu = jax.local_devices()[0].platform == "cpu"
    return (product if on_cpu else convolution)(W, z, stride=stride, padding=padding)


def convolution(
    W: Float[Array, "*k C M"], z: Float[Array, "P *sides C"], *, stride: int, padding: int
) -> Float[Array, "P *places M"]:
    """`convolve` by the library's convolution."""
    n = z.ndim - 2
    sides = tuple(range(n))
    of_images = 0, n + 1, *(i + 1 for i in sides)
    order = jax.lax.ConvDimensionNumbers(of_images, (n + 1, n, *sides), of_images)
    return jax.lax.conv_general_dilated(
        z, W, (stride,) * n, [(padding, padding)] * n, dimension_numbers=order
    )


def product(
    W: Float[Array, "*k C M"], z: Float[Array, "P *sides C"], *, stride: int, padding: int
) -> Float[Array, "P *places M"]:
    """`convolve` by matrix products, one for each block of images."""
    way = _of_images if z.ndim == 4 else _of_voxels
    return way(W, z, stride=stride, padding=padding)


def _of_images(
    W: Float[Array, "k k C M"], z: Float[Array, "P H V C"], *, stride: int, padding: int
) -> Float[Array, "P H2 V2 M"]:
    """What filters see is gathered down the image, and along it too.

    Not along it where a band matrix of weights, mostly zero, is small enough and images are many
    enough for it to be faster.
    """
    P, k, M = len(z), W.shape[0], W.shape[-1]
    height, width = (_places(n, k, stride, padding) for n in z.shape[1:3])
    gather = functools.partial(slices, k=k, stride=stride, padding=padding)
    banded = P >= MANY and z.shape[2] * width * W[:, 0].size <= LARGEST_BAND
    spread = band(W, z.shape[2], stride=stride, padding=padding) if banded else W
    matrix = spread.reshape(-1, width * M if banded else M)

    def of_block(z: Array) -> Array:
        rows = z.reshape(*z.shape[:2], -1) if banded else gather(z, axis=2)
        seen = gather(rows, axis=1)
        # as two axes: a product of more is not handed to the tuned kernel
        a = seen.reshape(-1, seen.shape[-1]) @ matrix
        return a.reshape(len(z), height, width, M)

    of_image = height * (1 if banded else width) * matrix.shape[0]
    return _in_blocks(of_block, z, of_image * z.dtype.itemsize)


def _of_voxels(
    W: Float[Array, "k *k2 C M"], z: Float[Array, "P X *sides C"], *, stride: int, padding: int
) -> Float[Array, "P X2 *places M"]:
    """Every plane with every plane of the filters, added up along the first axis.

    At stride 1 minimal filtering takes fewer products (`winograd`). Or, of few channels, what
    filters see along the first axis as channels of planes.
    """
    k, (C, M), X = W.shape[0], W.shape[-2:], z.shape[1]
    X2, *others = (_places(n, k, stride, padding) for n in z.shape[1:-1])
    if stride == 1 and winograd.pays(W, (X2, *others)):
        return winograd.filtered(W, z, padding=padding, in_blocks=_in_blocks)
    few = k * C <= M

    def of_planes(W: Array, z: Array) -> Array:
        """Planes with planes of the filters side by side, in channels or in outputs."""
        filters = jnp.moveaxis(W, 0, -3 if few else -2)
        filters = filters.reshape(*W.shape[1:-2], *((-1, M) if few else (C, -1)))
        a = product(filters, z.reshape(-1, *z.shape[2:]), stride=stride, padding=padding)
        return a.reshape(*z.shape[:2], *a.shape[1:])

    def of_block(z: Array) -> Array:
        if few:
            return of_planes(W, slices(z, axis=1, k=k, stride=stride, padding=padding))
        z = jnp.pad(z, [(0, max(0, stride - X)) if i == 1 else (0, 0) for i in range(z.ndim)])
        each = []
        for r in range(min(k, stride)):  # a plane meets only every stride-th plane of the filters
            first, met = (r - padding) % stride, W[r::stride]
            a = of_planes(met, z[:, first::stride])
            before = (padding + first - r) // stride
            after = max(0, X2 + len(met) - 1 - before - a.shape[1])
            a = jnp.pad(a, [(before, after) if i == 1 else (0, 0) for i in range(a.ndim)])
            each += [a[:, i : i + X2, ..., i * M : (i + 1) * M] for i in range(len(met))]
        return functools.reduce(jnp.add, each)

    places = math.prod(others)
    of_image = X2 * places * M if few else X * places * k * M // stride
    return _in_blocks(of_block, z, of_image * z.dtype.itemsize)


def _in_blocks(of_block: Callable[[Array], Array], z: Array, of_image: int) -> Array:
    """A function of images z, for so many at a time as take `BLOCK_BYTES`, each `of_image`."""
    P = len(z)
    blocks = min(P, math.ceil(P * of_image / BLOCK_BYTES))
    if blocks <= 1:
        return of_block(z)
    size = math.ceil(P / blocks)
    blocks = math.ceil(P / size)
    spare = jnp.pad(z, ((0, blocks * size - P), *((0, 0),) * (z.ndim - 1)))
    a = jax.lax.map(jax.checkpoint(of_block), spare.reshape(blocks, size, *z.shape[1:]))
    return a.reshape(blocks * size, *a.shape[2:])[:P]


def slices(z: Array, *, axis: int, k: int, stride: int, padding: int) -> Array:
    """The k slices of an axis that a filter sees, side by side in the last; zeros beyond the ends.

    They are in the order of the weights' axes if the axis of the rows comes last.
    """
    places = _places(z.shape[axis], k, stride, padding)
    z = jnp.pad(z, [(padding, padding) if i == axis else (0, 0) for i in range(z.ndim)])
    last = stride * (places - 1) + 1
    each = [jax.lax.slice_in_dim(z, i, i + last, stride, axis) for i in range(k)]
    return jnp.concatenate(each, axis=-1)


def band(
    W: Float[Array, "k k C M"], n: int, *, stride: int, padding: int
) -> Float[Array, "k n C V2 M"]:
    """The filters at every place of a row of n pixels, as a matrix from the row to its outputs."""
    k, places = W.shape[0], _places(n, W.shape[0], stride, padding)
    pixel, place, j = np.ogrid[:n, :places, :k]
    under = (pixel == place * stride + j - padding).astype(W.dtype)
    return jnp.einsum("vuj,ijcm->ivcum", under, W)


def _places(n: int, k: int, stride: int, padding: int) -> int:
    """On how many places a filter of k finds room on a side of n pixels."""
    return (n + 2 * padding - k) // stride + 1
