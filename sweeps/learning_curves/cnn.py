"""`python -m sweeps.learning_curves.cnn`: learning curves of both regimes for a network on images.

At each P networks of a small alpha learn features, and their tangent kernels at initialisation,
frozen, stand for lazy training on the same points (the limit of a large alpha). For a CNN on MNIST
the error falls as P^-beta with beta of 1/3 (lazy) and 1/2 (feature) (Geiger et al., *Disentangling
feature and lazy training in deep neural networks*, sec. 8; Geiger, Petrini & Wyart, *Landscape and
training regimes in deep learning*, Fig. 8). What has ended is kept: the same command goes on there.

Exit code 0 on a result, 2 on bad input, 130 on Ctrl-C.
"""

import argparse
import dataclasses
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import numpy as np
import xarray as xr

from jamming.checks.arguments import layers, runs, seeds, settle, some, whole, wholes
from jamming.checks.errors import BadInput
from jamming.commands.command import Parser, exit_code
from jamming.commands.unused import refuse_unused
from jamming.training.ready import ready
from jamming.training.spec import ARCHITECTURES, PRECISIONS, Job
from sweeps.engine.execute import Watch, execute, kept
from sweeps.engine.labelled import ended
from sweeps.engine.options import add_dynamics, dynamics_of
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.shared.learning_rates import stepped

RESULTS = "learning_curve.nc"
CURVES = ("feature", "lazy")


@dataclass(frozen=True)
class Config:
    """`sets` data sets at each P, and `inits` networks on each; all else is that of `job`.

    Raises:
        BadInput: nothing to train, a value out of range, or a job without alpha.
    """

    job: Job
    P: tuple[int, ...]
    sets: int = 2
    inits: int = 1

    def __post_init__(self) -> None:
        plain = {
            "P": tuple(sorted(set(some("P", wholes("P", self.P, least=2))))),
            "sets": seeds(self.job.last_seed, self.sets, name="sets"),
            "inits": whole("inits", self.inits),
        }
        settle(self, plain)
        seeds(self.job.last_seed, self.sets * self.inits)
        runs(P=len(self.P), sets=self.sets, inits=self.inits)
        if self.job.alpha is None:
            raise BadInput("features are learnt with an alpha, and there is none")
        self.job.binary_only()
        self.jobs("feature", self.P[0])

    def jobs(self, curve: str, P: int) -> list[list[Job]]:
        """[set][init] of the networks (feature) or of their kernels (lazy), which always flow."""
        feature = curve == "feature"
        flow = dataclasses.replace(self.job, dynamics="flow", batch=None)
        base = stepped(self.job) if feature else flow
        return [
            [
                dataclasses.replace(
                    base,
                    P=P,
                    data_seed=self.job.data_seed + s,
                    init_seed=self.job.init_seed + s * self.inits + i,
                    batch_seed=self.job.batch_seed + s * self.inits + i,
                    alpha=self.job.alpha if feature else None,
                    learner="network" if feature else "kernel_init",
                )
                for i in range(self.inits)
            ]
            for s in range(self.sets)
        ]

    def check(self) -> None:
        """Refuse now what would be refused when the runs begin.

        Raises:
            BadInput: from `jamming.training.ready`.
        """
        ready([job for curve in reversed(CURVES) for job in self.jobs(curve, self.P[-1])[0]])


