"""`python -m sweeps.regimes`: networks from lazy to feature learning, over decades of alpha.

Trains ensembles of networks at a few widths h and many alpha~ = sqrt(h) alpha, for each data set, P
and depth, and flows the tangent kernels of the same networks, frozen at the start and, where asked
for, at the end. What is measured of them: errors of networks and ensembles, the variance of the
output, the change of kernel and weights, the course of the loss and the growth of the output
(Geiger, Spigler, Jacot and Wyart, *Disentangling feature and lazy training in deep neural
networks*, 2020; `sweeps.measured` says what the result holds). What has ended is kept: the same
command goes on where it was.

Exit code 0 on a result, 2 on bad input, 130 on Ctrl-C.
"""

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr

from jamming.command import Parser, exit_code
from jamming.errors import BadInput
from jamming.job import ARCHITECTURES, PRECISIONS, Job
from jamming.parametrisation import abc
from jamming.reparametrised import alpha_tilde
from sweeps import grid
from sweeps.cluster import cluster
from sweeps.execute import Own, Watch, execute
from sweeps.learners import Learner
from sweeps.measured import Cells, measured
from sweeps.options import parsed
from sweeps.progress import Work
from sweeps.rates import Stepped
from sweeps.store import Store

RESULTS = "regimes.nc"
# Those that a job can name; other points of the abc family are networks of one's own.
NAMED = ("ntp", "mfp")


@dataclass(frozen=True)
class Config:
    """All of `datasets`, `P`, `depths`, `h`, `alphas` and `seeds`; all else is that of `job`.

    `alphas` are values of alpha~, or of alpha itself where `scale` says so. `networks` and
    `kernels`: whether to train networks, and to flow their kernels frozen at the start; with
    `kernel_end`, also those at the end of training. `subtract` off: learn alpha f in place of
    alpha (f - f0). `abc`: a point of that family (`jamming.parametrisation.abc`).

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
        for name in ("datasets", "P", "depths"):
            if not getattr(self, name):
                raise BadInput(f"{name}: give one at least")
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        if min(self.depths) < 1:
            raise BadInput(f"depth must be at least 1, not {min(self.depths)}")
        if not (self.networks or self.kernels):
            raise BadInput("there is neither a network nor a kernel to train")
        if not self.subtract and (self.abc != "ntp" or self.kernels or self.kernel_end):
            raise BadInput("alpha f is for networks in ntp alone: leave the kernels out")
        abc(self.abc, 1)
        for each in self.grids().values():
            if self.own is not None and self.own.network is not None:
                self.own.network(each.job)  # refuses what it cannot be

    def grids(self) -> dict[tuple[str, int, int], grid.Config]:
        """(data set, P, L) -> its grid over h and alpha."""
        kind = Stepped if self.job.dynamics in ("adam", "sgd") else grid.Config
        return {
            (dataset, P, L): kind(
                dataclasses.replace(
                    self.job,
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
    def own(self) -> Own | None:
        """The networks that a job cannot name."""
        return Own(Learner(self.abc, self.subtract)) if self.label else None

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
    return dataclasses.replace(job, learner="kernel_end", kernel_points=0)


def regimes(
    config: Config, store: Store, *, watch: Watch | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; what was measured (`sweeps.measured`).

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
        epilog="example: python -m sweeps.regimes --dataset mnist10pca --P 300 --h 15 30 60",
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
    p.add_argument("--dynamics", default="flow", help="flow, euler (the papers'), adam, sgd")
    p.add_argument("--tol", type=float, default=1e-2, help="tolerance of the flow")
    p.add_argument(
        "--lr", type=float, default=1e-2, help="of adam and sgd, made to fit alpha (sweeps.rates)"
    )
    p.add_argument("--batch", type=int, help="of sgd (default: all points)")
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
    p.add_argument("--kernel-points", type=int, default=150, help="test points of the kernel")
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
    descent: dict[str, Any] = {}
    if a.dynamics in ("adam", "sgd"):
        descent = {"lr": a.lr, "batch": a.batch, "decay_every": None}
    job = Job(
        dataset=a.dataset[0],
        P=a.P[0],
        widths=(1,),
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
        dynamics=a.dynamics,
        max_ticks=a.steps,
        tol=a.tol,
        precision=a.precision,
        kernel_points=a.kernel_points,
        **descent,
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

    def run() -> int:
        a = parsed(parser(), arguments)
        jax.config.update("jax_enable_x64", a.precision == "float64")
        config = config_of(a)
        for each in config.grids().values():
            each.job.data()  # a data set or P that is refused leaves no folder behind
        with cluster(a.scheduler, a.workers) as client:
            store, watch = Store(a.out or Path("results") / "regimes"), Work()
            found = regimes(config, store, watch=watch, client=client)
        store.write(RESULTS, bytes(found.to_netcdf()))
        watch.close()
        print(summary(found))
        print(f"results: {store.folder / RESULTS}")
        return 0

    return exit_code("regimes", run, "--P or --h")


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
