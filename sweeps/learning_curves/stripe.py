"""Learning curves of both regimes where labels have an invariance.

The command is `python -m sweeps.learning_curves.stripe`. Networks that learn features, the kernel
of the lazy regime, and this kernel on points compressed by what the networks have learnt, over P
(`sweeps.learning_curves.compression`). (Geiger, Petrini & Wyart, *Landscape and training regimes in
deep learning*, Figs. 9 and 10; Paccolat et al., *Geometric compression of invariant manifolds in
neural nets*, 2020.) What has ended is kept: the same command goes on there.

Exit code 0 on a result, 2 on bad input, 130 on Ctrl-C.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import jax
import xarray as xr

from jamming.checks.arguments import whole
from jamming.commands.command import Parser, exit_code
from jamming.training.spec import PRECISIONS, Job
from sweeps.engine.labelled import ended
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.learning_curves.compression import KERNELS, Config, compression
from sweeps.learning_curves.invariant import CONSTANT

RESULTS = "stripe.nc"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="stripe",
        description="Learning curves of feature and lazy learning where labels have an invariance.",
        epilog="example: python -m sweeps.learning_curves.stripe"
        " --dataset stripe5 --P 64 128 256 512 1024",
        allow_abbrev=False,
    )
    p.add_argument("--config", type=Path, help="TOML file with these options; the line wins")
    p.add_argument("--dataset", default="stripe5", help="stripe<d> or cylinder<d>")
    p.add_argument("--P", type=int, nargs="+", default=[64, 128, 256, 512], help="training points")
    p.add_argument("--h", type=int, default=256, help="width of the hidden layer")
    p.add_argument(
        "--alpha-tilde", type=float, default=1e-4, help="sqrt(h) alpha, small: learn features"
    )
    p.add_argument("--sets", type=int, default=4, help="data sets for each P")
    p.add_argument("--inits", type=int, default=2, help="networks on each data set")
    p.add_argument("--kernel", default="kernel_infinite", help=f"lazy: {', '.join(KERNELS)}")
    p.add_argument("--pca", type=int, default=512, help="P of the kernel PCA, at most")
    p.add_argument("--loss", default="soft_hinge", help="soft_hinge, quadratic_hinge, ...")
    p.add_argument("--activation", default="relu")
    p.add_argument("--steps", type=int, default=40_000, help="budget: gradients a run")
    p.add_argument("--tol", type=float, default=1e-2, help="tolerance of the flow")
    p.add_argument("--test-points", type=int, default=10_000)
    p.add_argument("--precision", default="float32", help=", ".join(PRECISIONS))
    p.add_argument("--data-seed", type=int, default=0)
    p.add_argument("--init-seed", type=int, default=0)
    p.add_argument("--out", type=Path, help="folder (default: results/<dataset>)")
    return p


def config_of(a: argparse.Namespace) -> Config:
    """The config that the arguments describe.

    Raises:
        BadInput: a value out of range or an unknown name.
    """
    whole("h", a.h)
    job = Job(
        dataset=a.dataset,
        P=2,
        widths=(a.h,),
        data_seed=a.data_seed,
        init_seed=a.init_seed,
        batch_seed=a.init_seed,
        test_points=a.test_points,
        activation=a.activation,
        normalised=True,
        parametrisation="ntp",
        bias=False,  # the constant coordinate has weights
        alpha=a.alpha_tilde / math.sqrt(a.h),
        loss=a.loss,
        slack=0.0,
        dynamics="flow",
        max_ticks=a.steps,
        tol=a.tol,
        precision=a.precision,
        label=CONSTANT,
    )
    return Config(job, tuple(a.P), a.sets, a.inits, a.kernel, a.pca)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""

    def run(a: argparse.Namespace) -> int:
        jax.config.update("jax_enable_x64", a.precision == "float64")
        config = config_of(a)
        config.check()  # what is refused leaves no folder behind
        store, watch = Store(a.out or Path("results") / a.dataset), Work()
        found = compression(config, store, watch=watch)
        watch.close()
        return ended(store, RESULTS, found, summary(found))

    return exit_code(parser(), run, arguments, "--P, --h or --test-points")


def summary(found: xr.Dataset) -> str:
    """Mean errors and Lambda, a line for each P."""
    rows = ["    P  fitted  feature  ensemble    lazy  compressed  Lambda"]
    for P in found.P.values:
        one = found.sel(P=P)
        mean = {name: float(one[name].mean()) for name in ("feature", "lazy", "compressed")}
        rows.append(
            f"{P:5d}  {float(one.fitted.mean()):6.0%}  {mean['feature']:7.4f}"
            f"  {float(one.feature_ensemble.mean()):8.4f}  {mean['lazy']:6.4f}"
            f"  {mean['compressed']:10.4f}  {float(one.Lambda.mean()):6.1f}"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
