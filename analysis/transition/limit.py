"""P/N* of random points against the width at N*, and its limit for infinitely wide networks.

Left: P/N* = c (1 - a/h^2), solid, with its limit where h is infinite; dashed the correction 1/h,
whose limit is what another form would have given; shaded the published 2.8 to 2.9 (*The jamming
transition as a paradigm*, Fig. 6a). Right: residuals of both, in standard errors.
"""

import numpy as np
import xarray as xr
from matplotlib.ticker import MaxNLocator

from analysis.plotting.axes import with_bars, with_interval
from analysis.plotting.style import Axes, Figure, legend_above, legend_if_any, line_style, panels
from analysis.transition import nstar
from analysis.transition.estimates import over_width
from jamming.fits.limits import NORMAL
from jamming.fits.seeds import Interval

opened = nstar.opened
PUBLISHED = 2.8, 2.9
FORMS = {2.0: "$1/h^2$", 1.0: "$1/h$"}


def figure(found: xr.Dataset) -> Figure:
    """Of the depths whose N* is known at three P; the others are not drawn."""
    with panels(1, 2, of=found, figsize=(8, 3.4)) as (page, (left, right)):
        left.axhspan(*PUBLISHED, color="0.85", lw=0, zorder=0, label="papers")
        right.axhspan(-NORMAL, NORMAL, color="0.9", lw=0, zorder=0)
        for i, (L, forms) in enumerate(over_width(found).items()):
            one, others = forms.stated, forms.others
            label = f"L = {L}:  {with_interval(one.limit)}"
            with_bars(left, one.x**2, one.y, NORMAL * one.error, i, ls="", label=label)
            colour = line_style(i)["color"]
            _limit(left, one.limit, i)
            for form, ls in ((one, "-"), *((other, "--") for other in others)):
                x = np.linspace(0.0, 1.05 * one.x[-1], 200)
                left.plot(x**2, form.at(x), color=colour, ls=ls, lw=0.9)
                said = f"c = {form.limit.value:.2f},  $\\chi^2$ = {form.chi2:.2g}"
                name = f"L = {L}, {FORMS[form.exponent]}:  {said}"
                face = {} if ls == "-" else {"mfc": "none"}
                line = line_style(i) | {"ls": ls, "lw": 0.9} | face
                right.plot(form.x**2, form.residuals, label=name, **line)
        left.set(xlabel="$1/h^2$", ylabel="$P/N^*$")
        left.set_xlim(left=-0.03 * left.get_xlim()[1])
        right.set(xlabel="$1/h^2$", ylabel="residual / standard error")
        right.margins(y=0.25)
        for ax in (left, right):
            ax.xaxis.set_major_locator(MaxNLocator(5))
        legend_if_any(left)
        if right.lines:
            legend_above(right)
    return page


def _limit(ax: Axes, at: Interval, i: int) -> None:
    ends = [[at.value - at.low], [at.high - at.value]]
    with_bars(ax, [0.0], [at.value], ends, i, ls="", mfc="white", zorder=3)
