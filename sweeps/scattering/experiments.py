"""The experiments of the chapter on scattering."""

from sweeps.engine.experiment import Experiment
from sweeps.scattering.commands import Properties

# fmt: off
EXPERIMENTS = (
    Experiment(
        "scattering-properties", "properties.nc", 2.0, "ten minutes of one GPU",
        Properties(dataset="mnist", seeds=8),
        Properties(dataset="cifar10", size=64, images=200, seeds=20),
    ),
)
