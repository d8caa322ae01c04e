"""Networks from lazy to feature learning, over decades of alpha.

The command is `python -m sweeps.lazy_feature.regimes`. Trains ensembles of networks at a few widths
h and many alpha~ = sqrt(h) alpha, for each data set, P and depth, and flows the tangent kernels of
the same networks, frozen at the start and, where asked for, at the end. What is measured of them:
errors of networks and ensembles, the variance of the output, the change of kernel and weights, the
course of the loss and the growth of the output (Geiger, Spigler, Jacot and Wyart, *Disentangling
feature and lazy training in deep neural networks*, 2020; `sweeps.lazy_feature.dataset` says what
the result holds). What has ended is kept: the same command goes on where it was.

Exit code 0 on a result, 2 on bad input, 130 on Ctrl-C.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr

from jamming.checks.arguments import layers, whole
from jamming.checks.errors import BadInput
from jamming.commands.command import Parser, exit_code
from jamming.commands.unused import refuse_unused
from jamming.models.parametrisation import abc
from jamming.models.reparametrised import alpha_tilde
from jamming.training.spec import ARCHITECTURES, PRECISIONS, Job
from sweeps.engine.cluster import cluster
from sweeps.engine.execute import Watch, execute
from sweeps.engine.labelled import ended
from sweeps.engine.options import add_dynamics, dynamics_of
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.lazy_feature.cells import Config
from sweeps.lazy_feature.dataset import measured

RESULTS = "regimes.nc"


def regimes(
    config: Config, store: Store, *, watch: Watch | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; what was measured (`sweeps.lazy_feature.dataset`).

    Raises:
        BadInput: from a job or the store.
    """
    cells = config.cells()
    watch = Work() if watch is None else watch
    execute(cells.jobs(), store, watch, own=config.own, client=client)
    some = next(iter(config.grids().values()))
    values, point = np.array(some.alpha_tilde), abc(config.abc, 1)
    factor = np.array([alpha_tilde(point, float(h), 1.0) for h in some.h])[:, None]
    found = measured(cells, store, config.scale, values)
    if config.scale == "alpha_tilde":
        found = found.assign_coords(alpha=(("h", "alpha_tilde"), values / factor))
    else:
        found = found.assign_coords(alpha_tilde=(("h", "alpha"), values * factor))
    job = config.job
    found.attrs |= {
        "seeds": config.seeds,
        "activation": job.activation,
        "loss": job.loss,
        "bias": int(job.bias),
        "dynamics": job.dynamics,
        "architecture": job.architecture,
        "scale": config.scale,
        "subtract": int(config.subtract),
        "parametrisation": config.abc,
        "config": json.dumps(dataclasses.asdict(config)),
    }
    return found


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="regimes",
        description="Lazy and feature learning: ensembles at a few widths, over decades of alpha.",
        epilog="example: python -m sweeps.lazy_feature.regimes"
        " --dataset mnist10pca --P 300 --h 15 30 60",
        allow_abbrev=False,
    )
    p.add_argument("--config", type=Path, help="TOML file with these options; the line wins")
    p.add_argument(
        "--dataset", nargs="+", default=["digits10pca"], help="see python -m jamming.find_nstar -h"
    )
    p.add_argument("--P", type=int, nargs="+", default=[200], help="training points")
    p.add_argument("--depth", type=int, nargs="+", default=[2], help="L, hidden layers")
    p.add_argument("--h", type=int, nargs="+", default=[16, 32, 64], help="widths")
    p.add_argument(
        "--alpha-tilde", type=float, nargs="+", help="sqrt(h) alpha (default: 1e-3 to 1e4)"
    )
    p.add_argument("--alpha", type=float, nargs="+", help="alpha itself, in place of alpha-tilde")
    p.add_argument("--seeds", type=int, default=5, help="networks of an ensemble")
    p.add_argument("--steps", type=int, default=50_000, help="budget: gradients a network")
    add_dynamics(p)
    p.add_argument("--architecture", default="fc", help=", ".join(ARCHITECTURES))
    p.add_argument("--activation", default="softplus5", help="relu, tanh, swish, softplus<beta>")
    p.add_argument("--loss", default="soft_hinge", help="of +-1 labels, see find_nstar")
    p.add_argument("--bias", action="store_true", help="with biases")
    p.add_argument("--whiten", action="store_true", help="whiten the principal components")
    p.add_argument("--unsubtracted", action="store_true", help="learn alpha f, not alpha (f - f0)")
    p.add_argument("--parametrisation", default="ntp", help="ntp, mfp, mup or standard")
    p.add_argument("--kernel-end", action="store_true", help="flow the kernels of the end, too")
    p.add_argument("--no-kernel", action="store_true", help="without kernels of the start")
    p.add_argument("--no-network", action="store_true", help="kernels of the start alone")
    p.add_argument("--test-points", type=int, default=1000, help="at most")
    p.add_argument("--kernel-points", type=int, help="of the kernel (default: 150 test points)")
    p.add_argument("--precision", default="float64", help=", ".join(PRECISIONS))
    p.add_argument("--data-seed", type=int, default=0)
    p.add_argument("--init-seed", type=int, default=0, help="first seed of the weights")
    p.add_argument("--scheduler", help="address of a dask scheduler, or slurm")
    p.add_argument("--workers", type=int, default=4, help="of slurm")
    p.add_argument("--out", type=Path, help="folder (default: results/regimes)")
    return p


