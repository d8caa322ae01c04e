"""What the figures of landscapes share: titles, a style for each depth, densities with bands."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from analysis.plotting import style
from analysis.plotting.axes import band, with_interval
from analysis.plotting.cli import TooEarly
from analysis.transition.estimates import depths, near
from jamming.fits.seeds import Interval
from jamming.observables.gaps import Exponent
from sweeps.transition.landscape import Run

NAMES = {"random": "random points, $d=h$"}
Of = Callable[[Run], Any]


def some(runs: Sequence[Run], what: str) -> Sequence[Run]:
    """The runs, of which there must be one at least: TooEarly without."""
    if not runs:
        raise TooEarly(f"there is no {what} here yet: let the sweep go on, or widen its ratios")
    return runs


def next_to_jamming(runs: Sequence[Run]) -> tuple[list[Run], str]:
    """The measured runs next to the transition, and a title for them; TooEarly without."""
    chosen = list(some(near(runs), "jammed run that was measured"))
    return chosen, heading(chosen) + ",  jammed runs of the smallest loss"


def line_style(runs: Sequence[Run], L: int) -> dict[str, Any]:
    """Colour and marker of a depth."""
    return style.line_style(depths(runs).index(L))


def heading(runs: Sequence[Run]) -> str:
    """What was trained on what, and how many of the runs diverged."""
    job = runs[0].job
    sizes = [run.trajectory.N for run in runs]
    N = "-".join(map(str, sorted({min(sizes), max(sizes)})))
    parts = [NAMES.get(job.dataset, job.dataset), job.activation, f"$N={N}$"]
    lost = sum(not np.isfinite(run.trajectory.loss) for run in runs)
    parts += [f"{lost} diverged run{'s' if lost > 1 else ''} left out"] if lost else []
    return ",  ".join(parts)


def banded(
    ax: Axes, runs: Sequence[Run], values: Of, edges: np.ndarray, *, total: Of | None = None
) -> None:
    """A density for each depth, averaged over its runs, with their standard deviation as a band.

    Of `values(run)` [n] in bins; normalised by `total(run)`, by default by n.
    """
    middle = np.sqrt(edges[1:] * edges[:-1]) if edges[0] > 0 else (edges[1:] + edges[:-1]) / 2
    for L in depths(runs):
        rows = []
        for run in (run for run in runs if run.job.L == L):
            x = values(run)
            norm = max(x.size, 1) if total is None else total(run)
            rows.append(np.histogram(x, edges)[0] / norm / np.diff(edges))
        mean, std = np.mean(rows, axis=0), np.std(rows, axis=0)
        curves = np.stack([middle, mean, np.maximum(mean - std, mean / 10), mean + std])
        x, y, low, high = curves[:, mean > 0]
        band(ax, x, y, low, high, line_style(runs, L)["color"], f"L = {L}  ({len(rows)})")


def law(ax: Axes, letter: str, law: Exponent, sign: int) -> None:
    """A dashed line of the fitted slope above the data, over the range of the fit."""
    x = np.geomspace(law.lo, law.hi, 20)
    y, heights = x**law.value, np.concatenate([line.get_ydata() for line in ax.lines])
    shown = Interval(sign * law.value, *sorted((sign * law.low, sign * law.high)))
    label = rf"${letter} = {with_interval(shown, '$  ')}"
    ax.plot(x, y / np.median(y) * 2 * np.median(heights), "k--", lw=1, label=label)
