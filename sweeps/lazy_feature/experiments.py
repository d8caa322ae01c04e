"""The experiments of the chapter on lazy and feature learning."""

from typing import Any

from sweeps.engine.experiment import Experiment, h200
from sweeps.lazy_feature.commands import Gram, InitialScales, Regimes, Tolerance

# values of alpha~
DECADES = tuple(float(f"1e{k}") for k in range(-5, 7))
COARSE = (0.01, 1.0, 100.0, 1e4)
MIDDLE = (0.1, 1.0, 10.0, 100.0, 1e3, 1e4)
ENDS = (1e-3, 0.01, 0.1, 1e3, 1e4, 1e6)


def few(**options: Any) -> dict[str, Any]:
    """Options of `Regimes` for a few images of digits."""
    return {"dataset": ("mnist10pca",), "P": (300,)} | options


def many(**options: Any) -> dict[str, Any]:
    """Options of `Regimes` for many images of clothes."""
    images = {"dataset": ("fashion_mnist",), "P": (10_000,), "test_points": 50_000}
    networks = {"depth": (3,), "seeds": 20, "steps": 1_000_000, "kernel_points": 1000}
    return images | networks | {"alpha_tilde": DECADES} | options


def regimes(
    name: str, minutes: float, cost: str, small: Any, large: Any, **both: Any
) -> Experiment:
    """An experiment on regimes, of options at either size and at both."""
    laptop, paper = Regimes(**small | both), Regimes(**large | both)
    return Experiment(name, "regimes.nc", minutes, cost, laptop, paper)


