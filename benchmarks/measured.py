"""What one version of this package takes for some trajectories; `benchmarks.versions` asks it.

Run in the environment of that version, as a process that stays: it reads the fields of a job, a
line of JSON, and answers with another one. Of the package it imports what all versions have.
"""

import json
import sys
import time
from typing import Any

import jax
import numpy as np

try:
    from jamming import Job, train
except ImportError:  # they were elsewhere once
    from jamming.job import Job  # type: ignore[no-redef]
    from jamming.trajectory import train  # type: ignore[no-redef]


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Seconds of compiling and of all networks side by side, gradients, outputs on test points."""
    fields = asked["job"] | {"widths": tuple(asked["job"]["widths"])}
    jobs = [Job(**fields, init_seed=seed) for seed in range(asked["seeds"])]
    first, again = (timed([jobs[0]])[0] for _ in range(2))
    seconds, runs = timed(jobs)
    ticks = [run.ticks for run in runs]
    return {
        "compiling": max(0.0, first - again),
        "seconds": seconds,
        "gradients": float(np.median(ticks)),
        "ms": 1e3 * sum(run.seconds for run in runs) / sum(ticks),
        "F_test": [np.asarray(run.F_test).tolist() for run in runs],
    }


def timed(jobs: list[Job]) -> tuple[float, Any]:
    """The seconds that they take on all cores, and their trajectories."""
    begin = time.perf_counter()
    runs = train(jobs)
    return time.perf_counter() - begin, runs


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
