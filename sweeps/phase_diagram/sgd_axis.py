"""`python -m sweeps.phase_diagram.sgd_axis`: the phase diagram of stochastic gradient descent.

The same networks learn over a grid of widths h and alpha~ by gradient flow, and by stochastic
gradient descent at several batch sizes and learning rates: how jamming line, crossover and errors
move with the noise, whose strength is the rate by the batch size. Geiger's thesis supposes that it
may shift the crossover and help where features are learnt (its last chapter); it gives no numbers.
`--lr` is the rate at alpha~ of 10 and more, smaller in feature learning
(`sweeps.shared.learning_rates`). What has ended is kept: the same command goes on where it was.

Exit code 0 on a result, 2 on bad input, 130 on Ctrl-C.
"""

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr

from jamming.checks.arguments import (
    HUGE,
    MOST,
    TINY,
    layers,
    numbers,
    runs,
    settle,
    some,
    whole,
    wholes,
)
from jamming.commands.command import Parser, exit_code
from jamming.commands.unused import refuse_unused
from jamming.training.spec import PRECISIONS, Job
from sweeps.engine.cluster import cluster
from sweeps.engine.execute import Watch, execute, lacking, sound
from sweeps.engine.labelled import ended
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.phase_diagram.diagram import diagram, next_jobs
from sweeps.phase_diagram.sweep import Outputs
from sweeps.shared import alpha_grid as grid
from sweeps.shared.alpha_grid import collect
from sweeps.shared.learning_rates import Stepped

RESULTS = "sgd_axis.nc"
FLOW = "flow"


@dataclass(frozen=True)
class Config:
    """`flow`, the grid of gradient flow; beside it that of sgd for each of `batches` and `rates`.

    Raises:
        BadInput: no batch size or no rate, a batch larger than P, or a value out of range.
    """

    flow: grid.Config
    batches: tuple[int, ...]
    rates: tuple[float, ...]
    steps: int = 20_000

    def __post_init__(self) -> None:
        batches = some("batch", wholes("batch", self.batches))
        rates = some("lr", numbers("lr", self.rates, least=TINY, most=HUGE))
        plain = {
            "batches": tuple(sorted(set(batches), reverse=True)),
            "rates": tuple(sorted(set(rates))),
            "steps": whole("steps", self.steps, most=MOST - 1),
        }
        settle(self, plain)
        cells = len(self.flow.h) * len(self.flow.alpha_tilde)
        runs(rules=1 + len(self.batches) * len(self.rates), cells=cells, seeds=self.flow.seeds)
        self.rules()  # refuses a batch larger than P

    def rules(self) -> dict[tuple[int, float], grid.Config]:
        """(batch, rate) -> its grid, the flow as (P, 0), in the order of their rate by batch."""
        job, found = self.flow.job, {(self.flow.job.P, 0.0): self.flow}
        pairs = [(b, lr) for b in self.batches for lr in self.rates]
        for b, lr in sorted(pairs, key=lambda pair: pair[1] / pair[0]):
            descent = dataclasses.replace(
                job, dynamics="sgd", batch=b, lr=lr, decay_every=None, max_ticks=self.steps
            )
            fields = {f.name: getattr(self.flow, f.name) for f in dataclasses.fields(self.flow)}
            found[b, lr] = Stepped(**{**fields, "job": descent})
        return found


