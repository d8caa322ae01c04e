"""The experiments on networks that are given a symmetry."""

from sweeps.engine.experiment import Experiment
from sweeps.equivariance.commands import Errors

EXPERIMENTS = (
    Experiment(
        "equivariance-errors",
        "errors.nc",
        2.0,
        "an hour of two cores",
        Errors(),
        Errors(b=(4, 6, 8, 12, 16), finer=(0, 1, 2), signals=100, turns=10),
    ),
)