def learning_curves(config: Config, store: Store, *, watch: Watch | None = None) -> xr.Dataset:
    """Run what the store lacks; test errors and whether all points fit, over (P, set, init).

    Raises:
        BadInput: from a job or the store.
    """
    cells = {(curve, P): config.jobs(curve, P) for curve in CURVES for P in config.P}
    # the small ones first, whatever the regime
    jobs = [job for P in config.P for curve in CURVES for row in cells[curve, P] for job in row]
    execute(jobs, store, Work() if watch is None else watch)
    columns = {}
    for curve in CURVES:
        runs = [
            [[kept(store, job, arrays=False) for job in row] for row in cell]
            for cell in (cells[curve, P] for P in config.P)
        ]
        for name, value in (("", "test_error"), ("_fitted", "fitted")):
            rows = [[[getattr(run, value) for run in row] for row in cell] for cell in runs]
            columns[curve + name] = ("P", "set", "init"), np.array(rows, float)
    job = config.job
    return xr.Dataset(
        columns,
        {"P": list(config.P)},
        {name: getattr(job, name) for name in ("dataset", "L", "architecture")}
        | {"h": job.widths[0], "config": json.dumps(dataclasses.asdict(config))},
    )


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="learning_curve",
        description="Learning curves of feature and lazy learning, by one network on images.",
        epilog="example: python -m sweeps.learning_curves.cnn --dataset mnist --P 64 128 256 512",
        allow_abbrev=False,
    )
    p.add_argument("--config", type=Path, help="TOML file with these options; the line wins")
    p.add_argument("--dataset", default="digits", help="see python -m jamming.find_nstar -h")
    p.add_argument("--P", type=int, nargs="+", default=[32, 64, 128], help="training points")
    p.add_argument("--architecture", default="cnn", help=", ".join(ARCHITECTURES))
    p.add_argument("--h", type=int, default=16, help="width, or channels, of each layer")
    p.add_argument("--depth", type=int, default=2, help="hidden layers")
    p.add_argument(
        "--alpha-tilde", type=float, default=1e-2, help="sqrt(h) alpha, small: learn features"
    )
    p.add_argument("--sets", type=int, default=2, help="data sets for each P")
    p.add_argument("--inits", type=int, default=1, help="networks on each data set")
    p.add_argument("--loss", default="soft_hinge", help="soft_hinge, quadratic_hinge, ...")
    p.add_argument("--activation", default="relu")
    p.add_argument("--steps", type=int, default=20_000, help="budget: gradients a run")
    add_dynamics(p)
    p.add_argument("--test-points", type=int, default=2000)
    p.add_argument("--precision", default="float32", help=", ".join(PRECISIONS))
    p.add_argument("--data-seed", type=int, default=0)
    p.add_argument("--init-seed", type=int, default=0)
    p.add_argument("--out", type=Path, help="folder (default: results/curve-<dataset>)")
    return p


def config_of(a: argparse.Namespace) -> Config:
    """The config that the arguments describe.

    Raises:
        BadInput: a value out of range or an unknown name.
    """
    refuse_unused(a, parser(), but=("tol",))  # of the frozen kernels, which always flow
    whole("h", a.h)
    job = Job(
        dataset=a.dataset,
        P=max(2, a.batch or 2),  # replaced by each of `a.P`, which a batch may not exceed
        widths=(a.h,) * layers(a.depth),
        data_seed=a.data_seed,
        init_seed=a.init_seed,
        batch_seed=a.init_seed,
        test_points=a.test_points,
        activation=a.activation,
        normalised=True,
        parametrisation="ntp",
        alpha=a.alpha_tilde / math.sqrt(a.h),
        loss=a.loss,
        slack=0.0,
        max_ticks=a.steps,
        precision=a.precision,
        architecture=a.architecture,
        **dynamics_of(a),
    )
    return Config(job, tuple(a.P), a.sets, a.inits)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""

    def run(a: argparse.Namespace) -> int:
        jax.config.update("jax_enable_x64", a.precision == "float64")
        config = config_of(a)
        config.check()
        store, watch = Store(a.out or Path("results") / f"curve-{a.dataset}"), Work()
        found = learning_curves(config, store, watch=watch)
        watch.close()
        return ended(store, RESULTS, found, summary(found))

    return exit_code(parser(), run, arguments, "--P, --h or --test-points")


def summary(found: xr.Dataset) -> str:
    """Mean errors and the shares of runs that fit, a line for each P."""
    rows = ["    P  feature  (fit)    lazy  (fit)"]
    for P in found.P.values:
        one = found.sel(P=P).mean()
        rows.append(
            f"{P:5d}  {float(one.feature):7.4f}  {float(one.feature_fitted):5.0%}"
            f"  {float(one.lazy):6.4f}  {float(one.lazy_fitted):5.0%}"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
