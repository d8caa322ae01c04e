"""`python -m jamming.find_nstar`: find the jamming transition N*(P).

N* is the smallest number of parameters with which a network, trained on P points with the quadratic
hinge loss, still fits every one of them with margin. The search itself is `find_nstar` (in
`jamming.nstar.search`); this module is its command line, the edge where arguments come in and
files go out.

Exit code 0 on a result, 2 on bad input, 3 where N* was not bracketed within the budget, 130 on
Ctrl-C.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import jax

from jamming.commands.command import Parser, complain, exit_code, illustrate, tell
from jamming.commands.unused import refuse_unused
from jamming.models.parametrisation import INITS
from jamming.nstar.report import known_so_far, table, to_dataset
from jamming.nstar.search import Config, Progress, Transition, find_nstar
from jamming.objectives.losses import LOSSES
from jamming.training.spec import DYNAMICS, PRECISIONS, Job
from sweeps.engine.checkpoints import Running
from sweeps.engine.progress import Bar
from sweeps.engine.sealed import sealed_netcdf
from sweeps.engine.store import Store

__all__ = ["Config", "Job", "Progress", "Transition", "find_nstar", "main"]

FIGURE = "analysis.transition.nstar"
STEPS = 20_000
# the share of the budget after which the learning rate is divided by ten
DECAY = 0.4


class _Help(argparse.HelpFormatter):
    """Names a default where there is one to name, and the help does not say it already."""

    def _get_help_string(self, action: argparse.Action) -> str:
        said = action.help or ""
        plain = action.default in (None, False, argparse.SUPPRESS) or "(default" in said
        return said if plain else f"{said} (default: %(default)s)"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="find_nstar",
        description="Find the jamming transition N*(P): the smallest network that fits P points.",
        epilog="example: python -m jamming.find_nstar --dataset mnist10pca --P 500 1000 2000",
        formatter_class=_Help,
        allow_abbrev=False,
    )
    default = Job("digits10pca", 2, (1,))

    data = p.add_argument_group("data")
    data.add_argument(
        "--dataset",
        default="digits10pca",
        help="digits (comes along), mnist, fashion_mnist, emnist, cifar10, any of them with <k>pca"
        " appended, random (d = h) or random<d>",
    )
    data.add_argument("--P", type=int, nargs="+", default=[400, 800, 1600], help="training points")
    data.add_argument(
        "--positive", type=int, nargs="+", help="classes labelled +1 (default: the even ones)"
    )
    data.add_argument("--no-whiten", action="store_true", help="keep the variances of the PCA")
    data.add_argument("--fixed-data", action="store_true", help="the same points for all seeds")

    net = p.add_argument_group("network")
    net.add_argument("--depth", type=int, nargs="+", default=[2], help="L, hidden layers")
    net.add_argument(
        "--fractional", action="store_true", help="widths in steps of 1/L, for a finer N"
    )
    net.add_argument("--activation", default="relu", help="relu, tanh, swish, softplus<beta>")
    net.add_argument("--normalised", action="store_true", help="unit second moment of activations")
    net.add_argument("--parametrisation", default="plain", help="plain, ntp or mfp")
    net.add_argument("--init", default="orthogonal", help=f"of plain: {', '.join(INITS)}")
    net.add_argument("--no-bias", action="store_true", help="no biases in any layer")
    net.add_argument("--alpha", type=float, help="learn alpha (f - f0) instead of f")

    loss = p.add_argument_group("loss")
    loss.add_argument(
        "--loss",
        default="quadratic_hinge",
        help=", ".join(n for n, f in LOSSES.items() if not f.multiclass),
    )
    loss.add_argument(
        "--margin", type=float, help="of a hinge loss (default: 0.5 of the quadratic one, else 1)"
    )
    loss.add_argument(
        "--slack",
        type=float,
        default=default.slack,
        help="fraction of the margin within which a constraint counts as satisfied",
    )

    how = p.add_argument_group("dynamics")
    how.add_argument("--dynamics", default="adam", help=", ".join(DYNAMICS))
    how.add_argument("--steps", type=int, default=STEPS, help="budget: gradients a network")
    how.add_argument(
        "--lr",
        type=float,
        default=default.lr,
        help="learning rate of adam, sgd; deep networks want less, 5e-4 at L = 5",
    )
    how.add_argument(
        "--decay-every",
        type=int,
        help=f"steps after which lr is divided by 10 (default: {DECAY} of --steps)",
    )
    how.add_argument("--batch", type=int, help="batch size of sgd (default: all)")
    how.add_argument("--flow-time", type=float, default=float("inf"), help="budget: time of flow")
    how.add_argument("--tol", type=float, default=default.tol, help="tolerance of flow")
    how.add_argument("--tau", type=float, default=0.0, help="momentum time of euler")
    how.add_argument("--precision", default="float64", help=", ".join(PRECISIONS))

    search = p.add_argument_group("search")
    search.add_argument("--protocol", default="bisect", help="bisect, or descend as in the papers")
    search.add_argument(
        "--jammed-above",
        type=float,
        help="N_Delta/N above which a run counts as jammed (default: 0, for descend 0.1)",
    )
    search.add_argument("--seeds", type=int, default=6, help="networks a width")
    search.add_argument("--data-seed", type=int, default=0, help="first seed of the data")
    search.add_argument("--init-seed", type=int, default=0, help="first seed of the weights")
    search.add_argument("--batch-seed", type=int, default=0, help="first seed of the batches")
    search.add_argument(
        "--time-limit", type=float, default=float("inf"), help="seconds for the whole search"
    )
    search.add_argument("--out", type=Path, help="folder (default: results/nstar-<dataset>)")
    return p


def config_of(a: argparse.Namespace) -> Config:
    """The config that the arguments describe.

    Raises:
        BadInput: a value out of range or an unknown name.
    """
    refuse_unused(a, parser())
    # 1/2 is the margin of the jamming papers; other losses have one of their own, or none
    margin = 0.5 if a.loss == "quadratic_hinge" and a.margin is None else a.margin
    job = Job(
        dataset=a.dataset,
        P=max(a.P),
        widths=(1,),
        data_seed=a.data_seed,
        init_seed=a.init_seed,
        batch_seed=a.batch_seed,
        positive=None if a.positive is None else tuple(a.positive),
        whiten=not a.no_whiten,
        activation=a.activation,
        normalised=a.normalised,
        parametrisation=a.parametrisation,
        init=a.init,
        bias=not a.no_bias,
        alpha=a.alpha,
        loss=a.loss,
        margin=margin,
        slack=a.slack,
        dynamics=a.dynamics,
        max_ticks=a.steps,
        lr=a.lr,
        decay_every=max(1, int(DECAY * a.steps)) if a.decay_every is None else a.decay_every,
        batch=a.batch,
        flow_time=a.flow_time,
        tol=a.tol,
        tau=a.tau,
        precision=a.precision,
    )
    return Config(
        job,
        P=tuple(a.P),
        depths=tuple(a.depth),
        seeds=a.seeds,
        protocol=a.protocol,
        jammed_above=a.jammed_above,
        fractional=a.fractional,
        fixed_data=a.fixed_data,
        time_limit=a.time_limit,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""

    def run(a: argparse.Namespace) -> int:
        jax.config.update("jax_enable_x64", a.precision == "float64")
        return _search(config_of(a), a.out or Path("results") / f"nstar-{a.dataset}")

    return exit_code(parser(), run, arguments, "--P, --seeds or --depth")


def _search(config: Config, out: Path) -> int:
    config.check()  # what is refused leaves no folder behind
    store = Store(out)
    found = find_nstar(
        config,
        store=store,
        progress=Bar(len(set(config.P)) * len(set(config.depths))),
        checkpoints=Running(store),
    )
    results = to_dataset(config, found)
    text = table(found)
    written = store.write("results.nc", sealed_netcdf(results))
    store.write("table.txt", text + "\n")
    figure = store.folder / "nstar.png"
    try:
        illustrate(FIGURE, results, figure, written)
    finally:  # without a figure there is still the table
        tell(text, f"results: {written}", kept=written)
    tell(f"figure: {figure}", kept=store.folder)
    open_ended = [t for t in found if t.n_star is None]
    for t in open_ended:
        complain(f"find_nstar: not bracketed: {known_so_far(t)}")
    return 3 if open_ended else 0


if __name__ == "__main__":
    sys.exit(main())
