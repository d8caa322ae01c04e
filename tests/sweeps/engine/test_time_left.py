"""The time left, on sweeps that were recorded, and on made-up ones."""

import heapq
import io
import random
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from jamming.training.spec import Job
from sweeps.engine import progress
from sweeps.engine.progress import Work
from sweeps.engine.time_left import Cell
from tests.recorded.calls import Call, replayed

# by which an estimate may be off, whatever its factor: seconds, or of the time of its round
FLOOR, SHARE = 10.0, 0.03
LOOKS = 60  # at least, in a sweep


class Clock:
    """Stands in for `time` in the module that shows progress."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


def replay(
    calls: Sequence[Call], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[float, float, float | None]]:
    """Now and then, the share of the time of a round, the true time left, and the estimate.

    A round is what one call of `begin` adds; nobody can know of the next one.
    """
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    work = Work(io.StringIO(), every=np.inf)
    rounds = [at for at, what, _ in calls if what == "begin"]
    ends = np.array([at for at, what, _ in calls if what == "ended"])
    for i, (at, what, said) in enumerate(calls):
        clock.seconds = at
        if what == "ended":
            job, ticks, seconds = said
            work.ended(job, SimpleNamespace(ticks=ticks, seconds=seconds, result="FITTED"))
        else:
            getattr(work, what)(*said)
        if i % max(1, len(calls) // LOOKS):
            continue
        begin = max(start for start in rounds if start <= at)
        end = ends[ends < min((start for start in rounds if start > begin), default=np.inf)].max()
        yield (at - begin) / (end - begin), end - at, work.left()


def judged(calls: Sequence[Call], monkeypatch: pytest.MonkeyPatch) -> tuple[float, float]:
    """The largest factor by which an estimate is off from a tenth on, and the share of unknowns."""
    factors, unknown, n = [1.0], 0, 0
    for share, true, left in replay(calls, monkeypatch):
        if 0.1 <= share < 1:
            n, unknown = n + 1, unknown + (left is None)
            if left is not None and abs(left - true) > max(FLOOR, SHARE * true / (1 - share)):
                factors.append(max(left / true, true / max(left, 1e-9)))
    return max(factors), unknown / n


def made_up(
    jobs: Sequence[Job],
    ticks: Callable[[Job], int],
    *,
    workers: int = 2,
    tick: float = 1e-2,
    compiling: float = 10.0,
    cluster: bool = False,
    spent: float = 0.0,
) -> list[Call]:
    """Jobs in their order on so many workers; the first of a program waits for its compilation.

    The first job has `spent` seconds before, as one that is resumed. A cluster tells of ends alone.
    """
    calls: list[tuple[float, int, str, Any]] = [(0.0, 0, "begin", (list(jobs),))]
    free, compiled = [0.0] * workers, set[Any]()
    for i, job in enumerate(jobs):
        at = heapq.heappop(free)
        n, program = ticks(job), Cell.of(job).program
        seconds = n * tick * (job.widths[0] / 8) ** 0.6 + (
            0.0 if program in compiled else compiling
        )
        compiled.add(program)
        own = spent if i == 0 else 0.0
        end = at + max(seconds - own, tick)
        heapq.heappush(free, end)
        if not cluster:
            calls.append((at, 1, "started", (job,)))
            steps = max(1, int(end - at))
            calls += [
                (at + (end - at) * k / steps, 2, "ticks", (n // steps,)) for k in range(steps)
            ]
        else:
            calls.append((end, 2, "ticks", (n,)))
        calls.append((end, 3, "ended", (job, n, seconds)))
    return [(at, what, said) for at, _, what, said in sorted(calls, key=lambda call: call[:2])]


JOB = Job("digits10pca", P=100, widths=(8,), alpha=1.0, dynamics="flow", max_ticks=10**6)
ALPHAS = tuple(10.0**k for k in range(-3, 4))


def grid(h: Sequence[int] = (8, 16, 32), seeds: int = 6) -> list[Job]:
    return [
        JOB.replace(widths=(width,), alpha=alpha, init_seed=seed)
        for width in h
        for alpha in ALPHAS
        for seed in range(seeds)
    ]


def growing(job: Job) -> int:
    """A thousandfold from the smallest alpha to the largest; seeds differ by up to a third."""
    return int(600 * job.alpha**0.5 * (0.85 + 0.15 * (job.init_seed % 3)))


ORDERS: dict[str, Callable[[list[Job]], list[Job]]] = {
    "dear ones last": lambda jobs: jobs,
    "dear ones first": lambda jobs: jobs[::-1],
    "a pass over all alphas for each seed": lambda jobs: sorted(jobs, key=lambda j: j.init_seed),
    "at random": lambda jobs: random.Random(0).sample(jobs, len(jobs)),
}


# from 30 s to 6 min, half of it or more compiling; pixels of MNIST, and a double descent,
# where narrow networks spend their budget and wide ones a tenth of it, in the random order of now
RECORDED = (
    *("phase-diagram", "phase-diagram-small", "landscape", "regimes-small"),
    *("pixels", "double-descent"),
)


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_sweep(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begins of phase-diagram and landscape were not recorded: they follow from the ends."""
    factor, unknown = judged(replayed(name), monkeypatch)
    assert factor <= 2.0
    assert unknown < 0.9


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("order", ORDERS)
def test_costs_grow_a_thousandfold(
    order: str, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = made_up(ORDERS[order](grid()), growing, workers=workers)
    factor, unknown = judged(sparse(calls), monkeypatch)
    assert factor <= 2.0
    assert unknown < 0.5


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("order", ORDERS)
def test_a_cluster_tells_of_ends_alone(
    order: str, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows which jobs run there: with several workers the last ones are less certain."""
    calls = made_up(ORDERS[order](grid()), growing, workers=workers, cluster=True)
    factor, unknown = judged(calls, monkeypatch)
    assert factor <= (2.0 if workers == 1 else 3.0)
    assert unknown < 0.5


def test_jobs_of_one_cost_and_one_that_was_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [JOB.replace(max_ticks=3000, init_seed=seed) for seed in range(40)]
    calls = made_up(jobs, lambda job: job.max_ticks, spent=20.0)
    factor, unknown = judged(sparse(calls), monkeypatch)
    assert factor <= 2.0
    assert unknown < 0.1


def test_nothing_is_known_before_a_job_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = made_up(grid(), growing, workers=4)
    before = [call for call in calls if call[0] < 10.0]  # while the first program is compiled
    whole = [*before, next(call for call in calls if call[1] == "ended")]
    looks = list(replay(whole, monkeypatch))
    assert len(looks) > 5
    assert {left for *_, left in looks[:-1]} == {None}


def sparse(calls: Sequence[Call]) -> list[Call]:
    """Without most of the ticks."""
    return [call for i, call in enumerate(calls) if call[1] != "ticks" or i % 40 == 0]
