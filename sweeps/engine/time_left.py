"""How long the rest of a list of jobs will take, from those that have ended.

The logarithm of a job's ticks, and of the seconds of a tick, is a Gaussian process over log h,
log alpha, log P and the kind of job: near what has ended it follows the means over seeds, beyond
it lines with slopes that are a priori those of networks, and it knows how uncertain it is.
"""

import heapq
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from jaxtyping import Float, Int

from jamming.training.build import program
from jamming.training.spec import Job

Rows = Float[np.ndarray, "_ _"]
Column = Float[np.ndarray, " _"]
Codes = Int[np.ndarray, " _"]

MOST = 150  # cells that are looked at: beyond, as many of them evenly
DOUBT = math.log(2.0)  # standard deviation of its logarithm above which a time is unknown
QUANTILES = np.array([NormalDist().inv_cdf((i + 0.5) / 20) for i in range(20)])
NEAR = np.array([0.7, 1.5, 0.7])  # logarithms over which departures from lines are alike
KIND, LEVEL = 0.5, 10.0  # how much kinds of jobs differ, and what is not known at all
SPREAD, RUNS = 0.5, 3  # between seeds: as if so many runs had shown it
# of the seconds that compiling the first programs takes, those of one more (measured: 0.2 to 0.5)
LATER = 0.6
SLOW = 2.0  # times slower than the fastest of its program is a run that waited for compilation
TOGETHER = 0.1  # seconds between two jobs of a batch, whose results come together
LONG = 60.0  # seconds of a run beside which those of a compilation are few


@dataclass(frozen=True)
class Cell:
    """What the cost of a job may depend on, its seeds apart."""

    kind: Hashable
    program: Hashable
    h: int
    alpha: float | None
    P: int
    most: int  # ticks
    exactly: bool  # so many, whatever happens

    @classmethod
    def of(cls, job: Job) -> "Cell":
        kind = job.model_kind, job.dynamics, job.alpha is None, job.L
        budget = job.until == "budget"
        return cls(kind, hash(program(job)), job.widths[0], job.alpha, job.P, job.max_ticks, budget)


@dataclass(frozen=True)
class End:
    """A job that ended `at` seconds after the first had begun, having run for `seconds`."""

    cell: Cell
    ticks: int
    seconds: float
    at: float

    @property
    def tick(self) -> float:
        """Seconds of one."""
        return self.seconds / max(self.ticks, 1)


@dataclass(frozen=True)
class Prior:
    """Slopes in log h, log alpha and log P, what they may be off, and departures from lines."""

    slopes: tuple[float, float, float]
    off: tuple[float, float, float]
    depart: float


TICKS = Prior((0.0, 0.0, 0.3), (0.7, 0.5, 0.5), 0.7)
SECONDS = Prior((0.7, 0.0, 0.7), (0.4, 0.1, 0.3), 0.3)  # of a tick


