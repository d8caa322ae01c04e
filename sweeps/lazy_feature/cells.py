"""What a sweep over regimes consists of: networks and frozen kernels of each (P, L, h, alpha).

`sweeps.lazy_feature.regimes` runs them.
"""

import dataclasses
from dataclasses import dataclass

from jamming.checks.arguments import DEEPEST, numbers, runs, seeds, some, wholes
from jamming.checks.errors import BadInput
from jamming.models.parametrisation import abc
from jamming.models.reparametrised import alpha_tilde
from jamming.training.spec import Job
from sweeps.engine.execute import UserSupplied
from sweeps.lazy_feature.dataset import Cells
from sweeps.shared import alpha_grid as grid
from sweeps.shared.learning_rates import Stepped
from sweeps.shared.networks import ChangedNetwork

# Those that a job can name; other points of the abc family are networks of one's own.
NAMED = ("ntp", "mfp")


@dataclass(frozen=True)
class Config:
    """All of `datasets`, `P`, `depths`, `h`, `alphas` and `seeds`; all else is that of `job`.

    `alphas` are values of alpha~, or of alpha itself where `scale` says so. `networks` and
    `kernels`: whether to train networks, and to flow their kernels frozen at the start; with
    `kernel_end`, also those at the end of training. `subtract` off: learn alpha f in place of
    alpha (f - f0). `abc`: a point of that family (`jamming.models.parametrisation.abc`).

    Raises:
        BadInput: nothing to run, a value out of range, or what cannot go together.
    """

    job: Job
    datasets: tuple[str, ...]
    P: tuple[int, ...]
    depths: tuple[int, ...]
    h: tuple[int, ...]
    alphas: tuple[float, ...]
    seeds: int = 5
    scale: str = "alpha_tilde"
    networks: bool = True
    kernels: bool = True
    kernel_end: bool = False
    subtract: bool = True
    abc: str = "ntp"

    def __post_init__(self) -> None:
        if isinstance(self.datasets, str):
            raise BadInput(f"datasets are several names, not '{self.datasets}'")
        plain = {
            "datasets": some("datasets", tuple(self.datasets)),
            "P": some("P", wholes("P", self.P, least=2)),
            "depths": some("depths", wholes("depth", self.depths, most=DEEPEST)),
            "h": some("h", wholes("h", self.h)),
            "alphas": some("alpha", numbers("alpha", self.alphas, above=0.0)),
            "seeds": (seeds(self.job.last_seed, self.seeds),),
        }
        runs(**{name: len(values) for name, values in plain.items()} | {"seeds": plain["seeds"][0]})
        for name in ("datasets", "P", "depths"):
            object.__setattr__(self, name, tuple(dict.fromkeys(plain[name])))
        if not (self.networks or self.kernels):
            raise BadInput("there is neither a network nor a kernel to train")
        if self.kernel_end and not self.networks:
            raise BadInput("kernels of the end are those of networks, which are left out")
        if not self.subtract and (self.abc != "ntp" or self.kernels or self.kernel_end):
            raise BadInput("alpha f is for networks in ntp alone: leave the kernels out")
        abc(self.abc, 1)
        if self.abc not in NAMED and self.job.dynamics in ("adam", "sgd"):
            raise BadInput(
                f"the rates of {self.job.dynamics} are known for {' and '.join(NAMED)} alone:"
                f" train networks in {self.abc} by gradient flow"
            )
        for each in self.grids().values():
            if self.own is not None and self.own.network is not None:
                self.own.network(each.job)  # refuses what it cannot be

    def check(self, *, here: bool = True, points: int = 0) -> None:
        """Refuse now what would be refused when the runs begin.

        Raises:
            BadInput: from `jamming.training.ready`.
        """
        for each in self.grids().values():
            each.check(here=here, points=points)

    def grids(self) -> dict[tuple[str, int, int], grid.Config]:
        """(data set, P, L) -> its grid over h and alpha."""
        kind = Stepped if self.job.dynamics in ("adam", "sgd") else grid.Config
        return {
            (dataset, P, L): kind(
                self.job.replace(
                    dataset=dataset,
                    P=P,
                    widths=(1,) * L,
                    parametrisation=self.abc if self.abc in NAMED else "ntp",
                    label=self.label,
                ),
                self.h,
                self.alphas,
                self.seeds,
                scale=self._scale(),
                refine=1.0,
                kernel=self.kernels,
            )
            for dataset in self.datasets
            for P in self.P
            for L in self.depths
        }

    @property
    def label(self) -> str:
        """What tells the runs of own networks apart from others."""
        if not self.subtract:
            return "alpha f"
        return "" if self.abc in NAMED else self.abc

    @property
    def own(self) -> UserSupplied | None:
        """The networks that a job cannot name."""
        return UserSupplied(ChangedNetwork(self.abc, self.subtract)) if self.label else None

    def _scale(self) -> str:
        """In mfp and its like alpha~ is alpha."""
        grows = alpha_tilde(abc(self.abc, 1), 4.0, 1.0) > 1
        return self.scale if grows else "alpha"

    def cells(self) -> Cells:
        """The jobs of every cell, under (data set, P, L, h) and the place of its alpha."""
        found = Cells()
        for (dataset, P, L), each in self.grids().items():
            for h in each.h:
                at = dataset, P, L, h
                if self.kernels:
                    found.kernels[at] = each.kernel_jobs(h)
                for k, a in enumerate(each.alpha_tilde):
                    jobs = each.jobs(h, a)
                    if self.networks:
                        found.networks[at, k] = jobs
                    if self.networks and self.kernel_end:
                        found.ends[at, k] = [_at_end(job) for job in jobs]
        return found


def _at_end(job: Job) -> Job:
    return dataclasses.replace(job, model_kind="kernel_end", kernel_points=0)
