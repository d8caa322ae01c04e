"""`python -m sweeps.foundations coordinates`: the coordinate check of the abc parametrisations.

Networks of several widths learn the same points for a few steps of SGD or ADAM, at the rates of
their parametrisation; measured are the sizes of the preactivations of each layer at the start, and
of their changes (`jamming.theory.coordinates`; Yang & Hu 2021; Yang et al. 2022, *Tensor Programs
V*).
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import jax.numpy as jnp
import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.fits.seeds import mean_over_seeds
from jamming.models.reparametrised import Reparametrised, abc
from jamming.theory import coordinates as theory
from jamming.training.ready import ready
from jamming.training.spec import Job
from sweeps.engine import gather, grid
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "coordinates.nc"
PARAMETRISATIONS = ("mfp", "mup", "ntp", "standard")
OPTIMISERS = ("sgd", "adam")


@dataclass(frozen=True)
class Coordinate(grid.Checked):
    """One seed of the check: a network of each width h that learns as `job` says for `steps`.

    The rate of the standard parametrisation, which knows nothing of the width, is lr divided by the
    smallest width, where networks then learn about as fast as those of the others.
    """

    job: Job
    parametrisation: Annotated[
        str, grid.scalar(given.one_of, "parametrisation", known=PARAMETRISATIONS)
    ]
    h: grid.Widths
    steps: Annotated[int, grid.scalar(given.whole, most=10_000)]

    version: ClassVar[int] = 1

    def of_width(self, h: int) -> Job:
        lr = self.job.lr / (min(self.h) if self.parametrisation == "standard" else 1)
        return self.job.replace(widths=(h,) * self.job.L, lr=lr)

    def network(self, h: int) -> Reparametrised:
        net: Any = self.of_width(h).network()
        return Reparametrised(net, abc(self.parametrisation, self.job.L, self.job.dynamics))

    def check(self) -> None:
        """Refuse data that are not there, and networks beyond the memory."""
        ready([self.of_width(max(self.h))])

    def run(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Names of the layers; `start` [h, layer] and `change` [h, step, layer]."""
        data, job = self.job.data(), self.of_width(min(self.h))
        x, y = (jnp.asarray(a, job.dtype) for a in (data.x_train, data.y_train))
        how = job.stepper(), job.loss_function(), job.alpha, self.steps
        found = [theory.measured(self.network(h), *how, x, y, job.init_key()) for h in self.h]
        start, change = (np.stack(each) for each in zip(*found, strict=True))
        names = theory.layers(self.network(min(self.h)), x)
        return {"layers": list(names)}, {"start": start, "change": change}


def coordinates(several: Sequence[Coordinate], store: Store) -> xr.Dataset:
    """Measure what the store lacks: `start` and `change` over parametrisation, optimiser, seed.

    And over h and layer, `change` also over step.
    """
    measure(several, store, Coordinate.run, unit="seeds")
    cells = {}
    for one in several:
        at = one.parametrisation, one.job.dynamics, one.job.init_seed
        cells[at] = store.arrays(one.key)
    first, names = several[0], store[several[0].key]["trajectory"]["layers"]
    axes = {
        name: list(dict.fromkeys(values))
        for name, values in zip(
            ("parametrisation", "optimiser", "seed"), zip(*cells, strict=True), strict=True
        )
    }
    inner: Any = {"start": ("h", "layer"), "change": ("h", "step", "layer")}
    job = first.job
    return (
        gather.gathered(cells, axes, inner)
        .assign_coords(h=list(first.h), step=range(1, first.steps + 1), layer=names)
        .assign_attrs(dataset=job.dataset, P=job.P, network=job.architecture, L=job.L)
    )


def summary(found: xr.Dataset) -> str:
    """Of each layer: the powers of h of its size and of its change, and the ends of the latter."""
    rows, axes = [], ("parametrisation", "optimiser", "layer")
    for at in itertools.product(*(found[name].values.tolist() for name in axes)):
        place = dict(zip(axes, at, strict=True))
        one = found.sel(place).transpose("h", "seed", "step")
        change, h = one.change.values[..., -1], one.h.values
        ends = mean_over_seeds(change)[[0, -1]].tolist()
        rows.append(
            place
            | {
                "size ~ h^": _power(h, one.start.values),
                "change ~ h^": _power(h, change),
                f"at h = {h[0]}": gather.number(ends[0], ".2g"),
                f"at h = {h[-1]}": gather.number(ends[1], ".2g"),
            }
        )
    return gather.table(rows)


def _power(h: np.ndarray, sizes: np.ndarray) -> str:
    if h.size < 3:
        return gather.number(np.nan, "")
    found = theory.power(h, sizes)
    if np.isnan(found.value):
        return "diverged"
    return gather.interval(found.value, found.low, found.high, ".2f")
