"""Distributions of overlaps and gaps next to jamming, with their power laws.

Overlaps Delta > 0 in units of the square root of the loss, P ~ z^theta, and gaps -Delta > 0,
P ~ gap^-gamma (*The jamming transition as a paradigm*, 2019, Figs. 8 and 9d). Lines: maximum
likelihood over the range that they cover.
"""

from contextlib import suppress

import numpy as np

from analysis.plotting.style import Figure, panels
from analysis.transition.axes import banded, law, next_to_jamming
from analysis.transition.estimates import gamma, gaps_of, overlaps_of, theta
from jamming.checks.errors import BadInput
from sweeps.transition.landscape import Run, open_landscape

opened = open_landscape
# values, borders of bins, fit, what its exponent is called, sign of it, name of the axis
PANELS = (
    (overlaps_of, (1e-3, 20, 25), theta, r"\theta", 1, r"overlap  $z = \Delta/\sqrt{\mathcal{L}}$"),
    (gaps_of, (1e-5, 5, 30), gamma, r"\gamma", -1, r"gap  $-\Delta$"),
)


def figure(runs: list[Run]) -> Figure:
    """The densities of overlaps and gaps of the runs next to jamming; TooEarly without any."""
    chosen, title = next_to_jamming(runs)
    with panels(1, 2, of=runs, title=title, figsize=(7.4, 3.4)) as (page, axes):
        for ax, (values, edges, fit, letter, sign, name) in zip(axes, PANELS, strict=True):
            banded(ax, chosen, values, np.geomspace(*edges))
            with suppress(BadInput):  # too few values: the data speak for themselves
                law(ax, letter, fit(chosen), sign)
            ax.set(xscale="log", yscale="log", xlabel=name, ylabel="probability density")
            ax.legend(loc="lower left")
    return page
