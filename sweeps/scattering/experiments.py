"""The experiments of the chapter on scattering."""

from typing import Any

from sweeps.engine.experiment import Experiment, h200
from sweeps.scattering.classified_command import Scattering
from sweeps.scattering.collapse_command import PhaseCollapse
from sweeps.scattering.properties_command import Properties

# of Guth, Zarka & Mallat (2022), appendix D
CIFAR10: dict[str, Any] = {
    **{"dataset": "cifar10", "P": 50_000, "steps": 117_188, "batch": 128, "optimiser": "sgd"},
    **{"lr": 0.01, "weight_decay": 1e-4, "schedule": "steps", "augmentation": "translate"},
    **{"scat_steps": 117_188, "flip": True, "test_points": 10_000, "seeds": 3},
}

# fmt: off
EXPERIMENTS = (
    Experiment(
        "scattering-mnist", "classified.nc", 5.0, "an hour of eight cores",
        Scattering(dataset="mnist", P=2000, tests=1000, J=(2, 3)),
        Scattering(dataset="mnist", P=20_000, tests=10_000),
    ),
    Experiment(
        "scattering-cifar10", "classified.nc", 8.0, "two hours of eight cores",
        Scattering(dataset="cifar10", P=2000, tests=1000, J=(3,)),
        Scattering(dataset="cifar10", P=20_000, tests=10_000),
    ),
    Experiment(
        "scattering-properties", "properties.nc", 2.0, "ten minutes of one GPU",
        Properties(dataset="mnist", seeds=8),
        Properties(dataset="cifar10", size=64, images=200, seeds=20),
    ),
    Experiment(
        "phase-collapse", "phase_collapse.nc", 4.0, h200("1e19", "three weeks"),
        PhaseCollapse(),
        PhaseCollapse(**CIFAR10),
    ),
    Experiment(
        "phase-collapse-mnist", "phase_collapse.nc", 25.0, h200("2e17", "nine hours"),
        PhaseCollapse(dataset="mnist", P=5000, steps=250, batch=100, seeds=8),
        PhaseCollapse(dataset="mnist", P=60_000, steps=20_000, scat_steps=20_000, batch=128,
            seeds=5, test_points=10_000),
    ),
    Experiment(
        "phase-collapse-depth", "phase_collapse.nc", 3.0, h200("3e18", "six days"),
        PhaseCollapse(network=("pc", "at"), depth=(1, 2, 3)),
        PhaseCollapse(network=("pc", "at"), depth=(1, 2, 3, 4), **CIFAR10),
    ),
)
