"""`python -m sweeps.kernel_curves neighbours`: the dimension of data, from nearest neighbours.

The distance from a point to the nearest of n others falls as n^(-1/d) on a manifold of dimension d,
once n is so large that neighbours are close compared with its curvature: d is about 15 for MNIST
and 35 for CIFAR-10 (Spigler, Geiger & Wyart, *Asymptotic learning curves of kernel methods*, 2020,
Sec. 3). Points of `random<d + 1>` lie on the sphere of dimension d; where d is large, n^(-1/d) is
far off.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.data import parse_name
from jamming.data.names import IMAGES, pixels
from jamming.execution.memory import fits
from jamming.kernels.gram import BLOCK, DOUBLE, nearest
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.kernel_curves import points
from sweeps.kernel_curves.exponents import dimension

RESULTS = "neighbours.nc"
COPIES = 4  # of the points that a block of distances makes


@dataclass(frozen=True)
class Neighbours(grid.Checked):
    """One draw of a data set: `test_points`, and P others; a smaller P is the start of a larger."""

    dataset: str
    P: Annotated[tuple[int, ...], grid.several(given.wholes, least=2)]
    test_points: Annotated[int, grid.scalar(given.whole)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=given.SEEDS - 1)]

    version: ClassVar[int] = 1

    def check(self) -> None:
        """Refuse what has no room, and more points than there are."""
        spec, several = parse_name(self.dataset), self.P[-1] + self.test_points
        d = spec.pca or spec.d or (math.prod(pixels(self.dataset)) if spec.base in IMAGES else 1)
        fits(f"{several} points of dimension {d}", 2 * DOUBLE * several * d, "P or test_points")
        fits("their distances", COPIES * DOUBLE * 4 * BLOCK * self.test_points, "test_points")
        points.drawn(self.dataset, self.P[-1], self.test_points, self.seed)

    def run(self) -> dict[str, np.ndarray]:
        """`nearest` [P]: mean distances from the test points to the nearest of P others."""
        of = points.drawn(self.dataset, self.P[-1], self.test_points, self.seed)
        x_test, x = (a.reshape(len(a), -1) for a in (of.x_test, of.x_train))
        return {"nearest": nearest(x_test, x, self.P).mean(1)}


def neighbours(several: Sequence[Neighbours], store: Store) -> xr.Dataset:
    """Run what the store lacks; `nearest` over (dataset, seed, P)."""
    measure(several, store, lambda run: ({}, run.run()), unit="draws")
    found = {(run.dataset, run.seed): store.arrays(run.key) for run in several}
    datasets, seeds = (list(dict.fromkeys(values)) for values in zip(*found, strict=True))
    return (
        gather.gathered(found, {"dataset": datasets, "seed": seeds}, {"nearest": ("P",)})
        .assign_coords(P=list(several[0].P))
        .assign_attrs(test_points=several[0].test_points)
    )


def summary(found: xr.Dataset) -> str:
    """A line for each data set: its dimension, over the last decade of P."""
    rows = []
    for name in found.dataset.values:
        one = found.nearest.sel(dataset=name).transpose("P", "seed").values
        d = dimension(found.P.values, one)
        ends = (np.nan,) * 3 if d is None else (d.value, d.low, d.high)
        nearest = gather.number(one[-1].mean(), ".4g")
        said = gather.interval(*ends, ".2f")
        rows.append({"data set": str(name), "nearest": nearest, "dimension": said})
    return gather.table(rows)
