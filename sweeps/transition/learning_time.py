"""N*(P) after different learning times, from the same runs.

The command is `python -m sweeps.transition learning_time`. Every width of a grid learns P points,
for all P and seeds; a run ends when no point is on the wrong side, so that at any earlier time t it
is known who had fitted by then. N*(t) is where half of the seeds had (*The jamming transition as a
paradigm to understand the loss landscape of deep neural networks*, 2019, Fig. 5a: after short times
N* diverges, after long ones it is proportional to P). The setting is that of the figure: random
points in d dimensions, cross-entropy, stochastic gradient descent, its batches half of the points;
without batch normalisation.
"""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from jamming.checks.arguments import HUGE, numbers, runs, seeds, settle, some, wholes
from jamming.fits.logistic import transition
from jamming.nstar.ladder import Ladder, nearest
from jamming.training.costs import affordable, inputs
from jamming.training.ready import ready
from jamming.training.spec import Job
from sweeps.engine.execute import ProgressCallback, execute, load_run
from sweeps.engine.progress import Work
from sweeps.engine.store import Store

RESULTS = "learning_time.nc"
BATCH = 1024  # the largest, as in the papers


@dataclass(frozen=True)
class Config:
    """The grid: all P, networks of N = ratio P weights, `seeds` of each; t are the times asked.

    Raises:
        BadInput: an empty grid, or a value out of range.
    """

    job: Job
    P: tuple[int, ...]
    ratios: tuple[float, ...]
    times: tuple[int, ...]
    seeds: int = 4

    def __post_init__(self) -> None:
        ratios = numbers("ratios N/P", self.ratios, above=0.0, most=HUGE)
        plain = {
            "P": some("P", wholes("P", self.P, least=2)),
            "ratios": some("ratios", ratios, least=2),
            "times": some("times", wholes("times", self.times, most=self.job.max_ticks)),
            "seeds": seeds(self.job.last_seed, self.seeds),
        }
        settle(self, plain)
        runs(P=len(self.P), ratios=len(self.ratios), seeds=self.seeds)

    def check(self) -> None:
        """Refuse now what would be refused when the runs begin.

        Raises:
            BadInput: from `jamming.training.ready`.
        """
        affordable([self.job.replace(P=max(self.P))])
        *_, widest = self.jobs(max(self.P)).values()
        ready(widest, lower="P or ratio")

    def widths(self, P: int) -> dict[int, tuple[int, ...]]:
        """N -> widths of the networks for P points."""
        d = (inputs(self.job) or self.job.data().x_train.shape)[-1]
        ladder = Ladder(self.job.L, d)
        rungs = sorted({nearest(ladder, ratio * P) for ratio in self.ratios})
        return {ladder.N(rung): ladder.widths(rung) for rung in rungs}

    def jobs(self, P: int) -> dict[int, list[Job]]:
        """N -> one job for each seed."""
        return {
            N: [
                self.job.replace(
                    P=P,
                    widths=widths,
                    batch=min(P // 2, BATCH),
                    data_seed=self.job.data_seed + s,
                    init_seed=self.job.init_seed + s,
                    batch_seed=self.job.batch_seed + s,
                )
                for s in range(self.seeds)
            ]
            for N, widths in self.widths(P).items()
        }


def learning_time(
    config: Config, store: Store, *, progress: ProgressCallback | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; N* over (t, P), with its 95 % interval.

    Where all or none of the widths fit N* is NaN, and `bound` says which: "all" or "none".

    Raises:
        BadInput: from a job or the store.
    """
    grid = {P: config.jobs(P) for P in sorted(set(config.P))}
    jobs = [job for cells in grid.values() for cell in cells.values() for job in cell]
    execute(jobs, store, Work() if progress is None else progress, client=client)
    times = sorted(set(config.times))
    found = np.full((3, len(times), len(grid)), np.nan)
    bound = np.full((len(times), len(grid)), "", dtype="U4")
    for j, cells in enumerate(grid.values()):
        N = np.array(list(cells), float)
        runs = [[load_run(store, job, arrays=False) for job in cell] for cell in cells.values()]
        for i, t in enumerate(times):
            fits = np.array([[run.fitted and run.ticks <= t for run in cell] for cell in runs])
            share = fits.mean(1)
            if share.max() < 0.5 or share.min() >= 0.5:
                bound[i, j] = "none" if share.max() < 0.5 else "all"
                continue
            n_star = transition(N, fits)
            found[:, i, j] = n_star.value, n_star.low, n_star.high
    names = ("n_star", "n_star_low", "n_star_high")
    return xr.Dataset(
        {name: (("t", "P"), rows) for name, rows in zip(names, found, strict=True)}
        | {"bound": (("t", "P"), bound)},
        coords={"t": times, "P": list(grid)},
        attrs={"L": config.job.L, "config": json.dumps(dataclasses.asdict(config))},
    )


def summary(found: xr.Dataset) -> str:
    """N* with its interval, a line for each time and P."""
    rows = ["       t     P     N*  95% interval"]
    for t in found.t.values:
        for P in found.P.values:
            one = found.sel(t=t, P=P)
            said = {"all": "all widths fit", "none": "no width fits"}.get(str(one.bound.values))
            if said is None:
                n, low, high = (float(one[k]) for k in ("n_star", "n_star_low", "n_star_high"))
                said = f"{n:5.0f}  [{low:.0f}, {high:.0f}]"
            rows.append(f"{t:8d}  {P:4d}  {said}")
    return "\n".join(rows)
