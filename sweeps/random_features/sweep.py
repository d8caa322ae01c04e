"""`python -m sweeps.random_features`: the test error of random features against h / P.

At each width h and seed a training set of its own is learned by an ensemble of networks that differ
in their frozen first layer, the read-out in closed form, at every ridge. Beside the test errors of
the networks and of their mean stands what theory says of them where d is large
(`jamming.random_features`; Mei and Montanari, *The generalization error of random features
regression*, 2019). At some h / P the same model is also trained, as any other network here is: by
gradient flow on the square loss, which ends at the read-out of the smallest norm.
"""

import dataclasses
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from threadpoolctl import threadpool_limits

from jamming.checks.arguments import numbers, runs, seeds, settle, some
from jamming.data import Dataset
from jamming.execution.compute import Claim, End, compute
from jamming.execution.memory import fits
from jamming.models.activations import activation
from jamming.random_features import theory
from jamming.training.costs import DOUBLE, affordable
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.checkpoints import Running
from sweeps.engine.execute import UserSupplied, execute
from sweeps.engine.measure import entry
from sweeps.engine.store import Store, lacks
from sweeps.random_features.cell import Cell, Model, measured
from sweeps.random_features.network import compared, flow_job, frozen_first, training_set

RESULTS = "random_features.nc"


@dataclass(frozen=True)
class Config:
    """The widths round(ratio P), the seeds of each, and the ratios at which gradient flow is run.

    Raises:
        BadInput: an empty grid, or a value out of range.
    """

    model: Model
    ratios: tuple[float, ...]
    seeds: int
    flow: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        within: dict[str, float] = {"least": 1e-6, "most": 1e6}
        plain = {
            "ratios": some("ratios", numbers("ratios h/P", self.ratios, **within)),
            "flow": numbers("flow, ratios h/P,", self.flow, **within),
            "seeds": seeds(0, self.seeds),
        }
        settle(self, plain)
        runs(ratios=len(self.ratios), seeds=self.seeds, members=self.model.members)

    def check(self) -> None:
        """Refuse now what would be refused when the cells begin.

        Raises:
            BadInput: they do not fit in memory.
        """
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
        """All of them, the narrow ones first."""
        return [Cell(self.model, h, s) for h in self.widths(self.ratios) for s in range(self.seeds)]

    def jobs(self) -> list[Job]:
        """The networks that learn by gradient flow, one for each width."""
        return [flow_job(self.model, h, 0) for h in self.widths(self.flow)]


def random_features(
    config: Config, store: Store, *, on_end: Callable[[], None] = lambda: None
) -> xr.Dataset:
    """Measure what the store lacks; test errors and theory over (h, ridge, ...).

    Test errors leave out that of the noise of a test label: what they would be on true labels.

    Variables: `single` (h, ridge, seed, member), `ensemble` (h, ridge, seed); `single_theory` and
    `ensemble_theory` (h, ridge), of as many members; `flow` and `closed` (run), with `flow_h`: the
    test errors after gradient flow and of its closed form.

    Raises:
        BadInput: from the store.
    """

    def run(some: Sequence[Cell], claim: Claim[Cell], end: End[Cell]) -> None:
        for cell, found in _measured(some, claim):
            end(cell, entry(cell, found))
            on_end()

    def lacking(cell: Cell) -> bool:
        return lacks(store, cell.key)

    compute(config.cells(), store, run, lacks=lacking, leases=Running(store))
    flows = Flows(frozen_first, of=config.model)
    execute(config.jobs(), store, _Told(on_end), own=flows, weights=True)
    return _dataset(config, store)


@dataclass(frozen=True)
class Flows(UserSupplied):
    """The data of the networks that learn by gradient flow."""

    of: Model | None = None

    def data(self, job: Job) -> Dataset:
        """The training set of the model; there are no test points."""
        assert self.of is not None
        return training_set(self.of, job)[0]


@dataclass(frozen=True)
class _Told:
    """Tells of each run that has ended."""

    on_end: Callable[[], None]

    def begin(self, jobs: Sequence[Job]) -> None:
        pass

    def ended(self, job: Job, trajectory: Trajectory) -> None:
        self.on_end()

    def ticks(self, n: int) -> None:
        pass


def _measured(
    todo: Sequence[Cell], claim: Callable[[Cell], bool]
) -> Iterator[tuple[Cell, dict[str, Any]]]:
    # a core for each cell: small matrices gain nothing from sharing one
    with (
        threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(max_workers=os.cpu_count()) as pool,
    ):
        ends = {pool.submit(_claimed, cell, claim): cell for cell in reversed(todo)}
        try:
            for one in as_completed(ends):
                if (found := one.result()) is not None:
                    yield ends[one], found
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _claimed(cell: Cell, claim: Callable[[Cell], bool]) -> dict[str, Any] | None:
    return measured(cell) if claim(cell) else None


def _dataset(config: Config, store: Store) -> xr.Dataset:
    of, h = config.model, config.widths(config.ratios)
    entries = [store[cell.key]["trajectory"] for cell in config.cells()]
    shape = (len(h), config.seeds)
    single = np.array([one["single"] for one in entries]).reshape(*shape, of.members, -1)
    ensemble = np.array([one["ensemble"] for one in entries]).reshape(*shape, -1)
    mu = theory.constants(activation(of.activation))
    at = [[theory.Setting(n / of.d, of.P / of.d, lam, of.noise) for lam in of.ridges] for n in h]
    jobs = config.jobs()
    both = np.array([compared(of, job, store.arrays(job.key)["w"]) for job in jobs]).reshape(-1, 2)
    return xr.Dataset(
        {
            "single": (("h", "seed", "member", "ridge"), single),
            "ensemble": (("h", "seed", "ridge"), ensemble),
            "single_theory": (("h", "ridge"), [[theory.network(a, mu) for a in row] for row in at]),
            "ensemble_theory": (
                ("h", "ridge"),
                [[theory.ensemble(a, mu, of.members) for a in row] for row in at],
            ),
            "flow": ("run", both[:, 0]),
            "closed": ("run", both[:, 1]),
            "flow_h": ("run", np.array([job.widths[0] for job in jobs], int)),
        },
        coords={"h": h, "ridge": list(of.ridges), "seed": range(config.seeds)},
        attrs={
            "d": of.d,
            "P": of.P,
            "noise": of.noise,
            "activation": of.activation,
            "members": of.members,
            "config": json.dumps(dataclasses.asdict(config)),
        },
    )


def summary(found: xr.Dataset) -> str:
    """A line for each ridge and width: measured test errors, medians over the seeds, and theory."""
    rows = ["  ridge     h   h/P  one network  theory  ensemble  theory"]
    for lam in found.ridge.values:
        for h in found.h.values:
            one = found.sel(ridge=lam, h=h)
            numbers = (
                one.single.mean("member").median(),
                one.single_theory,
                one.ensemble.median(),
                one.ensemble_theory,
            )
            rows.append(
                f"{lam:7.1e}  {h:4d}  {h / found.P:4.2f}"
                + "  {:11.4f}  {:6.4f}  {:8.4f}  {:6.4f}".format(*map(float, numbers))
            )
    for run in range(found.sizes["run"]):
        one = found.isel(run=run)
        rows.append(
            f"gradient flow, h = {int(one.flow_h)}: {float(one.flow):.6f},"
            f" in closed form {float(one.closed):.6f}"
        )
    return "\n".join(rows)
