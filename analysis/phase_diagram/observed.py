"""An observable on the phase diagram, of what networks have learnt: R_f, their error, and so on.

Left: its average over networks, over (h, alpha~), with the lines of the phase diagram (`diagram`).
Right: against alpha~ at a few widths, with the standard error of the mean, over training sets where
there are several; hollow where fewer than half of the networks fit. Dashed: of the widest networks
at the start, f0, where it is known. Positive observables are averaged in logarithms
(`sweeps.shared.observables`). R_f = 1 is as stable to deformations as to noise of the same norm.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import NullLocator

from analysis.phase_diagram.diagram import crossover_lines, edges, fill, handles
from analysis.plotting.axes import checked, heading, reach, symbol, width_ticks, with_bars
from analysis.plotting.style import Figure, panels
from analysis.plotting.style import save as save
from jamming.checks.errors import BadInput
from sweeps.phase_diagram.sweep import open_diagram

opened = open_diagram
WIDTHS = 5  # drawn at the right, at most
COLOUR_MAP = "cividis"


def figure(dataset: xr.Dataset) -> Figure:
    """BadInput where nothing was observed, and as `checked`."""
    dataset = checked(dataset, "fit")
    if not np.isfinite(dataset.get("observable", np.nan)).any():
        raise BadInput("nothing was observed here: run the sweep with --observe R_f")
    black = np.asarray((dataset.fit < 0.5) | (dataset.h < dataset.get("jamming_h", -np.inf)))
    values = dataset.observable.values
    log = bool(dataset.attrs.get("log", 1))
    shape: dict[str, Any] = {"figsize": (9.6, 4.6), "width_ratios": (1, 0.04, 0.95)}
    with panels(1, 3, of=dataset, title=heading(dataset), **shape) as (page, (ax, bar, right)):
        shown = values[np.isfinite(values) & ~black]
        limits = np.quantile(shown if shown.size else values[np.isfinite(values)], [0, 1])
        norm = LogNorm(*limits) if log else Normalize(*limits)
        xlabel = f"${symbol(dataset)}$"
        ax.set(xscale="log", yscale="log", xlabel=xlabel, ylabel="width $h$")
        x, y = (edges(dataset[axis].values) for axis in ("alpha_tilde", "h"))
        fill(ax, x, y, values, norm, black, COLOUR_MAP)
        ax.xaxis.set_minor_locator(NullLocator())
        width_ticks(ax.yaxis, dataset.h.values)
        crossover_lines(ax, dataset)
        if "jamming_h" in dataset and np.isfinite(dataset.jamming_h).any():
            points: dict[str, Any] = {"ms": 2.5, "capsize": None, "label": "jamming $h^*$"}
            with_bars(ax, dataset.alpha_tilde, *reach(dataset, "jamming_h"), 1, **points)
        page.colorbar(ScalarMappable(norm, COLOUR_MAP), cax=bar)
        _curves(right, dataset, black, log)
        right.set(xscale="log", yscale="log" if log else "linear", xlabel=xlabel)
        right.set_ylabel(_label(dataset.attrs))
        right.legend(fontsize=8)
        page.legend(handles=handles(ax), loc="outside lower left", ncols=2)
    return page


def _label(attrs: Mapping[str, Any]) -> str:
    label = str(attrs.get("observe_label", attrs["observe"]))
    if "delta" not in attrs:
        return label
    return rf"{label}  ($\delta={attrs['delta']:g}$ pixel, $c={attrs['cut']}$)"


def _curves(ax: Any, dataset: xr.Dataset, black: np.ndarray, log: bool) -> None:
    """A line a width, widths evenly chosen among those that fit somewhere."""
    there = np.isfinite(dataset.observable.values).any(1)
    rows = np.flatnonzero(~black.all(1) & there)
    rows = rows if rows.size else np.flatnonzero(there)
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, WIDTHS).round().astype(int))]
    alpha = dataset.alpha_tilde.values
    for i, row in enumerate(chosen):
        one = dataset.isel(h=row)
        value, error = one.observable.values, np.nan_to_num(one.observable_se.values)
        bars = np.stack([value * -np.expm1(-error), value * np.expm1(error)]) if log else error
        apart = alpha * 1.05 ** (i - len(chosen) / 2)
        fits = ~black[row]
        with_bars(ax, apart, np.where(fits, value, np.nan), bars, i, label=f"$h={int(one.h)}$")
        ax.plot(apart[~fits], value[~fits], "o", mfc="white", color=f"C{i}", ms=4)
    start = dataset.observable_start.values[rows[-1]]
    if np.isfinite(start):
        ax.axhline(start, color="0.4", ls="--", lw=1.0, label="$f_0$, widest")