def config_of(a: argparse.Namespace) -> Config:
    """The config that the arguments describe.

    Raises:
        BadInput: a value out of range or an unknown name.
    """
    if a.alpha is not None and a.alpha_tilde is not None:
        raise BadInput("give --alpha or --alpha-tilde, not both")
    refuse_unused(a, parser())
    whole("workers", a.workers)
    few = 150 if a.kernel_points is None else a.kernel_points
    job = Job(
        dataset=a.dataset[0],
        P=a.P[0],
        widths=(1,) * layers(a.depth[0]),
        architecture=a.architecture,
        data_seed=a.data_seed,
        init_seed=a.init_seed,
        batch_seed=a.init_seed,
        whiten=a.whiten,
        test_points=a.test_points,
        activation=a.activation,
        normalised=True,
        parametrisation="ntp",
        bias=a.bias,
        alpha=1.0,
        loss=a.loss,
        slack=0.0,
        max_ticks=a.steps,
        precision=a.precision,
        kernel_points=few,
        **dynamics_of(a),
    )
    chosen = a.alpha or a.alpha_tilde or [float(f"1e{k}") for k in range(-3, 5)]
    return Config(
        job,
        datasets=tuple(a.dataset),
        P=tuple(a.P),
        depths=tuple(a.depth),
        h=tuple(a.h),
        alphas=tuple(float(value) for value in chosen),
        seeds=a.seeds,
        scale="alpha" if a.alpha is not None else "alpha_tilde",
        networks=not a.no_network,
        kernels=not a.no_kernel and not a.unsubtracted,
        kernel_end=a.kernel_end,
        subtract=not a.unsubtracted,
        abc=a.parametrisation,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""

    def run(a: argparse.Namespace) -> int:
        jax.config.update("jax_enable_x64", a.precision == "float64")
        config = config_of(a)
        # what is refused leaves no folder behind
        config.check(here=a.scheduler is None, points=a.kernel_points or 0)
        with cluster(a.scheduler, a.workers) as client:
            store, watch = Store(a.out or Path("results") / "regimes"), Work()
            found = regimes(config, store, watch=watch, client=client)
        watch.close()
        return ended(store, RESULTS, found, summary(found))

    return exit_code(parser(), run, arguments, "--P or --h")


def summary(found: xr.Dataset) -> str:
    """A line for each cell."""
    scale = str(found.attrs["scale"])
    rows = [f"data            P   L    h {scale:>11}  error   ensemble  kernel  fit  |dTheta|"]
    for d, P, L, h in (
        (d, P, L, h)
        for d in found.dataset.values
        for P in found.P.values
        for L in found.L.values
        for h in found.h.values
    ):
        for a in found[scale].values:
            one = found.sel({"dataset": d, "P": P, "L": L, "h": h, scale: a})
            numbers = [
                float(one[name].mean())
                for name in ("error", "ensemble_error", "kernel_ensemble_error")
            ]
            rows.append(
                f"{d:12} {P:4d} {L:3d} {h:4d} {a:11.3g} "
                + " ".join(f"{x:8.4f}" for x in numbers)
                + f" {float(one.fitted.mean()):5.2f}  {float(one.kernel_change.mean()):8.3g}"
            )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
