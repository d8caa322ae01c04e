"""Networks that learn all classes of a data set, loss beside loss.

The command is `python -m sweeps.transition.classes`. Every loss trains the same networks on the
same data, from the same initial weights and with the same batches. A hinge has nothing left to
learn once every constraint is satisfied, while the cross-entropy still moves its outputs when all
are on the right side; for a fair comparison (*The jamming transition as a paradigm to understand
the loss landscape of deep neural networks*, 2019, sec. IV, where both train for as long) all spend
the same number of steps, and the test error is that of the last one. The best on the way is kept
beside it. ``--until fitted`` stops each of them at its own last constraint instead.

Exit code 0 on a result, 2 on bad input, 130 on Ctrl-C.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from jamming.checks.arguments import (
    HUGE,
    TINY,
    flag,
    layers,
    number,
    numbers,
    runs,
    seeds,
    settle,
    some,
    wholes,
)
from jamming.checks.errors import BadInput
from jamming.commands.command import Parser, exit_code
from jamming.commands.unused import refuse_unused
from jamming.objectives.losses import LOSSES
from jamming.training.ready import ready
from jamming.training.spec import ARCHITECTURES, PRECISIONS, UNTIL, Job
from jamming.training.train import Trajectory
from sweeps.engine.execute import Watch, execute, kept
from sweeps.engine.labelled import ended
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
            dataclasses.replace(
                self.job,
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
    config: Config, store: Store, *, watch: Watch | None = None, client: Any = None
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
    execute(jobs, store, Work() if watch is None else watch, client=client)
    shape = (len(config.losses), len(config.h), config.seeds)
    rows = [_row(kept(store, job, arrays=False), job.P) for job in jobs]
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


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="classes",
        description="Test errors of networks that learn all classes, loss beside loss.",
        epilog="example: python -m sweeps.transition.classes"
        " --dataset digits --P 500 --h 30 --depth 2",
        allow_abbrev=False,
    )
    p.add_argument("--config", type=Path, help="TOML file with these options; the line wins")
    p.add_argument("--dataset", default="mnist", help="digits, mnist, mnist10pca, cifar10, ...")
    p.add_argument("--P", type=int, default=2000, help="training points")
    p.add_argument("--h", type=int, nargs="+", default=[100], help="widths, or channels of a cnn")
    p.add_argument("--depth", type=int, default=2, help="L, hidden layers")
    p.add_argument("--architecture", default="fc", help=", ".join(ARCHITECTURES))
    p.add_argument(
        "--losses",
        nargs="+",
        default=["cross_entropy", "multiclass_hinge"],
        help=", ".join(SEVERAL),
    )
    p.add_argument("--margin", type=float, help="of the hinges (default: that of each)")
    p.add_argument("--seeds", type=int, default=5, help="networks of each loss and width")
    p.add_argument("--fixed-data", action="store_true", help="the same data for all seeds")
    p.add_argument("--dynamics", default="adam", help="adam or sgd")
    p.add_argument("--batch", type=int, help="of sgd (default: all points)")
    p.add_argument("--steps", type=int, default=1000, help="steps of every network")
    p.add_argument("--until", default="budget", help=f"{' or '.join(UNTIL)}: when a run ends")
    p.add_argument("--lr", type=float, nargs="+", default=[1e-3], help="one, or one for each loss")
    p.add_argument("--lr-exponent", type=float, default=0.0, help="a: lr is divided by h^a")
    p.add_argument("--decay-every", type=int, help="steps after which lr falls to a tenth")
    p.add_argument("--activation", default="relu", help="relu, softplus, tanh, ...")
    p.add_argument("--parametrisation", default="plain", help="ntp, mfp, plain")
    p.add_argument("--init", default="orthogonal", help="of plain: orthogonal, xavier, ...")
    p.add_argument("--test-points", type=int, default=10_000, help="at most")
    p.add_argument("--precision", default="float32", help=", ".join(PRECISIONS))
    p.add_argument("--data-seed", type=int, default=0)
    p.add_argument("--init-seed", type=int, default=0)
    p.add_argument("--out", type=Path, help="folder (default: results/classes)")
    return p


def config_of(a: argparse.Namespace) -> Config:
    """The config that the arguments describe.

    Raises:
        BadInput: a value out of range or an unknown name.
    """
    refuse_unused(a, parser())
    losses = tuple(a.losses)
    job = Job(
        dataset=a.dataset,
        P=a.P,
        widths=(1,) * layers(a.depth),
        data_seed=a.data_seed,
        init_seed=a.init_seed,
        batch_seed=a.init_seed,
        test_points=a.test_points,
        activation=a.activation,
        parametrisation=a.parametrisation,
        init=a.init,
        loss=losses[0],
        slack=0.0,
        dynamics=a.dynamics,
        max_ticks=a.steps,
        decay_every=a.decay_every,
        batch=a.batch,
        precision=a.precision,
        architecture=a.architecture,
        until=a.until,
    )
    lr = tuple(a.lr) * (len(losses) if len(a.lr) == 1 else 1)
    return Config(job, losses, tuple(a.h), lr, a.lr_exponent, a.seeds, a.fixed_data, a.margin)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""

    def run(a: argparse.Namespace) -> int:
        jax.config.update("jax_enable_x64", a.precision == "float64")
        config = config_of(a)
        config.check()  # what is refused leaves no folder behind
        store, watch = Store(a.out or Path("results") / "classes"), Work()
        found = classes(config, store, watch=watch)
        watch.close()
        return ended(store, RESULTS, found, summary(found))

    return exit_code(parser(), run, arguments, "--P, --h or --test-points")


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


if __name__ == "__main__":
    sys.exit(main())
