"""The experiments on learning curves: of invariant data, of a CNN, and of kernels of images."""

from sweeps.engine.experiment import Experiment

# the curve of the kernel of a stripe bends up to P of about 1000: exponents need more than that
_STRIPE = "--P 128 256 512 1024 2048 4096 --h 256 --alpha-tilde 1e-6 --sets 8 --inits 1"
_CYLINDER = "--P 128 256 512 1024 2048 --h 256 --alpha-tilde 1e-6 --sets 8 --inits 1"
_PAPER = (
    "--P 128 256 512 1024 2048 4096 8192 16384 --h 4096 --alpha-tilde 1e-6 --sets 5 --inits 4"
    " --steps 400000 --pca 1024"
)
_CURVE = "--P 64 128 256 512 1024 2048 4096 --test-points 4000 --seeds 4"
_LONG = "--P 128 256 512 1024 2048 4096 8192 14000"

EXPERIMENTS = (
    Experiment(
        "stripe",
        "sweeps.learning_curves.stripe",
        f"--dataset stripe5 {_STRIPE}",
        f"--dataset stripe10 {_PAPER}",
        "stripe.nc",
        12.0,
        "2e16 floating-point operations: 3 hours of one H200",
    ),
    Experiment(
        "cylinder",
        "sweeps.learning_curves.stripe",
        f"--dataset cylinder5 {_CYLINDER}",
        f"--dataset cylinder10 {_PAPER}",
        "stripe.nc",
        5.0,
        "2e16 floating-point operations: 3 hours of one H200",
    ),
    Experiment(
        "curve-cnn",
        "sweeps.learning_curves.cnn",
        "--dataset mnist --P 32 64 128 256 512 1024 --h 8 --depth 4 --alpha-tilde 0.1 --sets 4"
        " --dynamics adam",
        "--dataset mnist --P 64 128 256 512 1024 2048 4096 8192 --h 100 --depth 4 --alpha-tilde 0.1"
        " --dynamics adam --sets 5 --steps 1000000 --test-points 10000",
        "learning_curve.nc",
        8.0,
        "1e18 floating-point operations: 2 days of one H200",
    ),
    Experiment(
        "gram-cnn",
        "sweeps.lazy_feature.gram",
        "--dataset mnist --P 200 --architecture cnn --depth 4 --h 8 --alpha-tilde 0.1 1000"
        " --seeds 8 --precision float32 --test-points 500",
        "--dataset mnist --P 10000 --architecture cnn --depth 4 --h 100 --alpha-tilde 0.1 1000"
        " --seeds 5 --steps 1000000 --precision float32 --test-points 1000",
        "gram.nc",
        6.0,
        "1e18 floating-point operations: 2 days of one H200",
    ),
    Experiment(
        "kernel-regression-mnist",
        "sweeps.learning_curves.kernel_regression",
        f"--dataset mnist {_CURVE}",
        f"--dataset mnist {_LONG} --test-points 10000 --seeds 10",
        "kernel_regression.nc",
        2.0,
        "an hour of two cores",
    ),
    Experiment(
        "kernel-regression-cifar10",
        "sweeps.learning_curves.kernel_regression",
        f"--dataset cifar10 {_CURVE}",
        f"--dataset cifar10 {_LONG} --test-points 5000 --seeds 10",
        "kernel_regression.nc",
        2.0,
        "an hour of two cores",
    ),
)
