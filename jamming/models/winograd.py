"""Convolutions of voxels by fewer products: minimal filtering along all three axes.

Two neighbouring places of an axis see k + 1 voxels, and need no more than k + 1 products with a
filter of k: those of two polynomials at as many points (Winograd, *Arithmetic complexity of
computations*, 1980; Lavin & Gray, *Fast algorithms for convolutional neural networks*, CVPR 2016).
Of 3^3 filters a place takes 8 products instead of 27, of 5^3 filters 27 instead of 125, and as many
numbers of each channel go through memory. All is linear in the filters, and in the voxels:
derivatives of all orders are those of the sums below.
"""

import functools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

# by the filters' size, next to infinity: those of least error in float32, that of the direct sum
# for 3, and some five times it for 5 (0, +-1, +-2: 35 times)
POINTS = {
    3: (Fraction(0), Fraction(1), Fraction(-1)),
    5: (Fraction(0), Fraction(2, 3), Fraction(-2, 3), Fraction(3, 2), Fraction(-3, 2)),
}
# products that must be saved for each number that is made, by the filters' size; as measured
LEAST = {3: 7, 5: 20}
# images of which more is made are cut in slabs
SLAB_BYTES = 2**23


@functools.cache
def matrices(
    k: int,
) -> tuple[Float[np.ndarray, "2 n"], Float[np.ndarray, "n k"], Float[np.ndarray, "n n"]]:
    """Those of outputs, filters and voxels, n = k + 1.

    outputs @ ((filters @ g) * (voxels @ d)) is the correlation of g [k] with d [k + 1].
    """
    points = POINTS[k]
    others = [[q for q in points if q != p] for p in points]
    scales = [
        math.prod((p - q for q in each), start=Fraction(1))
        for p, each in zip(points, others, strict=True)
    ]
    outputs = [[p**i for p in points] + [Fraction(i)] for i in range(2)]
    filters = [[p**j / s for j in range(k)] for p, s in zip(points, scales, strict=True)]
    filters.append([Fraction(j == k - 1) for j in range(k)])
    voxels = [[*_polynomial(each), Fraction(0)] for each in others]
    voxels.append(_polynomial(points))
    return np.array(outputs, float), np.array(filters, float), np.array(voxels, float)


def pays(W: Float[Array, "k k2 k3 C M"], places: Sequence[int]) -> bool:
    """Whether filters are of a size that is known, and channels many enough, and pairs of places.

    Only the products of pairs are fewer: at an odd end half of theirs are wasted.
    """
    k, (C, M) = W.shape[0], W.shape[-2:]
    pairs = math.prod(-(-n // 2) for n in places) * (k + 1) ** 3
    saved = (k**3 * math.prod(places) - pairs) * C * M
    return k in POINTS and saved > LEAST[k] * pairs * (C + M)


def filtered(
    W: Float[Array, "k k k C M"],
    z: Float[Array, "P X Y Z C"],
    *,
    padding: int,
    in_blocks: Callable[[Callable[[Array], Array], Array, int], Array],
) -> Float[Array, "P X2 Y2 Z2 M"]:
    """The correlation of zero-padded voxels with the filters, at stride 1.

    `in_blocks` applies a function to so many images at a time as it has room for.
    """
    k, (C, M) = W.shape[0], W.shape[-2:]
    n, more, P = k + 1, k // 2, len(z)
    outputs, filters, voxels = matrices(k)
    places = [side + 2 * padding - k + 1 for side in z.shape[1:-1]]
    across, down, along = (-(-m // 2) for m in places)
    V = W
    for axis in range(3):
        V = _combined(filters, _apart(V, axis))
    V = V.reshape(n**3, C, M)

    def seen(even_odd: list[Array], axis: int, size: int, step: int = 1) -> Array:
        """Of the even and the odd ones along an axis, by the points at the front."""
        begins = [i // 2 * step for i in range(n)]
        return _combined(
            voxels,
            [
                jax.lax.slice_in_dim(even_odd[i % 2], b, b + size * step, axis=axis)
                for i, b in enumerate(begins)
            ],
        )

    def of_block(z: Array) -> Array:
        X, Y, Z = thick + more, down + more, along + more
        z = _padded(_padded(z, 2, padding, 2 * Y), 3, padding, 2 * Z)
        # even and odd ones of the last axis come first: all sums are then of long rows
        u = jnp.moveaxis(z.reshape(-1, Z, 2, C), 2, 0)
        u = seen(_apart(u.reshape(2 * len(z), X, 2, 2 * Y * Z * C), 2), 1, thick)
        u = seen(_apart(u.reshape(-1, Y, 2, Z * C), 2), 1, down)
        u = seen(_apart(u.reshape(n * n, 2, -1, Z * C), 1), 2, along, C)
        a = u.reshape(n**3, -1, C) @ V
        for axis, row in (2, down * along * M), (1, along * M), (0, M):
            a = a.reshape(*(n,) * (axis + 1), -1, row)
            a = _combined(outputs, _apart(a, axis), -2)
        return a.reshape(len(z), 2 * thick, 2 * down, 2 * along, M)[:, :, : places[1], : places[2]]

    of_plane = n**3 * down * along * (C + M) * z.dtype.itemsize
    slabs = math.ceil(across / max(1, SLAB_BYTES // of_plane))
    thick = -(-across // slabs)
    z = _padded(z, 1, padding, 2 * (slabs * thick + more))
    cut = [
        jax.lax.slice_in_dim(z, 2 * thick * i, 2 * (thick * (i + 1) + more), axis=1)
        for i in range(slabs)
    ]
    z = jnp.stack(cut, 1).reshape(P * slabs, *cut[0].shape[1:])
    a = in_blocks(of_block, z, thick * of_plane)
    return a.reshape(P, -1, *a.shape[2:])[:, : places[0]]


def _polynomial(roots: Sequence[Fraction]) -> list[Fraction]:
    """The coefficients of the product of t - root, that of 1 first."""
    c = [Fraction(1)]
    for root in roots:
        c = [
            low - root * high
            for low, high in zip([Fraction(0), *c], [*c, Fraction(0)], strict=True)
        ]
    return c


def _padded(z: Array, axis: int, before: int, size: int) -> Array:
    """With zeros before, and after it up to the size."""
    after = size - before - z.shape[axis]
    return jnp.pad(z, [(before, after) if i == axis else (0, 0) for i in range(z.ndim)])


def _apart(a: Array, axis: int) -> list[Array]:
    """The slices of an axis; on the way back they are put together, not padded and added."""
    return [jnp.squeeze(x, axis) for x in jax.lax.split(a, [1] * a.shape[axis], axis)]


def _combined(matrix: np.ndarray, parts: Sequence[Array], axis: int = 0) -> Array:
    """The matrix times the parts as written out sums, of which a compiler makes a single loop."""
    return jnp.stack(
        [
            functools.reduce(jnp.add, [float(c) * x for c, x in zip(row, parts, strict=True) if c])
            for row in matrix
        ],
        axis,
    )
