"""The tangent kernel between test points, before and after learning.

The command is `python -m sweeps.lazy_feature gram`. At a few alpha~, Theta between test points
sorted by their labels, at the initial weights and at those of the end: where features are learnt
the kernel inflates, and differently within a class and between classes (Geiger et al.,
*Disentangling feature and lazy training in deep neural networks*, 2020, Fig. 8a and b). What was
measured is kept: the same command goes on where it was.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.checks.errors import BadInput
from jamming.kernels.empirical import ntk
from jamming.observables.label_information import (
    MOMENTS,
    TOP,
    LabelInformation,
    columns,
    contrast,
    label_information,
)
from jamming.training.build import network_at
from jamming.training.spec import Job
from sweeps.engine.execute import ProgressCallback, execute, load_run
from sweeps.engine.measure import measure
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.shared import alpha_grid as grid

RESULTS, KERNELS = "gram.nc", "kernels"


def gram(
    config: grid.Config,
    store: Store,
    *,
    progress: ProgressCallback | None = None,
    client: Any = None,
) -> xr.Dataset:
    """Train and measure what the store lacks, at the only width of the config.

    `theta` over (alpha_tilde, moment, point, other) of the first seed, the points sorted by their
    label `y`; `contrast` over (alpha_tilde, seed, moment), see there; `fitted` over (alpha_tilde,
    seed), 1 where the network came to fit all points within its budget; and what the top
    eigenvectors know of the labels (`jamming.observables.label_information`), NaN where the points
    are too few for it.

    Raises:
        BadInput: from a job or the store.
    """
    cells = [config.jobs(config.h[0], a) for a in config.alpha_tilde]
    jobs = [job for cell in cells for job in cell]
    execute(jobs, store, Work() if progress is None else progress, weights=True, client=client)
    fitted = [load_run(store, job, arrays=False).fitted for job in jobs]
    kernels = Store(store.folder / KERNELS, KERNELS)
    measure(jobs, kernels, lambda job: ({}, _kernels(job, store)), unit="networks")
    measured = [kernels.arrays(job.key) for job in jobs]
    shape, cell = (len(cells), config.seeds), ("alpha_tilde", "seed")
    job = config.job
    return xr.Dataset(
        {
            "theta": (
                ("alpha_tilde", "moment", "point", "other"),
                np.stack([each["theta"] for each in measured[:: config.seeds]]),
            ),
            "contrast": (
                (*cell, "moment"),
                np.array(
                    [[_contrast(theta, each["y"]) for theta in each["theta"]] for each in measured]
                ).reshape(*shape, len(MOMENTS)),
            ),
            "fitted": (cell, np.array(fitted, float).reshape(shape)),
            "y": ("point", measured[0]["y"]),
            **columns(cell, shape, [_known(each["theta"], each["y"]) for each in measured]),
        },
        {
            "alpha_tilde": list(config.alpha_tilde),
            "moment": list(MOMENTS),
            "seed": np.arange(config.seeds),
        },
        {
            "dataset": job.dataset,
            "P": job.P,
            "L": job.L,
            "h": config.h[0],
            "architecture": job.architecture,
        },
    )


def most_learnt(found: xr.Dataset) -> xr.Dataset:
    """What the top eigenvectors know at the smallest alpha~, laid out as by a sweep of stripes.

    The networks, which share their data, are its sets.
    """
    least = found.sel(alpha_tilde=float(found.alpha_tilde.min())).rename(seed="set")
    return least.assign_attrs(pca_P=found.sizes["point"])


def _contrast(theta: Float[np.ndarray, "Q Q"], y: Float[np.ndarray, " Q"]) -> float:
    """Infinite where the network diverged."""
    return contrast(theta, y) if np.isfinite(theta).all() else math.inf


def _known(theta: Float[np.ndarray, "2 Q Q"], y: Float[np.ndarray, " Q"]) -> LabelInformation:
    try:
        return label_information(list(theta), y)
    except BadInput:  # of a few points the kernels alone can be shown
        none = np.full((len(MOMENTS), TOP), np.nan)
        return {"omega2": none, "bits": none, "error": none, "total": none[:, :2]}


def _kernels(job: Job, store: Store) -> dict[str, np.ndarray]:
    """`theta` [moment, Q, Q] between the test points, those of +1 first, and their labels `y`."""
    data = job.data()
    order = np.argsort(-data.y_test, kind="stable")
    f, *moments = network_at(job, data.x_train, store.arrays(job.key)["w"])
    seen = jnp.asarray(data.x_test[order], job.dtype)
    kernel = jax.jit(lambda w: ntk(f, w, seen))
    theta = np.stack([np.asarray(kernel(w)) for w in moments])
    return {"theta": theta, "y": data.y_test[order]}


def summary(found: xr.Dataset) -> str:
    """A line for each alpha~."""
    rows = ["   alpha~   contrast of classes: start      end   fit"]
    for a in found.alpha_tilde.values:
        start, end = (float(found.contrast.sel(alpha_tilde=a, moment=m).mean()) for m in MOMENTS)
        fit = int(found.fitted.sel(alpha_tilde=a).sum())
        rows.append(f"{a:9.3g}  {start:26.3f} {end:8.3f}   {fit}/{found.sizes['seed']}")
    return "\n".join(rows)
