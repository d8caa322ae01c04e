"""The experiments of the chapter on models that can be solved."""

from sweeps.engine.experiment import Experiment
from sweeps.random_features.commands import RandomFeatures

# fmt: off
EXPERIMENTS = (
    Experiment(
        "random-features", "random_features.nc", 8.0,
        "a day of two cores; nothing in it needs an accelerator",
        RandomFeatures(),
        RandomFeatures(d=800, P=2000),
    ),
    Experiment(
        "random-features-half", "random_features.nc", 2.0,
        "an hour of two cores; nothing in it needs an accelerator",
        RandomFeatures(d=120, P=300, ridge=(1e-3,), seeds=24),
        RandomFeatures(d=400, P=1000, ridge=(1e-3,), seeds=24),
    ),
)
