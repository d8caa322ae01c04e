"""The experiments of the jamming chapter."""

from sweeps.engine.experiment import Experiment
from sweeps.transition.experiments_classes import CLASSES

_CONVERGED = "--lr 5e-4 --steps 200000 --decay-every 70000"
_PAPERS = "--steps 10000000 --lr 1e-4 --decay-every 250000"

EXPERIMENTS = (
    *CLASSES,
    Experiment(
        "landscape-random",
        "sweeps.transition.landscape",
        "--dataset random --depth 2 --N 465 --ratio 2.5 2.6 2.7 2.8 2.9 3.0 --seeds 6"
        f" {_CONVERGED}",
        "--dataset random --depth 2 --N 7854 --ratio 2.6 2.7 2.8 2.85 2.9 2.95 3.0 3.1"
        f" --seeds 8 {_PAPERS}",
        "landscape.json",
        9.0,
        "3e17 floating-point operations: 27 hours of one H200",
    ),
    Experiment(
        "landscape-deep",
        "sweeps.transition.landscape",
        "--dataset random --depth 3 --N 465 --ratio 2.2 2.4 2.5 2.6 2.7 2.8 --seeds 4"
        f" {_CONVERGED}",
        "--dataset random --depth 3 5 --N 7854 --ratio 2.6 2.7 2.8 2.85 2.9 2.95 3.0 3.1"
        f" --seeds 8 {_PAPERS}",
        "landscape.json",
        7.0,
        "7e17 floating-point operations: 53 hours of one H200",
    ),
    Experiment(
        "landscape-tanh",
        "sweeps.transition.landscape",
        "--dataset random --activation tanh --depth 2 --N 465 --ratio 4.3 4.4 4.5 4.6"
        f" --seeds 4 {_CONVERGED}",
        "--dataset random --activation tanh --depth 3 --N 2232 --ratio 4.0 4.3 4.6 4.9 5.2"
        f" --seeds 8 {_PAPERS}",
        "landscape.json",
        8.0,
        "6e16 floating-point operations: 4 hours of one H200",
    ),
    Experiment(
        "landscape-mnist",
        "sweeps.transition.landscape",
        f"--dataset mnist10pca --depth 3 --N 310 --ratio 7 7.5 8 8.5 --seeds 4 {_CONVERGED}",
        "--dataset mnist10pca --depth 5 --N 3930 --ratio 8 9 10 11 12 13 14 16 --seeds 4"
        " --steps 3000000 --lr 1e-4 --decay-every 250000",
        "landscape.json",
        6.0,
        "1e17 floating-point operations: 6 hours of one H200",
    ),
    Experiment(
        "nstar-random",
        "sweeps.transition.find_nstar",
        "--dataset random --P 125 250 500 1000 --depth 2 3 --fractional --steps 100000"
        " --lr 1e-3 --seeds 6 --precision float32 --jammed-above 0.1",
        "--dataset random --P 500 1000 2000 5000 10000 20000 60000 --depth 2 3 5 --fractional"
        " --steps 2000000 --lr 1e-4 --decay-every 250000 --protocol descend --seeds 3",
        "results.nc",
        8.0,
        "5e17 floating-point operations: 30 hours of one H200",
    ),
    Experiment(
        "nstar-random-sgd",
        "sweeps.transition.find_nstar",
        "--dataset random --P 250 1000 --depth 2 --fractional --steps 100000 --dynamics sgd"
        " --batch 64 --lr 5e-2 --seeds 6 --precision float32 --jammed-above 0.1",
        "--dataset random --P 2500 5000 20000 --depth 2 3 --fractional --steps 2000000"
        " --dynamics sgd --batch 1024 --lr 1e-2 --seeds 3",
        "results.nc",
        5.0,
        "1e17 floating-point operations: 6 hours of one H200",
    ),
    Experiment(
        "nstar-mnist",
        "sweeps.transition.find_nstar",
        "--dataset mnist10pca --P 125 250 500 1000 2000 --depth 1 3 --fractional"
        " --steps 100000 --lr 1e-3 --seeds 4 --precision float32 --jammed-above 0.1",
        "--dataset mnist10pca --P 100 300 1000 3000 10000 30000 50000 --depth 1 3 5"
        " --fractional --steps 2000000 --lr 1e-4 --decay-every 250000 --protocol descend"
        " --seeds 3",
        "results.nc",
        8.0,
        "5e16 floating-point operations: 3 hours of one H200",
    ),
    Experiment(
        "learning-time",
        "sweeps.transition.learning_time",
        "--P 125 250 500 --depth 3 --steps 30000 --seeds 4",
        "--P 250 500 1000 2000 5000 10000 20000 --depth 5 --steps 1000000 --seeds 3",
        "learning_time.nc",
        5.0,
        "5e16 floating-point operations: 3 hours of one H200",
    ),
    Experiment(
        "effective",
        "sweeps.transition.effective",
        "--dataset mnist10pca random10 --P 200 300 --h 5 7 10 14 --seeds 2",
        "--dataset mnist10pca random10 --P 500 1000 2000 --h 5 7 10 14 20 30 --seeds 3",
        "effective.nc",
        1.0,
        "an hour of two cores",
    ),
)
