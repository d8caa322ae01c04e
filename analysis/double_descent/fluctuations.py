"""Why the test error goes on falling with N: fluctuations of the learned function.

Six panels, of which the first five are Figs. 5 and 6 of *Scaling description of generalization with
number of parameters in deep learning* (Geiger et al., 2020): variance of f, slope of f in the
input, distance delta between decision boundaries against its estimate, test error against delta,
what averaging takes off the error against N; and how good the linear estimate of a boundary is
(Fig. 9).
"""

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.ticker import FixedLocator, NullFormatter

from analysis.double_descent.axes import drawn, guide, heading, transition
from analysis.double_descent.axes import opened as opened
from analysis.double_descent.estimates import PAST, beyond, excess_rows, large, rows, scans
from analysis.plotting.axes import with_interval
from analysis.plotting.style import COLOURS, Axes, Figure, legend_if_any, panels
from jamming.checks.errors import BadInput
from jamming.fits.power import corrected, power_law

TICKS = [a * 10.0**k for k in range(-3, 4) for a in (1, 2, 3, 5)]


def figure(found: xr.Dataset) -> Figure:
    """Fluctuations against N; of several P or depths, the last."""
    one = scans(found)[-1]
    with panels(2, 3, of=found, title=heading(found), figsize=(9.0, 5.6)) as (page, axes):
        (variance, slope, estimate), (error, excess, zeros) = axes
        _variance(variance, one)
        _slope(slope, one)
        _estimate(estimate, one)
        _error(error, one)
        _excess(excess, one)
        _zeros(zeros, one)
        for ax in (variance, slope, excess, zeros):
            transition(ax, one)
            ax.set(xscale="log", xlabel="$N$")
        zeros.set_xlim(variance.get_xlim())
    return page


def _law(
    ax: Axes, x: Float[np.ndarray, " n"], y: Float[np.ndarray, "n seeds"], expected: float
) -> None:
    """The fitted power law, and the one that is expected, below it."""
    try:
        law = power_law(x, y)
    except BadInput:  # too few widths yet
        return
    b = law.exponent
    first = law.prefactor.value * law.x_min**b.value
    span = (law.x_min, law.x_max)
    guide(ax, span, first, b.value, f"slope {with_interval(b)}")
    guide(ax, span, 0.55 * first, expected, f"slope {expected:g}", style="k:")


def _variance(ax: Axes, one: xr.Dataset) -> None:
    drawn(ax, one.N.values, rows(one, "deviation_test"), 0, "test points")
    drawn(ax, one.N.values, rows(one, "deviation_train"), 1, "training points")
    past = large(one)
    _law(ax, past.N.values, rows(past, "deviation_test"), -0.5)
    ax.set(yscale="log", ylabel=r"$\langle\|f - \bar f\|^2\rangle$")
    ax.legend(loc="upper right")


def _slope(ax: Axes, one: xr.Dataset) -> None:
    N, y = one.N.values, rows(one, "slope")
    x = np.broadcast_to(N[:, None], y.shape)
    ax.plot(x, y, ".", color=COLOURS[0], ms=2, alpha=0.4)
    ax.plot(N, np.nanmedian(y, 1), color=COLOURS[0], lw=1.2, label="median")
    past = large(one)
    for power, line in ((-0.25, "k:"), (-0.5, "k--")):
        try:
            law = corrected(past.N.values, rows(past, "slope"), (power,))
        except BadInput:  # too few widths yet
            break
        x = np.geomspace(law.x_min, law.x_max)
        form = rf"$C_0 + C_1 N^{{{power:g}}}$, $\chi^2 = {law.chi2:.1f}$"
        ax.plot(x, law.floor.value + law.prefactors[0].value * x**power, line, lw=0.9, label=form)
    ax.set(yscale="log", ylabel=r"$\|\nabla f\|$")
    ax.legend(loc="upper right")


def _estimate(ax: Axes, one: xr.Dataset) -> None:
    past = beyond(one, 1.0) if np.isfinite(float(one.n_star)) else one
    x, y = rows(past, "delta_estimate"), rows(past, "delta")
    N = np.broadcast_to(past.N.values[:, None], x.shape)
    there = np.isfinite(x) & np.isfinite(y)
    x, y, N = x[there], y[there], N[there]
    shown = ax.scatter(x, y, c=np.log10(N), s=5, cmap="cividis")
    ax.figure.colorbar(shown, ax=ax, label=r"$\log_{10} N$")
    ends = np.array([np.nanmin(x), np.nanmax(x)])
    ratio = float(np.exp(np.nanmean(np.log(y / x))))
    ax.plot(ends, ratio * ends, "k:", lw=0.9, label=f"{ratio:.2f} times the estimate")
    ax.set(xscale="log", yscale="log")
    for axis in (ax.xaxis, ax.yaxis):  # less than a decade has no room for all labels
        axis.set_major_locator(FixedLocator(TICKS))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    ax.set_xlabel(r"$\|f - \bar f\| / \|\nabla f\|,\ \ N > N^*$")
    ax.set_ylabel(r"$\delta$ between the boundaries")
    ax.legend()


def _error(ax: Axes, one: xr.Dataset) -> None:
    past = beyond(one, PAST)
    delta, error = rows(past, "delta"), rows(past, "test_error")
    x = np.nanmedian(delta, 1)
    drawn(ax, x, error, 0, f"$N > {PAST:g}\\,N^*$", lw=0.0)
    there = np.isfinite(x)
    if there.sum() > 2:
        a, b = np.polyfit(x[there] ** 2, np.nanmean(error, 1)[there], 1)
        s = np.linspace(0, np.nanmax(x), 100)
        ax.plot(s, b + a * s**2, "k--", lw=0.9, label=rf"${b:.3f} + {a:.2g}\,\delta^2$")
    ax.set(xlabel=r"$\delta$, median over networks", ylabel="test error")
    ax.legend()


def _excess(ax: Axes, one: xr.Dataset) -> None:
    drawn(ax, one.N.values, excess_rows(one), 0)
    past = large(one)
    _law(ax, past.N.values, excess_rows(past), -0.5)
    ax.set(yscale="log", ylabel=r"$\epsilon_N - \bar\epsilon_N$")
    legend_if_any(ax)


def _zeros(ax: Axes, one: xr.Dataset) -> None:
    quartiles = one.crossing.mean("seed").transpose("quartile", "h")
    low, middle, high = quartiles.where(np.isfinite(quartiles)).values
    N, colour = one.N.values, COLOURS[0]
    ax.fill_between(N, low, high, color=colour, alpha=0.2, lw=0, label="half of all")
    ax.plot(N, middle, color=colour, lw=1.2, label="median")
    ax.axhline(1.0, color="k", lw=0.8, ls=":")
    ax.set_ylabel(r"zero of $f$ along $\nabla f$, by $|f| / |\nabla f|$")
    ax.legend()
