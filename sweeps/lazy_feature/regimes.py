"""`python -m sweeps.lazy_feature regimes`: from lazy to feature learning, over decades of alpha.

Trains ensembles of networks at a few widths h and many alpha~ = sqrt(h) alpha, for each data set, P
and depth, and flows their tangent kernels, frozen at the start and, on request, at the end (Geiger,
Spigler, Jacot and Wyart, *Disentangling feature and lazy training in deep neural networks*, 2020).
`sweeps.lazy_feature.dataset` says what the result holds.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import numpy as np
import xarray as xr

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.models.parametrisation import abc
from jamming.models.reparametrised import alpha_tilde
from sweeps.engine import gather, grid
from sweeps.engine.execute import How, UserSupplied, execute
from sweeps.engine.store import Store
from sweeps.lazy_feature.dataset import Cells, measured
from sweeps.shared import alpha_grid
from sweeps.shared.learning_rates import Stepped
from sweeps.shared.networks import ChangedNetwork

RESULTS = "regimes.nc"
# Those that a job can name; other points of the abc family are user-supplied networks.
NAMED = ("ntp", "mfp")


def _names(name: str, values: Any) -> tuple[str, ...]:
    if isinstance(values, str):
        raise BadInput(f"{name} are several names, not '{values}'")
    return tuple(values)


@dataclass(frozen=True)
class Config(grid.Grid):
    """All of `datasets`, `P`, `depths`, `h`, `alphas` and `seeds`; all else is that of `job`.

    `alphas` are values of alpha~, or of alpha itself where `scale` says so. `networks` and
    `kernels`: whether to train networks, and to flow their kernels frozen at the start; with
    `kernel_end`, also those at the end of training. `subtract` off: learn alpha f in place of
    alpha (f - f0). `abc`: a point of that family (`jamming.models.parametrisation.abc`).

    Raises:
        BadInput: nothing to run, a value out of range, or what cannot go together.
    """

    datasets: Annotated[
        tuple[str, ...], grid.several(_names, "datasets", counts="datasets", sort=False)
    ]
    P: Annotated[tuple[int, ...], grid.several(given.wholes, "P", counts="P", sort=False, least=2)]
    depths: Annotated[
        tuple[int, ...],
        grid.several(given.wholes, "depth", counts="depths", sort=False, most=given.DEEPEST),
    ]
    h: grid.Widths
    alphas: Annotated[
        tuple[float, ...], grid.several(given.numbers, "alpha", counts="alphas", above=0.0)
    ]
    seeds: grid.Seeds = 5
    scale: str = "alpha_tilde"
    networks: bool = True
    kernels: bool = True
    kernel_end: bool = False
    subtract: bool = True
    abc: str = "ntp"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("datasets", "P", "depths"):
            given.settle(self, {name: tuple(dict.fromkeys(getattr(self, name)))})
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
        """Refuse now what `ready` would refuse when the runs begin."""
        for each in self.grids().values():
            each.check(here=here, points=points)

    def grids(self) -> dict[tuple[str, int, int], alpha_grid.Config]:
        """(data set, P, L) -> its grid over h and alpha."""
        kind = Stepped if self.job.dynamics in ("adam", "sgd") else alpha_grid.Config
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
        """The label of jobs of user-supplied networks."""
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
        """The jobs of every cell."""
        places = {(*at, h): each for at, each in self.grids().items() for h in each.h}
        trained = places if self.networks else {}
        networks = {
            (*at, a): each.jobs(at[-1], a) for at, each in trained.items() for a in each.alpha_tilde
        }
        end = {"model_kind": "kernel_end", "kernel_points": 0}
        followed = networks if self.kernel_end else {}
        ends = {at: [job.replace(**end) for job in jobs] for at, jobs in followed.items()}
        frozen = places if self.kernels else {}
        kernels = {at: each.kernel_jobs(at[-1]) for at, each in frozen.items()}
        return Cells(networks, ends, kernels)


def regimes(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; what was measured (`sweeps.lazy_feature.dataset`).

    Raises BadInput from a job or the store.
    """
    cells = config.cells()
    execute(cells.jobs(), store, own=config.own, **how)
    some = next(iter(config.grids().values()))
    values, point = np.array(some.alpha_tilde), abc(config.abc, 1)
    factor = np.array([alpha_tilde(point, float(h), 1.0) for h in some.h])[:, None]
    found = measured(cells, store, config.scale, values)
    if config.scale == "alpha_tilde":
        found = found.assign_coords(alpha=(("h", "alpha_tilde"), values / factor))
    else:
        found = found.assign_coords(alpha_tilde=(("h", "alpha"), values * factor))
    return found.assign_attrs(
        config.attrs("activation", "loss", "dynamics", "architecture"),
        seeds=config.seeds,
        bias=int(config.job.bias),
        scale=config.scale,
        subtract=int(config.subtract),
        parametrisation=config.abc,
    )


def summary(found: xr.Dataset) -> str:
    """A line for each cell."""
    columns = {
        "error": ("error", ".4f"),
        "ensemble": ("ensemble_error", ".4f"),
        "kernel": ("kernel_ensemble_error", ".4f"),
        "fit": ("fitted", ".2f"),
        "|dTheta|": ("kernel_change", ".3g"),
    }
    over = ("dataset", "P", "L", "h", found.attrs["scale"])
    return gather.table(gather.means(found, over, columns))
