"""The norm of the output diverges at jamming.

Left: ||f||^2 on training and test points at the end of training, against N. Right: that of the
training points after several learning times, against N / N* - 1 with the N* at which the last curve
is straightest, and the law (N - N*)^-2 (Geiger et al., *Scaling description ...*, 2020, Fig. 7).
"""

import numpy as np
import xarray as xr

from analysis.double_descent.estimates import divergence, heading, label, rows, scans
from analysis.double_descent.estimates import opened as opened
from analysis.plotting.axes import drawn, guide, transition
from analysis.plotting.style import Axes, Figure, legend_if_any, panels
from jamming.checks.errors import BadInput


def figure(found: xr.Dataset) -> Figure:
    title, several = heading(found), scans(found)
    with panels(1, 2, of=found, title=title, figsize=(7.2, 3.4)) as (page, (left, right)):
        for i, one in enumerate(several):
            transition(left, one, i if several[1:] else None, named=i == 0)
            drawn(left, one.N.values, rows(one, "norm") ** 2, i, label(one, found))
        for ax in (left, right):
            ax.set(xscale="log", yscale="log")
        left.set(xlabel="$N$", ylabel=r"$\|f\|^2$, training and test points")
        legend_if_any(left)
        _times(right, several[-1])
    return page


def _times(ax: Axes, one: xr.Dataset) -> None:
    """The largest P, as it has the sharpest transition."""
    try:
        law = divergence(one)
        at, said = law.at.value, rf"$N^* = {law.at.value:.0f}$ fitted"
    except BadInput:
        law, at, said = None, float(one.n_star), "$N^*$ where half of the seeds fit"
    past = one.isel(h=np.flatnonzero(one.N.values > 1.02 * at)) if at > 0 else one
    x = past.N.values / at - 1
    for i, t in enumerate(one.t.values):
        drawn(ax, x, rows(past.sel(t=t), "norm_t") ** 2, i, rf"after ${_power(float(t))}$ steps")
    if law is not None:
        ends, b = np.array([law.x_min, law.x_max]) / at - 1, law.exponent.value
        y = law.prefactor.value * ends[0] ** b
        guide(ax, ends, y, b, f"slope {b:.1f}")
        guide(ax, ends, y * 2, -2.0, "slope -2", "k:")
    ax.set(xlabel=f"$N / N^* - 1$,  {said}", ylabel=r"$\|f\|^2$, training points")
    ax.legend(loc="upper right")


def _power(t: float) -> str:
    """10^3, 5 10^4."""
    digits, power = f"{t:.0e}".split("e")
    if float(f"{t:.0e}") != t:
        return f"{t:g}"
    return (rf"{digits}\cdot " if digits != "1" else "") + f"10^{{{int(power)}}}"
