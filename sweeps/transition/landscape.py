"""`python -m sweeps.transition landscape`: networks of one size on ever more points.

At each depth, a network of about N weights learns P = ratio N points for every ratio and seed;
around its final weights the constraints, spectra and pre-activations are measured
(`sweeps.transition.endpoint`; Geiger et al., *The jamming transition as a paradigm to understand
the loss landscape of deep neural networks*, 2019, Figs. 6 to 9 and 12).
"""

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Unpack

import numpy as np

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput, warn
from jamming.execution.memory import clear_programs
from jamming.nstar.ladder import Ladder, nearest
from jamming.objectives.problem import Result
from jamming.training.ready import affordable, hessian, ready
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine import grid
from sweeps.engine.execute import How, execute, load_run
from sweeps.engine.gather import number, part, several, table
from sweeps.engine.measure import measure
from sweeps.engine.store import Store, a_store
from sweeps.transition.endpoint import Endpoint, endpoint

CONFIG = "landscape.json"
MEASURED = "endpoints"


@dataclass(frozen=True)
class Config(grid.Grid):
    """What to train: at each of `depths` a network of about N weights, on P = ratio N points.

    All else is that of `job`; seed s has its data, initial and batch seeds plus s.
    """

    N: Annotated[int, grid.scalar(given.whole)]
    depths: grid.Depths
    ratios: grid.Ratios
    seeds: grid.Seeds = 3

    def __post_init__(self) -> None:
        self.job.binary_only()
        super().__post_init__()

    def check(self) -> None:
        jobs, least = self.jobs(), self.ratios[0]
        affordable(jobs, "N")
        for L, (widths, N) in self.sizes().items():
            if self.N < N and max(widths) == 1:
                raise BadInput(f"no network of L = {L} has {self.N} weights: raise N to {N}")
            if round(least * N) < 2:
                raise BadInput(f"ratio = {least:g} of {N} weights leaves no 2 points: raise ratio")
            largest = max((job for job in jobs if job.L == L), key=lambda job: job.P)
            hessian(largest, "N")
            if not len(ready([largest], lower="N").x_test):
                raise BadInput("there are no unseen points to compare with: lower ratio")

    def widths(self, L: int, d: int | None) -> tuple[tuple[int, ...], int]:
        """Of the network of this depth, and its N; d None means d = h, as for random points."""
        ladder = Ladder(L, d)
        rung = nearest(ladder, float(self.N))
        return ladder.widths(rung), ladder.N(rung)

    def sizes(self) -> dict[int, tuple[tuple[int, ...], int]]:
        """Of each depth the widths and N."""
        tied = self.job.dataset == "random"
        d = None if tied else self.job.data().x_train.shape[-1]
        return {L: self.widths(L, d) for L in self.depths}

    def jobs(self) -> list[Job]:
        """All runs, the few points first; ratios of one P are one."""
        runs = [
            self.at(s, data=True, P=max(2, round(ratio * N)), widths=widths)
            for ratio in self.ratios
            for widths, N in self.sizes().values()
            for s in range(self.seeds)
        ]
        return list(dict.fromkeys(runs))


@dataclass(frozen=True)
class Run:
    """One run, and what surrounds its end.

    None where that was not measured yet, or cannot be: the run diverged.
    """

    job: Job
    trajectory: Trajectory
    at: Endpoint | None


def landscape(config: Config, store: Store, **how: Unpack[How]) -> list[Run]:
    """Train what the store lacks of the runs, then measure around each of their ends.

    Raises BadInput also if the Hessians need more memory than there may be.
    """
    jobs = config.jobs()
    a_store(store).note(CONFIG, dataclasses.asdict(config))
    execute(jobs, store, weights=True, **how)
    measured = Store(store.folder / MEASURED, MEASURED)

    def around(job: Job) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays = store.arrays(job.key)
        if "w" not in arrays:
            raise BadInput(f"{store.folder} keeps no weights of {job.key}: choose another folder")
        found = endpoint(job, job.data(), np.asarray(arrays["w"], float))
        clear_programs()  # each run has Hessians of its own shapes
        return {"N_c": found.N_c}, dict(vars(found))

    ends = [(job, load_run(store, job, arrays=False).result) for job in jobs]
    measure([job for job, end in ends if end != Result.NON_FINITE.name], measured, around)
    return runs_of(config, store)


def open_landscape(folder: str | Path) -> list[Run]:
    """The runs that a folder holds by now. Raises BadInput if it holds none, or is damaged."""
    lacking = "holds no landscapes: make them with python -m sweeps.transition landscape"
    return runs_of(*grid.saved(Config, folder, CONFIG, lacking))


def runs_of(config: Config, store: Store) -> list[Run]:
    measured, jobs, found = Store(store.folder / MEASURED, MEASURED), config.jobs(), []
    for job in jobs:
        if job.key not in store:
            continue
        arrays = measured.arrays(job.key) if job.key in measured else None
        try:
            at = None if arrays is None else Endpoint(**arrays)
        except TypeError as error:
            raise BadInput(
                f"{measured.folder} was made by another version: delete it, and what surrounds the"
                " runs will be measured again"
            ) from error
        found.append(Run(job, load_run(store, job), at))
    if len(found) < len(jobs):
        warn(f"{store.folder} holds {len(found)} of {len(jobs)} runs: the sweep makes the others")
    return found


def summary(runs: Sequence[Run]) -> str:
    rows = []
    runs = sorted(runs, key=lambda run: (run.job.L, run.job.P))
    for (L, P), group in itertools.groupby(runs, key=lambda run: (run.job.L, run.job.P)):
        cell = [run.trajectory for run in group]
        N, others = cell[0].N, [one for one in cell if not one.fitted]
        rows.append(
            {
                "L": number(L, "d"),
                "N": number(N, "d"),
                "P": number(P, "d"),
                "P/N": number(P / N, ".2f"),
                "fitted": part(len(cell) - len(others), len(cell)),
                "N_Delta/N of the others": several([one.unsatisfied / N for one in others], ".2f"),
                "loss of the others": several([one.loss for one in others], ".0e"),
            }
        )
    return table(rows)
