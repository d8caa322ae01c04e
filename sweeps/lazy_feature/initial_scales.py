"""Gradients and speeds at the start of training, against width.

The command is `python -m sweeps.lazy_feature initial_scales`. At several widths, and for several
initial weights each, how large the gradients of f are in each layer and how fast its
pre-activations begin to move (`jamming.observables.initial`; Geiger et al., *Disentangling
feature and lazy training in deep neural networks*, 2020, Eqs. 20 to 22 and Fig. 11). Nothing is
trained.
"""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

from jamming.models.networks import chain
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.observables.initial import gradient_scales, velocities
from jamming.training.spec import Job
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "initial_scales.nc"


def initial_scales(jobs: Sequence[Job], store: Store) -> xr.Dataset:
    """Measure what the store lacks, of jobs of one depth; over (layer, h, seed).

    `gradient`, root mean square of df/dW over the L + 1 `layer`s, and `velocity`, that of dz~/dt of
    the hidden ones, NaN of the last.

    Raises:
        BadInput: from a job or the store.
    """
    measure(jobs, store, lambda job: (_measured(job), {}), unit="networks")
    h = sorted({job.widths[0] for job in jobs})
    seeds = sorted({job.init_seed for job in jobs})
    shape = (jobs[0].L + 1, len(h), len(seeds))
    data = {name: np.full(shape, np.nan) for name in ("gradient", "velocity")}
    for job in jobs:
        at = h.index(job.widths[0]), seeds.index(job.init_seed)
        for name, values in store[job.key]["trajectory"].items():
            data[name][(slice(len(values)), *at)] = values
    return xr.Dataset(
        {name: (("layer", "h", "seed"), values) for name, values in data.items()},
        {"layer": np.arange(1, shape[0] + 1), "h": h, "seed": seeds},
        {"dataset": jobs[0].dataset, "P": jobs[0].P, "L": jobs[0].L, "alpha": jobs[0].alpha or 1.0},
    )


def _measured(job: Job) -> dict[str, Any]:
    data = job.data()
    x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
    net = chain(job.network())
    w = net.init(job.init_key(), x[:1])
    problem = Problem(predictor(net, w, job.alpha), job.loss_function(), x, y)
    return {
        "gradient": gradient_scales(net, w, x).tolist(),
        "velocity": velocities(problem).tolist(),
    }


def summary(found: xr.Dataset) -> str:
    """A line for each layer and width."""
    rows = ["layer     h    df/dW   dz/dt"]
    for layer in found.layer.values:
        for h in found.h.values:
            one = found.sel(layer=layer, h=h)
            speed = float(one.velocity.mean())
            said = f"{speed:8.3g}" if np.isfinite(speed) else "       -"
            rows.append(f"{layer:5d}  {h:4d}  {float(one.gradient.mean()):8.3g}{said}")
    return "\n".join(rows)
