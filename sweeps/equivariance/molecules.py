"""`python -m sweeps.equivariance molecules`: energies of small molecules, learnt in several ways.

A small network of the numbers of atoms; a spherical one of the Coulomb potentials about each atom,
which learns what the first has left; and fully connected ones of Coulomb matrices, whose rows are
sorted, or in random order (T. Cohen, M. Geiger, J. Koehler & M. Welling, *Spherical CNNs*, ICLR
2018, sec. 5.4, Table 3). The radius of the spheres, and the units of numbers of atoms, are of all
molecules, those to test with among them; energies are not.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import jax
import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.equivariant.data import molecules as made
from jamming.equivariant.data import readers
from jamming.equivariant.data.molecules import Molecules
from jamming.equivariant.sphere.atoms import AtomsNet
from jamming.equivariant.sphere.spherical import SphereNet
from jamming.equivariant.sphere.transforms import library
from jamming.fits.seeds import mean_and_error
from jamming.models.networks import FC
from jamming.models.parametrisation import plain
from jamming.training.regression import Regression, regress
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.equivariance.shapes_command import KNOWN

RESULTS = "molecules.nc"
OF_COUNTS = Regression(steps=1000, batch=50, lr=1e-2)
OF_MATRICES = Regression(steps=4000, batch=50, lr=1e-3)
COPIES = 8  # of each molecule, with Coulomb matrices in other orders
Numbers = Float[np.ndarray, " n"]


@dataclass(frozen=True)
class Molecular(grid.Checked):
    """One network, learnt from P molecules, tested on others; `dataset` is random, or a file."""

    network: Annotated[str, grid.scalar(given.one_of, known=KNOWN)]
    dataset: str
    P: Annotated[int, grid.scalar(given.whole, least=2, most=10**6)]
    atoms: Annotated[int, grid.scalar(given.whole, least=2, most=23)]
    test_points: Annotated[int, grid.scalar(given.whole, least=2, most=10**6)]
    b: Annotated[int, grid.scalar(given.whole, "the bandwidth b", least=2, most=32)]
    bandwidths: tuple[int, ...]
    channels: tuple[int, ...]
    features: Annotated[int, grid.scalar(given.whole, most=10_000)]
    power: Annotated[float, grid.scalar(given.number, above=0.0, most=10.0)]
    steps: Annotated[int, grid.scalar(given.whole, most=10**7)]
    batch: Annotated[int, grid.scalar(given.whole)]
    lr: Annotated[float, grid.scalar(given.number, above=0.0, most=1e3)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=2**31 - 1)]

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse what cannot be trained, and files that cannot be read."""
        if self.batch > self.P:
            raise BadInput(f"batch = {self.batch} is larger than P = {self.P}: lower --batch")
        if self.P < OF_COUNTS.batch:
            raise BadInput(f"P = {self.P} is too small: it must be at least {OF_COUNTS.batch}")
        if self.bandwidths and max(self.bandwidths) > self.b:
            raise BadInput(
                f"bandwidths {given.shown(self.bandwidths)} are above b = {self.b}: lower them"
            )
        if self.spherical:
            library()
        SphereNet(bandwidths=self.bandwidths, channels=self.channels, classes=self.features)
        if self.dataset != "random":
            self.data()

    def data(self) -> tuple[Molecules, Numbers]:
        """P molecules to train on, and others to test with, and their energies."""
        n = self.P + self.test_points
        if self.dataset == "random":
            of = made.molecules(n, self.atoms, self.seed)
            return of, made.energies(of)
        of, y = _read(self.dataset)
        if len(y) < n:
            raise BadInput(
                f"{len(y)} molecules are fewer than {self.P} and {self.test_points} to test with:"
                " lower --P or --test-points"
            )
        rows = np.random.default_rng(self.seed).permutation(len(y))[:n]
        return Molecules(of.positions[rows], of.charges[rows]), y[rows]

    def run(self) -> tuple[Numbers, Numbers]:
        """Predicted energies of all molecules, and their own."""
        of, y = self.data()
        keys = jax.random.split(jax.random.key(self.seed), 2)
        types = tuple(int(z) for z in np.unique(of.charges) if z)
        x = made.counts(of, types).astype(np.float32)
        x = (x - x.mean(0)) / np.maximum(x.std(0), 1e-6)
        if self.network in ("counts", "spherical"):
            small = FC(h=50, L=2, bias=True, parametrisation=plain("uniform"))
            guess = regress(small, x[: self.P], y[: self.P], OF_COUNTS, keys[0])(x)
            return guess + (self._left(of, y - guess, types, keys[1]) if self.spherical else 0), y
        return self._of_matrices(of, y, keys[0]), y

    @property
    def spherical(self) -> bool:
        return self.network == "spherical"

    def _left(self, of: Molecules, y: Numbers, types: tuple[int, ...], key: Any) -> Numbers:
        """What a spherical network predicts of what the numbers of atoms do not say."""
        U = made.coulomb_spheres(of, self.b, made.radius_without_intersections(of), types)
        there = of.present[: self.P]
        scale = np.sqrt((U[: self.P][there] ** 2).mean((0, 1, 2)))
        U = (U / np.where(scale > 0, scale, 1)).astype(np.float32)
        x = U, of.present.astype(np.float32)
        net = AtomsNet(self.bandwidths, self.channels, features=self.features)
        how = Regression(self.steps, self.batch, self.lr)
        return regress(net, tuple(part[: self.P] for part in x), y[: self.P], how, key)(x)

    def _of_matrices(self, of: Molecules, y: Numbers, key: Any) -> Numbers:
        """Means over the orders of rows, where these are random."""
        order = self.network.partition(" ")[0]
        upper = np.triu_indices(of.charges.shape[1])
        copies = [
            made.coulomb_matrices(of, power=self.power, order=order, seed=COPIES * self.seed + i)
            for i in range(COPIES if order == "random" else 1)
        ]
        x = np.stack([C[:, *upper] for C in copies])
        train = x[:, : self.P].reshape(-1, x.shape[-1])
        mean, std = train.mean(0), train.std(0)
        std = np.where(std > 0, std, 1)
        x, train = ((each - mean) / std for each in (x, train))
        net = FC(h=100, L=2, bias=True, parametrisation=plain("uniform"))
        targets = np.tile(y[: self.P], len(copies))
        predict = regress(net, train.astype(np.float32), targets, OF_MATRICES, key)
        return np.mean([predict(each.astype(np.float32)) for each in x], axis=0)


