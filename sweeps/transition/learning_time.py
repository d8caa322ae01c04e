"""`python -m sweeps.transition learning_time`: N*(P) after different times, from the same runs.

A run ends when no point is on the wrong side, so that it is known who had fitted at any earlier
time t. N*(t) is where half of the seeds had (*The jamming transition as a paradigm to understand
the loss landscape of deep neural networks*, 2019, Fig. 5a: after short times N* diverges, after
long ones it is proportional to P). The setting is that of the figure, without batch normalisation:
random points in d dimensions, cross-entropy, SGD with batches of half of the points.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.fits.logistic import transition
from jamming.nstar.ladder import Ladder, nearest
from jamming.training.ready import affordable, inputs, ready
from jamming.training.spec import Job
from sweeps.engine import gather, grid
from sweeps.engine.execute import How, execute, load_run
from sweeps.engine.store import Store

RESULTS = "learning_time.nc"
STARS = ("n_star", "n_star_low", "n_star_high")
BATCH = 1024  # the largest, as in the papers


@dataclass(frozen=True)
class Config(grid.Grid):
    """The grid: all P, networks of N = ratio P weights, `seeds` of each; t are the times asked.

    Raises:
        BadInput: an empty grid, or a value out of range.
    """

    P: grid.Points
    ratios: Annotated[
        tuple[float, ...],
        grid.several(
            given.numbers, "ratios N/P", counts="ratios", enough=2, above=0.0, most=given.HUGE
        ),
    ]
    times: grid.Times
    seeds: grid.Seeds = 4

    def check(self) -> None:
        """Refuse now what `ready` would refuse when the runs begin."""
        affordable([self.job.replace(P=self.P[-1])])
        *_, widest = self.jobs(self.P[-1]).values()
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
                self.at(s, data=True, P=P, widths=widths, batch=min(P // 2, BATCH))
                for s in range(self.seeds)
            ]
            for N, widths in self.widths(P).items()
        }


def learning_time(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; N* over (t, P), with its 95 % interval.

    Where all or none of the widths fit N* is NaN, and `bound` says which: "all" or "none". Raises
    BadInput from a job or the store.
    """
    grids = {P: config.jobs(P) for P in config.P}
    jobs = [job for cells in grids.values() for cell in cells.values() for job in cell]
    execute(jobs, store, **how)
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for P, cells in grids.items():
        N = np.array(list(cells), float)
        runs = [[load_run(store, job, arrays=False) for job in cell] for cell in cells.values()]
        for t in config.times:
            fits = np.array([[run.fitted and run.ticks <= t for run in cell] for cell in runs])
            share = fits.mean(1)
            if share.max() < 0.5 or share.min() >= 0.5:
                found[t, P] = {"bound": "none" if share.max() < 0.5 else "all"}
                continue
            n_star = transition(N, fits)
            values = n_star.value, n_star.low, n_star.high
            found[t, P] = dict(zip(STARS, values, strict=True)) | {"bound": ""}
    axes = {"t": config.times, "P": config.P}
    return gather.gathered(found, axes, always=STARS).assign_attrs(config.attrs("L"))


def summary(found: xr.Dataset) -> str:
    """N* with its interval, a line for each time and P."""
    rows = []
    for t in found.t.values:
        for P in found.P.values:
            one = found.sel(t=t, P=P)
            said = {"all": "all widths fit", "none": "no width fits"}.get(str(one.bound.values))
            if said is None:
                n, low, high = (float(one[k]) for k in STARS)
                said = f"{n:.0f}  [{low:.0f}, {high:.0f}]"
            rows.append({"t": f"{t}", "P": f"{P}", "N*  95% interval": said})
    return gather.table(rows)
