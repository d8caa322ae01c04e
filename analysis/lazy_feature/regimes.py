"""Test errors from feature to lazy learning.

(*Disentangling feature and lazy training*, Figs. 3 and 4.) Of networks against alpha and, with
their ensembles, against alpha~ = sqrt(h) alpha, the frozen initial kernel at its right end; the
ensemble's error between its two plateaus; and errors against the width.
"""

import itertools
import math
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import xarray as xr

from analysis.lazy_feature import estimates
from analysis.lazy_feature.estimates import opened as opened
from analysis.plotting.axes import means, over_widths
from analysis.plotting.style import Axes, Figure, line_style, panels
from jamming.checks.errors import BadInput
from jamming.fits.seeds import mean_over_seeds

CHOSEN = (1e-2, 10.0, 1e4)  # alpha~ of errors against the width, of those that were run
AXES = ("dataset", "P", "L", "h")
TILDE = r"$\tilde\alpha = \sqrt{h}\,\alpha$"


def figure(found: xr.Dataset) -> Figure:
    one = estimates.one_of(found)
    with panels(2, 2, of=found, title=title(one), figsize=(7.4, 5.8)) as (page, axes):
        single = axes[0, 0]
        for i, h in enumerate(one.h.values.tolist()):
            _, y = estimates.against_alpha(one, "error", h)
            means(single, one.sel(h=h).at_alpha.values, y, i, label=f"$h={h}$")
        single.set(xscale="log", xlabel=r"$\alpha$", ylabel="test error of a network")
        single.legend()
        _ensembles(axes[0, 1], one)
        _collapse(axes[1, 0], one)
        _widths(axes[1, 1], one)
    return page


def title(one: xr.Dataset, P: str = "", L: str = "") -> str:
    """What was trained, from the attributes of a sweep of regimes; `P` and `L` for several."""
    a = one.attrs
    kind, family = str(a["architecture"]), str(a["parametrisation"])
    parts = [str(one.dataset.values), P or f"$P={int(one.P)}$", L or f"$L={int(one.L)}$"]
    parts += [kind] * (kind != "fc") + [str(a["activation"])]
    seeds = int(a["seeds"])
    parts += ["with biases"] * int(a["bias"]) + [f"{seeds} network" + "s" * (seeds > 1)]
    parts += [r"$F=\alpha f$"] * (not int(a["subtract"])) + [family] * (family != "ntp")
    return ",  ".join(parts)


def lines(found: xr.Dataset, first: xr.Dataset) -> Iterator[tuple[list[str], xr.Dataset, int]]:
    """For each line of `found`: what differs between those of `first`, results, width."""
    for dataset, *at in itertools.product(*(found[axis].values.tolist() for axis in AXES)):
        values = (dataset, *(f"${axis}={v}$" for axis, v in zip(AXES[1:], at, strict=True)))
        parts = [v for v, axis in zip(values, AXES, strict=True) if first[axis].size > 1]
        yield parts, estimates.one_of(found, dataset, *at[:2]), at[2]


def both(
    ax: Axes, h: np.ndarray, single: np.ndarray, together: np.ndarray, i: int, label: str
) -> None:
    """Means of single networks [h, seeds], dotted, and their ensemble [h], as the i-th lines."""
    means(ax, h, single, i, ls=":", mfc="none")
    ax.plot(h, together, **line_style(i), lw=1, label=label)


def _ensembles(ax: Axes, one: xr.Dataset) -> None:
    right = float(one.at_alpha_tilde.max()) * 10  # the limit alpha~ -> infinity
    for i, h in enumerate(one.h.values.tolist()):
        colour, row = line_style(i)["color"], one.sel(h=h)
        x, y = estimates.against_alpha(one, "error", h)
        ax.plot(x, mean_over_seeds(y), color=colour, lw=1, ls=":")
        means(ax, *estimates.against_alpha(one, "ensemble", h), i)
        if np.isfinite(row.kernel_ensemble_error):
            ax.plot(right, float(row.kernel_ensemble_error), mfc="none", ls="", **line_style(i))
            ax.plot(right, float(row.kernel_error.mean()), "_", color=colour)
    if np.isfinite(one.kernel_ensemble_error).any():
        ax.axvline(right / 10**0.5, color="0.6", lw=0.6, ls="--")
        ax.text(right, 1.01, r"$\Theta_0$", transform=ax.get_xaxis_transform(), ha="center")
    ax.plot([], [], "k:", lw=1, label="a network")
    ax.plot([], [], "k-", lw=1, label="the ensemble")
    ax.set(xscale="log", xlabel=TILDE, ylabel="test error")
    ax.legend()


def _collapse(ax: Axes, one: xr.Dataset) -> None:
    ax.set(xscale="log", xlabel=TILDE, ylabel="ensemble's error between its plateaus")
    for i, h in enumerate(one.h.values.tolist()):
        with suppress(BadInput):  # a width without one of the regimes
            x, y = estimates.rescaled(one, h)
            means(ax, x * 1.06**i, y, i)
    try:
        said = f"distance from one curve: {estimates.collapsed(one):.2f}"
    except BadInput as problem:
        said = str(problem).split(":")[0]
    ax.set_title(said, fontsize=8)
    ax.axhline(0, color="0.6", lw=0.6)
    ax.axhline(1, color="0.6", lw=0.6)


def _widths(ax: Axes, one: xr.Dataset) -> None:
    h = one.h.values.astype(float)
    run = np.unique(one.at_alpha_tilde)
    for i, a in enumerate(dict.fromkeys(run[estimates.nearest(run, CHOSEN)].tolist())):
        place = math.log10(a)
        name = rf"$\tilde\alpha=10^{{{place:.0f}}}$" if place == round(place) else f"{a:g}"
        with suppress(BadInput):  # not the same alpha~ at all widths
            _, together = estimates.against_h(one, "ensemble_error", a)
            both(ax, *estimates.against_h(one, "error", a), together, i, name)
    kernel = one.kernel_error.transpose("h", "seed").values
    if np.isfinite(kernel).any():
        means(ax, h, kernel, 0, color="k", marker="", ls=":")
        ax.plot(h, one.kernel_ensemble_error.values, "k-", lw=1.2, label=r"$\Theta_0$ frozen")
    over_widths(ax, h)
    ax.set_ylabel("test error  (dotted: a network)")
    ax.legend()
