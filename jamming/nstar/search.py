"""N*(P) for a grid of P and depths: train every seed of a width at once, decide, move on.

(*The jamming transition as a paradigm*, Figs. 5 and 10, and *A jamming transition from under- to
over-parametrization*, App. B: start from a width that fits, and lower it until the data can no
longer be fitted.)
"""

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from jamming.data import Dataset, from_arrays
from jamming.errors import BadInput
from jamming.job import Job
from jamming.nstar import protocols
from jamming.nstar.ladder import Ladder, MakeNetwork, OwnLadder, nearest
from jamming.nstar.logistic import Estimate, transition
from jamming.nstar.protocols import NotBracketed
from jamming.trajectory import Trajectory, train

Protocol = Literal["bisect", "descend"]

# The papers' own search calls a run jammed above this N_Delta / N.
JAMMED_ABOVE = 0.1
# Largest network tried, N / P. The bound of the papers is N* <= 4 P for the hinge on random data.
LARGEST = 8.0


@dataclass(frozen=True)
class Config:
    """What to search. `job` holds all that is common to the runs; its P, widths and seeds are
    replaced.

    `seeds` runs a width; run s has the data, init and batch seeds of `job` plus s (the same data
    for all with `fixed_data`). `time_limit` in seconds of wall time, for the whole search.

    Raises:
        BadInput: nothing to search, or a value out of range.
    """

    job: Job
    P: tuple[int, ...]
    depths: tuple[int, ...] = (3,)
    seeds: int = 6
    protocol: Protocol = "bisect"
    jammed_above: float | None = None
    fractional: bool = False
    fixed_data: bool = False
    time_limit: float = float("inf")

    def __post_init__(self) -> None:
        if not self.P or min(self.P) < 2:
            raise BadInput(f"P must be at least 2, not {min(self.P, default='nothing')}")
        if not self.depths or min(self.depths) < 1:
            raise BadInput(f"depth must be at least 1, not {min(self.depths, default='nothing')}")
        if self.seeds < 1:
            raise BadInput(f"seeds must be at least 1, not {self.seeds}")
        if self.protocol not in ("bisect", "descend"):
            raise BadInput(f"unknown protocol '{self.protocol}': choose bisect or descend")
        if self.jammed_above is not None and not 0 <= self.jammed_above < 1:
            raise BadInput(f"jammed-above is an N_Delta/N in [0, 1), not {self.jammed_above}")
        if not self.time_limit > 0:
            raise BadInput(f"the time limit must be positive, not {self.time_limit}")

    @property
    def limit(self) -> float:
        """N_Delta / N above which a run counts as jammed."""
        if self.jammed_above is not None:
            return self.jammed_above
        return JAMMED_ABOVE if self.protocol == "descend" else 0.0

    def largest(self) -> Job:
        """A run at the largest P, to see whether there are enough data."""
        return self.jobs(max(self.P), self.job.widths)[0]

    def jobs(self, P: int, widths: tuple[int, ...]) -> list[Job]:
        """The runs of one width."""
        return [
            dataclasses.replace(
                self.job,
                P=P,
                widths=widths,
                data_seed=self.job.data_seed + (0 if self.fixed_data else s),
                init_seed=self.job.init_seed + s,
                batch_seed=self.job.batch_seed + s,
            )
            for s in range(self.seeds)
        ]


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


