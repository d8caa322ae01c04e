"""The user's own files: what was saved is read, and what is wrong said in a line."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.equivariant.data import molecules as made
from jamming.equivariant.data import readers, shapes
from jamming.equivariant.data.chains import Chains
from jamming.equivariant.data.meshes import Mesh

SHAPES, LABELS = shapes.shapes(6, 0)
MESHES: dict[str, Any] = {
    "vertices": np.concatenate([one.vertices for one in SHAPES]),
    "triangles": np.concatenate([one.triangles for one in SHAPES]),
    "vertex_counts": [len(one.vertices) for one in SHAPES],
    "triangle_counts": [len(one.triangles) for one in SHAPES],
    "labels": LABELS,
}
SOME = made.molecules(4, 3, 0)
MOLECULES: dict[str, Any] = {
    "positions": SOME.positions,
    "charges": SOME.charges,
    "energies": made.energies(SOME),
}

CHAINS: dict[str, Any] = {"positions": SOME.positions, "labels": [0, 1, 1, 0]}


def test_whichever_of_meshes_chains_and_voxels_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.npz"
    np.savez(path, **MESHES)
    several, y = readers.objects(path)
    assert [type(one) for one in several] == [Mesh] * 6
    np.testing.assert_array_equal(y, LABELS)
    np.savez(path, **CHAINS, lengths=[1, 2, 3, 1])
    of, y = readers.objects(path)
    assert isinstance(of, Chains)
    assert of.present.sum(1).tolist() == [1, 2, 3, 1]
    assert y.tolist() == [0, 1, 1, 0]
    np.savez(path, voxels=np.ones((2, 3, 3, 3)), labels=[1, 0])
    x, y = readers.objects(path)
    assert isinstance(x, np.ndarray)
    assert x.shape == (2, 3, 3, 3, 1)


def test_meshes_and_molecules_are_read_as_they_were(tmp_path: Path) -> None:
    np.savez(tmp_path / "meshes.npz", **MESHES)
    several, y = readers.meshes(tmp_path / "meshes.npz")
    np.testing.assert_array_equal(y, LABELS)
    for a, b in zip(several, SHAPES, strict=True):
        np.testing.assert_array_equal(a.vertices, b.vertices)
        np.testing.assert_array_equal(a.triangles, b.triangles)
    np.savez(tmp_path / "qm.npz", **MOLECULES | {"energies": MOLECULES["energies"][None]})
    of, energies = readers.molecules(str(tmp_path / "qm.npz"))
    np.testing.assert_array_equal(of.positions, SOME.positions)
    np.testing.assert_array_equal(energies, MOLECULES["energies"])


def test_voxels_are_read_with_labels_or_alone(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 2, (2, 4, 4, 4))
    np.save(tmp_path / "v.npy", x)
    np.savez(tmp_path / "v.npz", voxels=x[..., None], labels=[1, 0])
    alone, none = readers.voxels(tmp_path / "v.npy")
    both, y = readers.voxels(tmp_path / "v.npz")
    assert none is None
    assert y is not None
    assert y.tolist() == [1, 0]
    for found in (alone, both):
        np.testing.assert_array_equal(found, x[..., None])


@pytest.mark.parametrize(
    ("read", "file", "said"),
    [
        (readers.meshes, MESHES | {"labels": LABELS + 1}, "labels must be 0, 1"),
        (readers.meshes, MESHES | {"labels": 0 * LABELS}, "two classes at least"),
        (readers.meshes, MESHES | {"vertices": 1e99 * MESHES["vertices"]}, "scale the mesh down"),
        (readers.chains, CHAINS | {"labels": [0, 1]}, "4 chains and 2 labels"),
        (readers.objects, CHAINS | MESHES, "vertices and positions: give"),
        (readers.meshes, MESHES | {"vertex_counts": [1] * 6}, "vertex_counts add up to 6"),
        (readers.meshes, MESHES | {"triangles": MESHES["triangles"] + 100}, "mesh 0 of"),
        (readers.meshes, {"vertices": np.eye(3)}, "has no array triangles, vertex_counts"),
        (readers.molecules, MOLECULES | {"energies": [1.0]}, "energies"),
        (readers.molecules, MOLECULES | {"energies": [np.inf] * 4}, "energies"),
        (readers.molecules, MOLECULES | {"charges": np.array([None] * 4)}, "cannot be read"),
        (readers.voxels, {"voxels": np.zeros((2, 3, 3, 2))}, "voxels"),
        (readers.molecules, MOLECULES | {"energies": [1e99] * 4}, "too large for float32"),
        (readers.voxels, {"voxels": np.zeros((1, 3, 3, 3)), "labels": [0, 1]}, "2 labels"),
    ],
)
def test_a_wrong_file_is_refused_in_a_line(
    read: Any, file: dict[str, Any], said: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "f.npz", **file)
    _refused(read, tmp_path / "f.npz", said)


def test_what_is_no_file_says_what_to_give(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no archive")
    _refused(readers.meshes, tmp_path / "text.npz", "cannot be read as arrays")
    _refused(readers.molecules, tmp_path / "none.npz", "there is no file")
    np.save(tmp_path / "one.npy", np.zeros(3))
    _refused(readers.molecules, tmp_path / "one.npy", "is one array")
    for name in readers.SETS:
        _refused(readers.meshes, name, " into ")


def _refused(read: Any, path: Any, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(path)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
