"""The experiments of the chapter on double descent and scaling with N."""

from sweeps.engine.experiment import Experiment

_MODULE, _RESULT = "sweeps.double_descent.sweep", "double_descent.nc"
_LAPTOP = "--precision float32 --lr-most 1e-3"
# N* of five layers and 10^4 points is near 1000, h = 14
_PAPERS = "--depth 5 --lr-most 1e-4 --test-points 50000"
_CIFAR = (
    "--dataset cifar10 --architecture cnn --depth 3 --init xavier --losses multiclass_linear_hinge"
    " --fixed-data --dynamics sgd --lr 1 --lr-exponent 1 --until fitted"
)

EXPERIMENTS = (
    Experiment(
        "descent",
        _MODULE,
        "--dataset mnist10pca --P 500 --depth 3 --h 3 4 5 5.67 6.33 7 7.67 8.67 10 12 14 17"
        " 20 25 30 40 55 75 100 150 200 300 --seeds 12 --wide 40 --wide-seeds 8 --steps 30000"
        f" {_LAPTOP}",
        f"--dataset mnist10pca --P 10000 {_PAPERS} --h 5 7 9 10 11 12 13 14 15 16 17 18 20 23 27 34"
        " 45 57 80 120 180 270 400 600 900 1265 --seeds 20 --steps 2000000",
        _RESULT,
        12.0,
        "2e17 floating-point operations: 15 hours of one H200",
    ),
    Experiment(
        "descent-points",
        _MODULE,
        "--dataset mnist10pca --P 1000 2000 --depth 3 --h 4 5 6 7 8 9 10 12 14 17 20 27 40 55"
        f" --seeds 16 --wide 15 --wide-seeds 4 --steps 30000 {_LAPTOP}",
        "--dataset mnist10pca --P 10000 20000 50000 --depth 5 --lr 100 --lr-most 1e-4"
        " --test-points 20000 --h 5 8 10 12 14 16 18 20 22 25 28 32 40 60 100 300 1000 3000"
        " --seeds 2 --steps 500000",
        _RESULT,
        9.0,
        "2e18 floating-point operations: 100 hours of one H200",
    ),
    Experiment(
        "descent-depth",
        _MODULE,
        "--dataset mnist10pca --P 1000 --depth 2 5 --h 4 5 6 7 8 9 10 12 15 20 30 45 --seeds 32"
        f" --wide 15 --wide-seeds 4 --steps 30000 {_LAPTOP}",
        "--dataset mnist10pca --P 10000 --depth 2 5 --lr 100 --lr-most 1e-4 --test-points 50000"
        " --h 5 8 10 12 14 16 18 20 22 25 28 32 36 40 60 100 300 1000 --seeds 2 --steps 500000",
        _RESULT,
        10.0,
        "1e17 floating-point operations: 6 hours of one H200",
    ),
    Experiment(
        "descent-averages",
        _MODULE,
        f"--dataset mnist30pca --P 1000 --depth 5 --h 30 --seeds 60 --steps 10000 {_LAPTOP}",
        f"--dataset mnist30pca --P 10000 {_PAPERS} --h 60 --seeds 100 --steps 2000000",
        _RESULT,
        3.0,
        "2e15 floating-point operations: ten minutes of one H200",
    ),
    Experiment(
        "descent-difference",
        _MODULE,
        "--dataset mnist10pca --P 500 --depth 3 --alpha 1 --h 4 5 6 7 8 10 14 20 30 40 55 75"
        f" --seeds 8 --steps 20000 {_LAPTOP}",
        f"--dataset mnist10pca --P 10000 {_PAPERS} --alpha 1 --h 10 12 14 16 20 27 34 45 57 80 120"
        " 180 270 400 --seeds 20 --steps 2000000",
        _RESULT,
        3.0,
        "4e16 floating-point operations: 3 hours of one H200",
    ),
    Experiment(
        "descent-cnn",
        "sweeps.transition.classes",
        f"{_CIFAR} --P 2000 --h 8 16 32 --batch 50 --seeds 3 --steps 10000 --test-points 2000"
        " --precision float32",
        f"{_CIFAR} --P 50000 --h 2 4 8 16 20 24 28 32 40 48 64 128 256 512 --batch 250 --seeds 20"
        " --steps 40000 --test-points 10000",
        "classes.nc",
        7.0,
        "7e17 floating-point operations: 2 days of one H200",
    ),
    Experiment(
        "initial",
        "sweeps.double_descent.wide_limit",
        "--dataset mnist10pca --P 200 --h 16 32 64 128 256 512 --seeds 6 --draws 2000",
        "--dataset mnist10pca --P 1000 --few 200 --h 32 64 128 256 512 1024 --seeds 20"
        " --draws 10000 --kernel-points 200",
        "initial.nc",
        4.0,
        "1e17 floating-point operations: 6 hours of one H200",
    ),
)
