"""How much networks of different initial weights differ (*Disentangling ...*, Figs. 4a, b and 14).

Var F against the width in both regimes, with the powers fitted to it, and h Var F against alpha~;
of a sweep of kernels over P, Var F against the width for each P instead, and its growth with P.
"""

from contextlib import suppress

import numpy as np
import xarray as xr

from analysis.lazy_feature.estimates import DEEP, against_alpha, against_h, nearest, of_sets, one_of
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import TILDE, title
from analysis.plotting.axes import means, over_widths, power_line, with_interval
from analysis.plotting.style import Axes, Figure, legend_above, line_style, panels
from jamming.checks.errors import BadInput
from jamming.fits.power import power_law


def figure(found: xr.Dataset) -> Figure:
    one = one_of(found)
    heading = title(one, P=r"$\Theta_0$ frozen" if found.P.size > 1 else "")
    with panels(1, 2, of=found, title=heading, figsize=(7.4, 3.2)) as (page, (left, right)):
        if found.P.size > 1:
            _of_kernels(left, right, found)
        else:
            _against_h(left, one)
            for i, h in enumerate(one.h.values.tolist()):
                x, y = against_alpha(one, "deviation", h)
                means(right, x, y * h, i, label=f"$h={h}$")
            right.set(xscale="log", xlabel=TILDE)
            _upwards(right, r"$h$ Var $F$")
            right.legend()
    return page


def _line(ax: Axes, x: np.ndarray, y: np.ndarray, i: int, name: str) -> None:
    """Means over seeds of y [n, seeds] with errors, and the power law through them."""
    try:
        law = power_law(x, y)
    except BadInput:  # two widths make no law
        means(ax, x, y, i, lw=0.8, label=name)
        return
    power = with_interval(law.exponent, r"\;")
    means(ax, x, y, i, ls="", lw=None, label=f"{name}: ${power}$")
    power_line(ax, x, law, line_style(i)["color"])


def _against_h(ax: Axes, one: xr.Dataset) -> None:
    h = one.h.values.astype(float)
    run = np.unique(one.at_alpha_tilde)
    for i, (name, a) in enumerate(zip(DEEP, run[nearest(run, DEEP.values())], strict=True)):
        with suppress(BadInput):  # not the same alpha~ at all widths
            _line(ax, *against_h(one, "deviation", a), i, name)
    kernel = one.kernel_deviation.transpose("h", "seed").values
    if np.isfinite(kernel).any():
        _line(ax, h, kernel, 2, r"$\Theta_0$")
    over_widths(ax, h)
    _upwards(ax, r"Var $F$")
    ax.legend(title="power of $h$")


def _of_kernels(left: Axes, right: Axes, found: xr.Dataset) -> None:
    one = of_sets(found).isel(dataset=0, L=0)
    for ax, x, other in ((left, "h", "P"), (right, "P", "h")):
        at = found[x].values.astype(float)
        for i, value in enumerate(found[other].values):
            y = one.kernel_deviation.sel({other: value}).transpose(x, "seed").values
            _line(ax, at, y, i, f"${other}={value}$")
        over_widths(ax, at, f"${x}$")
        _upwards(ax, r"Var $F$")
        legend_above(ax, title=f"power of ${x}$")


def _upwards(ax: Axes, name: str) -> None:
    """Logarithmic where there is something: one network alone has no variance."""
    if any(np.isfinite(line.get_ydata()).any() for line in ax.lines):
        ax.set_yscale("log")
    ax.set_ylabel(name)
