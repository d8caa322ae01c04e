"""The experiments on foundations."""

from sweeps.engine.experiment import Experiment, h200
from sweeps.foundations.commands import (
    Bounds,
    Coordinates,
    Filters,
    Invertible,
    Laziness,
    Separability,
)

# fmt: off
EXPERIMENTS = (
    Experiment(
        "laziness", "laziness.nc", 2.0, "an hour of two cores",
        Laziness(),
        Laziness(h=(64, 128, 256, 512, 1024, 2048, 4096), networks=5000, seeds=50),
    ),
    Experiment(
        "bounds", "bounds.nc", 3.0, h200("1e16", "an hour"),
        Bounds(),
        Bounds(dataset="cifar10", P=50_000, steps=100_000, batch=128, images=1000),
    ),
    Experiment(
        "separability", "separability.nc", 2.0, h200("1e17", "three hours"),
        Separability(),
        Separability(dataset="cifar10", network="vgg11_bn", P=50_000, steps=97_657, batch=128,
            images=5000),
    ),
    Experiment(
        "invertible-digits", "invertible.nc", 3.0, h200("1e14", "minutes"),
        Invertible(),
        Invertible(P=1400, steps=5000, seeds=20),
    ),
    Experiment(
        "invertible-mnist", "invertible.nc", 11.0, h200("1e17", "three hours"),
        Invertible(dataset="mnist", pad=32, width=0.5, P=5000, steps=1000, seeds=8),
        Invertible(dataset="cifar10", width=8.0, P=50_000, steps=97_657, batch=128, lr=0.1),
    ),
    Experiment(
        "coordinates", "coordinates.nc", 3.0, h200("1e15", "minutes"),
        Coordinates(seeds=10),
        Coordinates(h=(64, 128, 256, 512, 1024, 2048, 4096), P=1000, seeds=20),
    ),
    Experiment(
        "filters", "filters.nc", 15.0, h200("1e17", "three hours"),
        Filters(),
        Filters(P=50_000, width=4.0, steps=97_657, batch=128),
    ),
)
