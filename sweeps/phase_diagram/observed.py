"""Observables on the phase diagram: of what has been learnt at each (h, alpha~), and at the start.

Which there are, and how to add one: `sweeps.shared.observables`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.data import Dataset
from jamming.training.spec import Job
from sweeps.engine.gather import gathered
from sweeps.shared.alpha_grid import Config
from sweeps.shared.deformed import CUT, delta, images
from sweeps.shared.observables import Observable, chosen, trained


def observed(config: Config, outputs: Mapping[str, Any]) -> xr.Dataset:
    """`config.observe` in each cell, averaged over networks, and the standard error of that.

    `observable`, `observable_se` (h, alpha_tilde) are of F = alpha (f - f0), `observable_start` and
    `observable_start_se` (h) of f0. Averages are of logarithms, and errors relative, where the
    attribute `log` is 1. With several training sets the error is over these. NaN where there is no
    run; networks that diverged, or of which the observable is not known, are left out. `outputs`
    maps the key of a job that is there to its arrays. Raises BadInput if these are without weights,
    and as `checked`.
    """
    with jax.enable_x64(config.job.precision == "float64"):
        return _observed(config, outputs)


def checked(config: Config) -> tuple[Observable, int | None]:
    """What `config.observe` names, as `chosen`; BadInput where data that it is of are no images."""
    what, layer = chosen(config.observe, config.job)
    if what.images:
        images(config.job)
    return what, layer


def _observed(config: Config, outputs: Mapping[str, Any]) -> xr.Dataset:
    name, job = str(config.observe), config.job
    what, layer = checked(config)
    known: dict[tuple[int, int], Dataset] = {}

    def value(job: Job, w: np.ndarray | None) -> float:
        at = job.data_seed, job.widths[0] if job.dataset == "random" else 0  # which has d = h
        if at not in known:
            data = job.data()
            # a copy, as test points are a view of all that are not for training
            known[at] = replace(data, x_test=data.x_test.copy(), y_test=data.y_test.copy())
        of = trained(job, known[at], w, layer)
        return what.of(of) if of.finite else np.nan

    def averaged(name: str, jobs: Sequence[Job], start: bool = False) -> dict[str, float]:
        values: dict[int, list[float]] = {}
        for job in jobs:
            if start or job.key in outputs:
                w = None if start else _weights(outputs[job.key])
                values.setdefault(job.data_seed, []).append(value(job, w))
        return dict(zip((name, f"{name}_se"), _average(what, values.values()), strict=True))

    cells = {
        (h, a): averaged("observable", config.jobs(h, a))
        for h in config.h
        for a in config.alpha_tilde
    }
    first = config.alpha_tilde[0]
    starts = {
        (h,): averaged("observable_start", config.jobs(h, first) if what.start else [], start=True)
        for h in config.h
    }
    axes = {"h": config.h, "alpha_tilde": config.alpha_tilde}
    found = xr.merge([gathered(cells, axes), gathered(starts, {"h": config.h})])
    of_images = {"delta": delta(job.dataset), "cut": CUT} if what.images else {}
    said = what.label + (f" of hidden layer {layer}" if layer else "")
    return found.assign_attrs(observe=name, observe_label=said, log=int(what.log), **of_images)


def _weights(arrays: Mapping[str, Any]) -> np.ndarray:
    if arrays.get("w") is None:
        raise BadInput(
            "the runs here were made without their weights, which observables need: give --out"
            " another folder"
        )
    return np.asarray(arrays["w"])


def _average(what: Observable, values: Iterable[Sequence[float]]) -> tuple[float, float]:
    """Of the values on each training set; the error is over sets, or over networks on one."""
    each = [np.array(row, float) for row in values]
    rows = [np.log(row[row > 0]) if what.log else row for row in each]
    rows = [row[np.isfinite(row)] for row in rows]
    means = rows[0] if len(rows) == 1 else np.array([row.mean() for row in rows if row.size])
    if not means.size:
        return np.nan, np.nan
    error = means.std(ddof=1) / np.sqrt(means.size) if means.size > 1 else np.nan
    return float(np.exp(means.mean()) if what.log else means.mean()), float(error)
