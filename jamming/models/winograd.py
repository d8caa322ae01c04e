"""Convolutions of voxels by fewer products: minimal filtering along all three axes.

m neighbouring places of an axis see m + k - 1 voxels, and need no more than as many products with a
filter of k: those of two polynomials at as many points (Winograd, *Arithmetic complexity of
computations*, 1980; Lavin & Gray, *Fast algorithms for convolutional neural networks*, CVPR 2016).
Four places of the first axis are made at once, and two of the others: of 3^3 filters a place takes
6 products instead of 27, of 5^3 filters 18 instead of 125, and as many numbers of each channel go
through memory. All is linear in the filters, and in the voxels: derivatives of all orders are those
of the sums below.
"""

import functools
import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

# by places and the filters' size, next to infinity: those of least error in float32, for 3 twice
# that of the direct sum, for 5 seven times (four places of all axes: 27 times)
POINTS = {
    (2, 3): (Fraction(0), Fraction(1), Fraction(-1)),
    (4, 3): (Fraction(0), *(s * p for p in (Fraction(2, 3), Fraction(5, 3)) for s in (1, -1))),
    (2, 5): (Fraction(0), *(s * p for p in (Fraction(2, 3), Fraction(3, 2)) for s in (1, -1))),
    (4, 5): (Fraction(0), *(s * Fraction(p, 2) for p in (1, 2, 4) for s in (1, -1))),
}
# products that must be saved for each number that is made, by the filters' size; as measured
LEAST = {3: 7, 5: 20}
# images of which more is made are cut in slabs
SLAB_BYTES = 12 * 2**20


@functools.cache
def matrices(
    m: int, k: int
) -> tuple[Float[np.ndarray, "m n"], Float[np.ndarray, "n k"], Float[np.ndarray, "n n"]]:
    """Those of outputs, filters and voxels, n = m + k - 1.

    outputs @ ((filters @ g) * (voxels @ d)) is the correlation of g [k] with d [n].
    """
    points = POINTS[m, k]
    others = [[q for q in points if q != p] for p in points]
    scales = [
        math.prod((p - q for q in each), start=Fraction(1))
        for p, each in zip(points, others, strict=True)
    ]
    outputs = [[p**i for p in points] + [Fraction(i == m - 1)] for i in range(m)]
    filters = [[p**j / s for j in range(k)] for p, s in zip(points, scales, strict=True)]
    filters.append([Fraction(j == k - 1) for j in range(k)])
    voxels = [[*_polynomial(each), Fraction(0)] for each in others]
    voxels.append(_polynomial(points))
    return np.array(outputs, float), np.array(filters, float), np.array(voxels, float)


def tiles(k: int, places: int) -> int:
    """How many places of the first axis are made at once: of 4 and 2, those of fewer products."""
    return min(2, 4, key=lambda m: -(-places // m) * (m + k - 1))


def pays(W: Float[Array, "k k2 k3 C M"], places: Sequence[int]) -> bool:
    """Whether filters are of a size that is known, and channels many enough, and pairs of places.

    Only the products of pairs are fewer: at an odd end half of theirs are wasted.
    """
    k, (C, M) = W.shape[0], W.shape[-2:]
    pairs = math.prod(-(-n // 2) for n in places) * (k + 1) ** 3
    saved = (k**3 * math.prod(places) - pairs) * C * M
    return k in LEAST and saved > LEAST[k] * pairs * (C + M)


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
    k, (C, M), P = W.shape[0], W.shape[-2:], len(z)
    places = [side + 2 * padding - k + 1 for side in z.shape[1:-1]]
    ms = (tiles(k, places[0]), 2, 2)
    outputs, filters, voxels = zip(*(matrices(m, k) for m in ms), strict=True)
    ns, more = [m + k - 1 for m in ms], [-(-(k - 1) // m) for m in ms]
    across, down, along = (-(-n // m) for n, m in zip(places, ms, strict=True))
    of_plane = math.prod(ns) * down * along * (C + M) * z.dtype.itemsize
    slabs = math.ceil(across / max(1, SLAB_BYTES // of_plane))
    thick = -(-across // slabs)

    V = W
    for axis in (0, 1, 2):  # the points of the last axis come first, as those of the voxels
        V = _combined(filters[axis], _apart(V, axis))
    V = V.reshape(-1, C, M)

    def seen(parts: list[Array], axis: int, along: int, size: int, step: int = 1) -> Array:
        """Of every m-th one along an axis, from the first, second, ..., by the points in front."""
        begins = [divmod(i, ms[axis]) for i in range(ns[axis])]
        cut = [
            jax.lax.slice_in_dim(parts[r], q * step, (q + size) * step, axis=along)
            for q, r in begins
        ]
        return _combined(voxels[axis], cut)

    def of_block(z: Float[Array, "P m X Y Z C"]) -> Float[Array, "P X2 Y2 Z2 M"]:
        P, m, _, Y, Z, _ = z.shape
        # all sums are of long rows: the last axis was taken apart before
        u = seen(_apart(z.reshape(P * m, -1, ms[0], Y * Z * C), 2), 0, 1, thick)
        u = seen(_apart(u.reshape(-1, Y // ms[1], ms[1], Z * C), 2), 1, 1, down)
        u = seen(_apart(u.reshape(-1, m, thick * down, Z * C), 1), 2, 2, along, C)
        a = u.reshape(len(V), -1, C) @ V
        a = _combined(outputs[2], _apart(a.reshape(ns[2], -1, along * M), 0))
        a = _combined(outputs[1], _apart(a.reshape(m, ns[1], ns[0], -1, along * M), 1), -2)
        a = _combined(outputs[0], _apart(a.reshape(m, ns[0], P * thick, -1), 1), -2)
        a = jnp.moveaxis(a.reshape(m, -1, M), 0, 1)
        a = a.reshape(P, ms[0] * thick, ms[1] * down, ms[2] * along, M)
        return a[:, :, : places[1], : places[2]]

    sides = [(n + o) * m for n, o, m in zip((slabs * thick, down, along), more, ms, strict=True)]
    around = [(padding, n - padding - side) for n, side in zip(sides, z.shape[1:-1], strict=True)]
    z = jnp.pad(z, [(0, 0), *around, (0, 0)])
    # apart here, and in axes of their own: of joint axes compilers compute every index by itself
    z = jnp.moveaxis(z.reshape(P, *sides[:2], -1, ms[2], C), 4, 1)
    cut = [
        jax.lax.slice_in_dim(z, ms[0] * thick * i, ms[0] * (thick * (i + 1) + more[0]), axis=2)
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
