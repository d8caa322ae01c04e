"""The experiments on networks that are given a symmetry."""

import math
from typing import Any

from sweeps.engine.experiment import Experiment, h200
from sweeps.equivariance.commands import Errors, Points
from sweeps.equivariance.shapes_command import Energies, Shapes
from sweeps.equivariance.sphere_command import Sphere
from sweeps.equivariance.voxels_command import Solids, Voxels

# of Cohen, Geiger, Koehler & Welling (2018), sec. 5.2; their optimiser is not said
DIGITS: dict[str, Any] = {
    **{"dataset": "mnist", "P": 60_000, "steps": 37_500, "batch": 32, "test_points": 10_000},
    **{"b": 30, "bandwidths": (10, 6), "channels": (20, 40), "grids": (10, 6), "norm": False},
    **{"most": math.pi / 8, "kernel": 5, "stride": 3, "seeds": 5},
}

PROTEINS: dict[str, Any] = {"dataset": "proteins", "trained": ("R",)}
MANY: dict[str, Any] = {"steps": 5000, "seeds": 8}

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
        30.0,
        "an hour of one GPU",
        Voxels(copies=32, tests=16, steps=600, seeds=5),
        Voxels(n=37, cube=5.0, jitter=2.0, copies=32, tests=64, steps=1000, seeds=17),
    ),
    Experiment(
        "voxels-nonlinearities",
        "voxels.nc",
        4.0,
        "an hour of one GPU",
        Voxels(network=("gate", "norm"), smooth=(1,), seeds=5),
        Voxels(network=("gate", "norm"), smooth=(1,), n=37, cube=5.0, steps=1000, seeds=17),
    ),
    Experiment(
        "voxels-untrained",
        "voxels.nc",
        4.0,
        "an hour of two cores",
        Voxels(network=("gate",), steps=1, copies=1, tests=1, seeds=24),
        Voxels(network=("gate",), steps=1, copies=1, tests=1, n=37, cube=5.0, seeds=24),
    ),
    Experiment(
        "solids-shapes",
        "solids.nc",
        5.0,
        h200("1e16", "an hour"),
        Solids(),
        Solids(P=(2000,), images=20_000, n=33, batch=32, test_points=1000, **MANY),
    ),
    Experiment(
        "solids-proteins",
        "solids.nc",
        5.0,
        h200("3e15", "an hour"),
        Solids(**PROTEINS, P=(16, 64, 256), images=256),
        Solids(**PROTEINS, P=(16, 64, 256, 1024), images=10_240, n=25, spacing=1.5, **MANY),
    ),
    Experiment(
        "sphere-digits",
        "sphere.nc",
        5.0,
        h200("1e17", "an hour"),
        Sphere(),
        Sphere(**DIGITS),
    ),
    Experiment(
        "sphere-zonal",
        "sphere.nc",
        12.0,
        h200("2e17", "two hours"),
        Sphere(network=("spherical", "zonal")),
        Sphere(network=("spherical", "zonal"), **DIGITS),
    ),
    Experiment(
        "shapes",
        "shapes.nc",
        5.0,
        h200("1e15", "ten minutes"),
        Shapes(),
        Shapes(P=2000, pool=10_000, b=16, bandwidths=(8, 5), grids=(12, 8), steps=2000, seeds=8),
    ),
    Experiment(
        "molecules",
        "molecules.nc",
        5.0,
        h200("1e16", "an hour"),
        Energies(),
        Energies(P=5000, atoms=8, b=6, bandwidths=(6, 4), channels=(20, 40), steps=10_000, seeds=8),
    ),
)
