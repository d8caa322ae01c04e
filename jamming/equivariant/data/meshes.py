"""Closed surfaces of triangles: seen from a sphere about them, and filled on a grid.

A mesh is cast onto the grid of the sphere (`jamming.equivariant.sphere.transforms.sphere_points`)
by rays from an enclosing sphere towards its centre (T. Cohen, M. Geiger, J. Koehler & M. Welling,
*Spherical CNNs*, ICLR 2018, sec. 5.3). A rotation of the vertices is exact: nothing is resampled.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial import ConvexHull, QhullError

from jamming.checks.arguments import whole
from jamming.checks.arrays import finite, shaped
from jamming.checks.errors import BadInput
from jamming.equivariant.sphere import rotations
from jamming.equivariant.sphere.transforms import sphere_points

CHANNELS = 6
EDGE = 1e-9  # by which rays that meet an edge may be beyond it, in parts of the triangle
LARGEST = 1e50  # coordinate, of which volumes are still numbers
MOST = 128  # points a side of voxels
BLOCK = 2**21  # angles of triangles that are in memory at a time


@dataclass(frozen=True, eq=False)
class Mesh:
    """Vertices [V, 3], and triangles [T, 3] of rows of them, counterclockwise from outside.

    Raises BadInput for other shapes, rows that are none, NaN, coordinates above 1e50, and triangles
    without any area.
    """

    vertices: Any
    triangles: Any

    def __post_init__(self) -> None:
        vertices = finite(self.vertices, "vertices", dtype=np.float64)
        vertices = np.asarray(shaped(vertices, "vertices", "V", 3))
        if np.abs(vertices).max(initial=0) > LARGEST:
            raise BadInput(f"vertices are up to {np.abs(vertices).max():.0e}: scale the mesh down")
        triangles = np.asarray(shaped(np.asarray(self.triangles), "triangles", "T", 3))
        if triangles.dtype.kind not in "iu":
            raise BadInput(f"triangles are rows of vertices, not {triangles.dtype}: give integers")
        if not triangles.size or triangles.min() < 0 or triangles.max() >= len(vertices):
            raise BadInput(
                f"triangles are rows 0 to {len(vertices) - 1} of the vertices, one at least: check"
                " that they count from 0"
            )
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "triangles", triangles.astype(np.int64))
        if not np.linalg.norm(self.normals, axis=1).any():
            raise BadInput("no triangle of the mesh has an area: give a surface")

    @property
    def corners(self) -> Float[np.ndarray, "T corner 3"]:
        """Where the corners of triangles are."""
        return np.asarray(self.vertices[self.triangles])

    @property
    def normals(self) -> Float[np.ndarray, "T 3"]:
        """Outward normals, whose lengths are twice the areas."""
        a, b, c = self.corners.swapaxes(0, 1)
        return np.cross(b - a, c - a)


def hull(points: Any) -> Mesh:
    """The convex hull of points [n, 3]; BadInput where they lie in a plane."""
    points = np.asarray(shaped(finite(points, "points", dtype=np.float64), "points", "n", 3))
    try:
        found = ConvexHull(points)
    except (QhullError, ValueError) as error:
        raise BadInput("points in a plane, or fewer than four, have no convex hull") from error
    a, b, c = points[found.simplices].swapaxes(0, 1)
    inward = (np.cross(b - a, c - a) * found.equations[:, :3]).sum(1) < 0
    triangles = np.where(inward[:, None], found.simplices[:, ::-1], found.simplices)
    return Mesh(points, triangles)


def centred(mesh: Mesh) -> Mesh:
    """About the centre of mass of its surface, within the sphere of radius 1, which it touches."""
    areas = np.linalg.norm(mesh.normals, axis=1)
    x = mesh.vertices - np.average(mesh.corners.mean(1), axis=0, weights=areas)
    return Mesh(x / np.linalg.norm(x[mesh.triangles], axis=-1).max(), mesh.triangles)


def rotated(mesh: Mesh, angles: Any) -> Mesh:
    """Turned by Z(alpha) Y(beta) Z(gamma), angles [3]."""
    R = shaped(rotations.matrix(angles), "rotations", 3, 3)
    return Mesh(mesh.vertices @ R.T, mesh.triangles)


def cast(mesh: Mesh, b: Any) -> Float[np.ndarray, "beta alpha channels"]:
    """What rays meet first on their way from the sphere of radius 1 to its centre.

    Channels: length of the ray, cos and sin of the angle between it and the surface's normal; then
    these of the convex hull: [2 b, 2 b - 1, 6] on the grid of bandwidth b. A ray that meets nothing
    ends at the centre, with length 1, cos 1 and sin 0. The mesh must be within that sphere, as a
    `centred` one is; BadInput otherwise.
    """
    at = sphere_points(rotations.bandwidth(b))
    if np.linalg.norm(mesh.vertices[mesh.triangles], axis=-1).max() > 1 + 1e-9:
        raise BadInput("the mesh reaches out of the sphere of radius 1: make it `centred` first")
    alpha, beta = at[..., 0], at[..., 1]
    x = np.stack([np.sin(beta) * np.cos(alpha), np.sin(beta) * np.sin(alpha), np.cos(beta)], -1)
    return np.concatenate([_met(mesh, x), _met(hull(mesh.vertices), x)], -1)


def _met(mesh: Mesh, x: Float[np.ndarray, "*grid 3"]) -> Float[np.ndarray, "*grid 3"]:
    """Length, cos and sin, of rays from the directions x."""
    a, b, c = mesh.corners.swapaxes(0, 1)
    n, ray = mesh.normals, x.reshape(-1, 3).T
    # r x = u a + v b + w c with u + v + w = 1: triple products by Cramer's rule
    slope = n @ ray
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.cross(p, q) @ ray / slope for p, q in ((b, c), (c, a), (a, b))]
        radius = (np.cross(b, c) * a).sum(1)[:, None] / slope
    met = (np.minimum.reduce(parts) >= -EDGE) & (radius > 0) & (radius <= 1 + EDGE)
    radius = np.where(met, radius, 0.0)
    first = radius.argmax(0)
    at = np.arange(len(first))
    length = np.linalg.norm(n, axis=1)[first]
    hit = radius[first, at] > 0
    cos = np.divide(np.abs(slope[first, at]), length, out=np.ones(len(first)), where=hit)
    cos = np.minimum(cos, 1.0)
    found = np.stack([np.maximum(1 - radius[first, at], 0), cos, np.sqrt(1 - cos**2)], -1)
    return found.reshape(x.shape)


def inside(mesh: Mesh, points: Any) -> np.ndarray:
    """Whether points [..., 3] are within a closed mesh: the solid angle it fills is 4 pi there.

    (A. Van Oosterom & J. Strackee, *The solid angle of a plane triangle*, 1983, eq. 8.) A mesh
    with small holes is closed to the next best guess.
    """
    points = np.asarray(finite(points, "points", dtype=np.float64))
    if not points.ndim or points.shape[-1] != 3:
        raise BadInput(f"points are [..., 3], not {list(points.shape)}")
    flat, size = points.reshape(-1, 3), max(1, BLOCK // len(mesh.triangles))
    each = [_turns(mesh, flat[i : i + size]) for i in range(0, len(flat), size)]
    return (np.abs(np.concatenate(each)) > 0.5).reshape(points.shape[:-1])


def _turns(mesh: Mesh, points: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, " n"]:
    """Solid angles in units of 4 pi."""
    a, b, c = (mesh.corners - points[:, None, None]).transpose(2, 0, 1, 3)
    A, B, C = (np.linalg.norm(p, axis=-1) for p in (a, b, c))
    dots = ((a * b).sum(-1), (b * c).sum(-1), (c * a).sum(-1))
    y = (a * np.cross(b, c)).sum(-1)
    return np.arctan2(y, A * B * C + dots[0] * C + dots[1] * A + dots[2] * B).sum(-1) / (2 * np.pi)


def filled(mesh: Mesh, n: Any, samples: Any = 3) -> Float[np.ndarray, "n n n"]:
    """How much of each of n x n x n voxels of the cube [-1, 1]^3 is inside of a mesh: 0 to 1.

    A voxel has `samples`^2 lines along z. On a line, what is inside lies above the triangles that
    it enters by and below those that it leaves by, so that lengths are exact; one that does not
    leave what it enters, as through a hole, is decided by `inside` at the middles of voxels.

    Raises BadInput for numbers out of range, a mesh that reaches out of the cube, as no `centred`
    one does, and one with nothing inside.
    """
    if (reach := np.abs(mesh.corners).max()) > 1 + 1e-9:
        raise BadInput(
            f"the mesh reaches to {reach:.3g}, out of [-1, 1]^3: make it `centred` first"
        )
    n, samples = whole("voxels a side", n, least=2, most=MOST), whole("samples", samples, most=16)
    lines = (2 * np.arange(n * samples) + 1) / (n * samples) - 1
    # beside the edges of symmetric meshes: a line through an edge would meet two triangles
    x, y = lines + math.sqrt(2) * EDGE, lines + math.sqrt(3) * EDGE
    levels = 2 * np.arange(n) / n - 1  # where voxels begin
    within, balance = np.zeros((len(x), len(y), n)), np.zeros((len(x), len(y)))
    for corners, normal in zip(mesh.corners, mesh.normals, strict=True):
        if normal[2] == 0:
            continue
        low, high = corners.min(0), corners.max(0)
        i = slice(*np.searchsorted(x, [low[0], high[0]]))
        j = slice(*np.searchsorted(y, [low[1], high[1]]))
        sign, z = _crossed(corners, normal[2], x[i, None], y[None, j])
        within[i, j] += sign[..., None] * np.clip((z[..., None] - levels) * n / 2, 0, 1)
        balance[i, j] += sign
    holed = np.nonzero(balance)
    if len(holed[0]):
        middles = x[holed[0], None], y[holed[1], None], levels + 1 / n
        within[holed] = inside(mesh, np.stack(np.broadcast_arrays(*middles), -1))
    # parts that overlap count once, and surfaces that are turned inside out as others
    found = np.minimum(np.abs(within), 1).reshape(n, samples, n, samples, n).mean((1, 3))
    if not found.any():
        raise BadInput(
            "nothing is inside of the mesh: give a closed surface, or more voxels for a thin one"
        )
    return found


def _crossed(corners: np.ndarray, normal: float, x: np.ndarray, y: np.ndarray) -> Any:
    """Of lines along z: 1 where one leaves by a triangle, -1 where it enters, else 0; and where."""
    to = [(corner[0] - x, corner[1] - y) for corner in corners]
    # twice the areas that a line makes with two corners each
    each = [
        a * d - b * c for (a, b), (c, d) in zip((*to[1:], to[0]), (*to[2:], *to[:2]), strict=True)
    ]
    met = np.logical_and.reduce([area * np.sign(normal) > 0 for area in each])
    z = sum(area * corner[2] for area, corner in zip(each, corners, strict=True)) / normal
    return np.sign(normal) * met, z
