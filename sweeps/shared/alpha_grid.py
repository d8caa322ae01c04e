"""The grid of a phase diagram."""

import itertools
import math
from dataclasses import dataclass
from typing import Annotated, Any

from jamming.checks import arguments as given
from jamming.data import Dataset
from jamming.training.ready import ready
from jamming.training.spec import Job
from sweeps.engine import grid


def _six_digits(owner: Any, field: str, values: Any) -> tuple[float, ...]:
    return tuple(sorted({float(f"{a:.6g}") for a in grid.alphas(owner, field, values)}))


@dataclass(frozen=True)
class Config(grid.Grid):
    """The grid of a phase diagram; all else is that of `job`, whose widths, alpha and seeds vary.

    `alpha_tilde` are values of alpha~ = sqrt(h) alpha, or of alpha itself where `scale` says so.
    There are `sets` training sets, of the data seeds of `job` and above, and `seeds` networks on
    each, which share it, so that their outputs can be averaged: network n of all of them has the
    initial and batch seeds of `job` plus n. The lines are refined until brackets of alpha~ are
    below a factor `refine` (1: not at all), and brackets of h are one width wide. `observe`: an
    observable by its name (`sweeps.shared.observables`).
    """

    h: grid.Widths
    alpha_tilde: Annotated[tuple[float, ...], grid.Rule(_six_digits, "alphas")]
    seeds: grid.Seeds = 5
    scale: Annotated[str, grid.scalar(given.one_of, known=("alpha", "alpha_tilde"))] = "alpha_tilde"
    refine: Annotated[float, grid.scalar(given.number, least=1.0, most=given.HUGE)] = 2.0
    kernel: grid.Flag = True
    observe: str | None = None
    sets: grid.DataSets = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        given.seeds(self.job.last_seed, self.networks)
        self.extremes()

    def extremes(self) -> list[Job]:
        """The first run of the cells at the corners of the grid, the widest last."""
        h, alphas = self.h, self.alpha_tilde
        ends = itertools.product((h[0], h[-1]), (alphas[0], alphas[-1]))
        return [self.jobs(h, a)[0] for h, a in dict.fromkeys(ends)]

    def check(self, *, here: bool = True, points: int = 0) -> Dataset:
        """Refuse now what `ready` would refuse when the runs begin; data of the job."""
        kernels = self.kernel_jobs(self.h[-1]) if self.kernel else []
        jobs = [*kernels, *self.extremes(), *self.jobs(self.h[-1], self.alpha_tilde[-1])]
        return ready(jobs, here=here, points=points)

    @property
    def networks(self) -> int:
        """Of a cell, on all training sets."""
        return self.sets * self.seeds

    def each(self, h: int, **changes: Any) -> list[Job]:
        """The job of each network of a cell, those on one training set beside each other."""
        first = self.job.data_seed
        return [
            self.at(n, h=h, data_seed=first + n // self.seeds, **changes)
            for n in range(self.networks)
        ]

    def jobs(self, h: int, alpha_tilde: float) -> list[Job]:
        return self.each(h, alpha=alpha_tilde / self.factor(h))

    def factor(self, h: int) -> float:
        """The value of the axis divided by alpha."""
        return math.sqrt(h) if self.scale == "alpha_tilde" else 1.0

    def kernel_jobs(self, h: int) -> list[Job]:
        """The flows of the kernels frozen at initialisation, one for each network."""
        return self.each(h, alpha=None, **self.frozen("kernel_init"))

    def infinite_jobs(self) -> list[Job]:
        """The flow of the kernel of infinite width on each training set, where it is known."""
        if self.job.label or self.job.parametrisation != "ntp":
            return []
        changes = {"h": self.h[-1], "alpha": None, **self.frozen("kernel_infinite")}
        first = self.job.data_seed
        return [self.at(0, data_seed=first + s, **changes) for s in range(self.sets)]

    def frozen(self, model_kind: str) -> dict[str, Any]:
        """What makes a job that of a kernel of this kind."""
        fixed = {"model_kind": model_kind, "kernel_points": 0}
        if self.job.dynamics == "adam" or self.job.batch is not None:  # no kernel learns by these
            fixed |= {"dynamics": "flow", "batch": None}
        return fixed

    def grid(self) -> list[Job]:
        """All cells, the narrow networks first, the kernels last."""
        cells = [job for h in self.h for a in self.alpha_tilde for job in self.jobs(h, a)]
        if not self.kernel:
            return cells
        return cells + [job for h in self.h for job in self.kernel_jobs(h)] + self.infinite_jobs()
