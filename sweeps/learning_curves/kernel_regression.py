"""`python -m sweeps.learning_curves kernel_regression`: two kernels of the distance on images.

Regression without a ridge, in closed form, on the labels +-1 (`jamming.kernels.regression`). Such
kernels have beta of about 0.4 on MNIST, and 0.1 on CIFAR-10 (Spigler, Geiger & Wyart, *Asymptotic
learning curves of kernel methods*, 2020; cited in Geiger, Petrini & Wyart, *Landscape and training
regimes in deep learning*, sec. 5). The distance of a test point to the nearest training point falls
as P^(-1/d) on a manifold of dimension d.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.data import load
from jamming.execution.memory import fits
from jamming.kernels.distance import KERNELS, squared_distances
from jamming.kernels.regression import learning_curve
from jamming.observables.ensembles import error
from jamming.training.ready import DOUBLE
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "kernel_regression.nc"


@dataclass(frozen=True)
class Regression(grid.Checked):
    """One data set of a seed, learnt by every kernel at every P.

    `sigma` is in units of sqrt(d), the length of the inputs; the training set of a P is the start
    of that of the next one, and the test points are the same for all.
    """

    dataset: str
    P: Annotated[tuple[int, ...], grid.several(given.wholes, least=2)]
    kernels: Annotated[
        tuple[str, ...], grid.several(grid.names, "kernel", sort=False, known=KERNELS)
    ]
    sigma: Annotated[float, grid.scalar(given.number, least=given.TINY, most=given.HUGE)]
    test_points: Annotated[int, grid.scalar(given.whole)]
    seed: Annotated[int, grid.scalar(given.whole, least=0, most=given.SEEDS - 1)]

    version: ClassVar[int] = 2

    def check(self) -> None:
        P, points = self.P[-1], self.P[-1] + self.test_points
        # squared distances, a kernel of them, its intermediate results and its factor
        fits(f"kernels of P = {P}", 4 * DOUBLE * P * points, "P or test_points")
        load(self.dataset, P, P_test=self.test_points, seed=self.seed)

    def run(self) -> dict[str, np.ndarray]:
        """`mse` and `error` [kernel, P]; `nearest` [P], mean distances over sqrt(d).

        Raises BadInput if there are fewer points, or if a kernel is singular to rounding.
        """
        data = load(self.dataset, self.P[-1], P_test=self.test_points, seed=self.seed)
        x, x_test = (a.reshape(len(a), -1) for a in (data.x_train, data.x_test))
        r2, r2_test = squared_distances(x), squared_distances(x_test, x)
        unit = math.sqrt(x.shape[1])
        sigma, kernels = self.sigma * unit, [KERNELS[name] for name in self.kernels]
        F = [
            learning_curve(k(r2, sigma), data.y_train, k(r2_test, sigma), self.P).outputs
            for k in kernels
        ]
        nearest = [np.sqrt(r2_test[:, :n].min(1)).mean() for n in self.P]
        return {
            "mse": ((np.stack(F) - data.y_test) ** 2).mean(-1),
            "error": np.stack([error(one, data.y_test) for one in F]),
            "nearest": np.array(nearest) / unit,
        }


def kernel_regression(several: Sequence[Regression], store: Store) -> xr.Dataset:
    """Run what the store lacks; `mse` and `error` over (kernel, P, seed), `nearest` (P, seed)."""
    measure(several, store, lambda run: ({}, run.run()), unit="seeds")
    first, found = several[0], {(run.seed,): store.arrays(run.key) for run in several}
    dims = {"mse": ("kernel", "P"), "error": ("kernel", "P"), "nearest": ("P",)}
    return (
        gather.gathered(found, {"seed": [run.seed for run in several]}, dims)
        .transpose("kernel", "P", "seed")
        .assign_coords(kernel=list(first.kernels), P=list(first.P))
        .assign_attrs(dataset=first.dataset, sigma=first.sigma, test_points=first.test_points)
    )


summary = gather.summary(("kernel", "P"), {"MSE": ("mse", ".4f"), "wrong": ("error", ".4f")})
