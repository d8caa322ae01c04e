"""Distributions of overlaps and gaps next to jamming, with their power laws.

Overlaps Delta > 0 in units of the square root of the loss, P ~ z^theta, and gaps -Delta > 0,
P ~ gap^-gamma (*The jamming transition as a paradigm*, 2019, Figs. 8 and 9d). Lines: maximum
likelihood over the range that they cover. ``python -m analysis transition.gaps STORE``, a folder of
`sweeps.transition.landscape`.
"""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.plotting.style import panels
from analysis.transition.axes import banded, heading, some
from analysis.transition.estimates import _gaps, _overlaps, gamma, near, theta
from jamming.checks.errors import BadInput
from jamming.observables.gaps import Exponent
from sweeps.transition.landscape import Run, open_landscape

opened = open_landscape


def figure(runs: list[Run]) -> Figure:
    """The densities of overlaps and gaps of the runs next to jamming.

    Raises:
        BadInput: no run next to the transition has been measured.
    """
    chosen = list(some(near(runs), "jammed run that was measured"))
    with panels(1, 2, of=runs, figsize=(7.4, 3.4)) as (page, (left, right)):
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
        page.suptitle(heading(chosen) + ",  jammed runs of the smallest loss", fontsize=9)
    return page


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
