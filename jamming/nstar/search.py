"""N*(P) for a grid of P and depths: train every seed of a width at once, decide, move on.

(*The jamming transition as a paradigm*, Figs. 5 and 10, and *A jamming transition from under- to
over-parametrization*, App. B: start from a width that fits, and lower it until the data can no
longer be fitted.)
"""

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import shown
from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.data.dataset import cut
from jamming.data.own import points
from jamming.execution.checkpoint import Checkpoints
from jamming.execution.compute import Claim, End, compute
from jamming.fits.logistic import Estimate, transition
from jamming.nstar import protocols
from jamming.nstar.config import Search
from jamming.nstar.ladder import Ladder, MakeNetwork, OwnLadder, nearest
from jamming.training.spec import Job
from jamming.training.train import train
from jamming.training.trajectory import Trajectory, of_job

__all__ = ["Progress", "Search", "Transition", "Width", "find_nstar"]

LARGEST = 8.0  # N / P that is tried; the papers' bound is N* <= 4 P for the hinge on random data


@dataclass(frozen=True)
class Width:
    """All runs of one width."""

    h: float
    N: int
    runs: tuple[Trajectory, ...]
    jammed_above: float = 0.0

    @property
    def fits(self) -> list[bool]:
        """Of each run, whether at most `jammed_above` N of its constraints are left unsatisfied."""
        limit = self.jammed_above * self.N
        return [run.result != "NON_FINITE" and run.unsatisfied <= limit for run in self.runs]

    @property
    def jammed(self) -> list[Trajectory]:
        return [run for run, fits in zip(self.runs, self.fits, strict=True) if not fits]


@dataclass(frozen=True)
class Transition:
    """The transition at one P and depth L; `n_star` is None where it was not bracketed: see `why`.

    `h` is the smallest width that at least half of the seeds fit, `jammed` the widest they do not.
    """

    P: int
    L: int
    widths: tuple[Width, ...]  # in order of N
    n_star: Estimate | None = None
    h: float = float("nan")
    jammed: Width | None = None
    why: str = ""

    def inside(self) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
        """(N_Delta / N, loss) of the runs just inside the jammed phase that did not fit."""
        runs = [] if self.jammed is None else self.jammed.jammed
        return np.array([r.unsatisfied / r.N for r in runs]), np.array([r.loss for r in runs])

    def results(self) -> Counter[str]:
        """How many runs ended in which way."""
        return Counter(run.result for width in self.widths for run in width.runs)


class Progress:
    """Callbacks of a search while it works; these do nothing."""

    def width(self, P: int, L: int, h: float, N: int, jobs: int, ticks: int) -> None:
        """Training of `jobs` networks begins, at most `ticks` gradients in all."""

    def ticks(self, n: int) -> None:
        """n gradients later."""

    def width_done(self, P: int, L: int, width: Width) -> None:
        """All runs of a width are there."""

    def transition_done(self, transition: Transition) -> None:
        """One (P, L) is done."""


def find_nstar(
    config: Search,
    *,
    store: MutableMapping | None = None,
    progress: Progress | None = None,
    data: Any = None,
    make_network: MakeNetwork | None = None,
    checkpoints: Checkpoints | None = None,
) -> list[Transition]:
    """The jamming transition at every depth and P of `config`: depths as given, P ascending.

    `n_star` of a `Transition` is None where N* was not bracketed; its `why` then says the reason.

    `store` maps job keys to {"job": ..., "trajectory": what `Trajectory.to_dict` gives}: what is
    there is not trained again, and each trajectory is stored as it ends, so that an interrupted
    search resumes. Processes share its runs through `jamming.execution.checkpoint.Checkpoints`.
    `data` = (x, y), inputs [n, ...] and two kinds of labels [n] (`jamming.data.own.points`, +1 for
    those in ``config.job.positive``), and `make_network(h)`, of width h and any kind
    (`jamming.models.own`), replace the named ones; ``config.job.label`` must then name them.
    Raises BadInput if `config` is not a `jamming.Search`; for unknown names, too few data, own ones
    without a label.
    """
    store = {} if store is None else store
    data_of = _checked(config, store, data, make_network)
    progress = Progress() if progress is None else progress
    # P too large or an unknown name: say so now, not in an hour
    shape = data_of(config.largest()).x_train.shape[1:]
    tied = data is None and config.job.dataset == "random"  # d = h
    until = time.monotonic() + config.time_limit
    search = _Search(config, store, progress, data_of, make_network, until, checkpoints)
    found = []
    for L in dict.fromkeys(config.depths):
        ladder = Ladder(L, None if tied else shape[0], config.fractional)
        if make_network is not None:
            ladder = OwnLadder(L, make=make_network, shape=shape)
        ratio = 1 / 4 if config.job.dataset.startswith("random") else 1 / 6  # N* / P to begin with
        for P in sorted(set(config.P)):
            one = search.transition(P, ladder, ratio * P)
            progress.transition_done(one)
            found.append(one)
            if one.n_star is not None:
                ratio = one.n_star.value / P
    return found


