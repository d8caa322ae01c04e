"""`python -m sweeps.learning_curves learning_curve`: learning curves of both regimes, on images.

At each P networks of a small alpha learn features; their tangent kernels frozen at initialisation
stand for lazy training (the limit of a large alpha). For a CNN on MNIST the error falls as P^-beta
with beta of 1/3 (lazy) and 1/2 (feature) (Geiger et al., *Disentangling feature and lazy training
in deep neural networks*, sec. 8; Geiger, Petrini & Wyart, *Landscape and training regimes in deep
learning*, Fig. 8).
"""

from dataclasses import dataclass
from typing import Unpack

import xarray as xr

from jamming.checks.errors import BadInput
from jamming.training.ready import ready
from jamming.training.spec import Job
from sweeps.engine import gather, grid
from sweeps.engine.execute import How
from sweeps.engine.store import Store
from sweeps.shared.learning_rates import stepped

RESULTS = "learning_curve.nc"
CURVES = ("feature", "lazy")


@dataclass(frozen=True)
class Config(grid.Sets):
    """Networks that learn features, with an alpha, and their frozen kernels."""

    sets: grid.DataSets = 2
    inits: grid.Inits = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.job.alpha is None:
            raise BadInput("features are learnt with an alpha, and there is none")
        self.job.binary_only()
        self.jobs("feature", self.P[0])

    def jobs(self, curve: str, P: int) -> list[list[Job]]:
        """[set][init] of the networks (feature) or of their kernels (lazy), which always flow."""
        sets = [self.on_set(P, s) for s in range(self.sets)]
        if curve == "feature":
            return [[stepped(job) for job in jobs] for jobs in sets]
        frozen = {"dynamics": "flow", "batch": None, "alpha": None, "model_kind": "kernel_init"}
        return [[job.replace(**frozen) for job in jobs] for jobs in sets]

    def check(self) -> None:
        ready([job for curve in reversed(CURVES) for job in self.jobs(curve, self.P[-1])[0]])


def learning_curves(config: Config, store: Store, **how: Unpack[How]) -> xr.Dataset:
    """Run what the store lacks; test errors and whether all points fit, over (P, set, init)."""
    # the small ones first, whatever the regime
    cells = {
        (P, curve, s): jobs
        for P in config.P
        for curve in CURVES
        for s, jobs in enumerate(config.jobs(curve, P))
    }
    rows: dict[tuple[int, int, int], dict[str, float]] = {}
    for (P, curve, s), runs in gather.trained(cells, store, **how).items():
        for i, run in enumerate(runs):
            values = {curve: run.test_error, f"{curve}_fitted": float(run.fitted)}
            rows.setdefault((P, s, i), {}).update(values)
    axes = {"P": config.P, "set": range(config.sets), "init": range(config.inits)}
    found = gather.gathered(rows, axes).drop_vars(("set", "init"))
    return found.assign_attrs(config.attrs("dataset", "L", "architecture", h=config.job.widths[0]))


ERRORS = {name: (name, ".4f") for name in CURVES}
FITS = {f"{name} fit": (f"{name}_fitted", ".0%") for name in CURVES}
summary = gather.summary(("P",), ERRORS | FITS)