def sgd_axis(
    config: Config, store: Store, *, watch: Watch | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; all of `sweeps.phase_diagram.diagram` with a further axis `rule`.

    `batch`, `lr` and `temperature`, their ratio, are coordinates over `rule`; the flow has 0.

    Raises:
        BadInput: from a job or the store.
    """
    watch = Work() if watch is None else watch
    rules = config.rules()
    jobs = [job for each in rules.values() for job in each.grid()]
    while jobs:  # the grids, then the brackets of their lines
        execute(jobs, store, watch, client=client)
        entries = list(sound(store))
        found = {rule: collect(each, iter(entries)) for rule, each in rules.items()}
        jobs = [job for runs in found.values() for job in next_jobs(runs) if lacking(store, job)]
    outputs = Outputs(store)
    rows = [diagram(runs, outputs) for runs in found.values()]
    batch, lr = (np.array(values, float) for values in zip(*rules, strict=True))
    whole = xr.concat(rows, "rule", combine_attrs="drop_conflicts")
    return whole.assign_coords(
        rule=[FLOW, *(f"batch {b}, lr {r:g}" for b, r in list(rules)[1:])],
        batch=("rule", batch),
        lr=("rule", lr),
        temperature=("rule", lr / batch),
    )


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="sgd_axis",
        description="Jamming, crossover and errors by batch size and rate of SGD, beside the flow.",
        epilog="example: python -m sweeps.phase_diagram.sgd_axis"
        " --dataset mnist10pca --P 300 --batch 4 32",
        allow_abbrev=False,
    )
    p.add_argument("--config", type=Path, help="TOML file with these options; the line wins")
    p.add_argument("--dataset", default="digits10pca", help="see python -m jamming.find_nstar -h")
    p.add_argument("--P", type=int, default=200, help="training points")
    p.add_argument("--depth", type=int, default=2, help="L, hidden layers")
    p.add_argument("--h", type=int, nargs="+", default=[3, 6, 12, 32], help="widths")
    p.add_argument("--alpha-tilde", type=float, nargs="+", default=[0.1, 1.0, 10.0, 100.0])
    p.add_argument("--batch", type=int, nargs="+", default=[32, 4], help="points of a step")
    p.add_argument("--lr", type=float, nargs="+", default=[0.1], help="at alpha~ of 10 and more")
    p.add_argument("--seeds", type=int, default=4, help="networks of a cell")
    p.add_argument("--steps", type=int, default=20_000, help="budget of sgd")
    p.add_argument("--flow-steps", type=int, default=10_000, help="budget of the flow")
    p.add_argument("--tol", type=float, default=1e-2, help="tolerance of the flow")
    p.add_argument("--activation", default="softplus5", help="relu, tanh, swish, softplus<beta>")
    p.add_argument("--loss", default="soft_hinge", help="of +-1 labels, see find_nstar")
    p.add_argument("--whiten", action="store_true", help="whiten the principal components")
    p.add_argument("--label-noise", type=float, default=0.0, help="share of labels flipped")
    p.add_argument("--test-points", type=int, default=1000, help="at most")
    p.add_argument("--kernel-points", type=int, help="of the kernel (default: 150 test points)")
    p.add_argument("--refine", type=float, default=1.0, help="factor of brackets; 1: the grid only")
    p.add_argument("--precision", default="float64", help=", ".join(PRECISIONS))
    p.add_argument("--data-seed", type=int, default=0)
    p.add_argument("--init-seed", type=int, default=0, help="first seed of the weights")
    p.add_argument("--scheduler", help="address of a dask scheduler, or slurm")
    p.add_argument("--workers", type=int, default=4, help="of slurm")
    p.add_argument("--out", type=Path, help="folder (default: results/sgd-axis)")
    return p


def config_of(a: argparse.Namespace) -> Config:
    """The config that the arguments describe.

    Raises:
        BadInput: a value out of range or an unknown name.
    """
    refuse_unused(a, parser())
    whole("workers", a.workers)
    few = 150 if a.kernel_points is None else a.kernel_points
    job = Job(
        dataset=a.dataset,
        P=a.P,
        widths=(1,) * layers(a.depth),
        data_seed=a.data_seed,
        init_seed=a.init_seed,
        batch_seed=a.init_seed,
        whiten=a.whiten,
        label_noise=a.label_noise,
        test_points=a.test_points,
        activation=a.activation,
        normalised=True,
        parametrisation="ntp",
        bias=False,
        alpha=1.0,
        loss=a.loss,
        slack=0.0,
        dynamics="flow",
        max_ticks=a.flow_steps,
        tol=a.tol,
        precision=a.precision,
        kernel_points=few,
    )
    alphas = tuple(map(float, a.alpha_tilde))
    flow = grid.Config(job, tuple(a.h), alphas, a.seeds, refine=a.refine, kernel=False)
    return Config(flow, tuple(a.batch), tuple(map(float, a.lr)), a.steps)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""

    def run(a: argparse.Namespace) -> int:
        jax.config.update("jax_enable_x64", a.precision == "float64")
        config = config_of(a)
        # what is refused leaves no folder behind
        config.flow.check(here=a.scheduler is None, points=a.kernel_points or 0)
        with cluster(a.scheduler, a.workers) as client:
            store, watch = Store(a.out or Path("results") / "sgd-axis"), Work()
            found = sgd_axis(config, store, watch=watch, client=client)
        watch.close()
        return ended(store, RESULTS, found, summary(found))

    return exit_code(parser(), run, arguments, "--P or --h")


def summary(found: xr.Dataset) -> str:
    """Where the lines run, a line for each rule."""
    rows = ["rule                     h* by alpha~; alpha~ of the crossover by h (- unknown)"]
    for rule in found.rule.values:
        one = found.sel(rule=rule)
        h, a = (
            " ".join(f"{x:.3g}" if np.isfinite(x) else "-" for x in values)
            for values in (one.jamming_h.values, one.crossover.sel(level=1.0).values)
        )
        rows.append(f"{rule:24} {h}; {a}")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
