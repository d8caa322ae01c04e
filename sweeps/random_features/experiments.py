"""The experiments of the chapter on models that can be solved."""

from sweeps.engine.experiment import Experiment
from sweeps.random_features.commands import RandomFeatures

# beyond the peak far enough to see where errors end
RATIOS = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0)

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
    Experiment(
        "random-features-small", "random_features.nc", 5.0,
        "an hour of two cores; nothing in it needs an accelerator",
        RandomFeatures(d=50, P=150, ratio=RATIOS, ridge=(0.0,), seeds=20, flow=()),
        RandomFeatures(d=200, P=600, ratio=RATIOS, ridge=(0.0,), seeds=20, flow=()),
    ),
)
