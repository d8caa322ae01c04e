"""The norm of the output diverges at jamming.

Left: ||f||^2 on training and test points at the end of training, against N. Beside it: that of the
training points after several learning times, against N / N* - 1, in the middle with the N* at which
the last curve is straightest, as papers tune it, on the right with that at which half of the
networks fit; the power of either, and the law (N - N*)^-2 (Geiger et al., *Scaling description of
generalization with number of parameters in deep learning*, 2020, Fig. 7).
"""

from typing import Any

import numpy as np
import xarray as xr

from analysis.double_descent.estimates import RANGE, beyond, divergence, heading, label, rows, scans
from analysis.double_descent.estimates import opened as opened
from analysis.plotting.axes import drawn, guide, transition
from analysis.plotting.style import Axes, Figure, legend_if_any, panels
from jamming.checks.errors import BadInput
from jamming.fits.power import PowerLaw, power_law


def figure(found: xr.Dataset) -> Figure:
    title, several = heading(found), scans(found)
    known = bool(several[-1].n_star > 0)  # what is perturbed may fit nowhere
    shape: dict[str, Any] = {"figsize": (10.2, 3.4) if known else (4.6, 3.6)}
    with panels(1, 3 if known else 1, of=found, title=title, **shape) as (page, axes):
        left, *both = np.atleast_1d(axes)
        for i, one in enumerate(several):
            transition(left, one, i if several[1:] else None, named=i == 0)
            drawn(left, one.N.values, rows(one, "norm") ** 2, i, label(one, found))
        for ax in (left, *both):
            ax.set(xscale="log", yscale="log")
        left.set(xlabel="$N$", ylabel=r"$\|f\|^2$, training and test points")
        legend_if_any(left)
        for ax, fitted in zip(both, (True, False), strict=False):  # none, or two
            _times(ax, several[-1], fitted=fitted)
    return page


def _times(ax: Axes, one: xr.Dataset, *, fitted: bool) -> None:
    """The largest P, as it has the sharpest transition."""
    law: PowerLaw | None
    try:
        if fitted:
            law = divergence(one)
            at = law.at.value
            said = f"fitted: {at:.0f} [{law.at.low:.0f}, {law.at.high:.0f}]"
        else:
            at, said = float(one.n_star), f"where half fit: {float(one.n_star):.0f}"
            near = beyond(one, *RANGE)
            law = power_law(near.N.values / at - 1, rows(near, "norm") ** 2)
    except BadInput:
        law, at, said = None, float(one.n_star), "where half of the seeds fit"
    past = one.isel(h=np.flatnonzero(one.N.values > 1.02 * at)) if at > 0 else one
    for i, t in enumerate(one.t.values):
        y = rows(past.sel(t=t), "norm_t") ** 2
        drawn(ax, past.N.values / at - 1, y, i, rf"after ${_power(float(t))}$ steps")
    if law is not None:
        ends, b = np.array([law.x_min, law.x_max]), law.exponent
        ends = ends / at - 1 if fitted else ends
        y = law.prefactor.value * ends[0] ** b.value
        guide(ax, ends, y, b.value, f"slope {b.value:.1f} [{b.low:.1f}, {b.high:.1f}]")
        guide(ax, ends, y * 2, -2.0, "slope -2", "k:")
    ax.set(xlabel=f"$N / N^* - 1$,  $N^*$ {said}", ylabel=r"$\|f\|^2$, training points")
    ax.set_ylim(top=30 * ax.get_ylim()[1])  # room for the legend
    ax.legend(loc="upper right")


def _power(t: float) -> str:
    """10^3, 5 10^4."""
    digits, power = f"{t:.0e}".split("e")
    if float(f"{t:.0e}") != t:
        return f"{t:g}"
    return (rf"{digits}\cdot " if digits != "1" else "") + f"10^{{{int(power)}}}"
