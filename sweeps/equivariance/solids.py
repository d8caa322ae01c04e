"""`python -m sweeps.equivariance solids`: shapes and proteins as voxels, turned or not.

Steerable networks and plain ones learn primitive shapes, or bundles of helices and strands, that
lie along z (NR) or are turned at random (R), and are tested on others of both kinds, against the
number of those that are learnt. What is turned are vertices and atoms, not voxels (M. Weiler,
M. Geiger, M. Welling, W. Boomsma & T. Cohen, *3D steerable CNNs*, NeurIPS 2018, sec. 5.2 and 5.4,
of SHREC17 and CATH).
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import jax
import numpy as np
import xarray as xr
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.equivariant.data import bundles, chains, meshes, readers, shapes
from jamming.equivariant.data.chains import Chains
from jamming.equivariant.data.meshes import Mesh
from jamming.equivariant.euclidean.voxels import VoxelCNN, VoxelNet, turned
from jamming.fits.seeds import mean_and_error
from jamming.training.classify import train_images
from jamming.training.image_build import seen
from jamming.training.images import ImageJob
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.equivariance.voxels_command import NETWORKS, ROTATED

RESULTS = "solids.nc"
# half an angstrom; without left-handed helices, which are hardly found in nature
PROTEINS: dict[str, Any] = {"noise": 0.13, "turned": False, "classes": 3}
FIELDS, CHANNELS, STRIDES = ((4, 2, 2), (8, 4, 4), (32,)), (20, 40, 32), (2, 2, 1)

Voxels = Float[np.ndarray, "_ n n n C"]
# voxels of rows [P] of several objects, each turned by its R [P, 3, 3]; and labels of all
Look = Callable[[np.ndarray, np.ndarray], Voxels]
Labelled = tuple[Look, np.ndarray]


@dataclass(frozen=True)
class Solid(grid.Checked):
    """One network that learns P objects, each in images / P orientations if it is `trained` "R".

    `dataset` is shapes, proteins, or a file of meshes, chains or voxels, seen on n^3 voxels; those
    of chains are `spacing` angstrom wide.
    """

    dataset: str
    network: Annotated[str, grid.scalar(given.one_of, known=NETWORKS)]
    trained: Annotated[str, grid.scalar(given.one_of, known=ROTATED)]
    P: Annotated[int, grid.scalar(given.whole, least=2, most=100_000)]
    images: Annotated[int, grid.scalar(given.whole, most=100_000)]
    n: Annotated[int, grid.scalar(given.whole, "voxels n", least=5, most=64)]
    spacing: Annotated[float, grid.scalar(given.number, above=0.0, most=1e3)]
    test_points: Annotated[int, grid.scalar(given.whole, least=2, most=100_000)]
    steps: Annotated[int, grid.scalar(given.whole, most=1_000_000)]
    batch: Annotated[int, grid.scalar(given.whole)]
    lr: Annotated[float, grid.scalar(given.number, "learning rate", above=0.0, most=10.0)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=2**30)]

    version: ClassVar[int] = 2

    @property
    def copies(self) -> int:
        """In how many orientations an object is learnt."""
        return max(1, self.images // self.P) if self.trained == "R" else 1

    def job(self) -> ImageJob:
        """The training, of images that are made here."""
        P = self.P * self.copies
        how: dict[str, Any] = {
            **{"optimiser": "adam", "schedule": "cosine", "lr": self.lr, "batch": self.batch},
            **{"steps": self.steps, "check_epochs": max(1.0, self.steps * self.batch / P)},
            "snapshot_points": 8,  # a look takes as long as steps do
        }
        return ImageJob("solids", P, self.network, label=self.key, **how).at(self.seed)

    def check(self) -> None:
        """Refuse what cannot be trained, files that do not serve, and classes not learnt."""
        self.job()
        self.net(2)
        (_, y), (_, y_test) = MADE.get(self.dataset, _of_file)(self)
        if (n := len(np.unique(y))) <= y_test.max():
            raise BadInput(f"P = {self.P} has {n} of the {y_test.max() + 1} classes: raise --P")

    def data(self) -> tuple[Voxels, np.ndarray, Voxels, np.ndarray]:
        """To learn, and to test with: first what is not turned, then the same turned."""
        (learnt, y), (others, y_test) = MADE.get(self.dataset, _of_file)(self)
        rng, tests = np.random.default_rng([self.seed, self.P]), np.arange(len(y_test))
        rows = np.repeat(np.arange(len(y)), self.copies)
        x = learnt(rows, _turns(len(rows), rng if self.trained == "R" else None))
        both = [others(tests, _turns(len(tests), of)) for of in (None, rng)]
        return x, y[rows], np.concatenate(both), np.tile(y_test, 2)

    def net(self, classes: int) -> VoxelNet | VoxelCNN:
        """The network, of padding 2, so that sides of 1 + a multiple of 4 are halved evenly."""
        how: Any = {"strides": STRIDES, "padding": 2, "norm": True, "classes": classes}
        if self.network == "cnn":
            return VoxelCNN(channels=CHANNELS, **how)
        return VoxelNet(fields=FIELDS, **how)

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Errors in training, and [NR, R] in tests; number of parameters."""
        data = self.data()
        net = self.net(int(max(data[1].max(), data[3].max())) + 1)
        (run,) = train_images([self.job()], data=data, net=net)
        if run.result == "NON_FINITE":
            raise BadInput(f"{self.network} diverged at a learning rate of {self.lr}: lower it")
        tests = seen(self.job(), data=data)  # scaled, as in training
        guess = [_classes(net, run.variables, x) for x in np.split(tests.x_test, 2)]
        error = (np.concatenate(guess) != tests.y_test).reshape(2, -1).mean(1)
        return {"train_error": run.train_error, "N_all": run.N_all}, {"error": error}


