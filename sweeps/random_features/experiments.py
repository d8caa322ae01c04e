"""The experiments of the chapter on models that can be solved."""

from sweeps.engine.experiment import Experiment

EXPERIMENTS = (
    Experiment(
        "random-features",
        "sweeps.random_features.sweep",
        "--d 240 --P 600 --ridge 0 1e-3 --noise 0.2 --members 20 --seeds 12",
        "--d 800 --P 2000 --ridge 0 1e-3 --noise 0.2 --members 20 --seeds 12",
        "random_features.nc",
        8.0,
        "a day of two cores; nothing in it needs an accelerator",
    ),
    # for what is left of a finite d
    Experiment(
        "random-features-half",
        "sweeps.random_features.sweep",
        "--d 120 --P 300 --ridge 1e-3 --noise 0.2 --members 20 --seeds 24",
        "--d 400 --P 1000 --ridge 1e-3 --noise 0.2 --members 20 --seeds 24",
        "random_features.nc",
        2.0,
        "an hour of two cores; nothing in it needs an accelerator",
    ),
)
