"""Kernels that learn Gaussian fields on spheres: learning curves, and their exponents.

Points are means over draws with standard errors, full lines what the spectra predict, broken ones
the power of the theorem: through the last point, or, of several jitters, below the best of them.
The panel of exponents has 95 % intervals over draws; where both kernels are Gaussian there is no
power, and errors are shown against n^(1/3). (Spigler, Geiger & Wyart, *Asymptotic learning curves
of kernel methods: empirical data versus teacher-student paradigm*, 2020, Figs. 2, 7, 8.)
"""

import numpy as np
import xarray as xr

from analysis.plotting.axes import drawn, plain_ticks, reach, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import Axes, Figure, legend_above, line_style, panels
from analysis.plotting.style import save as save
from jamming.fits.seeds import mean_and_error
from sweeps.kernel_curves.teacher_student import LAST, RESULTS

NAMES = ("mse", "replica", "exponent", "theorem", "condition", "rounding")
opened = reader(RESULTS, "kernel_curves teacher_student", *NAMES)

TITLES = {"laplace": "Laplace", "gaussian": "Gaussian", "matern": "Matérn"}


def figure(found: xr.Dataset) -> Figure:
    with panels(1, 2, of=found, figsize=(8.6, 3.7)) as (page, (curves, exponents)):
        _curves(curves, found)
        if np.isinf(found.theorem.values).all():
            _stretched(exponents, found)
        elif found.sizes["jitter"] > 1:
            _of_jitters(exponents, found)
        else:
            _exponents(exponents, found)
        names = {role: TITLES[found.attrs[role]] for role in ("teacher", "student")}
        page.suptitle(f"{names['teacher']} teacher, {names['student']} student", fontsize=9)
    return page


def varied(found: xr.Dataset) -> str:
    """What the cases differ in: nu where there are several, or else d."""
    return "nu" if len(set(found.nu.values)) > 1 else "d"


def lines(found: xr.Dataset) -> list[tuple[str, xr.Dataset]]:
    """One curve for each case and jitter, with what it is called."""
    name = varied(found)
    symbol = {"nu": r"$\nu", "d": "$d"}[name]
    several = found.sizes["jitter"] > 1
    rows = []
    for i in range(found.sizes["case"]):
        for j in range(found.sizes["jitter"]):
            one = found.isel(case=i, jitter=j)
            parts = [f"{symbol} = {float(one[name]):g}$"] if found.sizes["case"] > 1 else []
            parts += [f"jitter {float(one.jitter):.0e}"] if several else []
            rows.append((", ".join(parts) or f"{symbol} = {float(one[name]):g}$", one))
    return rows


def _curves(ax: Axes, found: xr.Dataset) -> None:
    n = found.n.values.astype(float)
    for i, (label, one) in enumerate(lines(found)):
        # what is not above the error of rounding is not shown
        known = one.mse.where(one.mse > one.rounding).transpose("n", "seed").values
        drawn(ax, n, known, i, label, ls="")
        ax.plot(n, one.replica.values, color=line_style(i)["color"], lw=1)
        last = float(np.nanmean(known[-1])) if np.isfinite(known[-1]).any() else np.nan
        if found.sizes["jitter"] == 1 and np.isfinite(float(one.theorem)):
            law = last * (n / n[-1]) ** -float(one.theorem)
            ax.plot(n, law, color=line_style(i)["color"], lw=0.7, ls="--")
    if found.sizes["jitter"] > 1 and np.isfinite(float(found.theorem[0])):
        least = float(found.mse.isel(case=0, n=-1).mean("seed").min())
        law = 0.85 * least * (n / n[-1]) ** -float(found.theorem[0])
        ax.plot(n, law, "k--", lw=0.9, label=rf"$n^{{-{float(found.theorem[0]):.3g}}}$")
    ax.set(xscale="log", yscale="log", xlabel="points $n$", ylabel="mean square error")
    plain_ticks(ax.xaxis, n)
    legend_above(ax, ncols=2 if len(lines(found)) > 3 else 1)


def _exponents(ax: Axes, found: xr.Dataset) -> None:
    """Against d or nu, beside the theorem."""
    name = varied(found)
    one = found.isel(jitter=0).sortby(name)
    x = one[name].values.astype(float)
    value, bars = reach(one, "exponent")
    with_bars(
        ax, x, value, bars, 0, ls="", label=f"last {LAST} sizes, up to $n = {int(found.n[-1])}$"
    )
    ax.plot(x, one.theorem.values, "k--", lw=0.9, label=r"$\min(\alpha_T - d, 2\alpha_S) / d$")
    sizes, theory = (
        np.log(each.isel(n=slice(-LAST, None)).values) for each in (one.n, one.replica)
    )
    ax.plot(
        x,
        -np.polyfit(sizes, theory.T, 1)[0],
        color=line_style(0)["color"],
        lw=1,
        label="spectra, same sizes",
    )
    ax.set(xlabel=rf"$\{name}$" if name == "nu" else "$d$", ylabel=r"exponent $\beta$")
    ax.set_ylim(bottom=0)
    plain_ticks(ax.xaxis, x)
    ax.legend()


def _of_jitters(ax: Axes, found: xr.Dataset) -> None:
    """What the jitter does to the errors of each size: measured, and predicted."""
    one = found.isel(case=0)
    for i, n in enumerate(found.n.values):
        rows = one.mse.sel(n=n).transpose("jitter", "seed").values
        jitter = np.where(one.jitter.values > 0, one.jitter.values, np.nan)
        drawn(ax, jitter, rows, i, f"$n = {int(n)}$", ls="")
        ax.plot(jitter, one.replica.sel(n=n).values, color=line_style(i)["color"], lw=1)
    ax.set(xscale="log", yscale="log", xlabel="jitter", ylabel="mean square error")
    legend_above(ax, ncols=2)


def _stretched(ax: Axes, found: xr.Dataset) -> None:
    """Against n^(1/3), where a stretched exponential is a straight line."""
    x = found.n.values.astype(float) ** (1 / 3)
    for i, (label, one) in enumerate(lines(found)):
        known = one.mse.where(one.mse > one.rounding).transpose("n", "seed").values
        mean, _ = mean_and_error(known)
        drawn(ax, x, known, i, label, ls="")
        there = np.isfinite(mean)
        if there.sum() > 2:
            slope, start = np.polyfit(x[there], np.log(mean[there]), 1)
            ax.plot(x, np.exp(start + slope * x), color=line_style(i)["color"], lw=0.7, ls="--")
    ax.set(yscale="log", xlabel="$n^{1/3}$", ylabel="mean square error")
    legend_above(ax)
