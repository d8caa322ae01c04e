"""Learning curves of two kernels of the distance on images.

The command is `python -m sweeps.learning_curves kernel_regression`. Regression without a ridge, in
closed form, on the labels +-1 (`jamming.kernels.regression`): mean square error and share of wrong
test points over P. Kernels of this kind have beta of about 0.4 on MNIST, and 0.1 on CIFAR-10
(Spigler, Geiger & Wyart, *Asymptotic learning curves of kernel methods*, 2020; cited in Geiger,
Petrini & Wyart, *Landscape and training regimes in deep learning*, sec. 5). Beside them the
distance of a test point to the nearest training point, which falls as P^(-1/d) on a manifold of
dimension d.
"""

import dataclasses
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from jamming.checks.arguments import (
    HUGE,
    SEEDS,
    TINY,
    number,
    settle,
    some,
    whole,
    wholes,
)
from jamming.checks.errors import BadInput
from jamming.data import load
from jamming.execution.memory import fits
from jamming.kernels.regression import KERNELS, learning_curve, squared_distances
from jamming.observables.ensembles import error
from jamming.training.costs import DOUBLE
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "kernel_regression.nc"
VERSION = 2


@dataclass(frozen=True)
class Regression:
    """One data set of a seed, learnt by every kernel at every P.

    `sigma` is in units of sqrt(d), the length of the inputs; the training set of a P is the start
    of that of the next one, and the test points are the same for all.

    Raises:
        BadInput: nothing to learn, or a value out of range.
    """

    dataset: str
    P: tuple[int, ...]
    kernels: tuple[str, ...]
    sigma: float
    test_points: int
    seed: int

    def __post_init__(self) -> None:
        plain: dict[str, Any] = {
            "P": tuple(sorted(set(some("P", wholes("P", self.P, least=2))))),
            "sigma": number("sigma", self.sigma, least=TINY, most=HUGE),
            "test_points": whole("test_points", self.test_points),
            "seed": whole("seed", self.seed, least=0, most=SEEDS - 1),
        }
        settle(self, plain)
        unknown = [name for name in self.kernels if name not in KERNELS]
        if unknown or not self.kernels:
            named = unknown[0] if unknown else "nothing"
            raise BadInput(f"unknown kernel '{named}': choose {', '.join(KERNELS)}")

    def check(self) -> None:
        """Refuse now what would be refused when it runs.

        Raises:
            BadInput: kernels that do not fit in memory, or too few points.
        """
        P, points = self.P[-1], self.P[-1] + self.test_points
        # squared distances, a kernel of them, and what it is made of and comes to
        fits(f"kernels of P = {P}", 4 * DOUBLE * P * points, "P or test_points")
        load(self.dataset, P, P_test=self.test_points, seed=self.seed)

    @property
    def key(self) -> str:
        """The content hash that names it."""
        fields = dataclasses.asdict(self) | {"version": VERSION}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]

    def run(self) -> dict[str, np.ndarray]:
        """`mse` and `error` [kernel, P]; `nearest` [P], mean distances over sqrt(d).

        Raises:
            BadInput: fewer points than asked for, or a kernel that is singular to rounding.
        """
        data = load(self.dataset, self.P[-1], P_test=self.test_points, seed=self.seed)
        x, x_test = (a.reshape(len(a), -1) for a in (data.x_train, data.x_test))
        r2, r2_test = squared_distances(x), squared_distances(x_test, x)
        unit = math.sqrt(x.shape[1])
        sigma = self.sigma * unit
        found: dict[str, list[np.ndarray]] = {"mse": [], "error": []}
        for name in self.kernels:
            kernel = KERNELS[name]
            F = learning_curve(kernel(r2, sigma), data.y_train, kernel(r2_test, sigma), self.P)
            found["mse"].append(((F - data.y_test) ** 2).mean(1))
            found["error"].append(error(F, data.y_test))
        nearest = [np.sqrt(r2_test[:, :n].min(1)).mean() for n in self.P]
        return {name: np.stack(rows) for name, rows in found.items()} | {
            "nearest": np.array(nearest) / unit
        }


def kernel_regression(several: Sequence[Regression], store: Store) -> xr.Dataset:
    """Run what the store lacks; `mse` and `error` over (kernel, P, seed), `nearest` (P, seed).

    Raises:
        BadInput: from a run or the store.
    """
    measure(several, store, lambda run: ({}, run.run()), unit="seeds")
    kept = [store.arrays(run.key) for run in several]
    first = several[0]
    return xr.Dataset(
        {
            name: (("kernel", "P", "seed"), np.stack([rows[name] for rows in kept], axis=-1))
            for name in ("mse", "error")
        }
        | {"nearest": (("P", "seed"), np.stack([rows["nearest"] for rows in kept], axis=-1))},
        coords={
            "kernel": list(first.kernels),
            "P": list(first.P),
            "seed": [run.seed for run in several],
        },
        attrs={
            "dataset": first.dataset,
            "sigma": first.sigma,
            "test_points": first.test_points,
        },
    )


def summary(found: xr.Dataset) -> str:
    """Mean square error and share of wrong points, a line for each kernel and P."""
    rows = ["kernel        P     MSE   wrong"]
    for kernel in found.kernel.values:
        for P in found.P.values:
            one = found.sel(kernel=kernel, P=P).mean("seed")
            rows.append(f"{kernel:8}  {P:5d}  {float(one.mse):.4f}  {float(one.error):.4f}")
    return "\n".join(rows)
