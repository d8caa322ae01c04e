"""How much networks of different initial weights differ (*Disentangling ...*, Figs. 4a, b and 14).

Var F against the width in both regimes, with the powers fitted to it, and h Var F against alpha~;
of a sweep of kernels over P, Var F against the width for each P instead, and its growth with P.
``python -m analysis lazy_feature.variance STORE``, a folder of `sweeps.lazy_feature.regimes`.
"""

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.lazy_feature.estimates import against_alpha, against_h, one_of
from analysis.lazy_feature.estimates import opened as opened
from analysis.lazy_feature.regimes import TILDE, title
from analysis.plotting.axes import means, width_ticks
from analysis.plotting.style import legend_above, line_style, panels
from jamming.checks.errors import BadInput
from jamming.fits.power import power_law

# where Var F is shown against h, of the alpha~ that were run
REGIMES = {"feature": 1e-2, "lazy": 1e4}


def figure(found: xr.Dataset) -> Figure:
    """Var F against the width and alpha~, or against the width and P."""
    one = one_of(found)
    with panels(1, 2, of=found, figsize=(7.4, 3.2)) as (page, (left, right)):
        heading = title(one)
        if found.P.size > 1:
            heading = heading.replace(f"$P={int(one.P)}$", r"$\Theta_0$ frozen")
            _of_kernels(left, right, found)
        else:
            _against_h(left, one)
            _against_alpha(right, one)
        page.suptitle(heading, fontsize=9)
    return page


def _line(
    ax: Axes, x: Float[np.ndarray, " n"], y: Float[np.ndarray, "n seeds"], i: int, name: str
) -> None:
    """Means with errors, and the power law through them."""
    try:
        law = power_law(x, y)
    except BadInput:  # two widths make no law
        means(ax, x, y, i, lw=0.8, label=name)
        return
    b = law.exponent
    said = f"{name}: ${b.value:.2f}\\;[{b.low:.2f}, {b.high:.2f}]$"
    means(ax, x, y, i, ls="", lw=None, label=said)
    ax.plot(x, law.prefactor.value * x**b.value, color=line_style(i)["color"], lw=0.8)


def _against_h(ax: Axes, one: xr.Dataset) -> None:
    run = np.unique(one.at_alpha_tilde.values.astype(float))
    for i, (name, a) in enumerate(REGIMES.items()):
        nearest = float(run[np.abs(np.log(run / a)).argmin()])
        try:
            _line(ax, *against_h(one, "deviation", nearest), i, name)
        except BadInput:  # not the same alpha~ at all widths
            continue
    kernel = one.kernel_deviation.transpose("h", "seed").values
    if np.isfinite(kernel).any():
        _line(ax, one.h.values.astype(float), kernel, 2, r"$\Theta_0$")
    _logarithmic(ax, one.h.values.astype(float))
    ax.set_ylabel(r"Var $F$")
    ax.legend(title="power of $h$", title_fontsize=7.5)


def _against_alpha(ax: Axes, one: xr.Dataset) -> None:
    for i, h in enumerate(one.h.values):
        x, y = against_alpha(one, "deviation", int(h))
        means(ax, x, y * int(h), i, label=f"$h={h}$")
    ax.set_xscale("log")
    _upwards(ax)
    ax.set_xlabel(TILDE)
    ax.set_ylabel(r"$h$ Var $F$")
    ax.legend()


def _of_kernels(left: Axes, right: Axes, found: xr.Dataset) -> None:
    P = found.P.values.astype(float)
    h = found.h.values.astype(float)
    rows = {
        int(p): one_of(found, P=int(p)).kernel_deviation.transpose("h", "seed").values
        for p in found.P.values
    }
    for i, (p, y) in enumerate(rows.items()):
        _line(left, h, y, i, f"$P={p}$")
    for i, width in enumerate(found.h.values):
        y = np.stack([row[i] for row in rows.values()])
        _line(right, P, y, i, f"$h={width}$")
    _logarithmic(left, h)
    _logarithmic(right, P)
    right.set_xlabel("$P$")
    legend_above(left, title="power of $h$", title_fontsize=7.5)
    legend_above(right, title="power of $P$", title_fontsize=7.5)
    for ax in (left, right):
        ax.set_ylabel(r"Var $F$")


def _logarithmic(ax: Axes, x: np.ndarray) -> None:
    ax.set_xscale("log")
    _upwards(ax)
    width_ticks(ax.xaxis, x)
    ax.set_xlabel("$h$")


def _upwards(ax: Axes) -> None:
    """Logarithmic where there is something: one network alone has no variance."""
    if any(np.isfinite(np.asarray(line.get_ydata(), float)).any() for line in ax.lines):
        ax.set_yscale("log")
