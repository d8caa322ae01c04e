"""Networks of one size on ever more points, and what surrounds them.

The command is `python -m sweeps.transition.landscape`. At each depth, a network of about N weights
learns P = ratio N points for every ratio and seed; the final weights are kept, and around each of
them the constraints, spectra and pre-activations are measured (`sweeps.transition.endpoint`). Figs.
6 to 9 and 12 of *The jamming transition as a paradigm to understand the loss landscape of deep
neural networks* (Geiger et al., 2019) are drawn from it. What has ended, or was measured, is kept:
the same command goes on where it was.

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

from jamming.checks.arguments import (
    DEEPEST,
    HUGE,
    numbers,
    runs,
    seeds,
    settle,
    some,
    whole,
    wholes,
)
from jamming.checks.errors import BadInput, warn
from jamming.commands.command import Parser, exit_code, tell
from jamming.commands.files import expanded
from jamming.commands.unused import refuse_unused
from jamming.execution.programs import forget_programs
from jamming.nstar.ladder import Ladder, nearest
from jamming.objectives.problem import Result
from jamming.training.costs import affordable, hessian
from jamming.training.ready import ready
from jamming.training.spec import DYNAMICS, PRECISIONS, Job
from jamming.training.train import Trajectory
from sweeps.engine.diverged import line
from sweeps.engine.execute import Watch, execute, kept
from sweeps.engine.measure import measure
from sweeps.engine.progress import Work
from sweeps.engine.store import Store, a_store
from sweeps.transition.endpoint import Endpoint, endpoint

CONFIG = "landscape.json"
MEASURED = "endpoints"


@dataclass(frozen=True)
class Config:
    """What to train: at each of `depths` a network of about N weights, on P = ratio N points.

    All else is that of `job`; seed s has its data, initial and batch seeds plus s.

    Raises:
        BadInput: nothing to train, or a value out of range.
    """

    job: Job
    N: int
    depths: tuple[int, ...]
    ratios: tuple[float, ...]
    seeds: int = 3

    def __post_init__(self) -> None:
        self.job.binary_only()
        ratios = some("ratios", numbers("ratios P/N", self.ratios, above=0.0, most=HUGE))
        depths = some("depth", wholes("depth", self.depths, most=DEEPEST))
        plain = {
            "N": whole("N", self.N),
            "seeds": seeds(self.job.last_seed, self.seeds),
            "depths": tuple(sorted(set(depths))),
            "ratios": tuple(sorted(set(ratios))),
        }
        settle(self, plain)
        runs(depths=len(self.depths), ratios=len(self.ratios), seeds=self.seeds)

    def check(self) -> list[Job]:
        """Refuse now what would be refused when the runs begin, or after them; the runs.

        Raises:
            BadInput: from `jamming.training.ready`, no unseen points, Hessians beyond the memory,
            or no
                network and points as few as asked for.
        """
        jobs, least = self.jobs(), self.ratios[0]
        affordable(jobs, "N")
        for L, (widths, N) in self.sizes().items():
            if self.N < N and max(widths) == 1:
                raise BadInput(f"no network of L = {L} has {self.N} weights: raise N to {N}")
            if round(least * N) < 2:
                raise BadInput(f"ratio = {least:g} of {N} weights leaves no 2 points: raise ratio")
        for L in self.depths:
            job = max((job for job in jobs if job.L == L), key=lambda job: job.P)
            hessian(job, "N")
            if not len(ready([job], lower="N").x_test):
                raise BadInput("there are no unseen points to compare with: lower ratio")
        return jobs

    def widths(self, L: int, d: int | None) -> tuple[tuple[int, ...], int]:
        """Of the network of this depth, and its N; d None means d = h, as for random points."""
        ladder = Ladder(L, d)
        rung = nearest(ladder, float(self.N))
        return ladder.widths(rung), ladder.N(rung)

    def sizes(self) -> dict[int, tuple[tuple[int, ...], int]]:
        """Of each depth the widths and N."""
        tied = self.job.dataset == "random"
        d = None if tied else self.job.data().x_train.shape[-1]
        return {L: self.widths(L, d) for L in self.depths}

    def jobs(self) -> list[Job]:
        """All runs, the few points first; ratios that come to one P are one."""
        sizes = self.sizes()
        runs = [
            dataclasses.replace(
                self.job,
                P=max(2, round(ratio * sizes[L][1])),
                widths=sizes[L][0],
                data_seed=self.job.data_seed + s,
                init_seed=self.job.init_seed + s,
                batch_seed=self.job.batch_seed + s,
            )
            for ratio in self.ratios
            for L in self.depths
            for s in range(self.seeds)
        ]
        return list(dict.fromkeys(runs))


@dataclass(frozen=True)
class Run:
    """One run, and what surrounds its end.

    None where that was not measured yet, or cannot be: the run came to no finite numbers.
    """

    job: Job
    trajectory: Trajectory
    at: Endpoint | None


def landscape(
    config: Config, store: Store, *, watch: Watch | None = None, client: Any = None
) -> list[Run]:
    """Train what the store lacks of the runs, then measure around each of their ends.

    Raises:
        BadInput: from a job or the store, or the Hessians need more memory than there may be.
    """
    jobs = config.jobs()
    a_store(store).note(CONFIG, dataclasses.asdict(config))
    watch = Work() if watch is None else watch
    execute(jobs, store, watch, client=client, weights=True)
    measured = Store(store.folder / MEASURED, MEASURED)

    def around(job: Job) -> tuple[dict[str, Any], dict[str, Any]]:
        arrays = store.arrays(job.key)
        if "w" not in arrays:
            raise BadInput(f"{store.folder} keeps no weights of {job.key}: choose another folder")
        found = endpoint(job, job.data(), np.asarray(arrays["w"], float))
        forget_programs()  # each run has Hessians of its own shapes
        names = (each.name for each in dataclasses.fields(found))
        return {"N_c": found.N_c}, {name: getattr(found, name) for name in names}

    measure([job for job in jobs if _finite(store, job)], measured, around)
    return runs_of(config, store)


def _finite(store: Store, job: Job) -> bool:
    """Whether there is a point around which to measure."""
    return store[job.key]["trajectory"]["result"] != Result.NON_FINITE.name


def open_landscape(folder: str | Path) -> list[Run]:
    """The runs that a folder holds by now.

    Raises:
        BadInput: it holds no such sweep, or a damaged one.
    """
    path = expanded(folder) / CONFIG
    if not path.is_file():
        raise BadInput(
            f"{folder} holds no landscapes: make them with python -m sweeps.transition.landscape"
        )
    store = Store(folder)
    fields = store.noted(CONFIG)
    try:
        job = Job(**_tuples(fields.pop("job")))
        config = Config(job, **_tuples(fields))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{path} is damaged or of another version: run the sweep again") from error
    return runs_of(config, store)


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}


def runs_of(config: Config, store: Store) -> list[Run]:
    """The runs of a config that are in a store."""
    measured = Store(store.folder / MEASURED, MEASURED)
    names = [each.name for each in dataclasses.fields(Endpoint)]
    found = []
    for job in config.jobs():
        if job.key not in store:
            continue
        at = None
        if job.key in measured:
            arrays = measured.arrays(job.key)
            if set(arrays) != set(names):
                raise BadInput(
                    f"{measured.folder} was made by another version: delete it, and what"
                    " surrounds the runs will be measured again"
                )
            at = Endpoint(**arrays)
        found.append(Run(job, kept(store, job), at))
    jobs = len(config.jobs())
    if len(found) < jobs:
        warn(f"{store.folder} holds {len(found)} of {jobs} runs: the sweep makes the others")
    return found


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="landscape",
        description="Train networks of one size on ever more points; spectra, gaps and cusps.",
        epilog="example: python -m sweeps.transition.landscape"
        " --dataset random --depth 2 3 5 --N 465",
        allow_abbrev=False,
    )
    p.add_argument("--config", type=Path, help="TOML file with these options; the line wins")
    p.add_argument("--dataset", default="random", help="see python -m jamming.find_nstar -h")
    p.add_argument("--N", type=int, default=465, help="weights of the networks, about")
    p.add_argument("--depth", type=int, nargs="+", default=[2], help="L, hidden layers")
    p.add_argument("--ratio", type=float, nargs="+", default=[2.4, 2.6, 2.8, 3.0, 3.2], help="P/N")
    p.add_argument("--seeds", type=int, default=3, help="networks for each P")
    p.add_argument("--activation", default="relu", help="relu, tanh, swish, softplus<beta>")
    p.add_argument("--dynamics", default="adam", help=", ".join(DYNAMICS))
    p.add_argument("--steps", type=int, default=100_000, help="budget: gradients a network")
    p.add_argument("--lr", type=float, default=1e-3, help="learning rate of adam, sgd")
    p.add_argument("--decay-every", type=int, help="steps (default: 0.4 of --steps)")
    p.add_argument("--test-points", type=int, default=2000, help="unseen points, at most")
    p.add_argument("--precision", default="float64", help=f"of training: {', '.join(PRECISIONS)}")
    p.add_argument("--data-seed", type=int, default=0)
    p.add_argument("--init-seed", type=int, default=0)
    p.add_argument("--dry-run", action="store_true", help="say what there is to do, and stop")
    p.add_argument("--out", type=Path, help="folder (default: results/landscape-<dataset>)")
    return p


def config_of(a: argparse.Namespace) -> Config:
    """The config that the arguments describe.

    Raises:
        BadInput: a value out of range or an unknown name.
    """
    refuse_unused(a, parser())
    job = Job(
        dataset=a.dataset,
        P=2,
        widths=(1,),
        data_seed=a.data_seed,
        init_seed=a.init_seed,
        batch_seed=a.init_seed,
        test_points=a.test_points,
        activation=a.activation,
        margin=0.5,
        dynamics=a.dynamics,
        max_ticks=a.steps,
        lr=a.lr,
        decay_every=max(1, int(0.4 * a.steps)) if a.decay_every is None else a.decay_every,
        precision=a.precision,
    )
    return Config(job, a.N, tuple(a.depth), tuple(a.ratio), a.seeds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""

    def run(a: argparse.Namespace) -> int:
        # training in float32 goes on in float32; what is measured around its end is in float64
        jax.config.update("jax_enable_x64", True)
        return _sweep(config_of(a), a)

    return exit_code(parser(), run, arguments, "--N")


def _sweep(config: Config, a: argparse.Namespace) -> int:
    jobs = config.check()  # what is refused leaves no folder behind
    if a.dry_run:
        operations = sum(6.0 * job.P * config.N * job.max_ticks for job in jobs)
        tell(f"{len(jobs)} runs, at most {operations:.1e} floating-point operations")
        return 0
    store, watch = Store(a.out or Path("results") / f"landscape-{a.dataset}"), Work()
    found = landscape(config, store, watch=watch)
    watch.close()
    tell(summary(found), f"{line(store)}store: {store.folder}", kept=store.folder)
    return 0


def summary(runs: Sequence[Run]) -> str:
    """One line for each depth and P."""
    rows = ["L     N     P    P/N  fitted  N_Delta/N of the others   loss of the others"]
    cells: dict[tuple[int, int], list[Run]] = {}
    for run in runs:
        cells.setdefault((run.job.L, run.job.P), []).append(run)
    for (L, P), cell in sorted(cells.items()):
        N = cell[0].trajectory.N
        others = [run.trajectory for run in cell if not run.trajectory.fitted]
        left = " ".join(f"{one.unsatisfied / N:.2f}" for one in others)
        loss = " ".join(f"{one.loss:.0e}" for one in others)
        fitted = f"{len(cell) - len(others)}/{len(cell)}"
        rows.append(f"{L}  {N:4d}  {P:4d}  {P / N:5.2f}  {fitted:>6}  {left:24}  {loss}")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