@functools.lru_cache(maxsize=1)
def _read(path: str) -> tuple[Molecules, Numbers]:
    return readers.molecules(path)


def molecules(several: Sequence[Molecular], store: Store) -> xr.Dataset:
    """Learn what the store lacks; `rmse` and `train_rmse` over (network, seed), `predicted`, too.

    `spread` is the standard deviation of the energies to be tested with; `predicted` and `energy`
    are those of the molecules to test with, of each seed.
    """

    def one(spec: Molecular) -> tuple[dict[str, float], dict[str, np.ndarray]]:
        guess, y = spec.run()
        return {}, {"predicted": guess, "energy": y}

    measure(several, store, one, unit="networks")
    cells = {}
    for spec in several:
        found = store.arrays(spec.key)
        error, P = found["predicted"] - found["energy"], spec.P
        cells[spec.network, spec.seed] = {
            "train_rmse": math.sqrt((error[:P] ** 2).mean()),
            "rmse": math.sqrt((error[P:] ** 2).mean()),
            "spread": float(found["energy"][P:].std()),
            "predicted": found["predicted"][P:],
            "energy": found["energy"][P:],
        }
    axes = (list(dict.fromkeys(values)) for values in zip(*cells, strict=True))
    coords = dict(zip(("network", "seed"), axes, strict=True))
    inner = {"predicted": ("molecule",), "energy": ("molecule",)}
    spec = several[0]
    attrs = {name: getattr(spec, name) for name in ("dataset", "P", "b", "test_points")}
    return gather.gathered(cells, coords, inner).assign_attrs(attrs)


def summary(found: xr.Dataset) -> str:
    """A line for each network: errors in training and test, with standard errors over seeds."""
    rows = []
    for name in found.network.values:
        one, row = found.sel(network=name), {"learnt from": str(name)}
        for title, variable in (("RMSE", "rmse"), ("in training", "train_rmse")):
            mean, error = mean_and_error(one[variable].values[None])
            row[title] = gather.spread(mean[0], error[0], ".2f")
        rows.append(row | {"energies": gather.number(float(one.spread.mean()), ".1f")})
    return gather.table(rows)
