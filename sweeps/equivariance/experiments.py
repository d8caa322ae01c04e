"""The experiments on networks that are given a symmetry."""

from sweeps.engine.experiment import Experiment
from sweeps.equivariance.commands import Errors
from sweeps.equivariance.voxels_command import Voxels

EXPERIMENTS = (
    Experiment(
        "equivariance-errors",
        "errors.nc",
        2.0,
        "an hour of two cores",
        Errors(),
        Errors(b=(4, 6, 8, 12, 16), finer=(0, 1, 2), signals=100, turns=10),
    ),
    Experiment(
        "voxels",
        "voxels.nc",
        5.0,
        "an hour of one GPU",
        Voxels(),
        Voxels(n=37, copies=32, tests=64, steps=1000, seeds=17),
    ),
    Experiment(
        "voxels-nonlinearities",
        "voxels.nc",
        4.0,
        "an hour of one GPU",
        Voxels(network=("gate", "norm"), smooth=(1,)),
        Voxels(network=("gate", "norm"), smooth=(1,), n=37, copies=32, steps=1000, seeds=17),
    ),
)
