"""The experiments with all classes of a data set."""

from sweeps.engine.experiment import Experiment

CLASSES = (
    Experiment(
        "classes",
        "sweeps.transition.classes",
        "--dataset mnist --P 2000 --h 100 --depth 2 --steps 2000 --lr 1e-3 --decay-every 800"
        " --margin 3 --seeds 5",
        "--dataset cifar10 --architecture cnn --P 50000 --h 256 --depth 3 --init xavier"
        " --dynamics sgd --batch 250 --lr 0.1 --steps 200000 --decay-every 100000 --margin 3"
        " --seeds 5",
        "classes.nc",
        4.0,
        "3e17 floating-point operations: a day of one H200",
    ),
)
