"""`python -m sweeps.phase_diagram`: the (h, alpha~) phase diagram of a network on a data set.

Trains every cell of a grid over the width h and alpha~ = sqrt(h) alpha for several seeds, locates
the jamming line by bisection in h, the lazy/feature crossover by bisection in alpha~, and the
border at alpha~ -> infinity by the flow of frozen kernels (Geiger, Petrini & Wyart, *Landscape and
training regimes in deep learning*; Geiger's thesis, Figs. 4-6 of its chapter 3). What has ended is
kept: the same command goes on where it was.

Exit code 0 on a result, 2 on bad input, 130 on Ctrl-C.
"""

import argparse
import dataclasses
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
import xarray as xr

from jamming.checks.arguments import layers, whole
from jamming.checks.errors import BadInput
from jamming.commands.command import Parser, exit_code, illustrate, tell
from jamming.commands.files import expanded
from jamming.commands.unused import refuse_unused
from jamming.execution.crew import MOST
from jamming.execution.tasks import Waste
from jamming.training.spec import PRECISIONS, Job
from sweeps.engine.cluster import cluster
from sweeps.engine.diverged import marked
from sweeps.engine.execute import Own, Watch, entries, execute, lacking, sound
from sweeps.engine.progress import Work
from sweeps.engine.sealed import sealed_netcdf
from sweeps.engine.store import Store, a_store
from sweeps.phase_diagram.cost import estimate
from sweeps.phase_diagram.diagram import diagram, next_jobs
from sweeps.shared.alpha_grid import Config, collect

CONFIG = "phase_diagram.json"
FIGURES = "analysis.phase_diagram.diagram", "analysis.phase_diagram.sections"


class Outputs(Mapping[str, Any]):
    """The arrays of a store, each read once."""

    def __init__(self, store: Store) -> None:
        self.store, self.known = store, dict[str, Any]()

    def __getitem__(self, key: str) -> Any:
        if key not in self.known:
            self.known[key] = self.store.arrays(key)
        return self.known[key]

    def __contains__(self, key: object) -> bool:
        return key in self.store

    def __iter__(self) -> Iterator[str]:
        return iter(self.store)

    def __len__(self) -> int:
        return len(self.store)


def phase_diagram(
    config: Config,
    store: Store,
    *,
    own: Own | None = None,
    watch: Watch | None = None,
    client: Any = None,
    lanes: int | None = None,
    waste: Waste | None = None,
) -> xr.Dataset:
    """Run what the store lacks of the grid, then of the lines; the diagram (`diagram`).

    `own` replaces network and data; then ``config.job.label`` must name them. `client`: a
    dask.distributed Client, whose workers do the work.

    Raises:
        BadInput: from a job, the store, or own networks and data without a label.
    """
    if own is not None and not config.job.label:
        raise BadInput("own data and networks need a label in the job, to tell their runs apart")
    if own is not None and own.x is None and config.job.dataset == "random":
        raise BadInput("random has d = h, which an own network does not say: give random<d>")
    a_store(store).note(CONFIG, dataclasses.asdict(config))
    watch = Work() if watch is None else watch
    jobs = config.grid()
    while jobs:
        execute(jobs, store, watch, own=own, client=client, lanes=lanes, waste=waste)
        runs = collect(config, sound(store))
        jobs = [job for job in next_jobs(runs) if lacking(store, job)]
    return diagram(runs, Outputs(store))


def open_diagram(folder: str | Path) -> xr.Dataset:
    """The diagram of a store, from what is there now.

    Raises:
        BadInput: the folder holds no phase diagram.
    """
    path = expanded(folder) / CONFIG
    if not path.is_file():
        raise BadInput(
            f"{folder} holds no phase diagram: make one with python -m sweeps.phase_diagram"
        )
    store = Store(folder)
    fields = store.noted(CONFIG)
    try:
        saved: dict[str, Any] = fields.pop("job")
        for name, value in saved.items():
            saved[name] = tuple(value) if isinstance(value, list) else value
        job = Job(**saved)
        grid = {name: tuple(fields.pop(name)) for name in ("h", "alpha_tilde")}
        make: Any = Config  # checks what it is given
        config: Config = make(job, **grid, **fields)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{path} is damaged or of another version: run the sweep again") from error
    runs = collect(config, entries(store))
    found = diagram(runs, Outputs(store))
    if left := sum(job.key not in store for job in next_jobs(runs)):  # of the lines
        found.attrs |= {"total": found.attrs["total"] + left, "complete": 0}
    return found


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="phase_diagram",
        description="The (h, alpha~) phase diagram: jamming line, lazy/feature crossover, errors.",
        epilog="example: python -m sweeps.phase_diagram --dataset mnist10pca --P 1000",
        allow_abbrev=False,
    )
    p.add_argument("--config", type=Path, help="TOML file with these options; the line wins")
    p.add_argument("--dataset", default="digits10pca", help="see python -m jamming.find_nstar -h")
    p.add_argument("--P", type=int, nargs="+", default=[200], help="training points")
    p.add_argument("--depth", type=int, nargs="+", default=[2], help="L, hidden layers")
    p.add_argument("--h", type=int, nargs="+", default=[2, 3, 4, 6, 8, 12, 16, 32, 64])
    p.add_argument(
        "--alpha-tilde", type=float, nargs="+", help="sqrt(h) alpha (default: 1e-2 to 1e3)"
    )
    p.add_argument("--alpha", type=float, nargs="+", help="alpha itself, in place of alpha-tilde")
    p.add_argument("--seeds", type=int, default=4, help="networks a cell")
    p.add_argument("--steps", type=int, default=10_000, help="budget: gradients a network")
    p.add_argument("--tol", type=float, default=2e-2, help="tolerance of the flow")
    p.add_argument("--dynamics", default="flow", help="flow, euler (the papers'), adam, sgd")
    p.add_argument("--activation", default="softplus5", help="relu, tanh, swish, softplus<beta>")
    p.add_argument("--loss", default="soft_hinge", help="of +-1 labels, see find_nstar")
    p.add_argument("--bias", action="store_true", help="with biases")
    p.add_argument("--whiten", action="store_true", help="whiten the principal components")
    p.add_argument("--label-noise", type=float, default=0.0, help="share of labels flipped")
    p.add_argument("--test-points", type=int, default=1000, help="at most")
    p.add_argument("--kernel-points", type=int, help="of the kernel (default: 200 test points)")
    p.add_argument("--refine", type=float, default=2.0, help="1: no bisection of the lines")
    p.add_argument("--no-kernel", action="store_true", help="without the border of frozen kernels")
    p.add_argument("--precision", default="float64", help=", ".join(PRECISIONS))
    p.add_argument("--data-seed", type=int, default=0)
    p.add_argument("--init-seed", type=int, default=0, help="first seed of the weights")
    p.add_argument("--lanes", type=int, help="trajectories side by side in a thread or device")
    p.add_argument("--scheduler", help="address of a dask scheduler, or slurm")
    p.add_argument("--workers", type=int, default=4, help="of slurm")
    p.add_argument("--dry-run", action="store_true", help="say what it would cost, and stop")
    p.add_argument("--out", type=Path, help="folder (default: results/phase-<dataset>)")
    return p