def _checked(
    config: Any, store: Any, data: Any, make_network: MakeNetwork | None
) -> Callable[[Job], Dataset]:
    """The data of a job, once what was given to `find_nstar` is found to be usable."""
    if not isinstance(config, Search):
        said = f"a search has a configuration, not {shown(config)}"
        raise BadInput(f"{said}: give jamming.Search(job, P=(100, 200))")
    if not isinstance(store, MutableMapping):
        said = f"runs are kept in a store, not in {shown(store)}"
        raise BadInput(f"{said}: give a dict or sweeps.engine.store.Store(folder)")
    if (data is not None or make_network is not None) and not config.job.label:
        raise BadInput("own data and networks need a label in the job, to tell their runs apart")
    if make_network is not None and data is None and config.job.dataset == "random":
        raise BadInput("random has d = h, which an own network does not say: give random<d>")
    if data is None:
        return Job.data
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise BadInput("own data are a pair (x, y): inputs [n, ...] and labels [n]")
    found = points(*data, positive=config.job.positive)
    return lambda job: cut(found, job.P, seed=job.data_seed, name=job.label)


@dataclass(frozen=True)
class _Search:
    """The arguments of a search, the same for each P and depth."""

    config: Search
    store: MutableMapping
    progress: Progress
    data_of: Callable[[Job], Dataset]
    make_network: MakeNetwork | None
    until: float  # on the monotonic clock
    checkpoints: Checkpoints | None

    def transition(self, P: int, ladder: Ladder, guess: float) -> Transition:
        """The transition at one P and depth, searched around N = `guess`."""
        seen: dict[int, Width] = {}

        def measure(rung: int) -> Sequence[bool]:
            if rung not in seen:
                if time.monotonic() > self.until:
                    limit = f"{self.config.time_limit:g} s"
                    raise protocols.NotBracketed(f"the time limit of {limit} ended the search")
                seen[rung] = self.width(P, ladder, rung)
            return seen[rung].fits

        descends = self.config.protocol == "descend"  # from a width that should fit
        start = nearest(ladder, 1.5 * guess if descends else guess)
        last = max(nearest(ladder, LARGEST * P), ladder.first + 1)
        search = protocols.descend if descends else protocols.bisect
        bracket, why = None, ""
        try:
            bracket = search(measure, start, ladder.first, last)
        except protocols.NotBracketed as error:
            why = str(error)
        widths = tuple(seen[rung] for rung in sorted(seen))
        if bracket is None:
            return Transition(P, ladder.L, widths, why=why)
        N, fitted = np.array([w.N for w in widths]), np.array([w.fits for w in widths])
        n_star = transition(N, fitted, seed=self.config.job.data_seed)
        return Transition(P, ladder.L, widths, n_star, seen[bracket.fits].h, seen[bracket.fails])

    def width(self, P: int, ladder: Ladder, rung: int) -> Width:
        jobs = self.config.jobs(P, ladder.widths(rung))
        h, N = ladder.h(rung), ladder.N(rung)

        def begin(todo: Sequence[Job]) -> None:
            ticks = len(todo) * self.config.job.max_ticks
            self.progress.width(P, ladder.L, h, N, len(todo), ticks)

        def read(job: Job) -> Trajectory:
            return _load(self.store, job)

        def run(some: Sequence[Job], claim: Claim[Job], end: End[Job]) -> None:
            def on_end(job: Job, run: Trajectory) -> None:
                end(job, {"job": dataclasses.asdict(job), "trajectory": run.to_dict()})

            train(
                some,
                data=[self.data_of(job) for job in some],
                net=self.make_network(rung) if self.make_network else None,
                on_end=on_end,
                on_progress=self.progress.ticks,
                checkpoints=self.checkpoints,
                claim=claim,
            )

        compute(jobs, self.store, run, read=read, leases=self.checkpoints, begin=begin)
        width = Width(h, N, tuple(map(read, jobs)), self.config.limit)
        self.progress.width_done(P, ladder.L, width)
        return width


def _load(store: MutableMapping, job: Job) -> Trajectory:
    entry: Any = store.get(job.key)
    try:
        run = Trajectory.from_dict(entry["trajectory"])
        of_job(dataclasses.asdict(job), run.to_dict())
        return run
    except (BadInput, KeyError, TypeError, AttributeError) as error:
        what = f" ({error})" if isinstance(error, BadInput) else ""
        said = f"the stored trajectory {job.key}.json is damaged{what}"
        raise BadInput(f"{said}: delete it, and it will be made again") from error
