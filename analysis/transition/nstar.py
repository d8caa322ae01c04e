"""The figure of a search for N*: the jump of N_Delta / N, and N* against P.

Left: N_Delta / N against P / N, one point a run. Middle: against the loss. Right, where several P
are there: N* with its interval, the fitted exponent, and the bound N* <= 4 P (*The jamming
transition as a paradigm*, Figs. 5, 6, 9 and 10).
"""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from analysis.plotting.axes import over_points, reach, with_bars, with_interval
from analysis.plotting.style import Axes, Figure, line_style, panels
from analysis.plotting.style import save as save
from analysis.transition.estimates import BOUND
from jamming.fits.seeds import Interval
from sweeps.engine.store.sealed import read_results

RESULTS = "results.nc"
SHOWN = (  # variables
    *("P", "L", "n_star", "n_star_low", "n_star_high", "exponent", "exponent_low", "exponent_high"),
    *("run_P", "run_L", "N", "n_delta", "loss", "result"),
)
CAP = 2.0  # N_Delta / N is drawn up to here; far inside the jammed phase it goes to P / N


def opened(source: Path) -> xr.Dataset:
    """The results of a search, from their file or its folder; BadInput if they are damaged."""
    return read_results(source / RESULTS if source.is_dir() else source, *SHOWN)


def figure(results: xr.Dataset) -> Figure:
    """The jump, and N*(P) where there are several P, of `jamming.nstar.report.to_dataset`.

    Its attribute `bound` is the largest N* / P that stability allows, 1 / (C_0 - N_c / N), by
    default that of the papers; infinite, it is not drawn.
    """
    n = 2 + (results.sizes["P"] > 1)
    with panels(1, n, of=results, figsize=(3.5 * n, 3.4)) as (page, axes):
        _points(axes[0], axes[1], results)
        for ax in axes[2:]:
            _n_star(ax, results, float(results.attrs.get("bound", BOUND)))
        # a colour for each P, then a marker for each L
        point, grey = ({"marker": "."}, {"color": "0.4"}) if n > 2 else ({"marker": "none"}, {})
        rows = [(f"P = {P}", 0, j, point) for j, P in enumerate(results.P.values)]
        rows += [(f"L = {L}", i, 0, grey) for i, L in enumerate(results.L.values)]
        handles = [
            Line2D([], [], ls="", label=name, **_line_style(results, i, j) | shape)
            for name, i, j, shape in rows
        ]
        page.legend(handles=handles, loc="outside upper left", ncols=12)
    return page


def _line_style(results: xr.Dataset, i: int, j: int) -> dict[str, Any]:
    """Of depth number i and P number j: marker for L, colour for P, or for L if there is one P."""
    return line_style(i) | {"color": line_style(i if results.sizes["P"] == 1 else j)["color"]}


def _points(left: Axes, right: Axes, results: xr.Dataset) -> None:
    """N_Delta / N, capped, of all runs against P / N, and of those that do not fit against loss."""
    fitted = results.result.values.astype(str) == "FITTED"
    N, loss = results.N.values, results.loss.values
    share = np.minimum(results.n_delta.values / N, CAP)
    for i, L in enumerate(results.L.values):
        for j, P in enumerate(results.P.values.astype(float)):
            mine = (results.run_L.values == L) & (results.run_P.values == P)
            shape = _line_style(results, i, j) | {"ls": "", "alpha": 0.6, "mew": 0}
            left.plot(P / N[mine], share[mine], **shape)
            right.plot(loss[mine & ~fitted], share[mine & ~fitted], **shape)
            if np.isfinite(results.n_star[i, j]):
                at = P / float(results.n_star[i, j])
                left.axvline(at, color=shape["color"], lw=0.8, ls=":", zorder=0)
    ylabel, ylim = r"$N_\Delta/N$ at the end", (-0.05, CAP + 0.05)
    capped = f"{ylabel}   (capped at {CAP:g})"
    left.set(xlabel="$P/N$   (dotted: $P/N^*$)", ylabel=capped, ylim=ylim)
    xlabel = f"loss at the end   ({int(fitted.sum())} fitted runs not shown)"
    right.set(xscale="log", xlabel=xlabel, ylabel=ylabel, ylim=ylim)


def _n_star(ax: Axes, results: xr.Dataset, bound: float) -> None:
    P = results.P.values.astype(float)
    for i, L in enumerate(results.L.values):
        one = results.sel(L=L).dropna("P", subset=["n_star"])
        label = f"L = {L}"
        if np.isfinite(one.exponent):
            ends = (float(one[f"exponent{end}"]) for end in ("", "_low", "_high"))
            label += f":  $N^* \\sim P^{{{with_interval(Interval(*ends), '}$  ')}"
        # a little apart, so that depths do not hide one another
        x = one.P.values * 1.04 ** (i - (results.sizes["L"] - 1) / 2)
        with_bars(ax, x, *reach(one, "n_star"), i, label=label)
    if np.isfinite(bound):
        ax.plot(P, bound * P, "k--", lw=0.8, label=rf"bound $N^* = {bound:.2g}P$")
    ax.plot(P, P / 2.8, "k:", lw=0.8, label=r"$P/2.8$ (random data, papers)")
    over_points(ax, P)
    ax.set(yscale="log", ylabel="$N^*$")
    ax.yaxis.set_minor_locator(NullLocator())
    # room for the legend above the bound
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom, top * (top / bottom) ** (0.15 + 0.1 * results.sizes["L"]))
    ax.legend(loc="upper left")
