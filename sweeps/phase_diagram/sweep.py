"""`python -m sweeps.phase_diagram`: the (h, alpha~) phase diagram of a network on a data set.

Trains every cell of a grid over h and alpha~ = sqrt(h) alpha, locates the jamming line by bisection
in h, the lazy/feature crossover by bisection in alpha~, and the border at alpha~ -> infinity by the
flow of frozen kernels (Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*;
Geiger's thesis, Figs. 4-6 of its chapter 3).
"""

import dataclasses
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.execution.tasks import IdleTime
from jamming.execution.threads import cores
from jamming.models.counting import n_weights
from jamming.training.timing import seconds_of_tick
from sweeps.engine.execute import UserSupplied, entries, execute, lacking, sound
from sweeps.engine.gather import Said, means, page, table
from sweeps.engine.grid import saved
from sweeps.engine.progress import Work
from sweeps.engine.store import Store, a_store
from sweeps.phase_diagram.diagram import Runs, collect, diagram, next_jobs
from sweeps.phase_diagram.observed import checked, observed
from sweeps.shared.alpha_grid import Config

RESULTS, CONFIG = "phase_diagram.nc", "phase_diagram.json"


def phase_diagram(
    config: Config,
    store: Store,
    *,
    own: UserSupplied | None = None,
    progress: Work | None = None,
    client: Any = None,
    lanes: int | None = None,
    idle: IdleTime | None = None,
) -> xr.Dataset:
    """Run what the store lacks of the grid, then of the lines; the diagram (`diagram`).

    `own` replaces network and data; then ``config.job.label`` must name them, and the attribute
    `data` says what was made of labels other than +-1. `client`: a
    dask.distributed Client, whose workers do the work. Raises BadInput from a job or the store.
    """
    if own is not None and not config.job.label:
        raise BadInput("own data and networks need a label in the job, to tell their runs apart")
    if own is not None and own.x is None and config.job.dataset == "random":
        raise BadInput("random has d = h, which an own network does not say: give random<d>")
    if config.observe is not None:
        if own is not None and own.network is not None:
            raise BadInput("observables are of networks by name: leave observe out")
        checked(config)
    a_store(store).note(CONFIG, dataclasses.asdict(config))
    how = {"own": own, "client": client, "lanes": lanes, "idle": idle}
    (found,) = diagrams([config], store, progress or Work(), **how)
    said = () if own is None or own.x is None else own.data(config.job).notes
    return found.assign_attrs(data="; ".join(said)) if said else found


def diagrams(
    configs: Collection[Config], store: Store, progress: Work, **how: Any
) -> list[xr.Dataset]:
    """Run what the store lacks of some grids, then of their lines; the diagram of each."""
    jobs = [job for each in configs for job in each.grid()]
    keep = any(each.observe for each in configs)  # observables are measured from the weights
    while jobs:
        execute(jobs, store, progress, weights=keep, **how)
        entries = list(sound(store))
        found = [collect(each, entries) for each in configs]
        jobs = [job for runs in found for job in next_jobs(runs) if lacking(store, job)]
    return [_diagram(runs, store) for runs in found]


def _diagram(runs: Runs, store: Store) -> xr.Dataset:
    outputs = _outputs(runs, store)
    found = diagram(runs, outputs)
    if runs.config.observe is None:
        return found
    more = observed(runs.config, outputs)
    return found.merge(more).assign_attrs(more.attrs)


def _outputs(runs: Runs, store: Store) -> dict[str, Any]:
    return {job.key: store.arrays(job.key) for job in runs.config.grid() if job.key in store}


def open_diagram(folder: str | Path) -> xr.Dataset:
    """The diagram of a store, from what is there now; BadInput if the folder holds none."""
    lacking = "holds no phase diagram: make one with python -m sweeps.phase_diagram"
    config, store = saved(Config, folder, CONFIG, lacking)
    runs = collect(config, entries(store))
    found = _diagram(runs, store)
    if left := sum(job.key not in store for job in next_jobs(runs)):  # of the lines
        found.attrs |= {"total": found.attrs["total"] + left, "complete": 0}
    return found


def summary(found: xr.Dataset) -> str:
    def interval(one: xr.Dataset) -> str:
        low, high = float(one.jamming_h_low), float(one.jamming_h_high)
        text = f"[{low:.2f}, {high:.2f}]" if np.isfinite(one.jamming_h) else ""
        return Said(text, {"low": low, "high": high})

    lines: dict[str, Any] = {"jamming at h*": ("jamming_h", ".2f"), "95% interval": interval}
    levels = found.crossover.to_dataset("level")
    changes: dict[str, Any] = {f"alpha~ of kernel change {x:g}": (x, ".3g") for x in levels}
    of_alphas = means(found.rename(alpha_tilde="alpha~"), ("alpha~",), lines)
    return page(table(of_alphas), table(means(levels, ("h",), changes)))


def estimate(config: Config) -> str:
    """Number of trajectories, and the time that they will take here, as far as can be known.

    Gradients of the narrowest and the widest network are timed; kernel flows count, untimed.
    """
    job = config.job
    times = [seconds_of_tick(config.jobs(h, 1.0)[0]) for h in (config.h[0], config.h[-1])]
    d = job.data().x_train.shape[-1] if job.dataset != "random" else None
    c = job.network().c
    N = np.array([n_weights(d or h, h, job.L, c) for h in config.h], float)
    slope = (times[1] - times[0]) / max(N[-1] - N[0], 1)
    seconds = np.maximum(times[0] + slope * (N - N[0]), times[0])
    each = len(config.alpha_tilde) * config.networks
    high = each * seconds.sum() * job.max_ticks
    kernels = (len(config.h) * config.networks + config.sets) * config.kernel
    return (
        f"P = {job.P}, L = {job.L}: {each * len(config.h)} trajectories in"
        f" {len(config.h) * len(config.alpha_tilde)} cells, {kernels} kernel flows, and those of"
        f" the bisections; {_duration(0.1 * high)} to {_duration(high)} on {cores()} cores (a"
        " tenth of the budget, or all of it)"
    )


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.1f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
