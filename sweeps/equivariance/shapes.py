"""`python -m sweeps.equivariance shapes`: primitive shapes seen from a sphere, rotated or not.

Rays from the sphere meet a shape and its convex hull (`jamming.equivariant.data.meshes.cast`);
networks are trained on shapes that lie along z (NR), or each turned at random (R), and tested on
others of both kinds (after T. Cohen, M. Geiger, J. Koehler & M. Welling, *Spherical CNNs*, ICLR
2018, sec. 5.3, where shapes are those of SHREC17, perturbed by rotations).
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.equivariant.data import meshes, readers
from jamming.equivariant.data import shapes as primitive
from jamming.equivariant.data.meshes import Mesh
from jamming.equivariant.sphere import rotations
from sweeps.engine import grid
from sweeps.engine.store import Store
from sweeps.equivariance import sphere
from sweeps.equivariance.sphere import Data

RESULTS = "shapes.nc"
SHAPES, TURNS = 0x5A, 0x7E  # seeds of the shapes and of their rotations, the same for all networks
FIFTH = 5  # of the meshes of a file, which are to be tested with

summary = sphere.summary


@dataclass(frozen=True)
class Cast(grid.Checked):
    """Shapes on the sphere; those to train on are rotated or not, those to test with are both.

    `dataset` is primitives, of which `pool` may be trained on, or a file of meshes.
    """

    dataset: str
    b: Annotated[int, grid.scalar(given.whole, "the bandwidth b", most=sphere.LARGEST)]
    rotated: bool
    pool: Annotated[int, grid.scalar(given.whole, least=2, most=10**6)]
    test_points: Annotated[int, grid.scalar(given.whole, least=2, most=10**6)]

    @property
    def classes(self) -> int:
        """How many kinds of shapes there are."""
        if self.dataset == "primitives":
            return len(primitive.SHAPES)
        return int(readers.meshes(self.dataset)[1].max()) + 1

    def data(self) -> Data:
        """To train on, [n, 2 b, 2 b - 1, 6] with labels, and to test with: first not rotated."""
        return _seen(self)


def _meshes(of: Cast) -> tuple[list[Mesh], np.ndarray, int]:
    """Meshes, labels, and how many of them, the first, are to train on."""
    if of.dataset == "primitives":
        return *primitive.shapes(of.pool + of.test_points, SHAPES), of.pool
    several, y = readers.meshes(of.dataset)
    if len(several) < 2 * FIFTH:
        raise BadInput(f"{of.dataset} has {len(several)} meshes: give {2 * FIFTH} at least")
    tests = np.arange(len(y)) % FIFTH == FIFTH - 1
    order = np.argsort(tests, kind="stable")
    train = int((~tests).sum())
    order = order[: train + of.test_points]
    return [meshes.centred(several[i]) for i in order], y[order], train


@functools.lru_cache(maxsize=2)
def _seen(of: Cast) -> Data:
    several, y, train = _meshes(of)
    turns = rotations.haar(np.random.default_rng(TURNS), len(y))

    def cast(rows: range, rotated: bool) -> np.ndarray:
        each = [meshes.rotated(several[i], turns[i]) if rotated else several[i] for i in rows]
        return np.stack([meshes.cast(mesh, of.b) for mesh in each]).astype(np.float32)

    tests = range(train, len(y))
    both = np.concatenate([cast(tests, rotated) for rotated in (False, True)])
    return cast(range(train), of.rotated), y[:train], both, np.tile(y[train:], 2)


def shapes(config: Mapping[tuple[str, str, int], Any], store: Store) -> xr.Dataset:
    """Train what the store lacks; what `sphere.sphere` finds, of shapes in place of digits."""
    found = sphere.sphere(config, store).rename(digit="shape")
    _, seen, _ = next(iter(config.values()))
    _, labels, _, y = seen.data()
    return found.assign_coords(shape=y[: found.sizes["shape"]]).assign_attrs(
        classes=int(labels.max()) + 1
    )
