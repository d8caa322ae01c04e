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


def test_volumes_are_those_of_four_cubes_in_any_orientation() -> None:
    R = Rotation.random(8, RNG).as_matrix()
    x = tetris.voxels(ALL, 16, R, RNG.uniform(-0.5, 0.5, (8, 3)), samples=3)
    cube = 16 / (2 * tetris.REACH)
    np.testing.assert_allclose(x.sum((1, 2, 3, 4)), 4 * cube**3, rtol=0.02)
    # they fit in
    assert not np.concatenate([x[:, [0, -1]].ravel(), x[:, :, :, [0, -1]].ravel()]).max() > 0.5


def test_aligned_pieces_are_made_of_whole_cubes() -> None:
    x = tetris.voxels([2, 3], 12, cube=2, samples=1)[..., 0]
    assert x[0, 4:8, 4:8, 5:7].all()
    assert x[0].sum() == x[1].sum() == 32
    assert x[1, 5:7, 5:7, 2:10].all()


def test_rotations_of_the_cube_permute_voxels() -> None:
    R = Rotation.from_euler("z", 90, degrees=True).as_matrix()  # x to y
    x = tetris.voxels(ALL, 9, samples=1, offsets=np.full((8, 3), 1e-3))
    turned = tetris.voxels(ALL, 9, [R] * 8, [R @ np.full(3, 1e-3)] * 8, samples=1)
    np.testing.assert_array_equal(turned, np.rot90(x, axes=(1, 2)))


def test_smooth_pieces_are_turned_too() -> None:
    R = Rotation.from_euler("z", 90, degrees=True).as_matrix()
    x = tetris.blobs(9)
    np.testing.assert_allclose(tetris.blobs(9, R), np.rot90(x, axes=(1, 2)), atol=1e-6)
    at = np.unravel_index(np.argmax(x[2]), x[2].shape)[:3]
    assert tetris.voxels([2], 9)[0][at] == 1


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
        (lambda: tetris.blobs(9, 2 * np.eye(3)), "no rotation"),
        (lambda: tetris.drawn(0, 8, 0, turned=True), "copies"),
    ],
)
def test_what_cannot_be_is_refused(make: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make()
