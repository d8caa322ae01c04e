"""The figure of a search for N*: the jump of N_Delta / N, and N* against P.

Left: N_Delta / N against P / N, one point a run. Middle: against the loss. Right, where several P
are there: N* with its interval, the fitted exponent, and the bound N* <= 4 P (*The jamming
transition as a paradigm*, Figs. 5, 6, 9 and 10). Run as ``python -m analysis transition.nstar
results.nc figure.png``.
"""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from analysis.plotting.axes import over_points
from analysis.plotting.style import into_file, line_style, panels
from analysis.transition.estimates import BOUND
from sweeps.engine.store.sealed import read_results

RESULTS = "results.nc"
# the variables that the figure shows
SHOWN = (
    *("P", "L", "n_star", "n_star_low", "n_star_high", "exponent", "exponent_low", "exponent_high"),
    *("run_P", "run_L", "N", "n_delta", "loss", "result"),
)
# N_Delta / N is drawn up to here; far inside the jammed phase it goes to P / N
CAP = 2.0


def figure(results: xr.Dataset) -> Figure:
    """The jump, and N*(P) where there are several P, of `jamming.nstar.report.to_dataset`.

    Its attribute `bound` is the largest N* / P that stability allows, 1 / (C_0 - N_c / N), by
    default that of the papers; infinite, it is not drawn.
    """
    many = results.sizes["P"] > 1
    frame = panels(1, 3 if many else 2, of=results, figsize=(10.5 if many else 7, 3.4))
    with frame as (page, axes):
        _jump(axes[0], results)
        _against_loss(axes[1], results)
        if many:
            _n_star(axes[2], results, float(results.attrs.get("bound", BOUND)))
        page.legend(handles=_handles(results), loc="outside upper left", ncols=12)
    return page


draw = into_file(figure)


def _look(results: xr.Dataset, i: int, j: int) -> dict[str, Any]:
    """Of depth number i and P number j: marker for L, colour for P, or for L if there is one P."""
    return line_style(i) | {"color": line_style(i if results.sizes["P"] == 1 else j)["color"]}


def _handles(results: xr.Dataset) -> list[Line2D]:
    """The legend: a colour for each P, then a marker for each L."""
    rows = [
        (f"P = {P}", _look(results, 0, j) | {"marker": "."}) for j, P in enumerate(results.P.values)
    ]
    depths = [(f"L = {L}", _look(results, i, 0)) for i, L in enumerate(results.L.values)]
    if len(rows) > 1:
        depths = [(name, shape | {"color": "0.4"}) for name, shape in depths]
    else:
        rows = [(rows[0][0], {"marker": "none"})]
    return [Line2D([], [], ls="", label=name, **shape) for name, shape in rows + depths]


def _runs(results: xr.Dataset, i: int, j: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(mask of the runs, their N_Delta / N capped, their loss) of depth number i and P number j."""
    mine = (results.run_L.values == results.L.values[i]) & (
        results.run_P.values == results.P.values[j]
    )
    ratio = results.n_delta.values[mine] / results.N.values[mine]
    return mine, np.minimum(ratio, CAP), results.loss.values[mine]


def _cells(results: xr.Dataset) -> list[tuple[int, int]]:
    return [(i, j) for i in range(results.sizes["L"]) for j in range(results.sizes["P"])]


def _jump(ax: Axes, results: xr.Dataset) -> None:
    for i, j in _cells(results):
        mine, ratio, _ = _runs(results, i, j)
        P, shape = float(results.P.values[j]), _look(results, i, j)
        ax.plot(P / results.N.values[mine], ratio, ls="", alpha=0.6, mew=0, **shape)
        n_star = float(results.n_star.values[i, j])
        if np.isfinite(n_star):
            ax.axvline(P / n_star, color=shape["color"], lw=0.8, ls=":", zorder=0)
    ax.set_xlabel("$P/N$   (dotted: $P/N^*$)")
    ax.set_ylabel(rf"$N_\Delta/N$ at the end   (capped at {CAP:g})")
    ax.set_ylim(-0.05, CAP + 0.05)


def _against_loss(ax: Axes, results: xr.Dataset) -> None:
    unfitted = results.result.values.astype(str) != "FITTED"
    for i, j in _cells(results):
        mine, ratio, loss = _runs(results, i, j)
        shown = unfitted[mine]
        ax.plot(loss[shown], ratio[shown], ls="", alpha=0.6, mew=0, **_look(results, i, j))
    ax.set_xscale("log")
    ax.set_xlabel(rf"loss at the end   ({int((~unfitted).sum())} fitted runs not shown)")
    ax.set_ylabel(r"$N_\Delta/N$ at the end")
    ax.set_ylim(-0.05, CAP + 0.05)


def _n_star(ax: Axes, results: xr.Dataset, bound: float) -> None:
    P = results.P.values.astype(float)
    for i, L in enumerate(results.L.values):
        one = results.sel(L=L)
        n, low, high = (one[k].values for k in ("n_star", "n_star_low", "n_star_high"))
        there = np.isfinite(n)
        label = f"L = {L}"
        if np.isfinite(one.exponent):
            a, a_low, a_high = (
                float(one[k]) for k in ("exponent", "exponent_low", "exponent_high")
            )
            label += f":  $N^* \\sim P^{{{a:.2f}}}$  [{a_low:.2f}, {a_high:.2f}]"
        bars = np.abs(np.stack([n - low, high - n])[:, there])
        # a little apart, so that depths do not hide one another
        x = P[there] * 1.04 ** (i - (results.sizes["L"] - 1) / 2)
        ax.errorbar(x, n[there], bars, capsize=2, lw=1, label=label, **line_style(i))
    if np.isfinite(bound):
        ax.plot(P, bound * P, "k--", lw=0.8, label=rf"bound $N^* = {bound:.2g}P$")
    ax.plot(P, P / 2.8, "k:", lw=0.8, label=r"$P/2.8$ (random data, papers)")
    over_points(ax, P)
    ax.set_yscale("log")
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_ylabel("$N^*$")
    # room for the legend above the bound
    bottom, top = ax.get_ylim()
    ax.set_ylim(bottom, top * (top / bottom) ** (0.15 + 0.1 * results.sizes["L"]))
    ax.legend(loc="upper left")


def opened(source: Path) -> xr.Dataset:
    """The results of a search, from their file or its folder.

    Raises:
        BadInput: there are none, or they are damaged.
    """
    return read_results(source / RESULTS if source.is_dir() else source, *SHOWN)
