"""A store made by hand, with all that a store may have: quick to make, and of known numbers."""

import dataclasses
from pathlib import Path

import numpy as np
import xarray as xr

from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.checkpoints import Running
from sweeps.engine.measure import entry
from sweeps.engine.store import Store
from sweeps.engine.store.sealed import sealed_netcdf
from sweeps.phase_diagram.sweep import CONFIG
from sweeps.shared.alpha_grid import Config
from tests.made_up.runs import ended

SMALL = Config(
    Job(dataset="random5", P=8, widths=(2,), test_points=6, max_ticks=50),
    h=(2, 3),
    alpha_tilde=(1.0,),
    seeds=1,
    refine=1.0,
    kernel=False,
)
JOBS = SMALL.grid()
SAVED = {
    "state0": np.arange(3.0),
    "state1": np.asarray(7, np.int32),
    "seenloss": np.array([2.0, 1.0]),
    "seconds": np.asarray(1.5),
}
TABLE = xr.Dataset({"n": ("P", [1.5, 2.5, 3.5])}, {"P": [1, 2, 3]}, {"config": '{"P": [1, 2, 3]}'})


def run(job: Job) -> Trajectory:
    """A made-up end, other for each job."""
    rng = np.random.default_rng([job.widths[0], job.init_seed])
    F_train, F_test = rng.normal(size=8), rng.normal(size=6)
    y = np.where(np.arange(6) % 2, 1.0, -1.0)
    one = ended(job, loss=float(rng.random()))
    return dataclasses.replace(
        one, F_train=F_train, F_test=F_test, y_test=y, w=None, kernel_change=0.1
    )


def save_run(store: Store, job: Job, trajectory: Trajectory) -> None:
    """Put a trajectory into the store."""
    store[job.key] = entry(job, trajectory.to_dict(), trajectory.arrays())


def filled(folder: Path) -> Store:
    """A store with all that a store may have."""
    store, other = Store(folder), Store(folder / "kernels", "kernels")
    store.note(CONFIG, dataclasses.asdict(SMALL))
    for job in JOBS:
        save_run(store, job, run(job))
    save_run(other, JOBS[0], run(JOBS[0]))
    store.write("results.nc", sealed_netcdf(TABLE))
    for name in ("one", "two"):
        Running(store).save(name, SAVED | {"seconds": np.asarray(float(len(name)))})
        SAVED["state0"][:] += 1
    return store
