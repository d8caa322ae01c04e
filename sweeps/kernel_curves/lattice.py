"""`python -m sweeps.kernel_curves lattice`: the exact error on lattices, and its exponents.

Spectra are (1 + sigma^2 w^2)^-(d/2 + nu), of Matern's kind, in a box of side 2 pi with periodic
boundaries (`jamming.kernels.lattice`). Nothing is drawn at random.
"""

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.kernels.distance import SMOOTHEST
from jamming.kernels.lattice import SITES, beta, lattice_mse
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "lattice.nc"


@dataclass(frozen=True)
class Config(grid.Checked):
    """Teachers of these `nu` and one student, from n sites in d dimensions, for each n and d."""

    d: Annotated[tuple[int, ...], grid.several(given.wholes, most=2)]
    nu: Annotated[tuple[float, ...], grid.several(given.numbers, above=0.0, most=SMOOTHEST)]
    student_nu: Annotated[float, grid.scalar(given.number, above=0.0, most=SMOOTHEST)]
    n: Annotated[tuple[int, ...], grid.several(given.wholes, enough=2, least=2, most=SITES)]
    sigma: Annotated[float, grid.scalar(given.number, least=1e-3, most=1e3)]

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse sizes that are no squares, if there is a square lattice."""
        for n in self.n:
            if 2 in self.d and math.isqrt(n) ** 2 != n:
                raise BadInput(f"n = {n} is no square: a lattice in d = 2 has m^2 sites")

    def run(self) -> dict[str, np.ndarray]:
        """`mse` [d, nu, n], in units of the variance of the field."""
        found = [[self.mse(d, nu) for nu in self.nu] for d in self.d]
        return {"mse": np.array(found)}

    def mse(self, d: int, nu: float) -> np.ndarray:
        """Of one teacher, [n]."""
        sides = self.n if d == 1 else [math.isqrt(n) for n in self.n]
        length = 2 * math.pi / self.sigma
        return lattice_mse(d + 2 * nu, d + 2 * self.student_nu, sides, d, length)


def lattice(config: Config, store: Store) -> xr.Dataset:
    """`mse` (d, nu, n); `slope` to the size before, beta where it falls as n^-beta; `theorem`."""
    measure([config], store, lambda one: ({}, one.run()), unit="lattices")
    mse = store.arrays(config.key)["mse"]
    n = np.array(config.n, float)
    slope = np.full_like(mse, np.nan)
    slope[..., 1:] = -np.diff(np.log(mse)) / np.diff(np.log(n))
    theorem = [
        [beta(d + 2 * nu, d + 2 * config.student_nu, d) for nu in config.nu] for d in config.d
    ]
    dims = ("d", "nu", "n")
    return xr.Dataset(
        {"mse": (dims, mse), "slope": (dims, slope), "theorem": (dims[:2], theorem)},
        {name: list(getattr(config, name)) for name in dims},
        {"student_nu": config.student_nu, "sigma": config.sigma},
    )


def summary(found: xr.Dataset) -> str:
    """A row for each lattice and teacher."""
    n = int(found.n[-1])
    columns = {
        f"MSE of {n}": lambda one: gather.number(float(one.mse.isel(n=-1)), ".3g"),
        "last slope": lambda one: gather.number(float(one.slope.isel(n=-1)), ".3f"),
        "theorem": lambda one: gather.number(float(one.theorem), ".3f"),
    }
    return gather.table(gather.means(found, ("d", "nu"), columns))
