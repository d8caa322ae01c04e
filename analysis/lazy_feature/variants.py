"""Several settings side by side: data sets, depths, biases, alpha f in place of alpha (f - f0).

Errors of networks and ensembles, and h Var F, against alpha~, one line for each data set, depth and
width of a sweep; beside it, where it lies next to this one, the sweep `regimes` at the same widths
(*Disentangling feature and lazy training*, Figs. 6, 7, 15 and 16).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from analysis.lazy_feature.estimates import against_alpha
from analysis.lazy_feature.estimates import opened as one_sweep
from analysis.lazy_feature.regimes import AXES, TILDE, lines, title
from analysis.plotting.axes import means
from analysis.plotting.style import Figure, panels
from sweeps.lazy_feature.regimes import RESULTS


def opened(folder: Path) -> list[xr.Dataset]:
    """The sweep, and `regimes` beside it if it differs in one thing alone; BadInput if damaged."""
    found = one_sweep(folder)
    name, _, scale = folder.name.rpartition("-")
    beside = folder.with_name(f"regimes-{scale}")
    if not name or folder == beside or not (beside / RESULTS).is_file():
        return [found]
    base = one_sweep(beside)
    differs = any(found.attrs[what] != base.attrs[what] for what in ("bias", "subtract"))
    same = all(found[axis].isin(base[axis]).all() for axis in AXES)
    return [found, base.sel(h=found.h.values)] if differs and same else [found]


def figure(sweeps: Sequence[xr.Dataset]) -> Figure:
    rows = [
        (", ".join(parts + _kind(found, sweeps[0])) or f"$h={h}$", one, h)
        for found in sweeps
        for parts, one, h in lines(found, sweeps[0])
        if np.isfinite(one.error.sel(h=h)).any()
    ]
    # the name of one line says nothing, as nothing differs
    heading = title(rows[0][1]) if len(rows) == 1 else ""
    with panels(1, 3, of=sweeps, title=heading, figsize=(9.4, 3.2)) as (page, axes):
        for i, (name, one, h) in enumerate(rows):
            means(axes[0], *against_alpha(one, "error", h), i, label=name)
            means(axes[1], *against_alpha(one, "ensemble", h), i)
            x, y = against_alpha(one, "deviation", h)
            means(axes[2], x, h * y, i)
        names = ("test error of a network", "test error of the ensemble", r"$h$ Var $F$")
        for ax, name in zip(axes, names, strict=True):
            ax.set(xscale="log", xlabel=TILDE, ylabel=name)
        if any(np.isfinite(found.deviation).any() for found in sweeps):
            axes[2].set_yscale("log")
        page.legend(loc="outside lower center", ncols=min(4, len(rows)))
    return page


def _kind(found: xr.Dataset, first: xr.Dataset) -> list[str]:
    """What distinguishes a sweep from the first, or the first from another."""
    bias, subtract = (int(found.attrs[what]) for what in ("bias", "subtract"))
    kind = ["with biases"] * bias
    if not subtract:
        kind.append(r"$\alpha f$")
    elif not int(first.attrs["subtract"]):
        kind.append(r"$\alpha(f-f_0)$")
    elif int(first.attrs["bias"]) and not bias:
        kind.append("without")
    return kind
