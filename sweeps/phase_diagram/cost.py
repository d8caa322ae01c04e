"""What a phase diagram will cost, before it starts."""

import time

import numpy as np

from jamming.execution.threads import cores
from jamming.models.counting import n_weights
from jamming.training.train import train
from sweeps.shared.alpha_grid import Config


def estimate(config: Config) -> str:
    """Number of trajectories, and the time that they will take here, as far as can be known.

    Each kind of cell is timed on a few ticks of the narrowest and the widest network.
    """
    job = config.job
    times = []
    for h in (config.h[0], config.h[-1]):
        one = config.jobs(h, 1.0)[0].replace(max_ticks=40, kernel_points=0)
        train([one], workers=1)  # compiles
        begin = time.perf_counter()
        train([one], workers=1)
        times.append((time.perf_counter() - begin) / 40)
    d = job.data().x_train.shape[-1] if job.dataset != "random" else None
    N = np.array([n_weights(d or h, h, job.L) for h in config.h], float)
    slope = (times[1] - times[0]) / max(N[-1] - N[0], 1)
    seconds = np.maximum(times[0] + slope * (N - N[0]), times[0])
    each = len(config.alpha_tilde) * config.seeds
    high = each * seconds.sum() * job.max_ticks / cores()
    kernels = (len(config.h) * config.seeds + 1) * config.kernel
    return (
        f"P = {job.P}, L = {job.L}: {each * len(config.h)} trajectories in"
        f" {len(config.h) * len(config.alpha_tilde)} cells, {kernels} kernel flows, and those of"
        f" the bisections; {_duration(0.1 * high)} to {_duration(high)} on {cores()} cores (a"
        " tenth of the budget, or all of it)"
    )


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:.1f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
