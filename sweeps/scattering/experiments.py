"""The experiments of the chapter on scattering."""

from sweeps.engine.experiment import Experiment
from sweeps.scattering.classified_command import Scattering
from sweeps.scattering.properties_command import Properties

# fmt: off
EXPERIMENTS = (
    Experiment(
        "scattering-mnist", "classified.nc", 5.0, "an hour of eight cores",
        Scattering(dataset="mnist", P=2000, tests=1000, J=(2, 3)),
        Scattering(dataset="mnist", P=20_000, tests=10_000),
    ),
    Experiment(
        "scattering-cifar10", "classified.nc", 8.0, "two hours of eight cores",
        Scattering(dataset="cifar10", P=2000, tests=1000, J=(2, 3)),
        Scattering(dataset="cifar10", P=20_000, tests=10_000),
    ),
    Experiment(
        "scattering-properties", "properties.nc", 2.0, "ten minutes of one GPU",
        Properties(dataset="mnist", seeds=8),
        Properties(dataset="cifar10", size=64, images=200, seeds=20),
    ),
)
