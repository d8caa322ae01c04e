"""The eight pieces of Tetris in three dimensions, as points and as voxels, in any orientation.

Eight ways to join four cubes, two of which are mirror images of each other (N. Thomas, T. Smidt,
S. Kearnes, L. Yang, L. Li, K. Kohlhoff & P. Riley, *Tensor field networks*, 2018). A network that
has seen each in one orientation is asked about others.
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation
from scipy.special import ndtr

from jamming.checks.arguments import number, whole
from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput
from jamming.equivariant.euclidean.steerable import grid
from jamming.equivariant.sphere.rotations import proper

PIECES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "left": ((0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 1, 0)),
    "right": ((0, 0, 0), (0, 0, 1), (1, 0, 0), (1, -1, 0)),
    "square": ((0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)),
    "line": ((0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 0, 3)),
    "corner": ((0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)),
    "L": ((0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 0)),
    "T": ((0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 1)),
    "zigzag": ((0, 0, 0), (1, 0, 0), (1, 1, 0), (2, 1, 0)),
}
LARGEST = 128  # voxels a side
REACH = np.sqrt(2**2 + 2 * 0.5**2)  # from the middle of a piece, the line, to its farthest corner


def points() -> Float[np.ndarray, "8 4 3"]:
    """The middles of the cubes, of side 1, about the middle of each piece."""
    cubes = np.array(list(PIECES.values()), np.float64)
    return cubes - cubes.mean(1, keepdims=True)


def voxels(
    pieces: Any, n: Any, R: Any = None, offsets: Any = None, *, cube: Any = None, edge: Any = 0.5
) -> Float[np.ndarray, "P n n n 1"]:
    """Pieces on n^3 voxels, 1 inside and 0 outside, each turned by a rotation about its middle.

    Their indicator functions are blurred by a Gaussian of standard deviation `edge`, in voxels, and
    looked up at the middles of voxels: so a piece weighs the same wherever it is and however it
    lies, which counts of points inside do not.

    Args:
        pieces: their numbers [P], from 0 to 7, in the order of `PIECES`
        R: rotation matrices [P, 3, 3]; by default none
        offsets: where their middles are, from that of the grid, in voxels [P, 3]; by default there
        cube: voxels a side of a cube; by default so many that each piece fits in any orientation

    Float32. Axes are (x, y, z), as in `jamming.equivariant.euclidean.irreps`.

    Raises:
        BadInput: for other shapes, unknown pieces, matrices that are no rotations, cubes
            whose middles are beyond the grid, and numbers out of range
    """
    n, edge = whole("voxels a side", n, least=2, most=LARGEST), number("edge", edge, least=0.1)
    kinds = np.asarray(pieces)
    known = kinds.ndim == 1 and kinds.size and np.issubdtype(kinds.dtype, np.integer)
    if not known or not ((kinds >= 0) & (kinds < len(PIECES))).all():
        raise BadInput(f"pieces are whole numbers [P] from 0 to {len(PIECES) - 1}: give these")
    P = len(kinds)
    cube = n / (2 * REACH) if cube is None else number("cube", cube, above=0.0, most=LARGEST)
    R = np.broadcast_to(np.eye(3), (P, 3, 3)) if R is None else proper(R, P, name="R")
    offsets = np.zeros((P, 3)) if offsets is None else finite(offsets, "offsets", P, 3)
    middles = np.einsum("pij,paj->pai", R, cube * points()[kinds]) + np.asarray(offsets)[:, None]
    if (ends := np.abs(middles).max()) > n / 2:
        raise BadInput(
            f"pieces have cubes {ends:.3g} voxels from the middle of a grid of {n}: take more"
            " voxels, smaller cubes or offsets"
        )
    found = np.zeros((P, n, n, n, 1), np.float32)
    for i, middles in enumerate(cube * points()[kinds]):
        x = (grid(n) - offsets[i]) @ np.asarray(R[i])  # R^-1 of each
        for middle in middles:  # along each axis of the cube; a blur knows no direction
            up, down = (ndtr((x - middle + end) / edge) for end in (cube / 2, -cube / 2))
            found[i, ..., 0] += (up - down).prod(-1)
    return found


def drawn(
    copies: Any, n: Any, seed: Any, *, turned: bool, jitter: Any = 0.5, **look: Any
) -> tuple[Float[np.ndarray, "P n n n 1"], np.ndarray]:
    """So many voxel images of each piece, and their numbers: `turned` by random rotations or not.

    Their middles are uniform in a cube of +-`jitter` voxels. `look` is as of `voxels`: cube, edge.
    """
    rng = np.random.default_rng(whole("seed", seed, least=0))
    pieces = np.repeat(np.arange(len(PIECES)), whole("copies", copies, most=10_000))
    jitter = number("jitter", jitter, least=0.0, most=LARGEST)
    R = Rotation.random(len(pieces), rng).as_matrix() if turned else None
    offsets = rng.uniform(-jitter, jitter, (len(pieces), 3))
    return voxels(pieces, n, R, offsets, **look), pieces