def seconds_left(
    waiting: Sequence[Cell],
    running: Sequence[tuple[Cell, float]] | None,
    ends: Sequence[End],
    now: float,
) -> float | None:
    """Seconds until all jobs will have ended; None while that is not known to a factor of two.

    `waiting` are in the order of their queue, `running` says when jobs began, `now` is the time: in
    seconds since the first began. A cluster does not say what runs there: None, and all jobs wait.
    """
    if not waiting and not running:
        return 0.0
    here, running = running is not None, running or []
    warm, compiling = _compiling(ends)
    if not warm:
        return None
    places = {cell: i for i, cell in enumerate(dict.fromkeys(waiting))}
    every = -(-len(places) // MOST) or 1
    left = list(places)[::every]
    of = np.array([places[cell] // every for cell in waiting], int)
    n = np.append(np.bincount(of, minlength=len(left)), np.ones(len(running)))
    cost, doubt = _costs([*left, *(cell for cell, _ in running)], n, ends, warm)
    if doubt > DOUBT:
        return None
    queue, known = cost.mean(1)[of], {end.cell.program for end in ends}
    later = LATER * compiling
    if here:
        rest = []
        for (cell, since), own in zip(running, cost[len(left) :], strict=True):
            first = 0.0 if cell.program in known else later
            spent = now - since
            rest.append(max(0.0, first - spent) + _rest(own[None], np.ones(1), spent - first))
        workers = sum(min(end.seconds, end.at) for end in ends)
        workers = (workers + sum(now - since for _, since in running)) / now
        rest += [0.0] * max(round(workers) - len(rest), not rest)  # those between two jobs
    else:
        busy = min(_workers(ends), len(waiting))
        if not busy:
            return None
        rest, workers = [_rest(cost, n, now - ends[-1].at)] * busy, float(busy)
        queue = queue[busy:]
    unseen = {cell.program for cell in left} - known - {cell.program for cell, _ in running}
    whole = sum(rest) + queue.sum() + later * len(unseen)
    return float(max(whole / workers, _last(rest, queue)))


def _last(rest: Sequence[float], queue: Column) -> float:
    """When the last of a queue will have ended, whose workers are free after these times."""
    free = list(rest)
    heapq.heapify(free)
    for seconds in queue:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)


def _workers(ends: Sequence[End]) -> int:
    """How many of a cluster have worked at once; 0 until one has come to its second batch.

    What comes in at the same time is a batch, of which one worker did each job in turn.
    """
    batches: list[tuple[float, float]] = []
    last = -math.inf
    for end in ends:
        begin, at = end.at - end.seconds, end.at
        if at - last < TOGETHER:
            before, at = batches.pop()
            begin = before - end.seconds
        batches.append((begin, at))
        last = end.at
    if max(begin for begin, _ in batches) < min(at for _, at in batches) - TOGETHER:
        return 0
    return max(sum(begin <= at - TOGETHER < until for begin, until in batches) for _, at in batches)


def _costs(
    cells: Sequence[Cell], n: Column, ends: Sequence[End], warm: Sequence[End]
) -> tuple[Rows, float]:
    """Quantiles of the seconds of a job in each cell, and how much the log of their sum is off."""
    log_ticks, off, spread = _expected(TICKS, [(e.cell, float(e.ticks)) for e in ends], cells)
    log_tick, off_tick, _ = _expected(SECONDS, [(e.cell, e.tick) for e in warm], cells)
    each = np.sqrt(np.diag(off) + spread**2)[:, None]
    most = np.array([cell.most for cell in cells], float)[:, None]
    ticks = np.minimum(np.exp(log_ticks[:, None] + each * QUANTILES), most)
    ticks = np.where([[cell.exactly] for cell in cells], most, ticks)
    cost = ticks * np.exp(log_tick)[:, None]
    share = n * cost.mean(1) / (n @ cost.mean(1))
    free = share * (ticks < most).mean(1)  # what ends at its budget is certain
    return cost, math.sqrt(free @ off @ free + share @ off_tick @ share)


def _rest(cost: Rows, n: Column, spent: float) -> float:
    """Seconds that a job has left which has spent so many, if it is one of `n` of each row."""
    spent = max(spent, 0.0)
    weights = n[:, None] * (cost > spent)
    if not weights.any():
        return spent / 10
    return float((weights * (cost - spent)).sum() / weights.sum())


def _compiling(ends: Sequence[End]) -> tuple[list[End], float]:
    """The ends that hardly waited for a compilation, and the seconds of one.

    Short runs wait that begin before any of their program has ended, if their ticks seem slow.
    """
    by: dict[Hashable, list[End]] = {}
    for end in ends:
        by.setdefault(end.cell.program, []).append(end)
    warm, more = [], []
    for some in by.values():
        fast, first = min(end.tick for end in some), min(end.at for end in some)
        slow = 0.0 if len(some) == 1 else SLOW * fast
        cold = [e for e in some if e.at - e.seconds < first and slow < e.tick and e.seconds < LONG]
        warm += [end for end in some if end not in cold]
        if len(some) > 1:
            more.append(max((e.seconds - e.ticks * fast for e in cold), default=0.0))
    return warm, sum(more) / max(len(more), 1)


def _expected(
    prior: Prior, seen: Sequence[tuple[Cell, float]], cells: Sequence[Cell]
) -> tuple[Column, Rows, float]:
    """Of log values in the cells: means, covariances of their errors, and spread over seeds."""
    by: dict[Cell, list[float]] = {}
    for cell, value in seen:
        by.setdefault(cell, []).append(math.log(max(value, 1e-9)))
    known = list(by)[:: -(-len(by) // MOST)]
    y = np.array([np.mean(by[cell]) for cell in known])
    count = np.array([len(by[cell]) for cell in known], float)
    within = sum(float(np.var(by[cell])) * len(by[cell]) for cell in known)
    spread = math.sqrt((RUNS * SPREAD**2 + within) / (RUNS + (count - 1).sum()))
    a, b = _features(known), _features(cells)
    a, b = a - a.mean(0), b - a.mean(0)
    kinds = {kind: i for i, kind in enumerate({cell.kind for cell in (*known, *cells)})}
    of_a, of_b = (np.array([kinds[c.kind] for c in some]) for some in (known, cells))

    def covariance(z: Rows, of_z: Codes, u: Rows, of_u: Codes) -> Rows:
        near = np.exp(-((((z[:, None] - u) / NEAR) ** 2).sum(-1)) / 2)
        alike = of_z[:, None] == of_u
        lines = (z * prior.off) @ (u * prior.off).T
        return LEVEL**2 + lines + alike * (KIND**2 + prior.depart**2 * near)

    slopes = np.array(prior.slopes)
    noisy = covariance(a, of_a, a, of_a) + np.diag(spread**2 / count)
    across = covariance(b, of_b, a, of_a)
    gain = np.linalg.solve(noisy, across.T).T
    mean = b @ slopes + y.mean() + gain @ (y - y.mean() - a @ slopes)
    return mean, covariance(b, of_b, b, of_b) - gain @ across.T, spread


def _features(cells: Sequence[Cell]) -> Rows:
    return np.array([[math.log(c.h), math.log(c.alpha or 1.0), math.log(c.P)] for c in cells])
