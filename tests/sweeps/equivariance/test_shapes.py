"""The sweeps of shapes and of molecules, tiny."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jamming.equivariant.data import molecules as made
from jamming.equivariant.data import shapes as primitive
from sweeps.equivariance.commands import Energies, Shapes
from sweeps.equivariance.molecules import Molecular
from sweeps.equivariance.shapes import Cast

pytest.importorskip("s2fft", reason="transforms on the sphere are in the extra `equivariant`")

MESHES = "--network planar --P 8 --batch 4 --b 8 --steps 2 --seeds 1 --pool 12 --test-points 6"
ATOMS = (
    "--network spherical --P 50 --batch 10 --b 2 --atoms 2 --bandwidths 2 --channels 2 --steps 2"
    " --features 3 --seeds 1 --test-points 5"
)


def test_meshes_of_a_file_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    several, y = primitive.shapes(18, 1)
    of: dict[str, Any] = {
        "vertices": np.concatenate([one.vertices for one in several]),
        "triangles": np.concatenate([one.triangles for one in several]),
        "vertex_counts": [len(one.vertices) for one in several],
        "triangle_counts": [len(one.triangles) for one in several],
        "labels": y,
    }
    np.savez(tmp_path / "own.npz", **of)
    line = [*MESHES.split(), "--dataset", str(tmp_path / "own.npz"), "--out", str(tmp_path / "o")]
    assert Shapes.main(line) == 0
    assert capsys.readouterr().out.split()[:3] == ["network", "parameters", "NR/NR"]
    with xr.open_dataset(tmp_path / "o" / "shapes.nc") as found:
        assert found.attrs["classes"] == 6
        assert found.attrs["tests"] == 3  # every fifth of 18
        assert found.example.shape == (2, 3, 16, 15)
    assert (tmp_path / "o" / "shapes.png").is_file()


def test_rotated_shapes_are_the_same_shapes() -> None:
    plain, turned = (Cast("primitives", 3, rotated, 12, 6).data() for rotated in (False, True))
    assert (plain[0] != turned[0]).any()
    for a, b in zip(plain[1:], turned[1:], strict=True):
        np.testing.assert_array_equal(a, b)
    # of an ellipsoid, the shortest ray hardly depends on how it is turned
    nr, r = plain[2][:6], plain[2][6:]
    one = int(np.flatnonzero(plain[3][:6] == 0)[0])
    assert nr[one, ..., 0].min() == pytest.approx(r[one, ..., 0].min(), abs=0.1)


def test_molecules_are_learnt_and_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Energies.main([*ATOMS.split(), "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[0].split()[:3] == ["learnt", "from", "RMSE"]
    with xr.open_dataset(tmp_path / "molecules.nc") as found:
        one = found.isel(network=0, seed=0).load()
    due = np.sqrt(((one.predicted - one.energy) ** 2).mean())
    assert float(one.rmse) == pytest.approx(float(due))
    of, y = Energies.of(ATOMS.split()).config()[0].data()
    np.testing.assert_allclose(one.energy, y[50:])
    np.testing.assert_allclose(y, made.energies(of))


def test_molecules_of_a_file_are_split_by_the_seed(tmp_path: Path) -> None:
    of = made.molecules(60, 3, 5)
    y = made.energies(of)
    path = str(tmp_path / "own.npz")
    np.savez(path, positions=of.positions, charges=of.charges, energies=y)
    one, other = (Energies(dataset=path, P=50, test_points=5, seed=s).config()[0] for s in (0, 1))
    assert isinstance(one, Molecular)
    assert set(one.data()[1]) <= set(y)
    assert (one.data()[1] != other.data()[1]).any()


@pytest.mark.parametrize(
    ("command", "line", "said"),
    [
        (Shapes, "--dataset shrec17", "meshes of SHREC17"),
        (Shapes, "--dataset none.npz", "there is no file none.npz"),
        (Shapes, "--network cubic", "unknown network 'cubic'"),
        (Energies, "--dataset qm7", "molecules of QM7"),
        (Energies, "--network cubic", "unknown network 'cubic'"),
        (Energies, "--P 40", "batch = 50 is larger than P = 40"),
        (Energies, "--b 2", "bandwidths (3, 2) are above b = 2"),
        (Energies, "--channels 3", "2 bandwidths and 1 channels"),
    ],
)
def test_wrong_input_is_refused_in_a_line(
    command: Any, line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = [*MESHES.split()[2:]] if command is Shapes else []
    assert command.main([*tiny, *line.split(), "--out", str(tmp_path / "out")]) == 2
    refused = capsys.readouterr()
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_potentials_say_more_than_the_numbers_of_atoms(tmp_path: Path) -> None:
    line = ("--network", "counts", "spherical", "--seeds", "2", "--out", str(tmp_path))
    assert Energies.main(line) == 0
    with xr.open_dataset(tmp_path / "molecules.nc") as found:
        rmse = found.rmse.mean("seed").load()
    assert float(rmse.sel(network="spherical")) < 0.9 * float(rmse.sel(network="counts"))
