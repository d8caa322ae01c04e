"""Runs made by hand, and what surrounds their ends: quick to make, and of known numbers."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jamming.models.counting import n_weights
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.transition.endpoint import EDGES, Endpoint
from sweeps.transition.landscape import Config, Run, landscape

MIDDLE = (EDGES[1:] + EDGES[:-1]) / 2


def sizes(job: Job) -> tuple[int, int]:
    """N and N_all of the network of a job; random points have d = h, random5 has d = 5."""
    d = int(job.dataset.removeprefix("random") or job.widths[0])
    N = n_weights(d, job.widths, job.L)
    return N, N + sum(job.widths) + 1


def ended(
    job: Job,
    *,
    fitted: bool = False,
    result: str | None = None,
    ticks: int = 50,
    share: float = 0.6,
    loss: float = 1e-4,
    misclassified: int = 2,
) -> Trajectory:
    """How a run may end, with weights; N_Delta is about `share` N where it does not fit."""
    N, N_all = sizes(job)
    return Trajectory(
        result=result or ("FITTED" if fitted else "OUT_OF_BUDGET"),
        N=N,
        N_all=N_all,
        ticks=ticks,
        t=float(ticks),
        loss=0.0 if fitted else loss,
        unsatisfied=0 if fitted else min(round(share * N), job.P),
        misclassified=0 if fitted else misclassified,
        test_error=0.5,
        snapshot_ticks=(1, ticks),
        snapshot_loss=(1.0, 0.0 if fitted else loss),
        snapshot_unsatisfied=(job.P, 0 if fitted else min(round(share * N), job.P)),
        seconds=0.1,
        F_test=np.zeros(2),
        w=np.zeros(N_all),
    )


def around(job: Job, run: Trajectory) -> Endpoint:
    """What may surround it: power laws with noise, a symmetric H_p in units of sqrt(loss)."""
    rng = np.random.default_rng([job.init_seed, job.L, job.P])
    z = np.sort(rng.power(1.4, run.unsatisfied))  # P(z) ~ z^0.4
    gap = 0.5 * rng.power(0.7, job.P - run.unsatisfied)  # P(gap) ~ gap^-0.3
    delta = np.concatenate([4 * np.sqrt(run.loss) * z, -gap])
    none = np.empty(0)
    H_p = np.sqrt(run.loss if np.isfinite(run.loss) else 1.0) * np.linspace(-1.0, 1.0, run.N_all)
    H_0 = np.concatenate(
        [np.zeros(run.N_all - run.N // 2), np.sort(rng.lognormal(size=run.N // 2))]
    )
    normal = np.exp(-(MIDDLE**2) / 2) / np.sqrt(2 * np.pi)
    kinked = normal.copy()
    kinked[MIDDLE.size // 2] += 3.0
    return Endpoint(
        delta=delta,
        H=none if run.fitted else np.sort(H_0 + H_p),
        H_0=none if run.fitted else H_0,
        H_p=none if run.fitted else H_p,
        H_p_start=np.linspace(-1.0, 1.0, run.N_all),
        train=np.stack([kinked] * job.L),
        unseen=np.stack([normal] * job.L),
        on_kink=np.full(job.L, 0.2 * run.N / job.L),
        by_chance=np.full(job.L, 0.05 * run.N / job.L),
        distance=np.full(job.L, 0.01),
    )


def a_run(L: int = 2, seed: int = 0, *, h: int = 4, P: int = 100, **how: Any) -> Run:
    """One run of a network of L layers, measured; `how`: see `ended`."""
    job = Job("random", P, (h,) * L, data_seed=seed, init_seed=seed, batch_seed=seed)
    run = ended(job, **how)
    return Run(job, run, around(job, run))


class Trainer:
    """In place of `jamming.training.train.train`: counts, ends each job as it is told to.

    Interrupted by the keyboard before it has trained more than `most`.
    """

    def __init__(self, end: Callable[[Job], Trajectory] = ended, most: int = 10**9) -> None:
        self.end, self.most, self.trained = end, most, list[Job]()

    def __call__(self, jobs: Sequence[Job], *, on_end: Any, weights: bool, **_: Any) -> None:
        for job in jobs:
            if len(self.trained) == self.most:
                raise KeyboardInterrupt
            self.trained.append(job)
            run = self.end(job)
            on_end(job, run if weights else dataclasses.replace(run, w=None))


class Measurer:
    """In place of `sweeps.transition.endpoint.endpoint`; as `Trainer`."""

    def __init__(self, end: Callable[[Job], Trajectory] = ended, most: int = 10**9) -> None:
        self.end, self.most, self.measured = end, most, list[Job]()

    def __call__(self, job: Job, data: Any, w: np.ndarray) -> Endpoint:
        if len(self.measured) == self.most:
            raise KeyboardInterrupt
        self.measured.append(job)
        return around(job, self.end(job))


class Silent(Work):
    """A watch that says nothing."""

    def begin(self, jobs: Sequence[Job]) -> None:
        """Nothing."""

    def ended(self, job: Job, trajectory: Trajectory) -> None:
        """Nothing."""

    def started(self, job: Job) -> None:
        """Nothing."""

    def ticks(self, n: int) -> None:
        """Nothing."""


def stored(folder: Path, config: Config, end: Callable[[Job], Trajectory] = ended) -> list[Run]:
    """The folder of a sweep whose runs end so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sweeps.engine.execute.train", Trainer(end))
        patch.setattr("sweeps.transition.landscape.endpoint", Measurer(end))
        patch.setattr("os.fsync", lambda _: None)  # there is no power failure to survive
        return landscape(config, Store(folder), progress=Silent())


def mtimes(folder: Path) -> dict[Path, int]:
    """When each file of the trajectories in a folder, or below, was written."""
    found = [p for name in ("trajectories", "arrays") for p in folder.rglob(f"{name}/*")]
    return {path: path.stat().st_mtime_ns for path in found}