@dataclass(frozen=True)
class Transition:
    """The transition at one P and depth L; `n_star` is None where it was not bracketed, and
    `why` says so.

    `h` is the smallest width that at least half of the seeds fit; `jammed` the widest that they
    do not.
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
        width = self.jammed
        runs = (
            [r for r, fits in zip(width.runs, width.fits, strict=True) if not fits] if width else []
        )
        return (
            np.array([r.unsatisfied / r.N for r in runs]),
            np.array([r.loss for r in runs]),
        )

    def results(self) -> Counter[str]:
        """How many runs ended in which way."""
        return Counter(run.result for width in self.widths for run in width.runs)


class Progress:
    """What a search tells while it works; this one keeps it to itself."""

    def width(self, P: int, L: int, h: float, N: int, jobs: int, ticks: int) -> None:
        """Training of `jobs` networks begins, at most `ticks` gradients in all."""

    def ticks(self, n: int) -> None:
        """n gradients later."""

    def width_done(self, P: int, L: int, width: Width) -> None:
        """All runs of a width are there."""

    def transition_done(self, transition: Transition) -> None:
        """One (P, L) is done."""


@dataclass
class _Deadline:
    limit: float
    begin: float = field(default_factory=time.monotonic)

    def check(self) -> None:
        if time.monotonic() - self.begin > self.limit:
            raise NotBracketed(f"the time limit of {self.limit:g} s ended the search")


def find_nstar(
    config: Config,
    *,
    store: MutableMapping[str, Any] | None = None,
    progress: Progress | None = None,
    data: tuple[Float[np.ndarray, "n *d"], Float[np.ndarray, " n"]] | None = None,
    make_network: MakeNetwork | None = None,
) -> list[Transition]:
    """The jamming transition at every depth and P of `config`.

    `store` maps job keys to what `Trajectory.to_dict` gives: what is there is not trained again,
    and each trajectory goes there as it ends, so that a search that was interrupted resumes.
    `data` = (x, y), inputs [n, ...] and labels +-1 [n], and `make_network(h)`, a Flax module of
    width h, replace the named ones; then ``config.job.label`` must name them, as it tells their
    runs apart in the store.

    Raises:
        BadInput: unknown names, P larger than the data, own data or networks without a label.
    """
    store = {} if store is None else store
    progress = Progress() if progress is None else progress
    if (data is not None or make_network is not None) and not config.job.label:
        raise BadInput(
            "own data and own networks need a label in the job, to tell their runs apart"
        )
    if make_network is not None and data is None and config.job.dataset == "random":
        raise BadInput("random has d = h, which an own network does not say: give random<d>")
    if data is None:
        data_of: Callable[[Job], Dataset] = Job.data
    else:
        x, y = data

        def data_of(job: Job) -> Dataset:
            return from_arrays(x, y, job.P, P_test=None, seed=job.data_seed, name=job.label)

    # P too large or an unknown name: say so now, not in an hour
    shape = data_of(config.largest()).x_train.shape[1:]
    tied = data is None and config.job.dataset == "random"  # d = h
    deadline = _Deadline(config.time_limit)
    found = []
    for L in dict.fromkeys(config.depths):
        ladder: Ladder | OwnLadder
        if make_network is not None:
            ladder = OwnLadder(make_network, shape, L)
        else:
            ladder = Ladder(L, None if tied else shape[0], config.fractional)
        ratio = 1 / 4 if config.job.dataset.startswith("random") else 1 / 6  # N* / P to begin with
        for P in sorted(set(config.P)):
            one = _search(
                config, P, ladder, ratio, deadline, store, progress, data_of, make_network
            )
            progress.transition_done(one)
            found.append(one)
            if one.n_star is not None:
                ratio = one.n_star.value / P
    return found


def _search(
    config: Config,
    P: int,
    ladder: Ladder | OwnLadder,
    ratio: float,
    deadline: _Deadline,
    store: MutableMapping[str, Any],
    progress: Progress,
    data_of: Callable[[Job], Dataset],
    make_network: MakeNetwork | None,
) -> Transition:
    seen: dict[int, Width] = {}

    def measure(rung: int) -> Sequence[bool]:
        if rung not in seen:
            deadline.check()
            jobs = config.jobs(P, ladder.widths(rung))
            todo = [job for job in jobs if job.key not in store]
            h, N = ladder.h(rung), ladder.N(rung)
            progress.width(P, ladder.L, h, N, len(todo), len(todo) * config.job.max_ticks)

            def keep(job: Job, trajectory: Trajectory) -> None:
                store[job.key] = {"job": dataclasses.asdict(job)} | {
                    "trajectory": trajectory.to_dict()
                }

            if todo:
                train(
                    todo,
                    data=[data_of(job) for job in todo],
                    net=make_network(rung) if make_network else None,
                    on_end=keep,
                    on_progress=progress.ticks,
                )
            runs = tuple(_recall(store, job) for job in jobs)
            seen[rung] = Width(h, N, runs, config.limit)
            progress.width_done(P, ladder.L, seen[rung])
        return seen[rung].fits

    search = protocols.bisect if config.protocol == "bisect" else protocols.descend
    start = nearest(ladder, ratio * P * (1 if config.protocol == "bisect" else 1.5))
    last = max(nearest(ladder, LARGEST * P), ladder.first + 1)
    try:
        bracket = search(measure, start, ladder.first, last)
    except NotBracketed as why:
        return Transition(P, ladder.L, _ordered(seen), why=str(why))
    widths = _ordered(seen)
    fitted = np.array([w.fits for w in widths])
    n_star = transition(np.array([w.N for w in widths]), fitted, seed=config.job.data_seed)
    return Transition(P, ladder.L, widths, n_star, seen[bracket.fits].h, seen[bracket.fails])


def _recall(store: MutableMapping[str, Any], job: Job) -> Trajectory:
    try:
        return Trajectory.from_dict(store[job.key]["trajectory"])
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"the stored trajectory {job.key}.json is damaged: delete it, and it will be made again"
        ) from error


def _ordered(seen: dict[int, Width]) -> tuple[Width, ...]:
    return tuple(seen[rung] for rung in sorted(seen))