def _turns(n: int, rng: np.random.Generator | None) -> Float[np.ndarray, "n 3 3"]:
    """Random rotations, or none."""
    R = Rotation.identity(n) if rng is None else Rotation.random(n, rng)
    return np.asarray(R.as_matrix())


def _shapes(of: Solid) -> tuple[Labelled, Labelled]:
    learnt, tests = (shapes.shapes(n, seed) for n, seed in _draws(of))
    return (_of_meshes(learnt[0], of), learnt[1]), (_of_meshes(tests[0], of), tests[1])


def _proteins(of: Solid) -> tuple[Labelled, Labelled]:
    drawn = (bundles.bundles(n, seed, **PROTEINS) for n, seed in _draws(of))
    learnt, tests = ((_of_chains(Chains(x * bundles.BOND), of), y) for x, y in drawn)
    return learnt, tests


def _draws(of: Solid) -> tuple[tuple[int, int], tuple[int, int]]:
    """Numbers of objects and their seeds, to learn and to test with."""
    return (of.P, 2 * of.seed), (of.test_points, 2 * of.seed + 1)


def _of_file(of: Solid) -> tuple[Labelled, Labelled]:
    objects, y = _read(of.dataset)
    if of.P > len(y) - 2:
        raise BadInput(
            f"{of.dataset} has {len(y)} objects, too few for {of.P} to learn and two to test with:"
            " lower --P"
        )
    if isinstance(objects, list):
        look = _of_meshes(objects, of)
    elif isinstance(objects, Chains):
        look = _of_chains(objects, of)
    else:
        look = _of_voxels(objects, of)
    rows = _balanced(np.random.default_rng(of.seed).permutation(len(y)), y)
    learnt, tests = rows[: of.P], rows[of.P :][: of.test_points]
    return (lambda i, R: look(learnt[i], R), y[learnt]), (lambda i, R: look(tests[i], R), y[tests])


