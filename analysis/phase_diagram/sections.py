"""Double descent: test error against the width h, of single networks and of their ensemble.

One panel for each of up to three values of alpha~ = sqrt(h) alpha, below, about and above the
crossover from feature to lazy learning. The error of one network peaks where it begins to fit the
data, the jamming transition h* (vertical line, shaded: its 95 % interval); averaging networks
removes the peak. After *Perspective: a phase diagram for deep learning unifying jamming, feature
learning and lazy training*, Fig. 5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import xarray as xr
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from analysis.plotting import cli
from analysis.plotting.axes import checked, heading, plain_ticks, symbol, width_ticks, with_bars
from analysis.plotting.style import Axes, Figure, line_style, panels
from analysis.plotting.style import save as save
from jamming.checks.errors import BadInput
from jamming.commands.typed import Help
from sweeps.phase_diagram.sweep import open_diagram

opened = open_diagram
# the columns drawn where none are asked for: feature learning, the crossover, lazy learning
ALPHA_TILDE = (1e-1, 1e1, 1e3)
PANELS = 3
NEAREST = (
    f"one to {PANELS} values, the nearest columns are drawn (default:"
    f" {' '.join(f'{a:g}' for a in ALPHA_TILDE)})"
)
KINDS = {  # variable: what the legend calls it
    "error": "single networks: mean, standard error",
    "ensemble_error": "ensemble, standard error",
}
HOLLOW: dict[str, Any] = {"ls": "", "marker": "o", "color": "0.35", "mfc": "white"}
JAMMING: dict[str, Any] = {"color": "0.35", "lw": 1.0}


def figure(dataset: xr.Dataset, alpha_tilde: Sequence[float] | None = None) -> Figure:
    """A panel for each of the columns nearest to `alpha_tilde`.

    h and the fraction of the test set that is misclassified are logarithmic; hollow points are
    those of widths at which fewer than half of the seeds fit. Raises BadInput if `dataset` lacks h,
    alpha_tilde, error, ensemble_error or fit, and as `columns`.
    """
    dataset = checked(dataset, *KINDS, "fit")
    chosen = columns(dataset, alpha_tilde)
    n = len(chosen)
    shape: dict[str, Any] = {"sharex": True, "sharey": True, "squeeze": False}
    shape |= {"title": heading(dataset), "figsize": (2.2 + 2.4 * n, 3.7)}
    with panels(1, n, of=dataset, **shape) as (page, (axes,)):
        for ax, i in zip(axes, chosen, strict=True):
            _panel(ax, dataset.isel(alpha_tilde=i))
        errors = dataset[[*KINDS]].isel(alpha_tilde=chosen).to_array().values
        _limits(axes[0], dataset.h.values.astype(float), errors)
        for ax in axes:
            _parameters(ax, dataset)
        seeds = dataset.attrs.get("seeds")
        notes = [f"{seeds} seeds"] * bool(seeds) + ["zeros not shown"] * bool((errors == 0).any())
        axes[0].set_ylabel("test error" + (f"   ({', '.join(notes)})" if notes else ""))
        rows = [line_style(i) | {"label": KINDS[name], "lw": 1.0} for i, name in enumerate(KINDS)]
        rows.append(HOLLOW | {"label": "hollow: most do not fit"})
        if "jamming_h" in dataset:
            rows.append(JAMMING | {"label": "jamming $h^*$, shaded: 95 % interval"})
        handles = [Line2D([], [], **row) for row in rows]
        page.legend(handles=handles, loc="outside lower center", ncols=2)
    return page


def columns(dataset: xr.Dataset, alpha_tilde: Sequence[float] | None = None) -> list[int]:
    """The columns nearest, in log, to the values asked for, each once and ascending.

    Where nothing is asked for, to `ALPHA_TILDE`, among the columns that hold any error. Raises
    BadInput of more than three values, or one that is not positive.
    """
    asked = ALPHA_TILDE if alpha_tilde is None else tuple(alpha_tilde)
    if not 1 <= len(asked) <= PANELS:
        raise BadInput(f"there are {PANELS} panels at most: give one to {PANELS} values of alpha~")
    if not all(0 < a < np.inf for a in asked):
        raise BadInput("alpha~ must be positive: its axis is logarithmic")
    there = np.arange(dataset.sizes["alpha_tilde"])
    known = np.isfinite(dataset.error).any("h") | np.isfinite(dataset.ensemble_error).any("h")
    if alpha_tilde is None and known.any():
        there = there[known]
    log = np.log(dataset.alpha_tilde.values[there])
    return sorted({int(there[np.abs(log - np.log(a)).argmin()]) for a in asked})


def _panel(ax: Axes, one: xr.Dataset) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log", nonpositive="mask")
    at, low, high = (float(one.get(f"jamming_h{end}", np.nan)) for end in ("", "_low", "_high"))
    if np.isfinite([low, high]).all():
        ax.axvspan(low, high, color="0.88", lw=0, zorder=0, label="_jamming interval")
    if np.isfinite(at):
        ax.axvline(at, zorder=0.5, label="_jamming", **JAMMING)
    h, hollow = one.h.values, one.fit.values < 0.5
    for i, name in enumerate(KINDS):
        error, bars = one[name].values, one.get(f"{name}_se", one[name] * np.nan).values
        # a bar down to zero or below would have no end on a logarithmic axis
        ends = np.stack([np.minimum(bars, 0.99 * error), bars])
        with_bars(ax, h, error, ends, i, marker=None, elinewidth=0.9, capsize=2.2, label=f"_{name}")
        shape = line_style(i) | {"ls": "", "ms": 3.5, "zorder": 3}
        ax.plot(h[~hollow], error[~hollow], label=f"_{name} fits", **shape)
        ax.plot(h[hollow], error[hollow], mfc="white", label=f"_{name} jammed", **shape)
    ax.set(xlabel="width $h$", title=rf"${symbol(one)}={_tex(float(one.alpha_tilde))}$")


def _tex(value: float) -> str:
    """0.1, 30 or 1.2 10^5, in two digits."""
    if 1e-2 <= value < 1e3:
        return f"{value:.2g}" if value < 100 else f"{value:.0f}"
    digits, power = f"{value:.1e}".split("e")
    digits = digits.removesuffix(".0")
    return ("" if digits == "1" else rf"{digits}\times") + f"10^{{{int(power)}}}"


def _limits(ax: Axes, h: np.ndarray, errors: np.ndarray) -> None:
    beyond = (h[-1] / h[0]) ** 0.05 if h.size > 1 else 1.25
    ax.set_xlim(h[0] / beyond, h[-1] * beyond)
    width_ticks(ax.xaxis, h)
    known = errors[np.isfinite(errors) & (errors > 0)]
    if known.size:
        ax.set_ylim(known.min() / 1.25, known.max() * 1.25)
    low, high = ax.get_ylim()
    decades = LogLocator(subs=(1, 2, 5))
    inside = [low <= tick <= high for tick in decades.tick_values(low, high)]
    plain_ticks(ax.yaxis, decades if sum(inside) > 2 else MaxNLocator(4))


def _parameters(ax: Axes, dataset: xr.Dataset) -> None:
    """Round numbers N of parameters along the top, where the widths have them."""
    N = dataset.get("N", dataset.h * np.nan)
    h, N = dataset.h.values[N > 0].astype(float), N.values[N > 0]
    if not N.size or np.any(np.diff(N) <= 0):
        return
    decades = np.arange(np.ceil(np.log10(N[0])), np.floor(np.log10(N[-1])) + 1)
    at, labels = 10.0**decades, [f"$10^{{{k:.0f}}}$" for k in decades]
    if at.size < 2:
        at = N[np.unique([0, N.size - 1])]
        labels = [f"{n:g}" for n in at]
    top = ax.secondary_xaxis("top")
    top.set_xticks(np.exp(np.interp(np.log(at), np.log(N), np.log(h))), labels)
    top.xaxis.set_minor_locator(NullLocator())
    top.set_xlabel("parameters $N$")
    ax.spines.top.set_visible(True)


@dataclass(frozen=True, kw_only=True)
class Drawing(cli.Drawing):
    """Which columns to draw."""

    alpha_tilde: Annotated[tuple[float, ...] | None, Help(NEAREST)] = None
