"""`python -m sweeps.transition learning_time`: N*(P) after different times, from the same runs.

A run ends when no point is on the wrong side, or by a hinge within the margin, so that it is known
who had fitted at any earlier time t. N*(t) is where half of the seeds had (*The jamming transition
as a paradigm to understand the loss landscape of deep neural networks*, 2019, Fig. 5a: after short
times N* diverges, after long ones it is proportional to P). By default the setting is that of the
figure, without batch normalisation: random points in d dimensions, cross-entropy, SGD with batches
of half of the points.
"""

import itertools
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
from sweeps.engine.execute import How
from sweeps.engine.store import Store

RESULTS = "learning_time.nc"
BATCH = 1024  # the largest, as in the papers
SAMPLE = "n_star_sample"  # the bootstrap, of the same seeds at all times


@dataclass(frozen=True)
class Config(grid.Grid):
    """The grid: all P, networks of N = ratio P weights, `seeds` of each; t are the times asked."""

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
        affordable([self.job.replace(P=self.P[-1])])
        *_, widest = self.jobs(self.P[-1]).values()
        ready(widest, lower="P or ratio")

    def jobs(self, P: int) -> dict[int, list[Job]]:
        """N -> one job for each seed, of the networks for P points."""
        d = (inputs(self.job) or self.job.data().x_train.shape)[-1]
        ladder, found = Ladder(self.job.L, d), {}
        batch = min(P // 2, BATCH) if self.job.dynamics == "sgd" else None
        for rung in sorted({nearest(ladder, ratio * P) for ratio in self.ratios}):
            found[ladder.N(rung)] = [
                self.at(s, data=True, P=P, widths=ladder.widths(rung), batch=batch)
                for s in range(self.seeds)
            ]
        return found


def learning_time(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; N* over (t, P), with its 95 % interval and bootstrap `sample`s.

    Where all or none of the widths fit N* is NaN, and `bound` says which: "all" or "none".
    """
    jobs = {(P, N): cell for P in config.P for N, cell in config.jobs(P).items()}
    runs = gather.trained(jobs, store, **how)
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for t, P in itertools.product(config.times, config.P):
        sizes, cells = zip(*((at[1], of) for at, of in runs.items() if at[0] == P), strict=True)
        fits = np.array([[run.fitted and run.ticks <= t for run in cell] for cell in cells])
        share = fits.mean(1)
        if share.min() < 0.5 <= share.max():
            at = transition(sizes, fits)
            found[t, P] = gather.with_interval("n_star", at) | {"bound": "", SAMPLE: at.samples}
        else:
            bound = "none" if share.max() < 0.5 else "all"
            found[t, P] = gather.with_interval("n_star") | {"bound": bound}
    axes = {"t": config.times, "P": config.P}
    table = gather.gathered(found, axes, {SAMPLE: ("sample",)}, [SAMPLE])
    return table.assign_attrs(config.attrs("L", seeds=config.seeds))


def summary(found: xr.Dataset) -> str:
    def said(one: xr.Dataset) -> str:
        n, low, high = (float(one[f"n_star{end}"]) for end in ("", "_low", "_high"))
        unknown = {"all": "all widths fit", "none": "no width fits"}
        text = unknown.get(str(one.bound.values)) or f"{n:.0f}  [{low:.0f}, {high:.0f}]"
        return gather.Said(text, {"value": n, "low": low, "high": high})

    return gather.table(gather.means(found, ("t", "P"), {"N*  95% interval": said}))
