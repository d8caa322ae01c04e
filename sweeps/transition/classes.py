"""Networks that learn all classes of a data set, loss beside loss.

The command is `python -m sweeps.transition classes`. Every loss trains the same networks on the
same data, from the same initial weights and with the same batches. A hinge has nothing left to
learn once every constraint is satisfied, while the cross-entropy still moves its outputs when all
are on the right side; for a fair comparison (*The jamming transition as a paradigm to understand
the loss landscape of deep neural networks*, 2019, sec. IV, where both train for as long) all spend
the same number of steps, and the test error is that of the last one. The best on the way is kept
beside it. ``--until fitted`` stops each of them at its own last constraint instead.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from jamming.checks.arguments import (
    HUGE,
    TINY,
    flag,
    number,
    numbers,
    runs,
    seeds,
    settle,
    some,
    wholes,
)
from jamming.checks.errors import BadInput
from jamming.objectives.losses import LOSSES
from jamming.training.ready import ready
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.execute import ProgressCallback, execute, load_run
from sweeps.engine.progress import Work
from sweeps.engine.store import Store

RESULTS = "classes.nc"
SEVERAL = tuple(name for name, loss in LOSSES.items() if loss.multiclass)

# what is kept of a run, over (loss, h, seed)
KEPT = ("test_error", "best_test_error", "train_error", "unsatisfied", "value", "ticks", "N")


@dataclass(frozen=True)
class Config:
    """Which losses to compare: `lr` holds a learning rate for each, times h^-lr_exponent.

    All else is that of `job`; seed s has its initial, batch and data seeds plus s (the same data
    for all with `fixed_data`, so that the networks of a cell can be averaged).

    Raises:
        BadInput: no loss, width or seed, a loss of labels +-1, or a number of learning rates that
            is not that of the losses.
    """

    job: Job
    losses: tuple[str, ...]
    h: tuple[int, ...]
    lr: tuple[float, ...]
    lr_exponent: float = 0.0
    seeds: int = 5
    fixed_data: bool = False
    margin: float | None = None  # of the hinges; None: that of each loss

    def __post_init__(self) -> None:
        if isinstance(self.losses, str) or len(set(self.losses)) < max(1, len(self.losses)):
            raise BadInput("give each loss once, and at least one")
        for name in self.losses:
            if name not in SEVERAL:
                raise BadInput(
                    f"'{name}' is no loss of several classes: choose {', '.join(SEVERAL)}"
                )
        rates = numbers("learning rate", self.lr, least=TINY, most=HUGE)
        if len(rates) != len(self.losses):
            raise BadInput(
                f"{len(rates)} learning rates for {len(self.losses)} losses: give one for all, or"
                " one for each in their order"
            )
        plain = {
            "h": tuple(sorted(set(some("h", wholes("h", self.h))))),
            "lr": rates,
            "lr_exponent": number("lr_exponent", self.lr_exponent, least=-10.0, most=10.0),
            "seeds": seeds(self.job.last_seed, self.seeds),
            "fixed_data": flag("fixed_data", self.fixed_data),
        }
        settle(self, plain)
        runs(losses=len(self.losses), widths=len(self.h), seeds=self.seeds)
        self.extremes()
        if self.margin is not None and not any("hinge" in loss for loss in self.losses):
            raise BadInput("a margin is of the hinges, and there is none: leave it out")

    def extremes(self) -> list[Job]:
        """The first run of each loss with the narrowest and the widest network."""
        return [
            job for h in (self.h[0], self.h[-1]) for x in self.losses for job in self.jobs(x, h, 1)
        ]

    def jobs(self, loss: str, h: int, count: int | None = None) -> list[Job]:
        """The runs of one loss and width, one for each seed, or the first `count` of them."""
        return [
            self.job.replace(
                loss=loss,
                margin=self.margin if "hinge" in loss else None,
                widths=(h,) * self.job.L,
                lr=self.lr[self.losses.index(loss)] * float(h) ** -self.lr_exponent,
                data_seed=self.job.data_seed + (0 if self.fixed_data else s),
                init_seed=self.job.init_seed + s,
                batch_seed=self.job.batch_seed + s,
            )
            for s in range(self.seeds if count is None else count)
        ]

    def check(self) -> None:
        """Refuse now what would be refused when the runs begin.

        Raises:
            BadInput: from `jamming.training.ready`.
        """
        ready([*self.extremes(), *self.jobs(self.losses[0], self.h[-1])])


def classes(
    config: Config, store: Store, *, progress: ProgressCallback | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; what came of each run over (loss, h, seed).

    Errors are shares of points; `test_error` is that of the last step, `best_test_error` the least
    at any snapshot. `value` is the loss, `unsatisfied` N_Delta. With `fixed_data` there is
    `ensemble_error` over (loss, h), that of the mean output of all seeds.

    Raises:
        BadInput: from a job or the store.
    """
    cells = {(loss, h): config.jobs(loss, h) for loss in config.losses for h in config.h}
    jobs = [job for cell in cells.values() for job in cell]
    execute(jobs, store, Work() if progress is None else progress, client=client)
    shape = (len(config.losses), len(config.h), config.seeds)
    rows = [_row(load_run(store, job, arrays=False), job.P) for job in jobs]
    over = ("loss", "h", "seed")
    columns: dict[str, Any] = {
        name: (over, np.array([row[name] for row in rows], float).reshape(shape)) for name in KEPT
    }
    columns["result"] = over, np.array([row["result"] for row in rows]).reshape(shape)
    if config.fixed_data:
        errors = [_ensemble([store.arrays(job.key) for job in cell]) for cell in cells.values()]
        columns["ensemble_error"] = ("loss", "h"), np.array(errors).reshape(shape[:2])
    return xr.Dataset(
        columns,
        {"loss": list(config.losses), "h": list(config.h), "seed": list(range(config.seeds))},
        {name: getattr(config.job, name) for name in ("dataset", "P", "L", "architecture")}
        | {"config": json.dumps(dataclasses.asdict(config))},
    )