# fmt: off
EXPERIMENTS = (
    regimes(
        "regimes", 6.0, h200("2e17", "12 hours"),
        few(h=(15, 30, 60, 120), seeds=4, sets=5, test_points=10_000,
            alpha_tilde=(1e-3, 0.01, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 1e3, 1e4, 1e6)),
        many(h=(10, 30, 100, 300, 1000)),
    ),
    regimes(
        "regimes-extreme", 0.6, h200("1e16", "an hour"),
        few(h=(30,), alpha_tilde=DECADES[:4], seeds=2, sets=5),
        many(h=(100,), alpha_tilde=(1e-6, *DECADES[:4])),
        kernel=False,
    ),
    regimes(
        "regimes-growth", 3.0, h200("2e16", "an hour"),
        few(h=(30, 60, 120), steps=30_000),
        many(h=(30, 100, 300, 1000), depth=(2,), steps=1_000_000, test_points=1000),
        dynamics="euler", alpha_tilde=ENDS, seeds=10, kernel=False, kernel_points=0,
    ),
    regimes(
        "regimes-depths", 1.2, h200("1e17", "6 hours"),
        few(h=(30,), alpha_tilde=DECADES[2:11]),
        many(h=(100, 400)),
        depth=(2, 3, 5), kernel=False,
    ),
    regimes(
        "regimes-relu", 3.0, h200("2e17", "12 hours"),
        few(h=(30, 60), seeds=8,
            alpha_tilde=(0.1, 1.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 1e5, 1e6)),
        many(h=(30, 100, 300), test_points=10_000, seeds=3),
        depth=(5,), activation="relu", kernel=False,
    ),
    regimes(
        "regimes-kernels", 0.8, h200("5e16", "3 hours"),
        few(P=(500,), h=(15, 30, 60), seeds=1, sets=6),
        many(h=(30, 100, 300, 1000)),
        alpha_tilde=None, alpha=(0.01, 1.0), kernel_end=True,
    ),
    regimes(
        "regimes-resnet", 6.0,
        "1e19 floating-point operations, most of them for kernels: weeks of one H200",
        few(dataset=("digits",), P=(200,), depth=(7,), h=(2, 4), seeds=1, sets=8),
        many(dynamics="sgd", lr=0.1, batch=32, dataset=("cifar10",), depth=(25,),
            h=(16, 32, 64, 160), seeds=3, steps=200_000, activation="relu", loss="linear_hinge",
            test_points=1000),
        alpha_tilde=None, alpha=(1.0,), architecture="resnet", bias=True, kernel_end=True,
        kernel_points=0, precision="float32",
    ),
    regimes(
        "regimes-lazy", 12.0, h200("5e16", "3 hours"),
        few(P=(100, 200, 400, 800), h=(15, 30, 60, 120, 240), seeds=8, sets=5),
        many(P=(1000, 2000, 5000, 10_000), h=(30, 100, 300, 1000), sets=5, test_points=10_000),
        alpha_tilde=None, kernel_points=None, network=False,
    ),
    regimes(
        "regimes-unsubtracted", 1.2, h200("3e16", "2 hours"),
        few(h=(30, 60), alpha_tilde=MIDDLE, seeds=2, sets=5, test_points=10_000),
        many(h=(30, 100)),
        centred=False,
    ),
    regimes(
        "regimes-bias", 1.4, h200("1e16", "an hour"),
        few(h=(60,), alpha_tilde=COARSE, seeds=4, sets=5, test_points=10_000),
        many(h=(100,)),
        bias=True, kernel=False,
    ),
    regimes(
        "regimes-deep", 1.9, h200("5e16", "3 hours"),
        few(h=(40,), alpha_tilde=COARSE, seeds=2, sets=5),
        many(h=(100,)),
        depth=(3, 9), kernel=False,
    ),
    regimes(
        "regimes-data", 5.0, h200("1e17", "6 hours"),
        few(dataset=("mnist", "digits", "cifar_30pca"), P=(500,), h=(40,), alpha_tilde=COARSE,
            seeds=4, sets=5, test_points=10_000, kernel_points=0),
        many(dataset=("mnist", "mnist10pca", "fashion_mnist", "emnist", "cifar10"), h=(100,)),
        kernel=False,
    ),
    regimes(
        "regimes-mfp", 5.0, h200("1e16", "an hour"),
        few(dataset=("digits",), P=(100,), h=(64, 256, 1024), test_points=200),
        many(h=(64, 256, 1024, 4096), P=(1000,), seeds=5, test_points=1000),
        parametrisation="mfp", alpha_tilde=None, alpha=(1.0, 3.0, 10.0, 30.0), kernel=False,
        kernel_points=100, precision="float32",
    ),
    regimes(
        "regimes-cnn", 8.0, h200("1e18", "2 days"),
        few(P=(200,), h=(8,), alpha_tilde=(0.1, 10.0, 1e3), steps=5000, test_points=4000),
        many(lr=1e-3, h=(100,), alpha_tilde=DECADES[3:10], steps=200_000, loss="linear_hinge",
            test_points=1000),
        dynamics="adam", dataset=("cifar10",), depth=(4,), architecture="cnn", kernel=False,
        kernel_points=0, precision="float32",
    ),
    Experiment(
        "initial-scales", "initial_scales.nc", 1.0, "half an hour of two cores",
        InitialScales(dataset="mnist10pca", P=300, h=(64, 128, 256, 512, 1024), seeds=10),
        InitialScales(dataset="fashion_mnist", P=10_000, h=(32, 64, 128, 256, 512, 1024, 2048)),
    ),
    Experiment(
        "tolerance", "tolerance.nc", 2.5, h200("1e17", "6 hours"),
        Tolerance(dataset="mnist10pca", P=300, seeds=16),
        Tolerance(dataset="fashion_mnist", P=10_000, depth=3, h=100, alpha_tilde=DECADES[2:10],
            momentum=(0.01, 0.1), steps=10_000_000, test_points=10_000),
    ),
    Experiment(
        "gram", "gram.nc", 0.5, h200("1e16", "an hour"),
        Gram(dataset="mnist10pca", P=300, seeds=5),
        Gram(dataset="fashion_mnist", P=10_000, depth=3, h=300, steps=1_000_000),
    ),
    Experiment(
        "gram-resnet", "gram.nc", 6.0, h200("4e17", "a day"),
        Gram(dataset="digits", depth=7, h=4, seeds=5, alpha_tilde=(0.1, 10.0),
            architecture="resnet", bias=True, precision="float32"),
        Gram(dynamics="sgd", lr=0.1, batch=32, dataset="cifar10", P=10_000, depth=25, h=160,
            alpha_tilde=(12.65,), seeds=1, steps=200_000, architecture="resnet", activation="relu",
            bias=True, precision="float32"),
    ),
    regimes(
        "regimes-jamming", 10.0, h200("1e17", "5 hours"),
        few(h=(2, 3, 4, 5, 6, 8, 16), alpha_tilde=MIDDLE, seeds=4, sets=5, steps=30_000),
        many(P=(5000,), depth=(2,), h=(4, 6, 8, 11, 16, 23, 32, 45, 64, 90),
            alpha_tilde=DECADES[3:10], seeds=4, sets=5, test_points=1000),
        dataset=("mnist10pca",), kernel=False, kernel_points=0,
    ),
    Experiment(
        "gram-cnn", "gram.nc", 6.0, h200("1e18", "2 days"),
        Gram(dataset="mnist", depth=4, h=8, alpha_tilde=(0.1, 1e3), seeds=8, architecture="cnn",
            precision="float32", test_points=500),
        Gram(dataset="mnist", P=10_000, depth=4, h=100, alpha_tilde=(0.1, 1e3), seeds=5,
            steps=1_000_000, architecture="cnn", precision="float32", test_points=1000),
    ),
)
