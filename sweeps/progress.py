"""A search made visible: a bar with rate and time left, and a line for each width that is done."""

import sys
from typing import TextIO

from tqdm import tqdm

from jamming.nstar.outcome import Transition, Width
from jamming.nstar.search import Progress


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
        """Open a bar for this width."""
        if jobs == 0:
            return
        self.bar = tqdm(
            total=ticks,
            desc=f"[{self.done + 1}/{self.transitions}] P={P} L={L} h={h:.3g} N={N} x {jobs}",
            unit=" gradients",
            unit_scale=True,
            file=self.stream,
            leave=False,
            disable=None,
            dynamic_ncols=True,
        )

    def ticks(self, n: int) -> None:
        """Move the bar."""
        if self.bar is not None:
            self.bar.update(n)

    def width_done(self, P: int, L: int, width: Width) -> None:
        """One line: how many fitted, and the N_Delta / N of the others."""
        if self.bar is not None:
            self.bar.close()
        left = [
            f"{run.unsatisfied / run.N:.2f}"
            for run, fits in zip(width.runs, width.fits, strict=True)
            if not fits
        ]
        tail = f", N_Delta/N of the others {' '.join(left)}" if left else ""
        self._line(
            f"[{self.done + 1}/{self.transitions}] P={P} L={L} h={width.h:.3g} N={width.N}"
            f" P/N={P / width.N:.2f}: {len(width.runs) - len(left)}/{len(width.runs)} fitted{tail}"
        )

    def transition_done(self, transition: Transition) -> None:
        """One line with N*."""
        self.done += 1
        if transition.n_star is None:
            said = f"N* not bracketed: {transition.why}"
        else:
            n = transition.n_star
            said = f"N* = {n.value:.0f} [{n.low:.0f}, {n.high:.0f}]"
        self._line(f"[{self.done}/{self.transitions}] P={transition.P} L={transition.L}: {said}")

    def _line(self, text: str) -> None:
        print(text, file=self.stream, flush=True)
