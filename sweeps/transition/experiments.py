"""The experiments of the jamming chapter."""

from functools import partial

from sweeps.engine.experiment import Experiment, h200
from sweeps.transition.commands import (
    Classes,
    FindNstar,
    Landscape,
    LearningTime,
)
from sweeps.transition.decompress_command import Decompress
from sweeps.transition.effective_command import Effective
from sweeps.transition.sharpness_command import Sharpness
from sweeps.transition.slices_command import Slices

small_landscape = partial(Landscape, steps=200_000, lr=5e-4, decay_every=70_000)
large_landscape = partial(Landscape, steps=10_000_000, lr=1e-4, decay_every=250_000)
small_search = partial(
    FindNstar, fractional=True, steps=100_000, precision="float32", jammed_above=0.1
)
large_search = partial(FindNstar, fractional=True, steps=2_000_000, seeds=3)
large_decompression = partial(Decompress, seeds=8, steps=1_000_000, relax_steps=100_000)
on_images = partial(
    LearningTime,
    dataset="mnist10pca",
    loss="quadratic_hinge",
    dynamics="adam",
    lr=1e-3,
    init="orthogonal",
    decay_every=10**9,
)
large_descent = partial(large_search, lr=1e-4, decay_every=250_000, protocol="descend")

# fmt: off
until_fitted = partial(
    Classes, dataset="cifar10", depth=3, architecture="cnn", losses=("multiclass_linear_hinge",),
    fixed_data=True, dynamics="sgd", until="fitted", lr=(1.0,), lr_exponent=1.0, init="xavier",
)
sharpness_of_flow = partial(
    Sharpness, loss="quadratic_hinge", margin=0.5, dynamics="flow", until="fitted"
)
EXPERIMENTS = (
    Experiment(
        "descent-cnn", "classes.nc", 12.0, h200("2e18", "6 days"),
        until_fitted(h=(8, 16), seeds=3, sets=5, batch=50, steps=5000, test_points=2000),
        until_fitted(P=50_000, h=(2, 4, 8, 16, 20, 24, 28, 32, 40, 48, 64, 128, 256, 512),
            seeds=20, sets=3, batch=250, steps=40_000),
    ),
    Experiment(
        "classes", "classes.nc", 4.0, h200("3e17", "a day"),
        Classes(margin=3.0, steps=2000, decay_every=800),
        Classes(dataset="cifar10", P=50_000, h=(256,), depth=3, architecture="cnn", margin=3.0,
            dynamics="sgd", batch=250, steps=200_000, lr=(0.1,), decay_every=100_000,
            init="xavier"),
    ),
    Experiment(
        "landscape-random", "landscape.json", 9.0, h200("3e17", "27 hours"),
        small_landscape(ratio=(2.5, 2.6, 2.7, 2.8, 2.9, 3.0), seeds=6),
        large_landscape(N=7854, ratio=(2.6, 2.7, 2.8, 2.85, 2.9, 2.95, 3.0, 3.1), seeds=8),
    ),
    Experiment(
        "landscape-deep", "landscape.json", 7.0, h200("7e17", "53 hours"),
        small_landscape(depth=(3,), ratio=(2.2, 2.4, 2.5, 2.6, 2.7, 2.8), seeds=4),
        large_landscape(N=7854, depth=(3, 5), seeds=8,
            ratio=(2.6, 2.7, 2.8, 2.85, 2.9, 2.95, 3.0, 3.1)),
    ),
    Experiment(
        "landscape-tanh", "landscape.json", 12.0, h200("6e16", "4 hours"),
        small_landscape(ratio=(4.3, 4.4, 4.5, 4.6, 4.9, 5.0), seeds=4, activation="tanh"),
        large_landscape(N=2232, depth=(3,), ratio=(4.0, 4.3, 4.6, 4.9, 5.2), seeds=8,
            activation="tanh"),
    ),
    Experiment(
        "landscape-mnist", "landscape.json", 10.0, h200("1e17", "6 hours"),
        small_landscape(dataset="mnist10pca", N=310, depth=(3,), ratio=(7.0, 7.5, 8.0, 8.5),
            seeds=4),
        large_landscape(dataset="mnist10pca", N=3930, depth=(5,), seeds=4, steps=3_000_000,
            ratio=(8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 16.0)),
    ),
    Experiment(
        "decompress-random", "decompressed.nc", 16.0, h200("2e17", "a day"),
        Decompress(N=465, seeds=6),
        large_decompression(N=7854, depth=5, ratio=3.2),
    ),
    Experiment(
        "decompress-tanh", "decompressed.nc", 10.0, h200("5e16", "8 hours"),
        Decompress(N=300, ratio=5.6, seeds=6, activation="tanh"),
        large_decompression(N=2232, depth=3, ratio=5.5, activation="tanh"),
    ),
    Experiment(
        "decompress-mnist", "decompressed.nc", 10.0, h200("2e17", "a day"),
        Decompress(dataset="mnist10pca", N=200, ratio=12.0, seeds=6),
        large_decompression(dataset="mnist10pca", N=3930, depth=5, ratio=16.0),
    ),
    Experiment(
        "nstar-random", "results.nc", 20.0, h200("2e17", "12 hours"),
        small_search(dataset="random", P=(250, 500, 1000, 2000, 4000), lr=1e-3, steps=60_000),
        large_descent(dataset="random", P=(500, 1000, 2000, 5000, 10_000, 20_000, 60_000)),
    ),
    Experiment(
        "nstar-deep", "results.nc", 10.0, h200("3e17", "18 hours"),
        small_search(dataset="random", P=(250, 500, 1000, 2000), depth=(3,), lr=1e-3,
            steps=60_000),
        large_descent(dataset="random", P=(500, 1000, 2000, 5000, 10_000, 20_000, 60_000),
            depth=(3, 5)),
    ),
    Experiment(
        "nstar-random-sgd", "results.nc", 9.0, h200("1e17", "6 hours"),
        small_search(dataset="random", P=(250,), dynamics="sgd", lr=0.05, batch=125,
            steps=400_000),
        large_search(dataset="random", P=(2500, 5000, 20_000), depth=(2, 3), dynamics="sgd",
            lr=0.01, batch=1024),
    ),
    Experiment(
        "nstar-mnist", "results.nc", 8.0, h200("5e16", "3 hours"),
        small_search(dataset="mnist10pca", P=(125, 250, 500, 1000, 2000), depth=(1, 3), lr=1e-3,
            seeds=4),
        large_descent(dataset="mnist10pca", P=(100, 300, 1000, 3000, 10_000, 30_000, 50_000),
            depth=(1, 3, 5)),
    ),
    Experiment(
        "learning-time", "learning_time.nc", 8.0, h200("5e16", "3 hours"),
        LearningTime(seeds=6),
        LearningTime(P=(250, 500, 1000, 2000, 5000, 10_000, 20_000), depth=5, seeds=3,
            steps=1_000_000),
    ),
    Experiment(
        "learning-time-mnist", "learning_time.nc", 15.0, h200("2e17", "12 hours"),
        on_images(P=(500, 1000, 2000), seeds=6, steps=256_000,
            times=(4000, 16_000, 64_000, 256_000),
            ratio=(0.11, 0.13, 0.15, 0.18, 0.21, 0.25, 0.3, 0.36, 0.45)),
        on_images(P=(2000, 4000, 8000, 16_000), seeds=6, steps=4_000_000,
            times=(62_500, 250_000, 1_000_000, 4_000_000),
            ratio=(0.05, 0.06, 0.07, 0.08, 0.1, 0.12, 0.14, 0.17, 0.2)),
    ),
    Experiment(
        "effective", "effective.nc", 1.0, "an hour of two cores",
        Effective(dataset=("mnist10pca", "random10"), h=(5, 7, 10, 14)),
        Effective(dataset=("mnist10pca", "random10"), P=(500, 1000, 2000),
            h=(5, 7, 10, 14, 20, 30), seeds=3),
    ),
    Experiment(
        "slices", "slices.nc", 2.0, "an hour of two cores",
        Slices(seeds=8),
        Slices(dataset="mnist10pca", P=1000, h=(6, 10, 16, 30, 60, 120), seeds=16, steps=100_000),
    ),
    Experiment(
        "sharpness-descent", "sharpness.nc", 1.0, h200("6e15", "half an hour"),
        Sharpness(lr=(0.1, 0.3, 0.6)),
        Sharpness(dataset="cifar10", P=5000, h=200, lr=(0.03, 0.1, 0.3), steps=20_000,
            precision="float32"),
    ),
    Experiment(
        "sharpness-hinge", "sharpness.nc", 1.0, h200("6e15", "half an hour"),
        sharpness_of_flow(steps=600),
        sharpness_of_flow(dataset="mnist10pca", P=10_000, h=100, depth=5, steps=100_000),
    ),
)
