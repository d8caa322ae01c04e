"""The user's own meshes, chains, molecules and voxels, from .npz and .npy files without pickles.

Nothing is downloaded. A file of meshes has the arrays

    vertices [all, 3], triangles [all, 3], vertex_counts [n], triangle_counts [n], labels [n]

those of the meshes one behind the other, triangles as rows of the vertices of their own mesh; of
chains `positions` [n, N, 3], `labels` [n] and, where not all have N atoms, `lengths` [n]; of
molecules `positions` [n, N, 3], `charges` [n, N] and `energies` [n]; of voxels `voxels`
[n, D, D, D] or [n, D, D, D, C] and `labels` [n], or as .npy the voxels alone.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from jamming.checks.arrays import finite, shaped
from jamming.checks.errors import BadInput
from jamming.commands import files
from jamming.equivariant.data.chains import Chains
from jamming.equivariant.data.meshes import Mesh
from jamming.equivariant.data.molecules import Molecules

# what people have, and what they make of it
SETS = {
    "shrec17": "meshes of SHREC17 (ShapeNet Core55, shapenet.org, with an account): put vertices,"
    " triangles, vertex_counts, triangle_counts and labels into one .npz file, and give its path",
    "qm7": "molecules of QM7 (quantum-machine.org/datasets): put R as positions, Z as charges and"
    " T as energies of qm7.mat into one .npz file, and give its path",
    "cath": "structures of CATH (cathdb.info): put places of C-alpha atoms in angstrom as positions"
    " [n, N, 3], numbers of atoms as lengths [n] and architectures as labels [n] into one .npz"
    " file, and give its path to python -m sweeps.equivariance solids --dataset",
}


def arrays(path: Any, *names: str, optional: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    """The arrays of a file by these names, and the `optional` ones that it has.

    Raises BadInput in one line: for a name of `SETS`, what to put where; for a file that is not
    there or cannot be read, that has pickled objects, or lacks a name.
    """
    if str(path).lower() in SETS:
        raise BadInput(SETS[str(path).lower()])
    return files.arrays(path, *names, optional=optional)


def meshes(path: Any) -> tuple[list[Mesh], Int[np.ndarray, " n"]]:
    """Meshes of a file and their labels 0, 1, ...; BadInput where one is none."""
    found = arrays(path, "vertices", "triangles", "vertex_counts", "triangle_counts", "labels")
    y = labels(found["labels"])
    ends = {}
    for part in ("vertex", "triangle"):
        of = found["vertices" if part == "vertex" else "triangles"]
        sizes = _whole(found[f"{part}_counts"], f"{part}_counts", len(y))
        if of.ndim != 2 or sizes.sum() != len(of):
            raise BadInput(
                f"{part}_counts add up to {sizes.sum()}, and the array has shape {list(of.shape)}"
            )
        ends[part] = np.split(of, np.cumsum(sizes)[:-1])
    several = []
    for i, (x, t) in enumerate(zip(ends["vertex"], ends["triangle"], strict=True)):
        try:
            several.append(Mesh(x, t))
        except BadInput as error:
            raise BadInput(f"mesh {i} of {path}: {error}") from error
    return several, y


def chains(path: Any) -> tuple[Chains, Int[np.ndarray, " n"]]:
    """Chains of atoms of a file and their labels."""
    found = arrays(path, "positions", "labels", optional=("lengths",))
    of, y = Chains(found["positions"], found.get("lengths")), labels(found["labels"])
    return of, _one_each(y, len(of), "chains")


def objects(path: Any) -> tuple[list[Mesh] | Chains | np.ndarray, Int[np.ndarray, " n"]]:
    """Meshes, chains or voxels [n, D, D, D, C] of a file, whichever it has, and their labels."""
    kinds: dict[str, Any] = {"vertices": meshes, "positions": chains, "voxels": voxels}
    found = arrays(path, optional=tuple(kinds))
    if len(found) != 1:
        raise BadInput(
            f"{path} has {' and '.join(found) or 'none of vertices, positions and voxels'}: give"
            " vertices of meshes, positions of chains or voxels, and labels"
        )
    of, y = kinds[next(iter(found))](path)
    if y is None:
        raise BadInput(f"{path} has no array labels: add one, of whole numbers from 0 on")
    return of, y


def molecules(path: Any) -> tuple[Molecules, Float[np.ndarray, " n"]]:
    """Molecules of a file and their energies, in the units of the file."""
    found = arrays(path, "positions", "charges", "energies")
    of = Molecules(found["positions"], found["charges"])
    y = found["energies"]
    y = y[0] if y.ndim == 2 and len(y) == 1 else y  # as QM7 has them
    finite(y, "energies", len(of), dtype=np.float32)  # as networks have them
    return of, np.asarray(y, np.float64)


def voxels(path: Any) -> tuple[Float[np.ndarray, "n D D D C"], Int[np.ndarray, " n"] | None]:
    """Voxels of a file, and their labels where it has any."""
    found = arrays(path, "voxels", optional=("labels",))
    x = np.asarray(finite(found["voxels"], "voxels", dtype=np.float64))
    x = x[..., None] if x.ndim == 4 else x
    x = np.asarray(shaped(x, "voxels", "n", "D", "D", "D", "C"))
    y = _one_each(labels(found["labels"]), len(x), "voxel images") if "labels" in found else None
    return x, y


def labels(y: Any) -> Int[np.ndarray, " n"]:
    """Whole numbers 0 to c - 1 of two classes or more, each of which occurs."""
    found = _whole(y, "labels", "n")
    if not found.any() or len(np.unique(found)) != found.max() + 1:
        raise BadInput(
            "labels must be 0, 1, ..., of two classes at least, each of which occurs: number the"
            " classes so"
        )
    return found


def _one_each(y: np.ndarray, n: int, of: str) -> Int[np.ndarray, " n"]:
    if len(y) != n:
        raise BadInput(f"there are {n} {of} and {len(y)} labels: give one of each")
    return y


def _whole(values: Any, name: str, *sizes: int | str) -> Int[np.ndarray, " n"]:
    found = np.asarray(shaped(finite(values, name, dtype=np.float64), name, *sizes))
    if (found != np.round(found)).any() or (found < 0).any():
        raise BadInput(f"{name} must be whole numbers from 0 on: convert them")
    return found.astype(np.int64)
