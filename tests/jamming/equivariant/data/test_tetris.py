"""Pieces of Tetris as voxels: volumes, rotations, mirror images."""

from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.spatial.transform import Rotation

from jamming.checks.errors import BadInput
from jamming.equivariant.data import tetris

RNG = np.random.default_rng(0)
ALL = np.arange(8)


def test_pieces_differ_and_two_are_mirror_images() -> None:
    distances = [tuple(np.round(np.sort(pdist(p)), 6)) for p in tetris.points()]
    assert len(set(distances)) == 7
    left, right = tetris.points()[:2]
    mirrored = left * [1, -1, 1]
    order = [int(np.argmin(np.linalg.norm(right - x, axis=1))) for x in mirrored]
    np.testing.assert_allclose(right[order], mirrored)


def test_pieces_weigh_four_cubes_in_any_place_and_orientation() -> None:
    R = Rotation.random(8, RNG).as_matrix()
    x = tetris.voxels(ALL, 19, R, RNG.uniform(-0.5, 0.5, (8, 3)), cube=3.3)
    np.testing.assert_allclose(x.sum((1, 2, 3, 4)), 4 * 3.3**3, rtol=2e-3)
    # by default they fit in
    x = tetris.voxels(ALL, 16, R)
    assert np.concatenate([x[:, [0, -1]].ravel(), x[:, :, :, [0, -1]].ravel()]).max() < 0.5


def test_pieces_of_sharp_edges_are_made_of_whole_cubes() -> None:
    x = tetris.voxels([2, 3], 12, cube=2, edge=0.1)[..., 0]
    due = np.zeros((2, 12, 12, 12))
    due[0, 4:8, 4:8, 5:7] = due[1, 5:7, 5:7, 2:10] = 1
    np.testing.assert_allclose(x, due, atol=1e-6)


def test_edges_are_those_of_points_drawn_inside_and_moved_by_a_gaussian() -> None:
    R, at = Rotation.random(rng=RNG).as_matrix(), np.array([0.3, -0.2, 0.4])
    x = tetris.voxels([1], 9, [R], [at], cube=1.5, edge=0.8)[0, ..., 0]
    inside = RNG.uniform(-0.5, 0.5, (100_000, 4, 3)) + tetris.points()[1]
    points = 1.5 * inside.reshape(-1, 3) @ R.T + at + 0.8 * RNG.standard_normal((400_000, 3))
    counts, _ = np.histogramdd(points, [np.arange(-4.5, 5)] * 3)
    # voxels of a histogram are as wide as 1 of the blur's units of length: a little smoother
    np.testing.assert_allclose(x, counts / 100_000 * 1.5**3, atol=0.05)


def test_rotations_of_the_cube_permute_voxels() -> None:
    R = Rotation.from_euler("z", 90, degrees=True).as_matrix()  # x to y
    offset = np.array([0.2, 0.1, 0.3])
    x = tetris.voxels(ALL, 9, offsets=[offset] * 8)
    turned = tetris.voxels(ALL, 9, [R] * 8, [R @ offset] * 8)
    np.testing.assert_allclose(turned, np.rot90(x, axes=(1, 2)), atol=1e-6)


def test_draws_are_of_each_piece_and_a_seed() -> None:
    x, y = tetris.drawn(2, 6, 3, turned=True)
    np.testing.assert_array_equal(y, np.repeat(ALL, 2))
    np.testing.assert_array_equal(x, tetris.drawn(2, 6, 3, turned=True)[0])
    assert not np.array_equal(x, tetris.drawn(2, 6, 4, turned=True)[0])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: tetris.voxels([8], 8), "pieces"),
        (lambda: tetris.voxels([0.5], 8), "pieces"),
        (lambda: tetris.voxels([0], 1), "voxels a side"),
        (lambda: tetris.voxels([0], 8, np.eye(3)), "R"),
        (lambda: tetris.voxels([0], 8, [-np.eye(3)]), "no rotations"),
        (lambda: tetris.voxels([0], 8, offsets=[[np.nan, 0, 0]]), "NaN"),
        (lambda: tetris.voxels([0], 8, cube=0), "cube"),
        (lambda: tetris.voxels([0], 8, edge=0), "edge"),
        (lambda: tetris.drawn(0, 8, 0, turned=True), "copies"),
    ],
)
def test_what_cannot_be_is_refused(make: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
