"""The experiments on networks that are given a symmetry."""

from sweeps.engine.experiment import Experiment
from sweeps.equivariance.commands import Errors, Points
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
        "points-tetris",
        "points.nc",
        1.5,
        "minutes of two cores",
        Points(),
        Points(seeds=50, steps=1000),
    ),
    Experiment(
        "points-bundles",
        "points.nc",
        6.0,
        "an hour of two cores",
        Points(task="bundles", network=("odd", "plain"), P=(16, 64, 256), noise=0.13, seeds=5),
        Points(task="bundles", P=(16, 64, 256, 1024), noise=0.13, seeds=20, steps=1000),
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
