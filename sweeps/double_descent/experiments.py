"""The experiments of the chapter on double descent and scaling with N."""

from functools import partial

from sweeps.double_descent.commands import DoubleDescent, WideLimit
from sweeps.engine.experiment import Experiment, h200

small = partial(DoubleDescent, dataset="mnist10pca", precision="float32", sets=5)
large = partial(DoubleDescent, dataset="mnist10pca", P=(10_000,), depth=(5,), lr_most=1e-4)

# fmt: off
perturbed = partial(
    small, P=(500,), seeds=3, sets=6, steps=20_000,
    h=(5.0, 5.67, 6.33, 7.0, 8.0, 10.0, 14.0, 20.0, 30.0),
)
EXPERIMENTS = (
    Experiment(
        "descent", "double_descent.nc", 5.0, h200("6e17", "two days"),
        small(P=(500,), seeds=3, sets=6, wide=100.0, wide_seeds=2, steps=20_000,
            h=(3.0, 4.0, 5.0, 5.67, 6.33, 7.0, 7.67, 8.0, 8.67, 9.33, 10.0, 11.0, 12.0, 14.0,
                17.0, 20.0, 25.0, 30.0, 40.0, 55.0, 75.0, 100.0, 150.0, 200.0)),
        large(seeds=20, sets=3, steps=2_000_000, test_points=50_000,
            h=(5.0, 7.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0, 20.0, 23.0,
                27.0, 34.0, 45.0, 57.0, 80.0, 120.0, 180.0, 270.0, 400.0, 600.0, 900.0, 1265.0)),
    ),
    Experiment(
        "descent-decay", "double_descent.nc", 2.0, h200("2e16", "2 hours"),
        perturbed(weight_decay=1e-2),
        large(seeds=5, sets=3, steps=2_000_000, h=(10.0, 13.0, 16.0, 20.0, 34.0, 80.0),
            weight_decay=1e-2),
    ),
    Experiment(
        "descent-noise", "double_descent.nc", 3.0, h200("2e16", "4 hours"),
        perturbed(dynamics="sgd", batch=1, lr=0.6, lr_most=0.05),
        large(seeds=5, sets=3, steps=2_000_000, h=(10.0, 13.0, 16.0, 20.0, 34.0, 80.0),
            dynamics="sgd", batch=1, lr=0.6, lr_most=0.05),
    ),
    Experiment(
        "descent-points", "double_descent.nc", 6.0, h200("6e18", "12 days"),
        small(P=(1000, 2000), seeds=2, steps=15_000,
            h=(4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 14.0, 17.0, 27.0, 55.0)),
        large(P=(10_000, 20_000, 50_000), seeds=2, sets=3, steps=500_000, lr=100.0,
            test_points=20_000,
            h=(5.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 25.0, 28.0, 32.0, 40.0, 60.0,
                100.0, 300.0, 1e3, 3e3)),
    ),
    Experiment(
        "descent-depth", "double_descent.nc", 4.0, h200("3e17", "18 hours"),
        small(P=(1000,), depth=(2, 5), seeds=3, steps=15_000,
            h=(4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 15.0, 20.0, 30.0, 45.0)),
        large(depth=(2, 5), seeds=2, sets=3, steps=500_000, lr=100.0, test_points=50_000,
            h=(5.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 25.0, 28.0, 32.0, 36.0, 40.0,
                60.0, 100.0, 300.0, 1e3)),
    ),
    Experiment(
        "descent-averages", "double_descent.nc", 4.0, h200("6e15", "half an hour"),
        small(dataset="mnist30pca", P=(1000,), depth=(5,), h=(30.0,), seeds=16, steps=5000),
        large(dataset="mnist30pca", h=(60.0,), seeds=100, sets=3, steps=2_000_000,
            test_points=50_000),
    ),
    Experiment(
        "descent-difference", "double_descent.nc", 3.0, h200("1e17", "9 hours"),
        small(P=(500,), seeds=3, sets=6, steps=15_000, alpha=1.0,
            h=(5.0, 6.0, 7.0, 8.0, 10.0, 14.0, 20.0, 25.0, 30.0, 40.0, 55.0, 75.0)),
        large(seeds=20, sets=3, steps=2_000_000, alpha=1.0, test_points=50_000,
            h=(10.0, 12.0, 14.0, 16.0, 20.0, 27.0, 34.0, 45.0, 57.0, 80.0, 120.0, 180.0, 270.0,
                400.0)),
    ),
    Experiment(
        "initial", "initial.nc", 4.0, h200("1e17", "6 hours"),
        WideLimit(dataset="mnist10pca", h=(16, 32, 64, 128, 256, 512), seeds=6, draws=2000),
        WideLimit(dataset="mnist10pca", P=1000, few=200, h=(32, 64, 128, 256, 512, 1024), seeds=20,
            draws=10_000, kernel_points=200),
    ),
)
