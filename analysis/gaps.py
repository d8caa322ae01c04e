"""Distributions of overlaps and gaps next to jamming, with their power laws.

Overlaps Delta > 0 in units of the square root of the loss, P ~ z^theta, and gaps -Delta > 0,
P ~ gap^-gamma (*The jamming transition as a paradigm*, 2019, Figs. 8 and 9d). Lines: maximum
likelihood over the range that they cover. ``python -m analysis.gaps STORE``, a folder of
`sweeps.landscape`.
"""

import sys
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from analysis.landscapes import banded, heading, measured, near, some
from analysis.style import drawing
from analysis.sweep import command, parser
from jamming.errors import BadInput
from jamming.observables.gaps import Exponent, exponent, gaps, overlaps
from sweeps.landscape import Run, open_landscape

# Where the exponents are fitted. Overlaps have a root mean square of sqrt(2 P / N_Delta), about
# 2.7, and the law holds well below; gaps are of the order of the margin, 1/2.
OVERLAPS = (2e-2, 1.0)
GAPS = (1e-3, 1e-1)


def theta(runs: Sequence[Run]) -> Exponent:
    """Of the overlaps, P ~ z^theta, over `OVERLAPS`.

    Raises:
        BadInput: too few overlaps lie there.
    """
    return exponent([_overlaps(run) for run in runs], *OVERLAPS)


def gamma(runs: Sequence[Run]) -> Exponent:
    """Of the gaps: P ~ gap^value over `GAPS`, so that gamma is minus its value.

    Raises:
        BadInput: too few gaps lie there.
    """
    return exponent([_gaps(run) for run in runs], *GAPS)


def _overlaps(run: Run) -> np.ndarray:
    return overlaps(measured(run).delta, run.trajectory.loss)


def _gaps(run: Run) -> np.ndarray:
    return gaps(measured(run).delta)


def draw(runs: list[Run], target: str | Path | BytesIO) -> None:
    """Draw the figure into a file.

    Raises:
        BadInput: no run next to the transition has been measured.
    """
    chosen = list(some(near(runs), "jammed run that was measured"))
    with drawing(target, 1, 2, of=runs, figsize=(7.4, 3.4)) as (figure, (left, right)):
        banded(left, chosen, _overlaps, np.geomspace(1e-3, 20, 25))
        banded(right, chosen, _gaps, np.geomspace(1e-5, 5, 30))
        with_law(left, r"\theta", theta, chosen, 1)
        with_law(right, r"\gamma", gamma, chosen, -1)
        left.set_xlabel(r"overlap  $z = \Delta/\sqrt{\mathcal{L}}$")
        right.set_xlabel(r"gap  $-\Delta$")
        for ax in (left, right):
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.set_ylabel("probability density")
            ax.legend(loc="lower left")
        figure.suptitle(heading(chosen) + ",  jammed runs of the smallest loss", fontsize=9)


def with_law(
    ax: Axes, letter: str, fit: Callable[[Sequence[Run]], Exponent], runs: list[Run], sign: int
) -> None:
    """A dashed line of the fitted slope above the data, over the range of the fit."""
    try:
        law = fit(runs)
    except BadInput:
        return  # too few values: the data speak for themselves
    x = np.geomspace(law.lo, law.hi, 20)
    heights = [y for line in ax.lines for y in np.asarray(line.get_ydata(), float)]
    y = x**law.value
    low, high = sorted((sign * law.low, sign * law.high))
    label = rf"${letter} = {sign * law.value:.2f}$  [{low:.2f}, {high:.2f}]"
    ax.plot(x, y / np.median(y) * 2 * np.median(heights), "k--", lw=1, label=label)


def main(arguments: Sequence[str] | None = None) -> int:
    """``STORE [--out FIGURE]``; the exit code."""
    return command(
        parser("gaps", "Distributions of overlaps and gaps next to jamming."),
        arguments,
        draw,
        open_landscape,
    )


if __name__ == "__main__":
    sys.exit(main())
