"""The sweep of point clouds, tiny."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from sweeps.equivariance.commands import Points

pytest.importorskip("e3nn_jax", reason="irreps of rotations are in the extra `equivariant`")

from jamming.equivariant.data import bundles
from sweeps.equivariance.points import RESULTS, TASKS, rotations


def test_an_odd_network_learns_to_tell_mirror_images_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two pieces, each the mirror image of the other, in orientations that were not seen."""
    line = "--network odd --P 2 --tests 20 --steps 60 --lr 0.03 --seeds 1"
    out = tmp_path / "out"
    assert Points.main([*line.split(), "--out", str(out)]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:4] == ["odd", "4528", "2", "100.0%"]
    assert (out / "points.png").is_file()
    with xr.open_dataset(out / RESULTS) as found:
        found.load()
    one = found.isel(network=0, P=0, seed=0)
    np.testing.assert_array_equal(one.accuracy.sel({"class": ["left", "right"]}), 1)
    assert float(one.error) < 1e-5


def test_clouds_are_turned_by_rotations_of_all_kinds() -> None:
    x = jnp.zeros((2000, 1, 3))
    R = np.asarray(jax.jit(rotations)(jax.random.key(0), x))
    np.testing.assert_allclose(
        R @ np.swapaxes(R, 1, 2), np.broadcast_to(np.eye(3), R.shape), atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(R), 1)
    np.testing.assert_allclose(R.mean(0), 0, atol=0.06)
    np.testing.assert_allclose(np.mean(R**2, 0), 1 / 3, atol=0.03)


@pytest.mark.parametrize("task", TASKS)
def test_the_mirrored_classes_are_mirror_images(task: str) -> None:
    of = TASKS[task]
    x, y = of.draw(8, 0, noise=0.0, turned=False)
    volume = np.einsum(
        "pi,pi->p", x[:, 1] - x[:, 0], np.cross(x[:, 2] - x[:, 0], x[:, 3] - x[:, 0])
    )
    a, b = (volume[y == c].mean() for c in of.mirrored)
    assert abs(a) > 0.1
    np.testing.assert_allclose(a, -b)


def test_segments_are_those_of_proteins() -> None:
    for segment, step in ((bundles.helix(12), 3.8), (bundles.strand(8), 3.76)):
        bonds = np.linalg.norm(np.diff(segment, axis=0), axis=1)
        np.testing.assert_allclose(bonds, step, atol=0.03)
    x, y = bundles.bundles(8, 0, noise=0.0)
    assert x.shape == (8, bundles.RESIDUES, 3)
    assert sorted(y) == [0, 0, 1, 1, 2, 2, 3, 3]
    np.testing.assert_allclose(x.mean(1), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--task proteins", "unknown task"),
        ("--network mlp", "unknown network"),
        ("--P 0", "P = 0 is too small"),
        ("--noise -1", "noise must be at least 0"),
    ],
)
def test_wrong_input_is_refused_in_a_line(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Points.main([*line.split(), "--out", str(tmp_path / "out")]) == 2
    refused = capsys.readouterr()
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()
