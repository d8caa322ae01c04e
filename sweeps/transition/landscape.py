"""Networks of one size on ever more points, and what surrounds them.

The command is `python -m sweeps.transition landscape`. At each depth, a network of about N weights
learns P = ratio N points for every ratio and seed; the final weights are kept, and around each of
them the constraints, spectra and pre-activations are measured (`sweeps.transition.endpoint`). Figs.
6 to 9 and 12 of *The jamming transition as a paradigm to understand the loss landscape of deep
neural networks* (Geiger et al., 2019) are drawn from it. What has ended, or was measured, is kept:
the same command goes on where it was.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jamming.checks.arguments import (
    DEEPEST,
    HUGE,
    numbers,
    runs,
    seeds,
    settle,
    some,
    whole,
    wholes,
)
from jamming.checks.errors import BadInput, warn
from jamming.commands.files import expanded
from jamming.execution.programs import clear_programs
from jamming.nstar.ladder import Ladder, nearest
from jamming.objectives.problem import Result
from jamming.training.costs import affordable, hessian
from jamming.training.ready import ready
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.execute import ProgressCallback, execute, load_run
from sweeps.engine.measure import measure
from sweeps.engine.progress import Work
from sweeps.engine.store import Store, a_store
from sweeps.transition.endpoint import Endpoint, endpoint

CONFIG = "landscape.json"
MEASURED = "endpoints"


@dataclass(frozen=True)
class Config:
    """What to train: at each of `depths` a network of about N weights, on P = ratio N points.

    All else is that of `job`; seed s has its data, initial and batch seeds plus s.

    Raises:
        BadInput: nothing to train, or a value out of range.
    """

    job: Job
    N: int
    depths: tuple[int, ...]
    ratios: tuple[float, ...]
    seeds: int = 3

    def __post_init__(self) -> None:
        self.job.binary_only()
        ratios = some("ratios", numbers("ratios P/N", self.ratios, above=0.0, most=HUGE))
        depths = some("depth", wholes("depth", self.depths, most=DEEPEST))
        plain = {
            "N": whole("N", self.N),
            "seeds": seeds(self.job.last_seed, self.seeds),
            "depths": tuple(sorted(set(depths))),
            "ratios": tuple(sorted(set(ratios))),
        }
        settle(self, plain)
        runs(depths=len(self.depths), ratios=len(self.ratios), seeds=self.seeds)

    def check(self) -> list[Job]:
        """Refuse now what would be refused when the runs begin, or after them; the runs.

        Raises:
            BadInput: from `jamming.training.ready`, no unseen points, Hessians beyond the memory,
            or no
                network and points as few as asked for.
        """
        jobs, least = self.jobs(), self.ratios[0]
        affordable(jobs, "N")
        for L, (widths, N) in self.sizes().items():
            if self.N < N and max(widths) == 1:
                raise BadInput(f"no network of L = {L} has {self.N} weights: raise N to {N}")
            if round(least * N) < 2:
                raise BadInput(f"ratio = {least:g} of {N} weights leaves no 2 points: raise ratio")
        for L in self.depths:
            job = max((job for job in jobs if job.L == L), key=lambda job: job.P)
            hessian(job, "N")
            if not len(ready([job], lower="N").x_test):
                raise BadInput("there are no unseen points to compare with: lower ratio")
        return jobs

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
        """All runs, the few points first; ratios that come to one P are one."""
        sizes = self.sizes()
        runs = [
            self.job.replace(
                P=max(2, round(ratio * sizes[L][1])),
                widths=sizes[L][0],
                data_seed=self.job.data_seed + s,
                init_seed=self.job.init_seed + s,
                batch_seed=self.job.batch_seed + s,
            )
            for ratio in self.ratios
            for L in self.depths
            for s in range(self.seeds)
        ]
        return list(dict.fromkeys(runs))


@dataclass(frozen=True)
class Run:
    """One run, and what surrounds its end.

    None where that was not measured yet, or cannot be: the run came to no finite numbers.
    """

    job: Job
    trajectory: Trajectory
    at: Endpoint | None


def landscape(
    config: Config, store: Store, *, progress: ProgressCallback | None = None, client: Any = None
) -> list[Run]:
    """Train what the store lacks of the runs, then measure around each of their ends.

    Raises:
        BadInput: from a job or the store, or the Hessians need more memory than there may be.
    """
    jobs = config.jobs()
    a_store(store).note(CONFIG, dataclasses.asdict(config))
    progress = Work() if progress is None else progress
    execute(jobs, store, progress, client=client, weights=True)
    measured = Store(store.folder / MEASURED, MEASURED)

    def around(job: Job) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays = store.arrays(job.key)
        if "w" not in arrays:
            raise BadInput(f"{store.folder} keeps no weights of {job.key}: choose another folder")
        found = endpoint(job, job.data(), np.asarray(arrays["w"], float))
        clear_programs()  # each run has Hessians of its own shapes
        names = (each.name for each in dataclasses.fields(found))
        return {"N_c": found.N_c}, {name: getattr(found, name) for name in names}

    measure([job for job in jobs if _finite(store, job)], measured, around)
    return runs_of(config, store)


def _finite(store: Store, job: Job) -> bool:
    """Whether there is a point around which to measure."""
    return store[job.key]["trajectory"]["result"] != Result.NON_FINITE.name


def open_landscape(folder: str | Path) -> list[Run]:
    """The runs that a folder holds by now.

    Raises:
        BadInput: it holds no such sweep, or a damaged one.
    """
    path = expanded(folder) / CONFIG
    if not path.is_file():
        raise BadInput(
            f"{folder} holds no landscapes: make them with python -m sweeps.transition landscape"
        )
    store = Store(folder)
    fields = store.noted(CONFIG)
    try:
        job = Job(**_tuples(fields.pop("job")))
        config = Config(job, **_tuples(fields))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{path} is damaged or of another version: run the sweep again") from error
    return runs_of(config, store)


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}


def runs_of(config: Config, store: Store) -> list[Run]:
    """The runs of a config that are in a store."""
    measured = Store(store.folder / MEASURED, MEASURED)
    names = [each.name for each in dataclasses.fields(Endpoint)]
    found = []
    for job in config.jobs():
        if job.key not in store:
            continue
        at = None
        if job.key in measured:
            arrays = measured.arrays(job.key)
            if set(arrays) != set(names):
                raise BadInput(
                    f"{measured.folder} was made by another version: delete it, and what"
                    " surrounds the runs will be measured again"
                )
            at = Endpoint(**arrays)
        found.append(Run(job, load_run(store, job), at))
    jobs = len(config.jobs())
    if len(found) < jobs:
        warn(f"{store.folder} holds {len(found)} of {jobs} runs: the sweep makes the others")
    return found


def summary(runs: Sequence[Run]) -> str:
    """One line for each depth and P."""
    rows = ["L     N     P    P/N  fitted  N_Delta/N of the others   loss of the others"]
    cells: dict[tuple[int, int], list[Run]] = {}
    for run in runs:
        cells.setdefault((run.job.L, run.job.P), []).append(run)
    for (L, P), cell in sorted(cells.items()):
        N = cell[0].trajectory.N
        others = [run.trajectory for run in cell if not run.trajectory.fitted]
        left = " ".join(f"{one.unsatisfied / N:.2f}" for one in others)
        loss = " ".join(f"{one.loss:.0e}" for one in others)
        fitted = f"{len(cell) - len(others)}/{len(cell)}"
        rows.append(f"{L}  {N:4d}  {P:4d}  {P / N:5.2f}  {fitted:>6}  {left:24}  {loss}")
    return "\n".join(rows)
