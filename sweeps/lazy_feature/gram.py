"""`python -m sweeps.lazy_feature gram`: the tangent kernel before and after learning.

At a few alpha~, Theta between test points sorted by label: where features are learnt the kernel
inflates, and differently within a class and between classes (Geiger et al., *Disentangling feature
and lazy training in deep neural networks*, 2020, Fig. 8a and b).
"""

import math
from typing import Any, Unpack

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float

from jamming.checks.errors import BadInput
from jamming.kernels.empirical import ntk
from jamming.observables import kernel_pca as information
from jamming.training.build import network_at
from jamming.training.spec import Job
from sweeps.engine import gather
from sweeps.engine.execute import How
from sweeps.engine.measure import measure
from sweeps.engine.store import Store
from sweeps.shared import alpha_grid

RESULTS, KERNELS = "gram.nc", "kernels"


def gram(config: alpha_grid.Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Train and measure what the store lacks, at the only width of the config.

    `theta` over (alpha_tilde, moment, point, other) of the first seed, the points sorted by their
    label `y`; `contrast` over (alpha_tilde, seed, moment), see there; `fitted` over (alpha_tilde,
    seed), 1 where the network fits all points within its budget; and what the top
    eigenvectors know of the labels (`jamming.observables.kernel_pca`), NaN where the points
    are too few for it.
    """
    alphas, job = config.alpha_tilde, config.job
    job.binary_only()
    cells = {(a,): config.jobs(config.h[0], a) for a in alphas}
    runs = gather.trained(cells, store, weights=True, **how)
    kernels = Store(store.folder / KERNELS, KERNELS)
    jobs = [job for cell in cells.values() for job in cell]
    measure(jobs, kernels, lambda job: ({}, _kernels(job, store)), unit="networks")
    found, known = {}, []
    for at, cell in cells.items():
        for s, each in enumerate(cell):
            of = kernels.arrays(each.key)
            found[(*at, s)] = {
                # infinite where the network diverged
                "contrast": [
                    information.contrast(theta, of["y"]) if np.isfinite(theta).all() else math.inf
                    for theta in of["theta"]
                ],
                "fitted": float(runs[at][s].fitted),
            }
            known.append(_known(of["theta"], of["y"]))
    shown = {at: {"theta": kernels.arrays(cell[0].key)["theta"]} for at, cell in cells.items()}
    axes = {"alpha_tilde": alphas, "seed": range(config.seeds)}
    pca = information.columns(tuple(axes), (len(alphas), config.seeds), known)
    dims = {"contrast": ("moment",), "theta": ("moment", "point", "other")}
    return (
        gather.gathered(found, axes, dims)
        .merge(gather.gathered(shown, {"alpha_tilde": alphas}, dims))
        .assign(pca | {"y": ("point", kernels.arrays(jobs[0].key)["y"])})
        .assign_coords(moment=list(information.MOMENTS))
        .assign_attrs({name: getattr(job, name) for name in ("dataset", "P", "L", "architecture")})
        .assign_attrs(h=config.h[0])
    )


def most_learnt(found: xr.Dataset) -> xr.Dataset:
    """What the top eigenvectors know at the smallest alpha~, laid out as by a sweep of stripes.

    The networks, which share their data, are its sets.
    """
    least = found.sel(alpha_tilde=float(found.alpha_tilde.min())).rename(seed="set")
    return least.assign_attrs(pca_P=found.sizes["point"])


def _known(
    theta: Float[np.ndarray, "2 Q Q"], y: Float[np.ndarray, " Q"]
) -> information.LabelInformation:
    try:
        return information.label_information(list(theta), y)
    except BadInput:  # of a few points the kernels alone can be shown
        none = np.full((len(information.MOMENTS), information.TOP), np.nan)
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
    start, end = information.MOMENTS
    columns: dict[str, Any] = {
        "contrast of classes: start": (start, ".3f"),
        "end": (end, ".3f"),
        "fit": lambda one: gather.part(int(one.fitted.sum()), one.sizes["seed"]),
    }
    named = found.assign(found.contrast.to_dataset("moment")).rename(alpha_tilde="alpha~")
    return gather.table(gather.means(named, ("alpha~",), columns))
