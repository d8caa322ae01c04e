"""Random fields beside what is predicted of them: gradient, displacement, and when they fold.

(Petrini, Favero, Geiger & Wyart, *Relative stability toward diffeomorphisms indicates performance
in deep nets*, 2021, Fig. 8.)
"""

import numpy as np
import xarray as xr
from jaxtyping import Float

from analysis.plotting.axes import means, plain_ticks, with_bars
from analysis.plotting.stored import reader
from analysis.plotting.style import COLOURS, Axes, Figure, panels
from jamming.fits.seeds import interval
from sweeps.deformations.fields import FIELD, RESULTS

opened = reader(RESULTS, "deformations fields", *FIELD, "T_max", "xi_formula", "square_exact")

SAMPLES = 200
TIMES = np.geomspace(0.3, 3, 13)  # T_max
RATIOS = {
    "gradient": r"$\|\nabla\tau\|^2 / (\pi^3/8)\, c^2 T$",
    "square": r"$\delta^2 / (\pi/4)\, n^2 T \ln c$",
}


def figure(found: xr.Dataset) -> Figure:
    c, finest = found.c.values.astype(float), found.isel(n=-1)
    with panels(1, 4, of=found, figsize=(12.4, 3.1)) as (page, (square, sums, xi, folds)):
        for i, (name, where) in enumerate({"square": "image", "centre": "centre"}.items()):
            means(square, c, finest[name].values, i, ls="", label=f"measured, {where}")
            square.plot(c, found[f"{name}_exact"], color=COLOURS[i], lw=1, label=f"sum, {where}")
        square.plot(c, found.square_formula, "k--", lw=1, label=r"$(\pi/4) \ln c$")
        square.set(ylabel=r"$\langle \delta^2 \rangle / n^2 T$")
        later = found.c.values > 1  # where ln c is not 0
        for i, (name, label) in enumerate(RATIOS.items()):
            formula = found[f"{name}_formula"].values[later]
            measured = finest[name].values[later] / formula[:, None]
            means(sums, c[later], measured, i, ls="", label=label)
            exact = found[f"{name}_exact"].values[later] / formula
            lines = None if i else "lines: sums over modes"
            sums.plot(c[later], exact, color=COLOURS[i], lw=1, label=lines)
        sums.set(ylabel="measured / formula")
        for i, n in enumerate(found.n.values):
            rows = found.xi.sel(n=n).values / found.xi_formula.values[:, None]
            with_bars(xi, c, np.median(rows, 1), _reach(rows), i, label=f"$n={n}$")
        xi.set(ylabel=r"median of $\max\, \Xi$ / formula")
        for ax in (square, sums, xi):
            ax.set(xscale="log", xlabel="cut-off $c$")
            plain_ticks(ax.xaxis, c)
            ax.legend()
        for ax in (sums, xi):
            ax.axhline(1, color="0.6", lw=0.8, zorder=0)
        _folds(folds, finest)
    return page


def _folds(ax: Axes, one: xr.Dataset) -> None:
    """The share of fields with max Xi < 1, and of those without a fold, with their errors."""
    for i, c in enumerate(one.c.values):
        here = one.sel(c=c)
        for name, style in (("xi", "-"), ("fold", ":")):
            T = TIMES * float(here.T_max)
            yes = here[name].values[:, None] * np.sqrt(T) < 1
            share = yes.mean(0)
            error = np.sqrt(share * (1 - share) / len(yes))
            label = f"$c={c}$" if name == "xi" else None
            with_bars(ax, TIMES, share, error, i, ls=style, label=label)
    ax.axhline(0.5, color="0.6", lw=0.8)
    ax.axvline(1, color="0.6", lw=0.8)
    ax.set(
        xscale="log", xlabel=r"$T / T_{\max}$", ylabel=r"share with $\Xi < 1$ (dotted: bijective)"
    )
    plain_ticks(ax.xaxis, [0.3, 0.5, 1, 2, 3])
    ax.legend()


def _reach(rows: Float[np.ndarray, "c field"]) -> Float[np.ndarray, "2 c"]:
    """How far the 95 % intervals of the medians reach down and up."""
    rng = np.random.default_rng(0)
    ends = []
    for row in rows:
        drawn = [np.median(rng.choice(row, row.size)) for _ in range(SAMPLES)]
        found = interval(float(np.median(row)), np.array(drawn), 1.0, 0.95)
        ends.append((found.value - found.low, found.high - found.value))
    return np.array(ends).T