def configs_of(a: argparse.Namespace) -> list[Config]:
    """One config for each P and depth.

    Raises:
        BadInput: a value out of range or an unknown name.
    """
    if a.alpha is not None and a.alpha_tilde is not None:
        raise BadInput("give --alpha or --alpha-tilde, not both")
    refuse_unused(a, parser())
    whole("workers", a.workers)
    few = 200 if a.kernel_points is None else a.kernel_points
    scale = "alpha" if a.alpha is not None else "alpha_tilde"
    chosen = a.alpha or a.alpha_tilde or [10**k for k in np.arange(-2, 3.25, 0.5)]
    return [
        Config(
            Job(
                dataset=a.dataset,
                P=P,
                widths=(1,) * layers(L),
                data_seed=a.data_seed,
                init_seed=a.init_seed,
                batch_seed=a.init_seed,
                whiten=a.whiten,
                label_noise=a.label_noise,
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
                kernel_points=few,
            ),
            tuple(a.h),
            tuple(float(value) for value in chosen),
            seeds=a.seeds,
            scale=scale,
            refine=a.refine,
            kernel=not a.no_kernel,
        )
        for P in dict.fromkeys(a.P)
        for L in dict.fromkeys(a.depth)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""

    def run(a: argparse.Namespace) -> int:
        jax.config.update("jax_enable_x64", a.precision == "float64")
        return _sweep(a)

    return exit_code(parser(), run, arguments, "--P, --h or --lanes")


def _sweep(a: argparse.Namespace) -> int:
    configs = configs_of(a)
    lanes = None if a.lanes is None else whole("lanes", a.lanes, most=MOST)
    for config in configs:  # what is refused leaves no folder behind
        config.check(here=a.scheduler is None, points=a.kernel_points or 0)
    if a.dry_run:
        tell(*(estimate(config) for config in configs))
        return 0
    out = a.out or Path("results") / f"phase-{a.dataset}"
    with cluster(a.scheduler, a.workers) as client:
        for config in configs:
            many = len(configs) > 1
            folder = out / f"P{config.job.P}-L{config.job.L}" if many else out
            store, waste = Store(folder), Waste()
            watch = Work()
            found = phase_diagram(
                config, store, watch=watch, client=client, lanes=lanes, waste=waste
            )
            found, lost = marked(found, store)
            results = store.write("phase_diagram.nc", sealed_netcdf(found))
            watch.close(waste)
            figures = folder / "phase_diagram.png", folder / "double_descent.png"
            try:
                for path, figure in zip(figures, FIGURES, strict=True):
                    illustrate(figure, found, path, results)
            finally:  # without figures there are still the numbers
                tell(summary(found), f"{lost}results: {results}", kept=results)
            tell(f"figures: {figures[0]}, {figures[1]}", kept=folder)
    return 0


def summary(found: xr.Dataset) -> str:
    """The lines of the diagram, for people."""
    rows = ["  alpha~   jamming at h*  95% interval"]
    for a, h, low, high in zip(
        *(found[k].values for k in ("alpha_tilde", "jamming_h", "jamming_h_low", "jamming_h_high")),
        strict=True,
    ):
        said = f"{h:12.2f}     [{low:.2f}, {high:.2f}]" if math.isfinite(h) else f"{'-':>12}"
        rows.append(f"{a:8.3g}  {said}")
    rows.append("       h   kernel change 0.1, 1, 10 at alpha~")
    for h in found.h.values:
        at = found.crossover.sel(h=h).values
        rows.append(
            f"{h:8d}   " + "  ".join(f"{x:9.3g}" if math.isfinite(x) else f"{'-':>9}" for x in at)
        )
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
