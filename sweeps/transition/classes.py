"""`python -m sweeps.transition classes`: networks that learn all classes, loss beside loss.

Every loss trains the same networks on the same data, from the same initial weights and with the
same batches. A hinge has nothing left to learn once every constraint is satisfied, the
cross-entropy always has; so all spend the same number of steps (*The jamming transition as a
paradigm to understand the loss landscape of deep neural networks*, 2019, sec. IV). ``--until
fitted`` stops each at its own last constraint instead.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Unpack

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from jamming.checks import arguments as given
from jamming.checks.errors import BadInput
from jamming.fits.seeds import mean_and_error
from jamming.objectives.losses import LOSSES
from jamming.training.ready import ready
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine import gather, grid
from sweeps.engine.execute import How
from sweeps.engine.store import Store

RESULTS = "classes.nc"
SEVERAL = tuple(name for name, loss in LOSSES.items() if loss.multiclass)


@dataclass(frozen=True)
class Config(grid.Grid):
    """Which losses to compare: `lr` holds a learning rate for each, times h^-lr_exponent.

    All else is that of `job`; seed s has its initial, batch and data seeds plus s. With
    `fixed_data` there are `sets` training sets, of the data seeds of `job` and above, and `seeds`
    networks on each, which can be averaged.
    """

    losses: Annotated[
        tuple[str, ...],
        grid.several(
            grid.names, "loss of several classes", counts="losses", sort=False, known=SEVERAL
        ),
    ]
    h: grid.Widths
    lr: Annotated[
        tuple[float, ...],
        grid.scalar(given.numbers, "learning rate", least=given.TINY, most=given.HUGE),
    ]
    lr_exponent: Annotated[float, grid.scalar(given.number, least=-10.0, most=10.0)] = 0.0
    seeds: grid.Seeds = 5
    fixed_data: grid.Flag = False
    margin: float | None = None  # of the hinges; None: that of each loss
    sets: grid.DataSets = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(set(self.losses)) < len(self.losses):
            raise BadInput("give each loss once")
        if len(self.lr) != len(self.losses):
            raise BadInput(
                f"{len(self.lr)} learning rates for {len(self.losses)} losses: give one for all, or"
                " one for each in their order"
            )
        given.seeds(self.job.last_seed, self.sets * self.seeds)
        if self.sets > 1 and not self.fixed_data:
            raise BadInput(
                "--sets counts with --fixed-data alone: else each network has its own data"
            )
        self.extremes()
        if self.margin is not None and not any("hinge" in loss for loss in self.losses):
            raise BadInput("a margin is of the hinges, and there is none: leave it out")

    def extremes(self) -> list[Job]:
        return [self.jobs(loss, h)[0] for h in (self.h[0], self.h[-1]) for loss in self.losses]

    def jobs(self, loss: str, h: int) -> list[Job]:
        first = self.job.data_seed
        return [
            self.at(
                s,
                data_seed=first + (s // self.seeds if self.fixed_data else s),
                loss=loss,
                margin=self.margin if "hinge" in loss else None,
                h=h,
                lr=self.lr[self.losses.index(loss)] * float(h) ** -self.lr_exponent,
            )
            for s in range(self.sets * self.seeds)
        ]

    def check(self) -> None:
        ready([*self.extremes(), *self.jobs(self.losses[0], self.h[-1])])


def classes(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; what came of each run over (loss, h, seed).

    Errors are shares of points; `test_error` is that of the last step, `best_test_error` the least
    at any snapshot. `value` is the loss, `unsatisfied` N_Delta. With `fixed_data` there is
    `ensemble_error` over (loss, h), that of the mean output of all seeds, the mean over training
    sets; `ensemble_of_set` is that of the set of a run, whose data seed is the coordinate `set`.
    """
    axes = {"loss": config.losses, "h": config.h}
    cells = {(loss, h): config.jobs(loss, h) for loss in config.losses for h in config.h}
    runs = gather.trained(cells, store, **how)
    rows = {(*at, s): _row(run, config.job.P) for at in runs for s, run in enumerate(runs[at])}
    if config.fixed_data:
        for at, cell in cells.items():
            for first in range(0, len(cell), config.seeds):
                F, y = gather.outputs(store, cell[first : first + config.seeds])
                for s in range(first, first + config.seeds):
                    rows[*at, s]["ensemble_of_set"] = ensemble_error(F, y.astype(int))
    found = gather.gathered(rows, axes | {"seed": range(config.sets * config.seeds)})
    if config.fixed_data:
        of_sets = np.repeat(np.arange(config.sets) + config.job.data_seed, config.seeds)
        found = found.assign_coords(set=("seed", of_sets))
        found = found.assign(ensemble_error=found.ensemble_of_set.mean("seed"))
    return found.assign_attrs(config.attrs("dataset", "P", "L", "architecture"))


def _row(run: Trajectory, P: int) -> dict[str, Any]:
    same = ("test_error", "unsatisfied", "ticks", "N")
    return {name: float(getattr(run, name)) for name in same} | {
        "best_test_error": float(min(run.snapshot_test_error)),
        "train_error": run.misclassified / P,
        "value": float(run.loss),
        "result": run.result,
    }


def ensemble_error(F: Float[np.ndarray, "seeds P c"], y: Int[np.ndarray, " P"]) -> float:
    """The share of points that the mean output of all networks puts into a wrong class, or none."""
    mean = F.mean(0)
    return float(((mean.argmax(-1) != y) | ~np.isfinite(mean).all(-1)).mean())


def summary(found: xr.Dataset) -> str:
    def percent(name: str) -> gather.Column:
        return lambda one: gather.spread(
            float(np.mean(one.get(name, np.nan))), np.nan, ".2f", percent=True
        )

    def test_error(one: xr.Dataset) -> str:
        (mean,), (error,) = mean_and_error(one.test_error.values[None])
        return gather.spread(mean, error, ".2f", percent=True)

    columns = {
        "test error": test_error,
        "best": percent("best_test_error"),
        "train": percent("train_error"),
        "ensemble": percent("ensemble_error"),
    }
    return gather.table(gather.means(found, ("h", "loss"), columns))
