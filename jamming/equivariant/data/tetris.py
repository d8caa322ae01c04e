"""The eight pieces of Tetris in three dimensions, as points and as voxels, in any orientation.

Eight ways to join four cubes, two of which are mirror images of each other (N. Thomas, T. Smidt,
S. Kearnes, L. Yang, L. Li, K. Kohlhoff & P. Riley, *Tensor field networks*, 2018). A network that
has seen each in one orientation is asked about others.
"""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from jamming.checks.arguments import number, whole
from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput
from jamming.equivariant.euclidean.irreps import rotation
from jamming.equivariant.euclidean.steerable import grid

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
    pieces: Any, n: Any, R: Any = None, offsets: Any = None, *, cube: Any = None, samples: Any = 2
) -> Float[np.ndarray, "P n n n 1"]:
    """Pieces on n^3 voxels, 1 inside and 0 outside, each turned by a rotation about its middle.

    Args:
        pieces: their numbers [P], from 0 to 7, in the order of `PIECES`
        R: rotation matrices [P, 3, 3]; by default none
        offsets: where their middles are, from that of the grid, in voxels [P, 3]; by default there
        cube: voxels a side of a cube; by default so many that each piece fits in any orientation
        samples: points a side of a voxel at which the turned piece is looked up; the mean is taken

    Float32. Axes are (x, y, z), as in `jamming.equivariant.euclidean.irreps`.

    Raises:
        BadInput: for other shapes, unknown pieces, matrices that are no rotations, and numbers out
            of range
    """
    n, samples = whole("voxels a side", n, least=2, most=LARGEST), whole("samples", samples, most=8)
    kinds = np.asarray(pieces)
    known = kinds.ndim == 1 and kinds.size and np.issubdtype(kinds.dtype, np.integer)
    if not known or not ((kinds >= 0) & (kinds < len(PIECES))).all():
        raise BadInput(f"pieces are whole numbers [P] from 0 to {len(PIECES) - 1}: give these")
    P = len(kinds)
    cube = n / (2 * REACH) if cube is None else number("cube", cube, above=0.0, most=LARGEST)
    R = np.broadcast_to(np.eye(3), (P, 3, 3)) if R is None else finite(R, "R", P, 3, 3)
    if np.abs(R @ np.swapaxes(R, 1, 2) - np.eye(3)).max() > 1e-6 or (np.linalg.det(R) < 0).any():
        raise BadInput("R holds matrices that are no rotations: give orthogonal ones of det 1")
    offsets = np.zeros((P, 3)) if offsets is None else finite(offsets, "offsets", P, 3)
    fine = (np.arange(n * samples) + 0.5) / samples - n / 2
    at = np.stack(np.meshgrid(fine, fine, fine, indexing="ij"), -1).reshape(-1, 3)
    found = np.empty((P, n, n, n, 1), np.float32)
    for i, cubes in enumerate(points()[kinds]):
        x = (at - offsets[i]) @ np.asarray(R[i]) / cube  # R^-1 of each
        inside = np.zeros(len(x), bool)
        for middle in cubes:  # a face belongs to one of two cubes
            inside |= ((x - middle >= -0.5) & (x - middle < 0.5)).all(1)
        each = inside.reshape(n, samples, n, samples, n, samples)
        found[i, ..., 0] = each.mean((1, 3, 5), dtype=np.float32)
    return found


def blobs(n: Any, R: Any = None, *, width: Any = 0.4) -> Float[np.ndarray, "8 n n n 1"]:
    """The pieces as sums of four Gaussians at the middles of their cubes, turned by R [3, 3].

    `width` is their standard deviation, in sides of a cube, of `voxels`' default. They are smooth,
    so that sampling them on voxels, turned or not, loses nearly nothing. Float32.

    Raises:
        BadInput: for a matrix that is no rotation, and numbers out of range
    """
    n, width = whole("voxels a side", n, least=2, most=LARGEST), number("width", width, above=0.0)
    cube = n / (2 * REACH)
    middles = points() @ (np.eye(3) if R is None else rotation(R)).T * cube
    apart = grid(n)[None, ..., None, :] - middles[:, None, None, None]
    each = np.exp(-np.square(apart).sum(-1) / (2 * (width * cube) ** 2))
    return each.sum(-1)[..., None].astype(np.float32)


def drawn(
    copies: Any, n: Any, seed: Any, *, turned: bool, jitter: Any = 0.5, samples: Any = 3
) -> tuple[Float[np.ndarray, "P n n n 1"], np.ndarray]:
    """So many voxel images of each piece, and their numbers: `turned` by random rotations or not.

    Their middles are uniform in a cube of +-`jitter` voxels.
    """
    rng = np.random.default_rng(whole("seed", seed, least=0))
    pieces = np.repeat(np.arange(len(PIECES)), whole("copies", copies, most=10_000))
    jitter = number("jitter", jitter, least=0.0, most=LARGEST)
    R = Rotation.random(len(pieces), rng).as_matrix() if turned else None
    offsets = rng.uniform(-jitter, jitter, (len(pieces), 3))
    return voxels(pieces, n, R, offsets, samples=samples), pieces
