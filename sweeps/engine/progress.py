"""Work made visible: a bar with rate and time left, and a line for each part that is done."""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TextIO

from tqdm import tqdm

from jamming.execution.tasks import IdleTime
from jamming.nstar.search import Progress, Transition, Width
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory


class Bar(Progress):
    """Writes to `stream` (stderr); the bar itself only where that is a terminal.

    The total counts the gradients of the width at hand as if no run ended early, so that the
    time left is an upper bound.
    """

    def __init__(self, transitions: int, stream: TextIO | None = None) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.transitions, self.done = transitions, 0
        self.bar: tqdm | None = None

    def width(self, P: int, L: int, h: float, N: int, jobs: int, ticks: int) -> None:
        if jobs == 0:
            return
        how = {"unit_scale": True, "leave": False, "disable": None, "dynamic_ncols": True}
        what = f"[{self.done + 1}/{self.transitions}] P={P} L={L} h={h:.3g} N={N} x {jobs}"
        self.bar = tqdm(desc=what, total=ticks, unit=" gradients", file=self.stream, **how)

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

    Its callbacks are `begin`, with the jobs that the store lacks, `ticks`, with the gradients since
    the last call, and `ended`, with a job and its trajectory.

    Where `stream` is no terminal, a line from time to time. The time left supposes that a
    trajectory takes as long as those of its width so far, in proportion to the width where there
    are none.
    """

    def __init__(self, stream: TextIO | None = None, every: float = 30.0) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.every, self.begun = every, time.monotonic()
        self.gradients = 0
        self.todo = Counter[int]()  # by width
        self.cost: dict[int, list[float]] = {}
        self.done = 0
        self.last = ""

    def begin(self, jobs: Sequence[Job]) -> None:
        self.todo.update(job.widths[0] for job in jobs)
        self.said = time.monotonic()
        if jobs:
            self._say(f"{len(jobs)} trajectories to run")

    def ticks(self, n: int) -> None:
        self.gradients += n
        self._perhaps()

    def ended(self, job: Job, trajectory: Trajectory) -> None:
        h = job.widths[0]
        self.done += 1
        self.todo[h] -= 1
        self.cost.setdefault(h, []).append(trajectory.seconds)
        plain = "f" if job.model_kind == "network" else "kernel"
        alpha = plain if job.alpha is None else f"alpha={job.alpha:.3g}"
        self.last = f"h={h} {alpha} seed={job.init_seed}: {trajectory.result}"
        self._perhaps()

    def close(self, idle: IdleTime | None = None) -> None:
        """The sum of it."""
        seconds = time.monotonic() - self.begun
        lost = "" if idle is None or not idle.possible else f", {idle.share:.1%} of ticks idle"
        self._say(f"{self.done} trajectories, {self.gradients} gradients, {seconds:.0f} s{lost}")

    def _perhaps(self) -> None:
        if time.monotonic() - self.said < (1.0 if self.stream.isatty() else self.every):
            return
        self.said = time.monotonic()
        rate = self.gradients / max(self.said - self.begun, 1e-9)
        self._say(
            f"{self.done}/{self.done + self.todo.total()} trajectories, {rate:.0f} gradients/s,"
            f" {self._left()} left, last {self.last or 'none yet'}"
        )

    def _left(self) -> str:
        known = {h: sum(costs) / len(costs) for h, costs in self.cost.items()}
        if not known:
            return "unknown time"

        def cost(h: int) -> float:
            near = min(known, key=lambda g: abs(g - h))
            return known[near] * max(1.0, h / near)

        spent = sum(sum(costs) for costs in self.cost.values())
        left = sum(n * cost(h) for h, n in self.todo.items())
        seconds = (time.monotonic() - self.begun) * left / spent
        return f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"

    def _say(self, text: str) -> None:
        start, end = ("\r\x1b[K", "") if self.stream.isatty() else ("", "\n")
        _show(start + text, self.stream, end)


def _show(text: str, stream: Any, end: str = "\n") -> None:
    with suppress(OSError):  # a full disk or a reader that has gone is no reason to stop working
        print(text, end=end, file=stream, flush=True)
