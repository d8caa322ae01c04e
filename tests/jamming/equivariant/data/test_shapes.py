"""Meshes seen from a sphere and filled: against formulas for spheres, boxes and tori."""

import math
from typing import Any

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.equivariant.data import meshes, shapes
from jamming.equivariant.data.meshes import Mesh
from jamming.equivariant.sphere import rotations
from jamming.equivariant.sphere.transforms import sphere_points

BOX = meshes.hull(np.stack(np.meshgrid([-1, 1], [-2, 2], [-3, 3]), -1).reshape(-1, 3) / 4)


def directions(b: int) -> np.ndarray:
    alpha, beta = np.moveaxis(sphere_points(b), -1, 0)
    return rotations.matrix(np.stack([alpha, beta, 0 * alpha], -1))[..., 2]


def test_rays_meet_a_box_where_its_planes_are() -> None:
    u, half = directions(4), np.array([1, 2, 3]) / 4
    with np.errstate(divide="ignore"):
        each = half / np.abs(u)
    side = each.argmin(-1)
    cos = np.take_along_axis(np.abs(u), side[..., None], -1)[..., 0]
    due = np.stack([1 - each.min(-1), cos, np.sqrt(1 - cos**2)], -1)
    seen = meshes.cast(BOX, 4)
    np.testing.assert_allclose(seen[..., :3], due, atol=1e-12)
    np.testing.assert_allclose(seen[..., 3:], due, atol=1e-12)  # it is its own hull


def test_a_turn_by_a_step_of_the_grid_shifts_what_is_seen() -> None:
    b, rng = 3, np.random.default_rng(0)
    one = shapes.shape("tetrahedron", rng)
    turned = meshes.rotated(one, [2 * np.pi / (2 * b - 1), 0, 0])
    np.testing.assert_allclose(meshes.cast(turned, b), np.roll(meshes.cast(one, b), 1, 1))


@pytest.mark.parametrize("name", shapes.SHAPES)
def test_surfaces_are_closed_and_centred_and_filled_to_their_volume(name: str) -> None:
    one = shapes.shape(name, np.random.default_rng(1))
    assert not one.normals.sum(0).round(12).any()  # closed
    size = np.linalg.norm(one.vertices, axis=1).max()
    assert size == pytest.approx(1)
    volume = np.linalg.det(one.corners).sum() / 6  # positive: normals point outward
    filled = meshes.filled(meshes.rotated(one, [0.3, 1, 2]), 12)
    assert volume == pytest.approx(8 * filled.mean(), rel=0.01)
    turned = meshes.cast(meshes.rotated(one, [0.3, 1, 2]), 2)
    assert (turned[..., 3] <= turned[..., 0] + 1e-9).all()  # the hull is met first
    np.testing.assert_allclose(turned[..., 1] ** 2 + turned[..., 2] ** 2, 1)


def test_voxels_are_filled_where_solid_angles_say_inside() -> None:
    torus = meshes.rotated(shapes.shape("torus", np.random.default_rng(0)), [0.3, 1, 2])
    filled, middle = meshes.filled(torus, 9), (2 * np.arange(9) + 1) / 9 - 1
    inside = meshes.inside(torus, np.stack(np.meshgrid(*[middle] * 3, indexing="ij"), -1))
    assert inside[filled == 1].all()
    assert not inside[filled == 0].any()
    # a hole is taken for closed, a surface that is turned inside out is none the worse for it
    holed = Mesh(torus.vertices, torus.triangles[1:, ::-1])
    np.testing.assert_allclose(meshes.filled(holed, 9), filled, atol=0.12)


def test_the_hole_of_a_torus_is_empty() -> None:
    torus = shapes.shape("torus", np.random.default_rng(0))
    seen = meshes.cast(torus, 8)
    assert (seen[0, :, 0] == 1).all()  # rays along its axis reach the centre
    assert (seen[0, :, 3] < 1).all()  # but for its hull
    assert not meshes.inside(torus, np.zeros(3))
    assert meshes.inside(meshes.hull(torus.vertices), np.zeros(3))


def test_shapes_come_in_turn_and_differ() -> None:
    several, y = shapes.shapes(8, 3)
    assert y.tolist() == [0, 1, 2, 3, 4, 5, 0, 1]
    assert (several[1].vertices != several[7].vertices).any()
    again, _ = shapes.shapes(8, 3)
    np.testing.assert_array_equal(several[7].vertices, again[7].vertices)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Mesh(np.eye(3), np.array([[0, 1, 3]])), "rows 0 to 2"),
        (lambda: Mesh(np.eye(3), np.array([[0.0, 1, 2]])), "give integers"),
        (lambda: Mesh(np.eye(3), np.array([[0, 1, 1]])), "no triangle"),
        (lambda: Mesh(np.full((3, 3), np.nan), np.array([[0, 1, 2]])), "NaN in vertices"),
        (lambda: Mesh(np.eye(3)[:, :2], np.array([[0, 1, 2]])), "vertices"),
        (lambda: meshes.hull(np.eye(3)), "convex hull"),
        (lambda: meshes.cast(Mesh(2 * np.eye(3), np.array([[0, 1, 2]])), 2), "out of the sphere"),
        (lambda: meshes.cast(BOX, 0), "bandwidth = 0"),
        (lambda: meshes.filled(BOX, 1), "voxels a side = 1"),
        (lambda: meshes.inside(BOX, np.zeros(2)), "points are [..., 3]"),
        (lambda: shapes.shape("cow", np.random.default_rng(0)), "unknown shape 'cow'"),
    ],
)
def test_what_is_no_mesh_is_refused_in_a_line(wrong: Any, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        wrong()
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_solid_angles_outside_are_none() -> None:
    x = np.array([[0.9, 0.9, 0.9], [0.1, -0.3, 0.6], [0.26, 0, 0]])
    assert meshes.inside(BOX, x).tolist() == [False, True, False]
    assert meshes.filled(BOX, 16).mean() * 8 == pytest.approx(math.prod((0.5, 1, 1.5)))
