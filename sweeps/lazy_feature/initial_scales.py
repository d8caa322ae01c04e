"""`python -m sweeps.lazy_feature initial_scales`: gradients and speeds at the start, against width.

How large the gradients of f are in each layer, and how fast its pre-activations begin to move
(`jamming.observables.initial`; Geiger et al., *Disentangling feature and lazy training in
deep neural networks*, 2020, Eqs. 20 to 22 and Fig. 11). Nothing is trained.
"""

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import xarray as xr

from jamming.models.networks import chain
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.observables.initial import gradient_scales, velocities
from jamming.training.spec import Job
from sweeps.engine import gather
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "initial_scales.nc"


def initial_scales(jobs: Sequence[Job], store: Store) -> xr.Dataset:
    """Measure what the store lacks, of jobs of one depth; over (layer, h, seed).

    `gradient`, root mean square of df/dW over the L + 1 `layer`s, and `velocity`, that of dz~/dt of
    the hidden ones, NaN of the last. Raises BadInput from a job or the store.
    """
    measure(jobs, store, lambda job: (_measured(job), {}), unit="networks")
    found: dict[tuple[int, int, int], dict[str, float]] = {}
    first = jobs[0]
    for job in jobs:
        of = store[job.key]["trajectory"]
        for name, last in (("gradient", []), ("velocity", [math.nan])):
            for layer, value in enumerate([*of[name], *last], 1):
                found.setdefault((layer, job.widths[0], job.init_seed), {})[name] = value
    axes = [sorted(set(values)) for values in zip(*found, strict=True)]
    coords = dict(zip(("layer", "h", "seed"), axes, strict=True))
    return gather.gathered(found, coords).assign_attrs(
        dataset=first.dataset, P=first.P, L=first.L, alpha=first.alpha or 1.0
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


summary = gather.summary(
    ("layer", "h"), {"df/dW": ("gradient", ".3g"), "dz/dt": ("velocity", ".3g")}
)
