"""Double descent: the test error against N, of single networks, early-stopped ones and ensembles.

Of one P and depth: all three against N with the asymptotic form of the error of large networks,
the error of each network, and the training error (Geiger et al., *Scaling description ...*, 2020,
Fig. 2). Of several: against N, and against N / N*, where all cusps lie above each other (Spigler et
al., *A jamming transition from under- to over-parametrization ...*, 2019, Fig. 4 B and C).
"""

from contextlib import suppress
from typing import Any

import numpy as np
import xarray as xr

from analysis.double_descent import estimates
from analysis.double_descent.estimates import heading, label, rows, scans
from analysis.double_descent.estimates import opened as opened
from analysis.plotting.axes import drawn, plain_ticks, transition
from analysis.plotting.style import Axes, Figure, line_style, panels
from jamming.checks.errors import BadInput
from jamming.fits.power import corrected

TICKS = np.array([0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5])


def figure(found: xr.Dataset) -> Figure:
    """Errors against N; of several P or depths, against N / N* as well."""
    one, *others = scans(found)
    n, title = 2 if others else 3, heading(found)
    with panels(1, n, of=found, title=title, figsize=(1.0 + 2.9 * n, 3.4)) as (page, axes):
        left, right = axes[:2]
        right.sharey(left)
        for ax in axes:
            ax.set(xscale="log", xlabel="$N$")
        if others:
            _compared(left, right, found)
        else:
            _errors(left, one)
            _each(right, one, estimates.networks(found))
            transition(axes[2], one)
            drawn(axes[2], one.N.values, rows(one, "train_error"), 0)
            axes[2].set(ylabel="training error", ylim=(0, None))
        left.set(yscale="log", ylabel="test error")
        low, high = left.get_ylim()
        plain_ticks(left.yaxis, TICKS[(low <= TICKS) & (high >= TICKS)])
        right.tick_params(labelleft=False)
    return page


def _errors(ax: Axes, one: xr.Dataset) -> None:
    N = one.N.values
    transition(ax, one, named=True)
    drawn(ax, N, rows(one, "test_error"), 0, "single networks")
    drawn(ax, N, rows(one, "early_error"), 2, "stopped at their best")
    drawn(ax, N, rows(one, "ensemble"), 1, f"average of {int(one.averaged.max())}")
    past = estimates.beyond(one, estimates.ASYMPTOTIC)
    with suppress(BadInput):  # too few widths
        law = corrected(past.N.values, rows(past, "test_error"))
        B_0, B_1 = (each.value for each in law.prefactors)
        N, B = np.geomspace(law.x_min, law.x_max, 100), law.floor.value
        text = rf"${B:.3f} {B_0:+.2g}\,N^{{-1/2}} {B_1:+.2g}\,N^{{-3/4}}$"
        ax.plot(N, B + B_0 * N**-0.5 + B_1 * N**-0.75, "k--", lw=1.0, zorder=3, label=text)
    ax.legend()


def _each(ax: Axes, one: xr.Dataset, each: xr.Dataset) -> None:
    """The error of every network, and which of them fit: self-averaging at a glance."""
    transition(ax, one)
    N, error, fits = each.N.values, rows(each, "test_error"), rows(each, "fitted") > 0
    x = np.broadcast_to(N[:, None], error.shape)
    shape: dict[str, Any] = line_style(0) | {"ls": "", "ms": 2.4, "alpha": 0.7}
    ax.plot(x[fits], error[fits], **shape, label="each network, fits")
    ax.plot(x[~fits], error[~fits], **shape, mfc="white", label="does not fit")
    drawn(ax, N, rows(one, "ensemble"), 1, "average")
    ax.legend()


def _compared(left: Axes, right: Axes, found: xr.Dataset) -> None:
    """Several P or depths: end of training in full, best moment in hollow points."""
    for i, one in enumerate(scans(found)):
        N, name = one.N.values, label(one, found)
        transition(left, one, i)
        for ax, x in ((left, N), (right, one.place.values)):
            drawn(ax, x, rows(one, "test_error"), i, name if ax is left else "")
            drawn(ax, x, rows(one, "early_error"), i, lw=0.0, mfc="white")
    right.axvline(1.0, color="0.5", lw=0.8, ls=":")
    left.plot([], [], "o", color="0.35", mfc="white", ms=3.5, label="stopped at their best")
    right.set_xlabel("$N / N^*$")
    left.legend()
