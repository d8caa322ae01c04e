"""Why the test error goes on falling with N: fluctuations of the learned function.

Six panels, five as Figs. 5 and 6 of *Scaling description of generalization ...* (Geiger et al.,
2020): variance of f, slope of f in the input, distance delta between decision boundaries against
its estimate, test error against delta, what averaging takes off the error against N; and how good
the linear estimate of a boundary is (Fig. 9).
"""

from contextlib import suppress

import numpy as np
import xarray as xr
from jaxtyping import Float
from matplotlib.ticker import FixedLocator, NullFormatter

from analysis.double_descent.estimates import LARGE, PAST, beyond, heading, rows, scan
from analysis.double_descent.estimates import opened as opened
from analysis.plotting.axes import band, drawn, guide, transition, with_interval
from analysis.plotting.style import COLOURS, Axes, Figure, legend_if_any, panels
from jamming.checks.errors import BadInput
from jamming.fits.power import corrected, power_law

TICKS = [a * 10.0**k for k in range(-3, 4) for a in (1, 2, 3, 5)]


def figure(found: xr.Dataset) -> Figure:
    """Fluctuations against N; of several P or depths, the last."""
    one = scan(found)
    N, past = one.N.values, beyond(one, LARGE)
    with panels(2, 3, of=found, title=heading(found), figsize=(9.0, 5.6)) as (page, axes):
        (variance, slope, estimate), (error, excess, zeros) = axes
        drawn(variance, N, rows(one, "deviation_test"), 0, "test points")
        drawn(variance, N, rows(one, "deviation_train"), 1, "training points")
        _law(variance, past, rows(past, "deviation_test"))
        variance.set(yscale="log", ylabel=r"$\langle\|f - \bar f\|^2\rangle$")
        variance.legend()
        _slope(slope, one)
        _estimate(estimate, beyond(one, 1.0) if np.isfinite(one.n_star) else one)
        _error(error, beyond(one, PAST))
        drawn(excess, N, rows(one, "excess"), 0)
        _law(excess, past, rows(past, "excess"))
        excess.set(yscale="log", ylabel=r"$\epsilon_N - \bar\epsilon_N$")
        legend_if_any(excess)
        quartiles = one.crossing.mean("seed").transpose("quartile", "h")
        low, middle, high = quartiles.where(np.isfinite(quartiles)).values
        band(zeros, N, middle, low, high, COLOURS[0], "median")
        zeros.collections[0].set_label("half of all")
        zeros.axhline(1.0, color="k", lw=0.8, ls=":")
        zeros.set_ylabel(r"zero of $f$ along $\nabla f$, by $|f| / |\nabla f|$")
        zeros.legend()
        for ax in (variance, slope, excess, zeros):
            transition(ax, one)
            ax.set(xscale="log", xlabel="$N$")
        zeros.set_xlim(variance.get_xlim())
    return page


def _law(ax: Axes, past: xr.Dataset, y: Float[np.ndarray, "h seeds"]) -> None:
    """The fitted power law of N, and below it the one that is expected."""
    with suppress(BadInput):  # too few widths yet
        law = power_law(past.N.values, y)
        b, span = law.exponent, (law.x_min, law.x_max)
        first = law.prefactor.value * law.x_min**b.value
        guide(ax, span, first, b.value, f"slope {with_interval(b)}")
        guide(ax, span, 0.55 * first, -0.5, "slope -0.5", "k:")


def _slope(ax: Axes, one: xr.Dataset) -> None:
    y, past = rows(one, "slope"), beyond(one, LARGE)
    ax.plot(one.N.values, y, ".", color=COLOURS[0], ms=2, alpha=0.4)
    ax.plot(one.N.values, np.nanmedian(y, 1), color=COLOURS[0], lw=1.2, label="median")
    with suppress(BadInput):  # too few widths yet
        for power, line in ((-0.25, "k:"), (-0.5, "k--")):
            law = corrected(past.N.values, rows(past, "slope"), (power,))
            N = np.geomspace(law.x_min, law.x_max)
            form = rf"$C_0 + C_1 N^{{{power:g}}}$, $\chi^2 = {law.chi2:.1f}$"
            fit = law.floor.value + law.prefactors[0].value * N**power
            ax.plot(N, fit, line, lw=0.9, label=form)
    ax.set(yscale="log", ylabel=r"$\|\nabla f\|$")
    ax.legend(loc="upper right")


def _estimate(ax: Axes, past: xr.Dataset) -> None:
    x, y = rows(past, "delta_estimate"), rows(past, "delta")
    N = np.broadcast_to(past.N.values[:, None], x.shape)
    there = np.isfinite(x) & np.isfinite(y)
    x, y, N = x[there], y[there], N[there]
    shown = ax.scatter(x, y, c=np.log10(N), s=5, cmap="cividis")
    ax.figure.colorbar(shown, ax=ax, label=r"$\log_{10} N$")
    ends = np.array([x.min(), x.max()])
    ratio = float(np.exp(np.nanmean(np.log(y / x))))
    ax.plot(ends, ratio * ends, "k:", lw=0.9, label=f"{ratio:.2f} times the estimate")
    xlabel = r"$\|f - \bar f\| / \|\nabla f\|,\ \ N > N^*$"
    ax.set(xscale="log", yscale="log", xlabel=xlabel, ylabel=r"$\delta$ between the boundaries")
    for axis in (ax.xaxis, ax.yaxis):  # less than a decade has no room for all labels
        axis.set_major_locator(FixedLocator(TICKS))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    ax.legend()


def _error(ax: Axes, past: xr.Dataset) -> None:
    x, error = np.nanmedian(rows(past, "delta"), 1), rows(past, "test_error")
    drawn(ax, x, error, 0, f"$N > {PAST:g}\\,N^*$", lw=0.0)
    there = np.isfinite(x)
    if there.sum() > 2:
        a, b = np.polyfit(x[there] ** 2, np.nanmean(error, 1)[there], 1)
        s = np.linspace(0, np.nanmax(x), 100)
        ax.plot(s, b + a * s**2, "k--", lw=0.9, label=rf"${b:.3f} + {a:.2g}\,\delta^2$")
    ax.set(xlabel=r"$\delta$, median", ylabel="test error")
    ax.legend()
