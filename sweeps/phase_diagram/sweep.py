"""`python -m sweeps.phase_diagram`: the (h, alpha~) phase diagram of a network on a data set.

Trains every cell of a grid over h and alpha~ = sqrt(h) alpha, locates the jamming line by bisection
in h, the lazy/feature crossover by bisection in alpha~, and the border at alpha~ -> infinity by the
flow of frozen kernels (Geiger, Petrini & Wyart, *Landscape and training regimes in deep learning*;
Geiger's thesis, Figs. 4-6 of its chapter 3).
"""

import dataclasses
import math
from pathlib import Path
from typing import Any

import xarray as xr

from jamming.checks.errors import BadInput
from jamming.execution.tasks import IdleTime
from sweeps.engine.execute import ProgressCallback, UserSupplied, entries, execute, lacking, sound
from sweeps.engine.gather import number, table
from sweeps.engine.grid import saved
from sweeps.engine.progress import Work
from sweeps.engine.store import Store, a_store
from sweeps.phase_diagram.diagram import diagram, next_jobs
from sweeps.shared.alpha_grid import Config, collect

RESULTS, CONFIG = "phase_diagram.nc", "phase_diagram.json"


class Outputs(dict[str, Any]):
    """The arrays of a store, each read once."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store

    def __missing__(self, key: str) -> Any:
        self[key] = found = self.store.arrays(key)
        return found

    def __contains__(self, key: object) -> bool:
        return key in self.store


def phase_diagram(
    config: Config,
    store: Store,
    *,
    own: UserSupplied | None = None,
    progress: ProgressCallback | None = None,
    client: Any = None,
    lanes: int | None = None,
    idle: IdleTime | None = None,
) -> xr.Dataset:
    """Run what the store lacks of the grid, then of the lines; the diagram (`diagram`).

    `own` replaces network and data; then ``config.job.label`` must name them. `client`: a
    dask.distributed Client, whose workers do the work.

    Raises:
        BadInput: from a job, the store, or own networks and data without a label.
    """
    if own is not None and not config.job.label:
        raise BadInput("own data and networks need a label in the job, to tell their runs apart")
    if own is not None and own.x is None and config.job.dataset == "random":
        raise BadInput("random has d = h, which an own network does not say: give random<d>")
    a_store(store).note(CONFIG, dataclasses.asdict(config))
    progress = Work() if progress is None else progress
    jobs = config.grid()
    while jobs:
        execute(jobs, store, progress, own=own, client=client, lanes=lanes, idle=idle)
        runs = collect(config, sound(store))
        jobs = [job for job in next_jobs(runs) if lacking(store, job)]
    return diagram(runs, Outputs(store))


def open_diagram(folder: str | Path) -> xr.Dataset:
    """The diagram of a store, from what is there now.

    Raises:
        BadInput: the folder holds no phase diagram.
    """
    lacking = "holds no phase diagram: make one with python -m sweeps.phase_diagram"
    config, store = saved(Config, folder, CONFIG, lacking)
    runs = collect(config, entries(store))
    found = diagram(runs, Outputs(store))
    if left := sum(job.key not in store for job in next_jobs(runs)):  # of the lines
        found.attrs |= {"total": found.attrs["total"] + left, "complete": 0}
    return found


def summary(found: xr.Dataset) -> str:
    """The lines of the diagram, for people."""
    lines = []
    for a in found.alpha_tilde.values:
        one = found.sel(alpha_tilde=a)
        h, low, high = (float(one[f"jamming_h{tail}"]) for tail in ("", "_low", "_high"))
        interval = f"[{low:.2f}, {high:.2f}]" if math.isfinite(h) else ""
        at = {"alpha~": f"{a:.3g}", "jamming at h*": number(h, ".2f"), "95% interval": interval}
        lines.append(at)
    changes = [
        {"h": str(h)}
        | {
            f"alpha~ of kernel change {level:g}": number(at, ".3g")
            for level, at in zip(found.level.values, found.crossover.sel(h=h).values, strict=True)
        }
        for h in found.h.values
    ]
    return f"{table(lines)}\n{table(changes)}"
