"""`python -m sweeps.random_features`: the test error of random features against h / P.

At each width h and seed an ensemble of networks that differ in their frozen first layer learns one
training set, the read-out in closed form, at every ridge; beside it the theory of large d
(`jamming.random_features`; Mei and Montanari, *The generalization error of random features
regression*, 2019). At some h / P a network is trained by gradient flow on the square loss, too,
which ends at the read-out of the smallest norm.
"""

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.data import Dataset
from jamming.execution.memory import fits
from jamming.models.activations import activation
from jamming.random_features import theory
from jamming.training.ready import DOUBLE, affordable
from jamming.training.spec import Job
from sweeps.engine import gather
from sweeps.engine.execute import UserSupplied, execute
from sweeps.engine.grid import Checked, Rule, several
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.random_features import network
from sweeps.random_features.network import Cell, Model

RESULTS = "random_features.nc"
RANGE: dict[str, Any] = {"least": 1e-6, "most": 1e6, "sort": False}


@dataclass(frozen=True)
class Config(Checked):
    """The widths round(ratio P), the seeds of each, and ratios at which gradient flow is run."""

    model: Model
    ratios: Annotated[tuple[float, ...], several(given.numbers, "ratios h/P", **RANGE)]
    seeds: Annotated[int, Rule(lambda owner, field, n: given.seeds(0, n))]
    flow: Annotated[
        tuple[float, ...], several(given.numbers, "flow, ratios h/P,", enough=0, **RANGE)
    ] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        given.runs(ratios=len(self.ratios), seeds=self.seeds, members=self.model.members)

    def check(self) -> None:
        of, (*_, h) = self.model, self.widths(self.ratios)
        # points and features with their decomposition, overlaps of neurons, and tensors of members
        each = 3 * of.P * h + 4 * h**2 + of.d * (of.P + h + of.d * of.members * len(of.ridges))
        cells = min(os.cpu_count() or 1, len(self.ratios) * self.seeds)
        said = f"{cells} cells of P = {of.P}, h = {h}, d = {of.d} at a time"
        fits(said, DOUBLE * cells * each, "P, ratio or d")
        for job in self.jobs():
            named = job.replace(dataset=f"random{of.d}", label="")
            affordable([named], "P, flow or d")

    def widths(self, ratios: Sequence[float]) -> list[int]:
        """Of the networks, ascending."""
        return sorted({max(1, round(ratio * self.model.P)) for ratio in ratios})

    def cells(self) -> list[Cell]:
        return [Cell(self.model, h, s) for h in self.widths(self.ratios) for s in range(self.seeds)]

    def jobs(self) -> list[Job]:
        """The networks that learn by gradient flow, one for each width."""
        return [network.flow_job(self.model, h, 0) for h in self.widths(self.flow)]


def random_features(config: Config, store: Store) -> xr.Dataset:
    """Measure what the store lacks; test errors and theory over (h, ridge, ...).

    Test errors leave out that of the noise of a test label: what they would be on true labels.

    Variables: `single` (h, ridge, seed, member), `ensemble` (h, ridge, seed); `single_theory` and
    `ensemble_theory` (h, ridge), of as many members; `flow` and `closed` (run), with `flow_h`: the
    test errors after gradient flow and of its closed form. Raises BadInput from the store.
    """
    # the widest first; a core for each cell, as small matrices gain nothing from sharing one
    cells, threads = config.cells()[::-1], os.cpu_count() or 1
    measure(cells, store, lambda cell: (network.measured(cell), {}), unit="cells", threads=threads)
    own = Flows(network.frozen_first, of=config.model)
    execute(config.jobs(), store, own=own, weights=True)
    of, h, seeds = config.model, config.widths(config.ratios), range(config.seeds)
    found = {(cell.h, cell.seed): store[cell.key]["trajectory"] for cell in cells}
    mu = theory.constants(activation(of.activation))
    exact = {}
    for n in h:
        at = [theory.Setting(n / of.d, of.P / of.d, lam, of.noise) for lam in of.ridges]
        exact[n,] = {
            "single_theory": [theory.network(each, mu) for each in at],
            "ensemble_theory": [theory.ensemble(each, mu, of.members) for each in at],
        }
    jobs = config.jobs()
    ends = [network.compared(of, job, store.arrays(job.key)["w"]) for job in jobs]
    both = np.reshape(ends, (-1, 2))
    names = ("ensemble", "single_theory", "ensemble_theory")
    dims: dict[str, tuple[str, ...]] = dict.fromkeys(names, ("ridge",))
    dims["single"] = ("member", "ridge")
    return (
        gather.gathered(found, {"h": h, "seed": seeds}, dims)
        .merge(gather.gathered(exact, {"h": h}, dims))
        .assign(
            flow=("run", both[:, 0]),
            closed=("run", both[:, 1]),
            flow_h=("run", np.array([job.widths[0] for job in jobs], int)),
        )
        .assign_coords(ridge=list(of.ridges))
        .assign_attrs({name: getattr(of, name) for name in ("d", "P", "noise", "activation")})
        .assign_attrs(members=of.members, config=config.json())
    )


@dataclass(frozen=True)
class Flows(UserSupplied):
    """The data of the networks that learn by gradient flow."""

    of: Model | None = None

    def data(self, job: Job) -> Dataset:
        assert self.of is not None
        return network.training_set(self.of, job)[0]


def summary(found: xr.Dataset) -> str:
    rows = []
    for lam, h in itertools.product(found.ridge.values, found.h.values):
        one = found.sel(ridge=lam, h=h)
        numbers = {
            "one network": one.single.mean("member").median(),
            "theory": one.single_theory,
            "ensemble": one.ensemble.median(),
            "theory of it": one.ensemble_theory,
        }
        rows.append(
            {
                "ridge": gather.number(lam, ".1e"),
                "h": gather.number(h, "d"),
                "h/P": gather.number(h / found.P, ".2f"),
            }
            | {name: gather.number(float(value), ".4f") for name, value in numbers.items()}
        )
    ends = zip(found.flow_h.values, found.flow.values, found.closed.values, strict=True)
    flows = [
        (
            f"gradient flow, h = {h}: {a:.6f}, in closed form {b:.6f}",
            {"h": h, "gradient flow": a, "closed form": b},
        )
        for h, a, b in ends
    ]
    return gather.page(gather.table(rows), *gather.listed(flows))
