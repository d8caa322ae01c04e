"""`python -m sweeps.transition effective`: the effective number of parameters against N.

The rank of the extended gradients (`jamming.observables.effective`) at initial weights, the biases
centred so that no neuron is silent, for several widths and P, on data and on random points. For
relu N_eff = parameters less hidden neurons (Spigler et al., *A jamming transition from under- to
over-parametrization affects generalization in deep learning*, 2019, Fig. A1).
"""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.execution.memory import fits
from jamming.models.counting import Count, count
from jamming.observables.effective import centred, n_effective
from jamming.training.ready import DOUBLE, inputs
from jamming.training.spec import Job
from sweeps.engine.gather import Said, table
from sweeps.engine.measure import measure
from sweeps.engine.store import Store

RESULTS = "effective.nc"


def effective(jobs: Sequence[Job], store: Store) -> xr.Dataset:
    """Measure what the store lacks; N_eff, N, N_all and hidden neurons over (run).

    P (d + 1) must be well above N, as the rank is at most either: raises BadInput where it is not.
    """
    measure(jobs, store, lambda job: (_measured(job), {}), unit="networks")
    rows = []
    for job in jobs:
        at = {"dataset": job.dataset, "L": job.L, "h": job.widths[0], "P": job.P}
        rows.append(at | {"seed": job.init_seed} | store[job.key]["trajectory"])
    found = xr.Dataset({name: ("run", [row[name] for row in rows]) for name in rows[0]})
    return found.set_coords(("dataset", "L", "h", "P", "seed"))


def _measured(job: Job) -> dict[str, int]:
    size = enough(job)
    x = jnp.asarray(job.data().x_train)
    net: Any = job.network()  # one of fully connected layers
    w = centred(net, net.init(job.init_key(), x[:1]), x)
    return {
        "N_eff": n_effective(net, w, x),
        "N": size.N,
        "N_all": size.all,
        "neurons": sum(job.widths),
    }


def enough(job: Job) -> Count:
    """The size of the job's network. Raises BadInput if it has too few points for it."""
    d = (inputs(job) or job.data().x_train.shape[1:])[0]
    x = jax.ShapeDtypeStruct((job.P, d), np.float64)
    size = count(jax.eval_shape(job.network().init, jax.random.key(0), x))
    columns = job.P * (x.shape[-1] + 1)
    if columns < 2 * size.all:
        raise BadInput(
            f"P (d + 1) = {columns} must be twice the {size.all} parameters: raise --P or lower --h"
        )
    fits(f"{columns} gradients of {size.all} parameters", 2 * DOUBLE * columns * size.all, "P or h")
    job.data()
    return size


def summary(found: xr.Dataset) -> str:
    titles = {"N_all": "parameters", "neurons": "hidden neurons"}
    names = ("dataset", "P", "h", "N", "N_all", "neurons", "N_eff")
    columns = [titles.get(name, name) for name in names]
    rows = zip(*(found[name].values.tolist() for name in names), strict=True)
    return table([{n: Said(x, x) for n, x in zip(columns, row, strict=True)} for row in rows])