def _balanced(rows: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Rows in their order, but one of each class first, then a second one of each, and so on."""
    rank = np.empty(len(rows))
    for kind in range(y.max() + 1):
        of = y[rows] == kind
        rank[of] = np.arange(of.sum())
    return np.asarray(rows[np.argsort(rank, kind="stable")])


@functools.lru_cache(maxsize=1)
def _read(path: str) -> Any:
    return readers.objects(path)


def _of_meshes(several: Sequence[Mesh], of: Solid) -> Look:
    middled = [meshes.centred(mesh) for mesh in several]

    def look(rows: np.ndarray, R: np.ndarray) -> Voxels:
        each = [
            meshes.filled(Mesh(middled[i].vertices @ turn.T, middled[i].triangles), of.n)
            for i, turn in zip(rows, R, strict=True)
        ]
        return np.stack(each)[..., None].astype(np.float32)

    return look


def _of_chains(all_of: Chains, of: Solid) -> Look:
    apart = np.linalg.norm(all_of.middled, axis=-1)[all_of.present]
    if np.median(apart) > of.n * of.spacing / 2:
        raise BadInput(
            f"most atoms of {of.dataset} are beyond {of.n} voxels of {of.spacing:g} A: raise"
            " --spacing or --n, and give positions in angstrom"
        )

    def look(rows: np.ndarray, R: np.ndarray) -> Voxels:
        some = Chains(all_of.positions[rows], all_of.lengths[rows])
        return chains.density(some, of.n, R, spacing=of.spacing)

    return look


def _of_voxels(x: np.ndarray, of: Solid) -> Look:
    if x.shape[1] != of.n:
        raise BadInput(f"voxels of {of.dataset} have {x.shape[1]} a side: give --n {x.shape[1]}")

    def look(rows: np.ndarray, R: np.ndarray) -> Voxels:
        each = [turned(x[i : i + 1], turn)[0] for i, turn in zip(rows, R, strict=True)]
        return np.stack(each).astype(np.float32)

    return look


MADE = {"shapes": _shapes, "proteins": _proteins}


@functools.partial(jax.jit, static_argnums=0)
def _logits(net: Any, variables: Any, x: Any) -> Any:
    return net.apply(variables, x)


def _classes(net: Any, variables: Any, x: Voxels) -> np.ndarray:
    return np.asarray(_logits(net, variables, x).argmax(1))


def solids(several: Sequence[Solid], store: Store) -> xr.Dataset:
    """Train what the store lacks; `error` over (network, trained, P, seed, tested), NR and R.

    `train_error` and `N_all`, the number of parameters, do not depend on what is tested; `example`
    are the first test objects of each kind, not turned and turned, as means along z.
    """
    measure(several, store, Solid.run, unit="networks")
    cells = {
        (one.network, one.trained, one.P, one.seed): {
            **store[one.key]["trajectory"],
            **store.arrays(one.key),
        }
        for one in several
    }
    axes = [list(dict.fromkeys(values)) for values in zip(*cells, strict=True)]
    coords = dict(zip(("network", "trained", "P", "seed"), axes, strict=True))
    found = gather.gathered(cells, coords, {"error": ("tested",)})
    first = several[0]
    _, _, x, y = first.data()
    half = len(y) // 2
    rows = np.unique(y[:half], return_index=True)[1]
    found["example"] = (
        ("tested", "kind", "x", "y"),
        np.stack([x[i + rows][..., 0].mean(-1) for i in (0, half)]),
    )
    return found.assign_coords(tested=list(ROTATED)).assign_attrs(
        dataset=first.dataset, classes=int(y.max()) + 1, n=first.n, tests=half, steps=first.steps
    )


def summary(found: xr.Dataset) -> str:
    """A line for each network, what it was trained with and how many: errors, standard errors."""

    def error(one: xr.Dataset, tested: str) -> str:
        mean, bar = mean_and_error(one.error.sel(tested=tested).values[None])
        return gather.spread(mean[0], bar[0], ".1f", percent=True)

    columns: dict[str, Any] = {
        "parameters": ("N_all", ".0f"),
        "in training": lambda one: gather.spread(
            float(one.train_error.mean()), np.nan, ".1f", percent=True
        ),
        "NR": lambda one: error(one, "NR"),
        "R": lambda one: error(one, "R"),
    }
    return gather.table(gather.means(found, ("network", "trained", "P"), columns))
