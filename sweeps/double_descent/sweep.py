"""`python -m sweeps.double_descent`: the test error, and all that explains it, against N.

Networks of every width learn the same points from several initial weights, f itself or alpha (f -
f0), by ADAM on the full batch with the learning rate min(lr h^-1.5, most), until they fit or their
steps are spent. What is left: errors of single networks, of the best earlier moment, and of
averages; the norm of f at several times; fluctuations, gradients and the distance between decision
boundaries (`sweeps.double_descent.ensemble`); and N*, from which widths fitted. (Spigler et al., *A
jamming transition from under- to over-parametrization affects generalization in deep learning*,
2019, Fig. 4; Geiger et al., *Scaling description of generalization with number of parameters in
deep learning*, 2020, Figs. 2 to 7, 9 and 10.)

Exit code 0 on a result, 2 on bad input, 130 on Ctrl-C.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.commands.command import Parser, exit_code, tell
from jamming.models.networks import n_weights
from jamming.training.spec import PRECISIONS, Job
from sweeps.double_descent.scan import Config, double_descent
from sweeps.engine.labelled import ended
from sweeps.engine.progress import Work
from sweeps.engine.store import Store

RESULTS = "double_descent.nc"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="double_descent",
        description="The test error against N: single networks, early stopping, ensembles; norms,"
        " fluctuations and the distance between decision boundaries.",
        epilog="example: python -m sweeps.double_descent --dataset mnist10pca --P 500 1000",
        allow_abbrev=False,
    )
    p.add_argument("--config", type=Path, help="TOML file with these options; the line wins")
    p.add_argument("--dataset", default="digits10pca", help="see python -m jamming.find_nstar -h")
    p.add_argument("--P", type=int, nargs="+", default=[200], help="training points")
    p.add_argument("--depth", type=int, nargs="+", default=[3], help="L, hidden layers")
    p.add_argument(
        "--h",
        type=float,
        nargs="+",
        default=[2, 3, 4, 5, 6, 8, 12, 20, 40, 80],
        help="widths, in steps of 1/L",
    )
    p.add_argument("--seeds", type=int, default=10, help="networks of each width")
    p.add_argument("--wide", type=float, default=float("inf"), help="widths from which on ...")
    p.add_argument("--wide-seeds", type=int, help="... there are so many (default: --seeds)")
    p.add_argument("--steps", type=int, default=50_000, help="budget: steps a network")
    p.add_argument(
        "--times", type=int, nargs="+", help="steps after which norms are kept (default: decades)"
    )
    p.add_argument("--lr", type=float, default=0.1, help="the learning rate is lr h^-1.5 ...")
    p.add_argument("--lr-most", type=float, default=1e-3, help="... and this at most")
    p.add_argument("--alpha", type=float, help="learn alpha (f - f0) (default: f itself)")
    p.add_argument("--activation", default="relu", help="relu, tanh, swish, softplus<beta>")
    p.add_argument("--label-noise", type=float, default=0.0, help="share of flipped labels")
    p.add_argument("--test-points", type=int, default=10_000, help="at most")
    p.add_argument("--precision", default="float64", help=", ".join(PRECISIONS))
    p.add_argument("--data-seed", type=int, default=0)
    p.add_argument("--init-seed", type=int, default=0)
    p.add_argument("--dry-run", action="store_true", help="say what there is to do, and stop")
    p.add_argument("--out", type=Path, help="folder (default: results/descent-<dataset>)")
    return p


def config_of(a: argparse.Namespace) -> Config:
    """The config that the arguments describe.

    Raises:
        BadInput: a value out of range or an unknown name.
    """
    if a.dataset == "random":
        raise BadInput("give the dimension of the random points, such as random10: it cannot be h")
    job = Job(
        dataset=a.dataset,
        P=max(a.P),
        widths=(1,),
        data_seed=a.data_seed,
        init_seed=a.init_seed,
        batch_seed=a.init_seed,
        label_noise=a.label_noise,
        test_points=a.test_points,
        activation=a.activation,
        alpha=a.alpha,
        margin=1.0,
        max_ticks=a.steps,
        lr=a.lr_most,
        decay_every=None,
        precision=a.precision,
    )
    if a.wide_seeds is not None and a.wide == float("inf"):
        raise BadInput("--wide-seeds counts with --wide alone: leave it out")
    decades = [10**k for k in range(2, 9) if 10**k < a.steps]
    return Config(
        job,
        tuple(a.P),
        tuple(a.depth),
        tuple(map(float, a.h)),
        tuple([*decades, a.steps] if a.times is None else a.times),
        a.seeds,
        a.wide,
        a.seeds if a.wide_seeds is None else a.wide_seeds,
        a.lr,
        a.lr_most,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""

    def run(a: argparse.Namespace) -> int:
        jax.config.update("jax_enable_x64", a.precision == "float64")
        return _sweep(config_of(a), a)

    return exit_code(parser(), run, arguments, "--P or --h")


def _sweep(config: Config, a: argparse.Namespace) -> int:
    data = config.check()  # what is refused leaves no folder behind
    if a.dry_run:
        jobs = [job for cell in config.cells().values() for job in cell]
        d = data.x_train.shape[-1]
        each = [6.0 * job.P * n_weights(d, job.widths, job.L) * job.max_ticks for job in jobs]
        tell(f"{len(jobs)} runs, at most {sum(each):.1e} floating-point operations")
        return 0
    store, watch = Store(a.out or Path("results") / f"descent-{a.dataset}"), Work()
    found = double_descent(config, store, watch=watch)
    watch.close()
    return ended(store, RESULTS, found, summary(found))


def summary(found: xr.Dataset) -> str:
    """A line for each width: how many fit, errors, and the norm; N* below."""
    rows = []
    for P in found.P.values:
        for L in found.L.values:
            one = found.sel(P=P, L=L)
            rows += [f"P = {P}, L = {L}", "    h       N  fitted  error   early  ensemble   ||f||"]
            for h in one.h.values:
                at = one.sel(h=h)
                mean = {k: float(at[k].mean()) for k in ("fitted", "test_error", "early_error")}
                rows.append(
                    f"{h:5.3g}  {int(at.N):6d}  {mean['fitted']:6.0%}  {mean['test_error']:.4f}"
                    f"  {mean['early_error']:.4f}    {float(at.ensemble_error):.4f}"
                    f"  {float(at.norm.mean()):6.2f}"
                )
            n, low, high = (float(one[k]) for k in ("n_star", "n_star_low", "n_star_high"))
            known = f"N* = {n:.0f} [{low:.0f}, {high:.0f}]"
            rows.append(known if np.isfinite(n) else "N* is not among these widths")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
