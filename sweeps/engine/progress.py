"""Work made visible: a bar with rate and time left, and a line for each part that is done."""

import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TextIO

from tqdm import tqdm

from jamming.execution.tasks import IdleTime
from jamming.nstar.search import Progress, Transition, Width
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.time_left import Cell, End, seconds_left


class Bar(Progress):
    """Writes to `stream` (stderr); the bar itself only where that is a terminal.

    The total counts the gradients of the width at hand as if no run ended early: the time left is
    said to be at most so long.
    """

    def __init__(self, transitions: int, stream: TextIO | None = None) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.transitions, self.done = transitions, 0
        self.bar: tqdm | None = None

    def width(self, P: int, L: int, h: float, N: int, jobs: int, ticks: int) -> None:
        if jobs == 0:
            return
        how = {"unit_scale": True, "leave": False, "disable": None, "dynamic_ncols": True}
        shown = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}, at most {remaining}, {rate_fmt}]"
        what = f"[{self.done + 1}/{self.transitions}] P={P} L={L} h={h:.3g} N={N} x {jobs}"
        self.bar = tqdm(
            desc=what, total=ticks, unit=" gradients", file=self.stream, bar_format=shown, **how
        )

    def ticks(self, n: int) -> None:
        if self.bar is not None:
            self.bar.update(n)

    def width_done(self, P: int, L: int, width: Width) -> None:
        """One line: how many fitted, and the N_Delta / N of the others."""
        if self.bar is not None:
            self.bar.close()
        left = [f"{run.unsatisfied / run.N:.2f}" for run in width.jammed]
        tail = f", N_Delta/N of the others {' '.join(left)}" if left else ""
        _show(
            f"[{self.done + 1}/{self.transitions}] P={P} L={L} h={width.h:.3g} N={width.N}"
            f" P/N={P / width.N:.2f}: {len(width.runs) - len(left)}/{len(width.runs)} fitted{tail}",
            self.stream,
        )

    def transition_done(self, transition: Transition) -> None:
        """One line with N*."""
        self.done += 1
        n, said = transition.n_star, f"N* not bracketed: {transition.why}"
        if n is not None:
            said = f"N* = {n.value:.0f} [{n.low:.0f}, {n.high:.0f}]"
        where = f"[{self.done}/{self.transitions}] P={transition.P} L={transition.L}"
        _show(f"{where}: {said}", self.stream)


class Work:
    """A list of jobs being worked off: done/total, gradients a second, time left, what runs.

    Its callbacks are `begin`, with the jobs that the store lacks, `started`, with a job that a
    worker of this machine takes, `ticks`, with the gradients since the last call, and `ended`, with
    a job and its trajectory.

    Where `stream` is no terminal, a line from time to time. The time left is that of the jobs that
    have been told of (`sweeps.engine.time_left`): a later round of a sweep adds its own.
    """

    def __init__(self, stream: TextIO | None = None, every: float = 30.0) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.every, self.begun = every, time.monotonic()
        self.first: float | None = None  # when there were jobs
        self.gradients = 0
        self.waiting: dict[str, Cell] = {}  # by key, as are those that run, with their begin
        self.running: dict[str, tuple[Cell, float]] = {}
        self.ends: list[End] = []
        self.here = False  # rather than on a cluster, which tells of no begins
        self.last = ""

    def begin(self, jobs: Sequence[Job]) -> None:
        self.said = time.monotonic()
        if jobs:
            self.first = self.said if self.first is None else self.first
            self.waiting |= {job.key: Cell.of(job) for job in jobs}
            self._say(f"{len(jobs)} trajectories to run")

    def started(self, job: Job) -> None:
        self.here = True
        self.running[job.key] = self._taken(job), self._now()

    def ticks(self, n: int) -> None:
        self.gradients += n
        self._perhaps()

    def ended(self, job: Job, trajectory: Trajectory) -> None:
        cell = self._taken(job)
        self.ends.append(End(cell, trajectory.ticks, trajectory.seconds, self._now()))
        plain = "f" if job.model_kind == "network" else "kernel"
        alpha = plain if job.alpha is None else f"alpha={job.alpha:.3g}"
        self.last = f"h={cell.h} {alpha} seed={job.init_seed}: {trajectory.result}"
        self._perhaps()

    def left(self) -> float | None:
        """Seconds until all jobs that were told of will have ended; None if that is not known."""
        waiting, running = self.waiting.copy(), self.running.copy()  # threads change them
        begun = list(running.values()) if self.here else None
        return seconds_left(list(waiting.values()), begun, list(self.ends), self._now())

    def close(self, idle: IdleTime | None = None) -> None:
        """The sum of it."""
        seconds, n = time.monotonic() - self.begun, len(self.ends)
        lost = "" if idle is None or not idle.possible else f", {idle.share:.1%} of ticks idle"
        self._say(f"{n} trajectories, {self.gradients} gradients, {seconds:.0f} s{lost}")

    def _taken(self, job: Job) -> Cell:
        """Its cell, once it neither waits nor runs."""
        waited = self.waiting.pop(job.key, None)
        ran, _ = self.running.pop(job.key, (None, 0.0))
        return waited or ran or Cell.of(job)

    def _now(self) -> float:
        """Seconds since there were jobs."""
        now = time.monotonic()
        return now - (now if self.first is None else self.first)

    def _perhaps(self) -> None:
        if time.monotonic() - self.said < (1.0 if self.stream.isatty() else self.every):
            return
        self.said = time.monotonic()
        rate = self.gradients / max(self.said - self.begun, 1e-9)
        done, left = len(self.ends), _duration(self.left())
        self._say(
            f"{done}/{done + len(self.running) + len(self.waiting)} trajectories,"
            f" {rate:.0f} gradients/s, {left} left, last {self.last or 'none yet'}"
        )

    def _say(self, text: str) -> None:
        start, end = ("\r\x1b[K", "") if self.stream.isatty() else ("", "\n")
        _show(start + text, self.stream, end)


class Counted:
    """How many of a `total` are done, their rate and the time left; None where it is not known.

    A bar where `stream` is a terminal, elsewhere a line from time to time.
    """

    def __init__(
        self,
        what: str,
        total: int | None,
        unit: str,
        stream: TextIO | None = None,
        every: float = 30.0,
    ) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.what, self.total, self.unit, self.every = what, total, unit, every
        self.bar = tqdm(desc=what, total=total, unit=f" {unit}", file=self.stream, disable=None)
        self.done, self.begun = 0, time.monotonic()
        self.said = self.begun

    def update(self, n: int = 1) -> None:
        self.done += n
        self.bar.update(n)
        now = time.monotonic()
        if not self.bar.disable or now - self.said < self.every or self.done == self.total:
            return
        self.said, rate = now, self.done / (now - self.begun)
        of, left = "", ""
        if self.total is not None:
            of, left = f"/{self.total}", f", {_duration((self.total - self.done) / rate)} left"
        _show(
            f"{self.what}: {self.done}{of} {self.unit}, {60 * rate:.3g} a minute{left}", self.stream
        )

    def __enter__(self) -> "Counted":
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "unknown time"
    return f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"


def _show(text: str, stream: Any, end: str = "\n") -> None:
    with suppress(OSError):  # a full disk or a reader that has gone is no reason to stop working
        print(text, end=end, file=stream, flush=True)