def _row(run: Trajectory, P: int) -> dict[str, Any]:
    return {
        "test_error": run.test_error,
        "best_test_error": min(run.snapshot_test_error),
        "train_error": run.misclassified / P,
        "unsatisfied": run.unsatisfied,
        "value": run.loss,
        "ticks": run.ticks,
        "N": run.N,
        "result": run.result,
    }


def _ensemble(runs: Sequence[Mapping[str, np.ndarray]]) -> float:
    return ensemble_error(np.stack([run["F_test"] for run in runs]), runs[0]["y_test"])


def ensemble_error(F: Float[np.ndarray, "seeds P c"], y: Int[np.ndarray, " P"]) -> float:
    """The share of points that the mean output of all networks puts into a wrong class, or none."""
    mean = F.mean(0)
    return float(((mean.argmax(-1) != y) | ~np.isfinite(mean).all(-1)).mean())


def mean_and_error(x: xr.DataArray) -> tuple[float, float]:
    """The mean over seeds and its standard error, NaN with one seed."""
    n = x.sizes["seed"]
    return float(x.mean("seed")), float(x.std("seed", ddof=1)) / n**0.5 if n > 1 else np.nan


def summary(found: xr.Dataset) -> str:
    """Errors in percent with their standard errors, a line for each width and loss."""
    rows = ["   h  loss                        test error            best   train  ensemble"]
    for h in found.h.values:
        for loss in found.loss.values:
            one = found.sel(h=h, loss=loss)
            mean, error = (100 * x for x in mean_and_error(one.test_error))
            best, train = (100 * float(one[k].mean()) for k in ("best_test_error", "train_error"))
            all_of_them = 100 * float(one.get("ensemble_error", np.nan))
            rows.append(
                f"{h:4d}  {loss:23s}  {mean:6.2f} +- {error:4.2f} %  {best:6.2f} %  {train:5.2f} %"
                f"  {all_of_them:6.2f} %"
            )
    return "\n".join(rows)
