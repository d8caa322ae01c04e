"""Distributions of overlaps and gaps next to jamming, with their power laws.

Overlaps Delta > 0 in units of the square root of the loss, P ~ z^theta, and gaps -Delta > 0,
P ~ gap^-gamma (*The jamming transition as a paradigm*, 2019, Figs. 8 and 9d). Lines: maximum
likelihood over the range that they cover.
"""

from collections.abc import Callable, Sequence

import numpy as np

from analysis.plotting.axes import with_interval
from analysis.plotting.style import Axes, Figure, panels
from analysis.transition.axes import banded, next_to_jamming
from analysis.transition.estimates import gamma, gaps_of, overlaps_of, theta
from jamming.checks.errors import BadInput
from jamming.fits.interval import Interval
from jamming.observables.gaps import Exponent
from sweeps.transition.landscape import Run, open_landscape

opened = open_landscape


def figure(runs: list[Run]) -> Figure:
    """The densities of overlaps and gaps of the runs next to jamming.

    Raises:
        BadInput: no run next to the transition has been measured.
    """
    chosen, title = next_to_jamming(runs)
    with panels(1, 2, of=runs, title=title, figsize=(7.4, 3.4)) as (page, (left, right)):
        banded(left, chosen, overlaps_of, np.geomspace(1e-3, 20, 25))
        banded(right, chosen, gaps_of, np.geomspace(1e-5, 5, 30))
        with_law(left, r"\theta", theta, chosen, 1)
        with_law(right, r"\gamma", gamma, chosen, -1)
        left.set_xlabel(r"overlap  $z = \Delta/\sqrt{\mathcal{L}}$")
        right.set_xlabel(r"gap  $-\Delta$")
        for ax in (left, right):
            ax.set(xscale="log", yscale="log", ylabel="probability density")
            ax.legend(loc="lower left")
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
    shown = Interval(sign * law.value, *sorted((sign * law.low, sign * law.high)))
    label = rf"${letter} = {with_interval(shown, '$  ')}"
    ax.plot(x, y / np.median(y) * 2 * np.median(heights), "k--", lw=1, label=label)
