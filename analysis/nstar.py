"""The figure of a search for N*: the jump of N_Delta / N, and N* against P.

Left: N_Delta / N against P / N, one point a run. Middle: against the loss. Right, where several
P are there: N* with its interval, the fitted exponent, and the bound N* <= 4 P (*The jamming
transition as a paradigm*, Figs. 5, 6, 9 and 10). Run as ``python -m analysis.nstar results.nc
figure.png``.
"""

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from analysis.style import COLOURS, MARKERS, style

# P / N* >= C_0 - N_c / N, about 1/2 - 1/4 for relu
BOUND = 4.0


def draw(results: xr.Dataset, target: str | Path | BytesIO) -> None:
    """Draw the figure of `jamming.nstar.report.to_dataset` into a file (PNG unless it says PDF)."""
    many = results.sizes["P"] > 1
    with style():
        figure, axes = plt.subplots(1, 3 if many else 2, figsize=(10.5 if many else 7, 3.2))
        try:
            _jump(axes[0], results)
            _against_loss(axes[1], results)
            if many:
                _n_star(axes[2], results)
            figure.savefig(target)
        finally:
            plt.close(figure)


def _groups(results: xr.Dataset) -> list[tuple[int, int, np.ndarray, dict[str, Any]]]:
    """(L, P, mask of its runs, style) for each; marker for L, colour for P (for L if P is one)."""
    run_L, run_P = results.run_L.values, results.run_P.values
    one_P = results.sizes["P"] == 1
    return [
        (
            int(L),
            int(P),
            (run_L == L) & (run_P == P),
            {
                "color": COLOURS[(i if one_P else j) % len(COLOURS)],
                "marker": MARKERS[i % len(MARKERS)],
            },
        )
        for i, L in enumerate(results.L.values)
        for j, P in enumerate(results.P.values)
    ]


def _jump(ax: Axes, results: xr.Dataset) -> None:
    ratio = results.n_delta.values / results.N.values
    for L, P, mine, look in _groups(results):
        x = P / results.N.values[mine]
        ax.plot(x, ratio[mine], ls="", alpha=0.6, mew=0, label=f"P = {P}, L = {L}", **look)
        n_star = float(results.n_star.sel(L=L, P=P))
        if np.isfinite(n_star):
            ax.axvline(P / n_star, color=look["color"], lw=0.8, ls=":")
    ax.set_xlabel("$P/N$   (dotted: $P/N^*$)")
    ax.set_ylabel(r"$N_\Delta/N$ at the end")
    ax.set_ylim(-0.05, max(1.0, min(2.0, float(ratio.max(initial=0)) * 1.05)))
    if results.sizes["L"] * results.sizes["P"] <= 8:
        ax.legend(loc="upper left", frameon=True, framealpha=0.9, edgecolor="none")


def _against_loss(ax: Axes, results: xr.Dataset) -> None:
    ratio, loss = results.n_delta.values / results.N.values, results.loss.values
    unfitted = results.result.values.astype(str) != "FITTED"
    for _, _, mine, look in _groups(results):
        ax.plot(loss[mine & unfitted], ratio[mine & unfitted], ls="", alpha=0.6, mew=0, **look)
    fitted = int((~unfitted).sum())
    ax.set_xscale("log")
    if unfitted.any():
        ax.set_ylim(-0.05, max(1.0, min(2.0, float(ratio.max(initial=0)) * 1.05)))
    ax.set_xlabel(rf"loss at the end   ({fitted} fitted runs not shown)")
    ax.set_ylabel(r"$N_\Delta/N$ at the end")


def _n_star(ax: Axes, results: xr.Dataset) -> None:
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
        look: dict[str, Any] = {
            "color": COLOURS[i % len(COLOURS)],
            "marker": MARKERS[i % len(MARKERS)],
        }
        # a little apart, so that depths do not hide one another
        x = P[there] * 1.04 ** (i - (results.sizes["L"] - 1) / 2)
        ax.errorbar(x, n[there], bars, capsize=2, lw=1, label=label, **look)
    ax.plot(P, BOUND * P, "k--", lw=0.8, label=r"bound $N^* = 4P$")
    ax.plot(P, P / 2.8, "k:", lw=0.8, label=r"$P/2.8$ (random data, papers)")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(P, [f"{p:g}" for p in P])
    ax.minorticks_off()
    ax.set_xlabel("$P$")
    ax.set_ylabel("$N^*$")
    ax.legend(loc="best")


def main(arguments: list[str]) -> int:
    """``results.nc [figure.png]``; exit code 2 and one line where the file cannot be read."""
    if not 1 <= len(arguments) <= 2:
        print("usage: python -m analysis.nstar RESULTS.nc [FIGURE.png]", file=sys.stderr)
        return 2
    source = Path(arguments[0])
    target = Path(arguments[1]) if len(arguments) == 2 else source.with_suffix(".png")
    try:
        with xr.open_dataset(source) as results:
            draw(results.load(), target)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        print(f"cannot draw {source}: {reason}", file=sys.stderr)
        return 2
    print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
