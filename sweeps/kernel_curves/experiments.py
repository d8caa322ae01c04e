"""The experiments on learning curves of kernels."""

from sweeps.engine.experiment import Experiment
from sweeps.kernel_curves.curves_command import MANY, KernelCurves
from sweeps.kernel_curves.neighbours_command import Neighbours

WIDER = (*MANY[2:], 12_800, 20_000)  # to what has room in some 10 GB
DIMENSIONS = (2, 3, 5, 10, 15, 35)

# fmt: off
EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        "kernel-curves-digits", "kernel_curves.nc", 1.5, "ten minutes of two cores",
        KernelCurves(seeds=10),
        KernelCurves(seeds=40),
    ),
    Experiment(
        "kernel-curves-mnist", "kernel_curves.nc", 7.0, "a day of two cores",
        KernelCurves(dataset="mnist", P=MANY),
        KernelCurves(dataset="mnist", P=WIDER, test_points=10_000, svm=20_000, seeds=10),
    ),
    Experiment(
        "kernel-curves-cifar10", "kernel_curves.nc", 8.0, "a day of two cores",
        KernelCurves(dataset="cifar10", P=MANY[1:-1], seeds=4),
        KernelCurves(dataset="cifar10", P=WIDER, test_points=10_000, svm=20_000, seeds=10),
    ),
    Experiment(
        "kernel-curves-sigma", "kernel_curves.nc", 3.0, "an hour of two cores",
        KernelCurves(dataset="mnist", P=MANY[:-2], kernel=("laplace",), svm=0, spectrum=0,
            sigma=(10.0, 100.0, 300.0, 1000.0, 1e4, 1e5), seeds=4),
        KernelCurves(dataset="mnist", P=WIDER[:-2], kernel=("laplace",), svm=0, spectrum=0,
            sigma=(10.0, 100.0, 300.0, 1000.0, 1e4, 1e5), seeds=20),
    ),
    Experiment(
        "neighbours-images", "neighbours.nc", 4.0, "an hour of two cores",
        Neighbours(dataset=("mnist", "cifar10"), P=(1000, 2000, 4000, 8000, 16_000),
            test_points=1000),
        Neighbours(dataset=("mnist", "cifar10"), P=(1000, 2000, 4000, 8000, 16_000, 32_000, 50_000),
            test_points=10_000, seeds=20),
    ),
    Experiment(
        "neighbours-spheres", "neighbours.nc", 1.0, "an hour of two cores",
        Neighbours(dataset=tuple(f"random{d + 1}" for d in DIMENSIONS),
            P=(1000, 2000, 4000, 8000, 16_000), test_points=2000, seeds=10),
        Neighbours(dataset=tuple(f"random{d + 1}" for d in DIMENSIONS),
            P=(1000, 10_000, 32_000, 100_000, 320_000), test_points=10_000),
    ),
)
