"""Several settings side by side: data sets, depths, biases, alpha f in place of alpha (f - f0).

Errors of networks and ensembles, and h Var F, against alpha~, one line for each data set, depth and
width of a sweep; beside it, where it lies next to this one, the sweep `regimes` at the same widths
(*Disentangling feature and lazy training*, Figs. 6, 7, 15 and 16).
"""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from analysis.lazy_feature.estimates import against_alpha, ensemble_values, one_of
from analysis.lazy_feature.estimates import opened as one_sweep
from analysis.lazy_feature.regimes import TILDE, title
from analysis.plotting.axes import means
from analysis.plotting.style import Figure, panels
from sweeps.lazy_feature.regimes import RESULTS

BASE = "regimes"
AXES = ("dataset", "P", "L", "h")


def opened(folder: Path) -> list[xr.Dataset]:
    """The sweep, and `regimes` beside it where that differs in one thing alone.

    Raises BadInput if there is none, or it is damaged.
    """
    found = one_sweep(folder)
    name, _, scale = folder.name.rpartition("-")
    beside = folder.with_name(f"{BASE}-{scale}")
    if not name or folder == beside or not (beside / RESULTS).is_file():
        return [found]
    base = one_sweep(beside)
    differs = any(found.attrs[what] != base.attrs[what] for what in ("bias", "subtract"))
    same = all(found[axis].isin(base[axis]).all() for axis in AXES)
    return [found, base.sel(h=found.h.values)] if differs and same else [found]


def figure(sweeps: Sequence[xr.Dataset]) -> Figure:
    """Errors and Var F of several sweeps, lines beside each other."""
    lines = [line for found in sweeps for line in _lines(found, sweeps[0])]
    # the name of one line says nothing, as nothing differs
    heading = title(lines[0][1]) if len(lines) == 1 else ""
    with panels(1, 3, of=sweeps, title=heading, figsize=(9.4, 3.2)) as (page, axes):
        for i, (name, one, h) in enumerate(lines):
            means(axes[0], *against_alpha(one, "error", h), i, label=name)
            means(axes[1], *ensemble_values(one, h), i)
            x, y = against_alpha(one, "deviation", h)
            means(axes[2], x, h * y, i)
        names = ("test error of a network", "test error of the ensemble", r"$h$ Var $F$")
        for ax, name in zip(axes, names, strict=True):
            ax.set(xscale="log", xlabel=TILDE, ylabel=name)
        if any(np.isfinite(found.deviation).any() for found in sweeps):
            axes[2].set_yscale("log")
        page.legend(loc="outside lower center", ncols=min(4, len(lines)))
    return page


def _lines(found: xr.Dataset, first: xr.Dataset) -> list[tuple[str, xr.Dataset, int]]:
    """(name, results, width) of each line; names say what differs between lines."""
    bias, subtract = (int(found.attrs[what]) for what in ("bias", "subtract"))
    kind = ["with biases"] * bias
    if not subtract:
        kind.append(r"$\alpha f$")
    elif not int(first.attrs["subtract"]):
        kind.append(r"$\alpha(f-f_0)$")
    elif int(first.attrs["bias"]) and not bias:
        kind.append("without")
    rows = []
    for dataset, *at in itertools.product(*(found[axis].values.tolist() for axis in AXES)):
        one = one_of(found, dataset, *at[:2])
        if np.isfinite(one.error.sel(h=at[2])).any():
            values = (dataset, *(f"${axis}={v}$" for axis, v in zip("PLh", at, strict=True)))
            parts = [v for v, axis in zip(values, AXES, strict=True) if first[axis].size > 1]
            rows.append((", ".join(parts + kind) or values[-1], one, at[2]))
    return rows
