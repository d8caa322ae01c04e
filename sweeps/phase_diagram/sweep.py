"""`python -m sweeps.phase_diagram`: the (h, alpha~) phase diagram of a network on a data set.

Trains every cell of a grid over the width h and alpha~ = sqrt(h) alpha for several seeds, locates
the jamming line by bisection in h, the lazy/feature crossover by bisection in alpha~, and the
border at alpha~ -> infinity by the flow of frozen kernels (Geiger, Petrini & Wyart, *Landscape and
training regimes in deep learning*; Geiger's thesis, Figs. 4-6 of its chapter 3). What has ended is
kept: the same command goes on where it was.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from jamming.checks.errors import BadInput
from jamming.commands.files import expanded
from jamming.execution.tasks import IdleTime
from jamming.training.spec import Job
from sweeps.engine.execute import ProgressCallback, UserSupplied, entries, execute, lacking, sound
from sweeps.engine.progress import Work
from sweeps.engine.store import Store, a_store
from sweeps.phase_diagram.diagram import diagram, next_jobs
from sweeps.shared.alpha_grid import Config, collect

CONFIG = "phase_diagram.json"
FIGURES = "analysis.phase_diagram.diagram", "analysis.phase_diagram.sections"


class Outputs(Mapping[str, Any]):
    """The arrays of a store, each read once."""

    def __init__(self, store: Store) -> None:
        self.store, self.known = store, dict[str, Any]()

    def __getitem__(self, key: str) -> Any:
        if key not in self.known:
            self.known[key] = self.store.arrays(key)
        return self.known[key]

    def __contains__(self, key: object) -> bool:
        return key in self.store

    def __iter__(self) -> Iterator[str]:
        return iter(self.store)

    def __len__(self) -> int:
        return len(self.store)


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
    path = expanded(folder) / CONFIG
    if not path.is_file():
        raise BadInput(
            f"{folder} holds no phase diagram: make one with python -m sweeps.phase_diagram"
        )
    store = Store(folder)
    fields = store.noted(CONFIG)
    try:
        job = Job(**fields.pop("job"))
        grid = {name: tuple(fields.pop(name)) for name in ("h", "alpha_tilde")}
        make: Any = Config  # checks what it is given
        config: Config = make(job, **grid, **fields)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(f"{path} is damaged or of another version: run the sweep again") from error
    runs = collect(config, entries(store))
    found = diagram(runs, Outputs(store))
    if left := sum(job.key not in store for job in next_jobs(runs)):  # of the lines
        found.attrs |= {"total": found.attrs["total"] + left, "complete": 0}
    return found


def summary(found: xr.Dataset) -> str:
    """The lines of the diagram, for people."""
    rows = ["  alpha~   jamming at h*  95% interval"]
    for a, h, low, high in zip(
        *(found[k].values for k in ("alpha_tilde", "jamming_h", "jamming_h_low", "jamming_h_high")),
        strict=True,
    ):
        said = f"{h:12.2f}     [{low:.2f}, {high:.2f}]" if math.isfinite(h) else f"{'-':>12}"
        rows.append(f"{a:8.3g}  {said}")
    rows.append("       h   kernel change 0.1, 1, 10 at alpha~")
    for h in found.h.values:
        at = found.crossover.sel(h=h).values
        rows.append(
            f"{h:8d}   " + "  ".join(f"{x:9.3g}" if math.isfinite(x) else f"{'-':>9}" for x in at)
        )
    return "\n".join(rows)
