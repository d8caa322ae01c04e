"""Networks from lazy to feature learning, over decades of alpha.

The command is `python -m sweeps.lazy_feature regimes`. Trains ensembles of networks at a few widths
h and many alpha~ = sqrt(h) alpha, for each data set, P and depth, and flows the tangent kernels of
the same networks, frozen at the start and, where asked for, at the end. What is measured of them:
errors of networks and ensembles, the variance of the output, the change of kernel and weights, the
course of the loss and the growth of the output (Geiger, Spigler, Jacot and Wyart, *Disentangling
feature and lazy training in deep neural networks*, 2020; `sweeps.lazy_feature.dataset` says what
the result holds). What has ended is kept: the same command goes on where it was.
"""

import dataclasses
import json
from typing import Any

import numpy as np
import xarray as xr

from jamming.models.parametrisation import abc
from jamming.models.reparametrised import alpha_tilde
from sweeps.engine.execute import ProgressCallback, execute
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.lazy_feature.cells import Config
from sweeps.lazy_feature.dataset import measured

RESULTS = "regimes.nc"


def regimes(
    config: Config, store: Store, *, progress: ProgressCallback | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; what was measured (`sweeps.lazy_feature.dataset`).

    Raises:
        BadInput: from a job or the store.
    """
    cells = config.cells()
    progress = Work() if progress is None else progress
    execute(cells.jobs(), store, progress, own=config.own, client=client)
    some = next(iter(config.grids().values()))
    values, point = np.array(some.alpha_tilde), abc(config.abc, 1)
    factor = np.array([alpha_tilde(point, float(h), 1.0) for h in some.h])[:, None]
    found = measured(cells, store, config.scale, values)
    if config.scale == "alpha_tilde":
        found = found.assign_coords(alpha=(("h", "alpha_tilde"), values / factor))
    else:
        found = found.assign_coords(alpha_tilde=(("h", "alpha"), values * factor))
    job = config.job
    found.attrs |= {
        "seeds": config.seeds,
        "activation": job.activation,
        "loss": job.loss,
        "bias": int(job.bias),
        "dynamics": job.dynamics,
        "architecture": job.architecture,
        "scale": config.scale,
        "subtract": int(config.subtract),
        "parametrisation": config.abc,
        "config": json.dumps(dataclasses.asdict(config)),
    }
    return found


def summary(found: xr.Dataset) -> str:
    """A line for each cell."""
    scale = str(found.attrs["scale"])
    rows = [f"data            P   L    h {scale:>11}  error   ensemble  kernel  fit  |dTheta|"]
    for d, P, L, h in (
        (d, P, L, h)
        for d in found.dataset.values
        for P in found.P.values
        for L in found.L.values
        for h in found.h.values
    ):
        for a in found[scale].values:
            one = found.sel({"dataset": d, "P": P, "L": L, "h": h, scale: a})
            numbers = [
                float(one[name].mean())
                for name in ("error", "ensemble_error", "kernel_ensemble_error")
            ]
            rows.append(
                f"{d:12} {P:4d} {L:3d} {h:4d} {a:11.3g} "
                + " ".join(f"{x:8.4f}" for x in numbers)
                + f" {float(one.fitted.mean()):5.2f}  {float(one.kernel_change.mean()):8.3g}"
            )
    return "\n".join(rows)
