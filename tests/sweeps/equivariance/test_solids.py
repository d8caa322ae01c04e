"""The sweep of shapes and proteins as voxels, tiny."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jamming.equivariant.data import bundles, shapes
from jamming.training.classify import train_images
from sweeps.engine.store import Store
from sweeps.equivariance.commands import Solids
from sweeps.equivariance.solids import RESULTS, Solid
from sweeps.equivariance.solids import solids as swept
from tests.made_up.runs import mtimes

pytest.importorskip("e3nn_jax", reason="irreps are in the extra `equivariant`")

TINY = (
    "--network cnn --trained R --P 8 --images 16 --n 5 --steps 40 --batch 8 --seeds 1 --spacing 6"
)
POSITIONS, LABELS = bundles.bundles(14, 0)
CHAINS: dict[str, Any] = {"positions": POSITIONS * bundles.BOND, "labels": LABELS}


def one(line: str) -> Solid:
    found = Solids.of(line.split()).config()[0]
    assert isinstance(found, Solid)
    return found


def test_voxels_of_a_file_are_learnt_and_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs: list[Any] = []

    def watched(*args: Any, **kinds: Any) -> list[Any]:
        runs.extend(found := train_images(*args, **kinds))
        return found

    monkeypatch.setattr("sweeps.equivariance.solids.train_images", watched)
    # dots and crosses in small units, to which networks are blind that are not given them scaled
    x = np.full((14, 5, 5, 5), 1e-4) * np.random.default_rng(0).random((14, 1, 1, 1))
    x[:, 2, 2, 2] = 1e-3
    x[::2, 1:4, 2, 2] = x[::2, 2, 1:4, 2] = x[::2, 2, 2, 1:4] = 1e-3
    np.savez(tmp_path / "own.npz", voxels=x, labels=np.arange(14) % 2)
    line, out = [*TINY.split(), "--dataset", str(tmp_path / "own.npz")], tmp_path / "out"
    assert Solids.main([*line, "--out", str(out)]) == 0
    assert capsys.readouterr().out.split()[:3] == ["network", "trained", "P"]
    assert (out / "solids.png").is_file()
    with xr.open_dataset(out / RESULTS) as found:
        found.load()
    assert found.attrs["tests"] == 6  # those of 14 that are not learnt
    assert found.example.shape == (2, 2, 5, 5)
    assert float(found.error.mean()) == pytest.approx(runs[0].test_error)
    # what is there is not trained again
    before = mtimes(out)
    assert len(runs) == 1
    again = swept(Solids.of(line).config(), Store(out))
    np.testing.assert_array_equal(again.error, found.error)
    assert mtimes(out) == before
    assert len(runs) == 1


@pytest.mark.parametrize("dataset", ["shapes", "proteins"])
def test_each_object_is_learnt_in_several_orientations(dataset: str) -> None:
    of = one(f"--dataset {dataset} --network cnn --trained R --P 8 --images 24 --test-points 6")
    x, y, tests, y_test = of.data()
    assert x.shape == (24, 13, 13, 13, 1)
    assert tests.shape == (12, 13, 13, 13, 1)
    np.testing.assert_array_equal(y, np.repeat(y[::3], 3))
    np.testing.assert_array_equal(y_test[:6], y_test[6:])
    assert (x[0] != x[1]).any()
    # what is turned keeps its mass, but for what sampling takes
    mass = x.sum((1, 2, 3, 4)).reshape(8, 3)
    np.testing.assert_allclose(mass / mass.mean(1, keepdims=True), 1, atol=0.05)
    # trained along z, each is learnt once, and tests are the same
    along = one(f"--dataset {dataset} --network cnn --trained NR --P 8 --test-points 6")
    plain = along.data()
    assert len(plain[0]) == 8
    np.testing.assert_array_equal(plain[1], y[::3])
    np.testing.assert_array_equal(plain[2][:6], tests[:6])


def test_own_objects_are_split_by_the_seed_and_turned(tmp_path: Path) -> None:
    x, y = np.zeros((6, 5, 5, 5)), np.arange(6) % 2
    x[:, 2, 2, 2], x[:, 2, 2, 3] = 1, np.arange(6)  # a number that each keeps in any orientation
    np.savez(tmp_path / "v.npz", voxels=x, labels=y)
    line = f"--dataset {tmp_path / 'v.npz'} --n 5 --network cnn --trained NR --P 4 --batch 2"
    learnt, y, tests, _ = one(line).data()
    both = np.concatenate([learnt, tests[:2]])[:, 2, 2, 3, 0]
    assert sorted(both) == [0, 1, 2, 3, 4, 5]
    np.testing.assert_array_equal(y, both[:4] % 2)
    assert sorted(y) == [0, 0, 1, 1]  # as many of each class as can be
    assert one(f"{line} --seed 1").data()[0].sum((1, 2, 3, 4)).tolist() != [*(1 + both[:4])]
    np.savez(tmp_path / "c.npz", **CHAINS)
    of_chains = one(line.replace("v.npz", "c.npz") + " --spacing 6")
    atoms, kinds, _, _ = of_chains.data()
    mass = 24 * (np.pi / 2) ** 1.5
    np.testing.assert_allclose(atoms.sum((1, 2, 3, 4)), mass, rtol=0.1)
    assert sorted(kinds) == [0, 1, 2, 3]
    several, labels = shapes.shapes(6, 0)
    np.savez(
        tmp_path / "m.npz",
        vertices=np.concatenate([mesh.vertices for mesh in several]),
        triangles=np.concatenate([mesh.triangles for mesh in several]),
        vertex_counts=[len(mesh.vertices) for mesh in several],
        triangle_counts=[len(mesh.triangles) for mesh in several],
        labels=labels,
    )
    seen, kinds, _, _ = one(line.replace("v.npz", "m.npz")).data()
    of_torus = seen[kinds == list(shapes.SHAPES).index("torus")]
    assert (of_torus[:, 2, 2, 2] == 0).all()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--dataset cath", "structures of CATH (cathdb.info): put places of C-alpha atoms"),
        ("--dataset shrec17", "meshes of SHREC17"),
        ("--dataset none.npz", "there is no file none.npz: give a .npz of arrays vertices, pos"),
        ("--network relu", "unknown network 'relu'"),
        ("--trained r", "unknown trained 'r'"),
        ("--n 4", "voxels n = 4 is too small"),
        ("--P 8 --batch 20 --trained NR", "batch = 20 is larger than the P = 8 data"),
        ("--lr 0", "learning rate must be above 0"),
        ("--seeds 0", "seeds = 0 is too small"),
        ("--P 5 --batch 4", "P = 5 has 5 of the 6 classes: raise --P"),
        ("--dataset proteins --spacing 1e-3", "most atoms of proteins are beyond 13 voxels"),
    ],
)
def test_wrong_input_is_refused_in_a_line(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _refused(line.split(), said, tmp_path, capsys)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (CHAINS | {"labels": range(3)}, "14 chains and 3 labels"),
        (CHAINS | {"lengths": [30] * 14}, "lengths are whole numbers of atoms from 1 to 24"),
        (CHAINS | {"positions": POSITIONS[:, :, :2]}, "positions"),
        (CHAINS | {"positions": np.full((14, 5, 3), np.nan)}, "NaN in positions"),
        (CHAINS | {"voxels": np.zeros((14, 5, 5, 5))}, "positions and voxels"),
        ({"labels": LABELS}, "none of vertices, positions and voxels"),
        ({"voxels": np.zeros((14, 5, 5, 5))}, "no array labels"),
        ({"voxels": np.zeros((14, 6, 6, 6)), "labels": LABELS}, "give --n 6"),
        ({"voxels": np.zeros((4, 5, 5, 5)), "labels": range(4)}, "lower --P"),
    ],
)
def test_a_file_that_does_not_serve_is_refused_in_a_line(
    file: dict[str, Any], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "own.npz", **file)
    _refused([*TINY.split(), "--dataset", str(tmp_path / "own.npz")], said, tmp_path, capsys)


def _refused(line: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Solids.main([*line, "--out", str(folder / "out")]) == 2
    refused = capsys.readouterr()
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert not (folder / "out").exists()


@pytest.mark.slow
def test_a_steerable_network_knows_shapes_turned_that_it_saw_along_z(tmp_path: Path) -> None:
    line = "--network steerable --trained NR --seeds 1"
    found = swept(Solids.of(line.split()).config(), Store(tmp_path))
    assert float(found.error.sel(tested="R").mean()) < 0.35  # by chance 0.83
