"""`python -m sweeps.learning_curves learning_curve`: learning curves of both regimes, on images.

At each P networks of a small alpha learn features, and their tangent kernels at initialisation,
frozen, stand for lazy training on the same points (the limit of a large alpha). For a CNN on MNIST
the error falls as P^-beta with beta of 1/3 (lazy) and 1/2 (feature) (Geiger et al., *Disentangling
feature and lazy training in deep neural networks*, sec. 8; Geiger, Petrini & Wyart, *Landscape and
training regimes in deep learning*, Fig. 8). What has ended is kept: the same command goes on there.
"""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from jamming.checks.arguments import runs, seeds, settle, some, whole, wholes
from jamming.checks.errors import BadInput
from jamming.training.ready import ready
from jamming.training.spec import Job
from sweeps.engine.execute import ProgressCallback, execute, load_run
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.shared.learning_rates import stepped

RESULTS = "learning_curve.nc"
CURVES = ("feature", "lazy")


@dataclass(frozen=True)
class Config:
    """`sets` data sets at each P, and `inits` networks on each; all else is that of `job`.

    Raises:
        BadInput: nothing to train, a value out of range, or a job without alpha.
    """

    job: Job
    P: tuple[int, ...]
    sets: int = 2
    inits: int = 1

    def __post_init__(self) -> None:
        plain = {
            "P": tuple(sorted(set(some("P", wholes("P", self.P, least=2))))),
            "sets": seeds(self.job.last_seed, self.sets, name="sets"),
            "inits": whole("inits", self.inits),
        }
        settle(self, plain)
        seeds(self.job.last_seed, self.sets * self.inits)
        runs(P=len(self.P), sets=self.sets, inits=self.inits)
        if self.job.alpha is None:
            raise BadInput("features are learnt with an alpha, and there is none")
        self.job.binary_only()
        self.jobs("feature", self.P[0])

    def jobs(self, curve: str, P: int) -> list[list[Job]]:
        """[set][init] of the networks (feature) or of their kernels (lazy), which always flow."""
        feature = curve == "feature"
        flow = self.job.replace(dynamics="flow", batch=None)
        base = stepped(self.job) if feature else flow
        return [
            [
                base.replace(
                    P=P,
                    data_seed=self.job.data_seed + s,
                    init_seed=self.job.init_seed + s * self.inits + i,
                    batch_seed=self.job.batch_seed + s * self.inits + i,
                    alpha=self.job.alpha if feature else None,
                    model_kind="network" if feature else "kernel_init",
                )
                for i in range(self.inits)
            ]
            for s in range(self.sets)
        ]

    def check(self) -> None:
        """Refuse now what would be refused when the runs begin.

        Raises:
            BadInput: from `jamming.training.ready`.
        """
        ready([job for curve in reversed(CURVES) for job in self.jobs(curve, self.P[-1])[0]])


def learning_curves(
    config: Config, store: Store, *, progress: ProgressCallback | None = None, client: Any = None
) -> xr.Dataset:
    """Run what the store lacks; test errors and whether all points fit, over (P, set, init).

    Raises:
        BadInput: from a job or the store.
    """
    cells = {(curve, P): config.jobs(curve, P) for curve in CURVES for P in config.P}
    # the small ones first, whatever the regime
    jobs = [job for P in config.P for curve in CURVES for row in cells[curve, P] for job in row]
    execute(jobs, store, Work() if progress is None else progress, client=client)
    columns = {}
    for curve in CURVES:
        runs = [
            [[load_run(store, job, arrays=False) for job in row] for row in cell]
            for cell in (cells[curve, P] for P in config.P)
        ]
        for name, value in (("", "test_error"), ("_fitted", "fitted")):
            rows = [[[getattr(run, value) for run in row] for row in cell] for cell in runs]
            columns[curve + name] = ("P", "set", "init"), np.array(rows, float)
    job = config.job
    return xr.Dataset(
        columns,
        {"P": list(config.P)},
        {name: getattr(job, name) for name in ("dataset", "L", "architecture")}
        | {"h": job.widths[0], "config": json.dumps(dataclasses.asdict(config))},
    )


def summary(found: xr.Dataset) -> str:
    """Mean errors and the shares of runs that fit, a line for each P."""
    rows = ["    P  feature  (fit)    lazy  (fit)"]
    for P in found.P.values:
        one = found.sel(P=P).mean()
        rows.append(
            f"{P:5d}  {float(one.feature):7.4f}  {float(one.feature_fitted):5.0%}"
            f"  {float(one.lazy):6.4f}  {float(one.lazy_fitted):5.0%}"
        )
    return "\n".join(rows)
