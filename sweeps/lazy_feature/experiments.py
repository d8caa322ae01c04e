"""The experiments of the chapter on lazy and feature learning."""

from sweeps.engine.experiment import Experiment

_MNIST = "--dataset mnist10pca --P 300"
# errors of single sets of 1,000 points would scatter as much as the regimes differ
_MANY = f"{_MNIST} --test-points 10000"
_FASHION = "--dataset fashion_mnist --P 10000"
_DECADES = "1e-5 1e-4 1e-3 1e-2 1e-1 1 10 1e2 1e3 1e4 1e5 1e6"
_FINE = "1e-3 1e-2 1e-1 1 3 10 30 100 1000 1e4 1e6"
_LARGE = "--seeds 20 --steps 1000000 --test-points 50000 --kernel-points 1000"
# of frozen kernels
_SETS = "--dataset mnist10pca --P 100 200 400 800 --depth 2 --no-network"
_LARGE_SETS = (
    "--dataset fashion_mnist --P 1000 2000 5000 10000 --depth 3 --no-network --steps 1000000"
    " --test-points 10000"
)
# data seeds of further sets of points
OTHER_SETS = range(1, 5)
_SWEEP, _RESULT = "sweeps.lazy_feature.regimes", "regimes.nc"

EXPERIMENTS = (
    Experiment(
        "regimes",
        _SWEEP,
        f"{_MANY} --depth 2 --h 15 30 60 120 --alpha-tilde {_FINE} --seeds 20",
        f"{_FASHION} --depth 3 --h 10 30 100 300 1000 --alpha-tilde {_DECADES} {_LARGE}",
        _RESULT,
        14.0,
        "2e17 floating-point operations: 12 hours of one H200",
    ),
    Experiment(
        "regimes-extreme",
        _SWEEP,
        f"{_MNIST} --depth 2 --h 30 --alpha-tilde 1e-5 1e-4 1e-3 1e-2 --seeds 10 --no-kernel",
        f"{_FASHION} --depth 3 --h 100 --alpha-tilde 1e-6 1e-5 1e-4 1e-3 1e-2 {_LARGE} --no-kernel",
        _RESULT,
        0.6,
        "1e16 floating-point operations: an hour of one H200",
    ),
    Experiment(
        "regimes-growth",
        _SWEEP,
        f"{_MNIST} --depth 2 --h 30 60 120 --alpha-tilde 1e-3 1e-2 1e-1 1e3 1e4 1e6 --seeds 10"
        " --dynamics euler --steps 30000 --no-kernel --kernel-points 0",
        f"{_FASHION} --depth 2 --h 30 100 300 1000 --alpha-tilde 1e-3 1e-2 1e-1 1e3 1e4 1e6"
        " --seeds 10 --dynamics euler --steps 1000000 --no-kernel --kernel-points 0",
        _RESULT,
        3.0,
        "2e16 floating-point operations: an hour of one H200",
    ),
    Experiment(
        "regimes-depths",
        _SWEEP,
        f"{_MNIST} --depth 2 3 5 --h 30 --alpha-tilde 1e-3 1e-2 1e-1 1 10 1e2 1e3 1e4 1e5"
        " --seeds 5 --no-kernel",
        f"{_FASHION} --depth 2 3 5 --h 100 400 --alpha-tilde {_DECADES} {_LARGE} --no-kernel",
        _RESULT,
        1.2,
        "1e17 floating-point operations: 6 hours of one H200",
    ),
    Experiment(
        "regimes-relu",
        _SWEEP,
        f"{_MNIST} --depth 5 --h 30 60 --activation relu --alpha-tilde 1e-1 1 10 30 100 300 1e3"
        " 3e3 1e4 1e5 1e6 --seeds 3 --no-kernel",
        f"{_FASHION} --depth 5 --h 30 100 300 --activation relu --alpha-tilde {_DECADES} --seeds 3"
        " --steps 1000000 --test-points 10000 --kernel-points 1000 --no-kernel",
        _RESULT,
        2.0,
        "2e17 floating-point operations: 12 hours of one H200",
    ),
    Experiment(
        "regimes-kernels",
        _SWEEP,
        "--dataset mnist10pca --P 500 --depth 2 --h 15 30 60 --alpha 0.01 1 --seeds 5 --kernel-end",
        f"{_FASHION} --depth 3 --h 30 100 300 1000 --alpha 0.01 1 {_LARGE} --kernel-end",
        _RESULT,
        0.8,
        "5e16 floating-point operations: 3 hours of one H200",
    ),
    Experiment(
        "regimes-resnet",
        _SWEEP,
        "--dataset digits --P 200 --architecture resnet --depth 7 --h 2 4 --bias --alpha 1 --seeds"
        " 8 --kernel-end --kernel-points 0 --precision float32",
        "--dataset cifar10 --P 10000 --architecture resnet --depth 25 --h 16 32 64 160 --bias"
        " --activation relu --alpha 1 --loss linear_hinge --dynamics sgd --batch 32 --lr 0.1"
        " --steps 200000 --seeds 3 --kernel-end --kernel-points 0 --precision float32",
        _RESULT,
        6.0,
        "1e19 floating-point operations, most of them for kernels: weeks of one H200",
    ),
    Experiment(
        "regimes-lazy",
        _SWEEP,
        f"{_SETS} --h 15 30 60 120 240 --seeds 20",
        f"{_LARGE_SETS} --h 30 100 300 1000 --seeds 20",
        _RESULT,
        1.5,
        "1e16 floating-point operations: an hour of one H200",
    ),
    *(
        Experiment(
            f"regimes-lazy-{seed}",
            _SWEEP,
            f"{_SETS} --h 240 --seeds 10 --data-seed {seed}",
            f"{_LARGE_SETS} --h 1000 --seeds 10 --data-seed {seed}",
            _RESULT,
            0.4,
            "3e15 floating-point operations: a quarter of an hour of one H200",
        )
        for seed in OTHER_SETS
    ),
    Experiment(
        "regimes-unsubtracted",
        _SWEEP,
        f"{_MANY} --depth 2 --h 30 60 --alpha-tilde 1e-1 1 10 100 1000 1e4 --seeds 10"
        " --unsubtracted",
        f"{_FASHION} --depth 3 --h 30 100 --alpha-tilde {_DECADES} {_LARGE} --unsubtracted",
        _RESULT,
        1.2,
        "3e16 floating-point operations: 2 hours of one H200",
    ),
    Experiment(
        "regimes-bias",
        _SWEEP,
        f"{_MANY} --depth 2 --h 60 --alpha-tilde 1e-2 1 100 1e4 --seeds 10 --bias --no-kernel",
        f"{_FASHION} --depth 3 --h 100 --alpha-tilde {_DECADES} {_LARGE} --bias --no-kernel",
        _RESULT,
        0.7,
        "1e16 floating-point operations: an hour of one H200",
    ),
    Experiment(
        "regimes-deep",
        _SWEEP,
        f"{_MNIST} --depth 3 9 --h 40 --alpha-tilde 1e-2 1 100 1e4 --seeds 8 --no-kernel",
        f"{_FASHION} --depth 3 9 --h 100 --alpha-tilde {_DECADES} {_LARGE} --no-kernel",
        _RESULT,
        1.5,
        "5e16 floating-point operations: 3 hours of one H200",
    ),
    Experiment(
        "regimes-data",
        _SWEEP,
        "--dataset mnist digits cifar_30pca --P 500 --depth 2 --h 40 --alpha-tilde 1e-2 1 100 1e4"
        " --seeds 10 --test-points 10000 --no-kernel --kernel-points 0",
        "--dataset mnist mnist10pca fashion_mnist emnist cifar10 --P 10000 --depth 3 --h 100"
        f" --alpha-tilde {_DECADES} {_LARGE} --no-kernel",
        _RESULT,
        2.5,
        "1e17 floating-point operations: 6 hours of one H200",
    ),
    Experiment(
        "regimes-cnn",
        _SWEEP,
        "--dataset cifar10 --P 200 --architecture cnn --depth 4 --h 8 --alpha-tilde 0.1 10 1000"
        " --seeds 5 --dynamics adam --lr 1e-2 --steps 5000 --test-points 4000 --no-kernel"
        " --kernel-points 0 --precision float32",
        "--dataset cifar10 --P 10000 --architecture cnn --depth 4 --h 100 --alpha-tilde 1e-2 1e-1 1"
        " 10 100 1e3 1e4 --loss linear_hinge --dynamics adam --lr 1e-3 --precision float32 --steps"
        " 200000 --seeds 20 --no-kernel --kernel-points 0",
        _RESULT,
        8.0,
        "1e18 floating-point operations: 2 days of one H200",
    ),
    Experiment(
        "initial-scales",
        "sweeps.lazy_feature.initial_scales",
        f"{_MNIST} --depth 5 --h 64 128 256 512 1024 --seeds 10",
        f"{_FASHION} --depth 5 --h 32 64 128 256 512 1024 2048 --seeds 5",
        "initial_scales.nc",
        1.0,
        "half an hour of two cores",
    ),
    Experiment(
        "tolerance",
        "sweeps.lazy_feature.tolerance",
        f"{_MNIST} --depth 2 --h 30 --alpha-tilde 1 10 100 1000 --seeds 3",
        f"{_FASHION} --depth 3 --h 100 --alpha-tilde 1e-3 1e-2 1e-1 1 10 100 1000 1e4"
        " --momentum 0.01 0.1 --seeds 3 --steps 10000000 --test-points 10000",
        "tolerance.nc",
        0.6,
        "1e17 floating-point operations: 6 hours of one H200",
    ),
    Experiment(
        "gram",
        "sweeps.lazy_feature.gram",
        f"{_MNIST} --depth 2 --h 60 --alpha-tilde 0.1 10 1000 --seeds 3",
        f"{_FASHION} --depth 3 --h 300 --alpha-tilde 0.1 10 1000 --seeds 3 --steps 1000000",
        "gram.nc",
        0.3,
        "1e16 floating-point operations: an hour of one H200",
    ),
    Experiment(
        "gram-resnet",
        "sweeps.lazy_feature.gram",
        "--dataset digits --P 200 --architecture resnet --depth 7 --h 4 --bias --alpha-tilde 0.1 10"
        " --seeds 3 --precision float32 --test-points 200",
        "--dataset cifar10 --P 10000 --architecture resnet --depth 25 --h 160 --bias --activation"
        " relu --alpha-tilde 12.65 --seeds 1 --dynamics sgd --batch 32 --lr 0.1 --precision float32"
        " --steps 200000",
        "gram.nc",
        4.5,
        "4e17 floating-point operations: a day of one H200",
    ),
    Experiment(
        "regimes-jamming",
        _SWEEP,
        "--dataset mnist10pca --P 300 --depth 2 --h 2 3 4 5 6 8 16 --alpha-tilde 1e-1 1 10 100 1e3"
        " 1e4 --seeds 4 --steps 30000 --no-kernel --kernel-points 0",
        "--dataset mnist10pca --P 5000 --depth 2 --h 4 6 8 11 16 23 32 45 64 90 --alpha-tilde 1e-2"
        " 1e-1 1 10 100 1e3 1e4 --seeds 15 --steps 1000000 --no-kernel --kernel-points 0",
        _RESULT,
        2.0,
        "9e16 floating-point operations: 5 hours of one H200",
    ),
    Experiment(
        "sgd-axis",
        "sweeps.phase_diagram.sgd_axis",
        f"{_MNIST} --depth 2 --h 3 4 6 8 32 --alpha-tilde 0.1 1 10 100 --batch 32 4 --lr 0.5"
        " --seeds 4 --steps 40000",
        "--dataset mnist10pca --P 5000 --depth 2 --h 6 8 11 16 23 32 64 128 --alpha-tilde 1e-2 1e-1"
        " 1 10 100 1000 --batch 512 64 8 --lr 0.2 0.5 --seeds 15 --steps 1000000"
        " --flow-steps 100000 --refine 2",
        "sgd_axis.nc",
        5.0,
        "5e16 floating-point operations: 5 hours of one H200",
    ),
    Experiment(
        "phase-digits",
        "sweeps.phase_diagram.sweep",
        "--dataset digits10pca --P 200 --depth 2 --h 3 4 5 6 8 12 24 40 64 --alpha-tilde 0.01 0.1 1"
        " 10 100 1000 --label-noise 0.1 --whiten --seeds 8 --steps 5000",
        "--dataset mnist10pca --P 5000 --depth 2 --h 4 6 8 11 16 23 32 45 64 90 128 --seeds 15"
        " --steps 100000",
        "phase_diagram.nc",
        5.0,
        "9e16 floating-point operations: 5 hours of one H200",
    ),
)
