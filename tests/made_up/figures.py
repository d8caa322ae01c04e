"""Results for every figure, by the experiment that it is of."""

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import xarray as xr
from matplotlib.figure import Figure

from sweeps.lazy_feature.gram import most_learnt
from sweeps.transition.landscape import Run
from tests.made_up import deformations as of_images
from tests.made_up import equivariance as of_equivariance
from tests.made_up import foundations as of_foundations
from tests.made_up import memory as of_memory
from tests.made_up import scattering, teachers
from tests.made_up.collapse import by_octaves, collapsed
from tests.made_up.curves import image_curves, learning_curves
from tests.made_up.decompressed import thresholds
from tests.made_up.deformations import halved, learnt, random_fields, stabilities, stripes
from tests.made_up.diagrams import a_diagram, an_observed_diagram, rules
from tests.made_up.features import random_features
from tests.made_up.kernel_curves import kernel_curves, neighbours
from tests.made_up.lazy import gram_matrices, initial_scales, tolerances
from tests.made_up.profiles import of_random_labels, one_image, profiles
from tests.made_up.properties import properties
from tests.made_up.regimes import swept
from tests.made_up.runs import a_run
from tests.made_up.scans import a_scan, decaying, of_convolutions, of_wide
from tests.made_up.searches import (
    SEARCHES,
    classes,
    falling_with_time,
    learning_times,
    ranks,
    slices,
)
from tests.made_up.sharpness import along_the_flow, sharp

# alpha~ from feature to lazy learning, as few as have powers in both
ALPHAS = "1e-3 1e-2 1e-1 1 10 100 1000 1e4 1e5"


@functools.cache
def regimes(line: str) -> xr.Dataset:
    """Of a sweep of made-up networks with these options; not to be changed."""
    with tempfile.TemporaryDirectory() as folder:
        return swept(Path(folder) / "regimes", line)


def whole() -> xr.Dataset:
    """From feature to lazy learning at two widths."""
    return regimes(f"--P 20 --h 9 36 --alpha-tilde {ALPHAS} --seeds 4")


def depths() -> xr.Dataset:
    """Of two depths, only in feature learning."""
    return regimes("--P 20 --depth 2 5 --h 9 --alpha-tilde 1e-3 1e-2 1e-1 1 --seeds 2")


def over_points() -> xr.Dataset:
    """Of kernels alone, at several P."""
    return regimes("--P 10 20 40 --h 4 9 16 --seeds 3 --no-network")


def both_kernels() -> xr.Dataset:
    """With the kernels of the end."""
    found = regimes("--P 20 --h 4 9 16 --alpha 0.01 1 --seeds 3 --kernel-end")
    # made-up networks have one error, whatever learns
    return found.assign(
        end_error=0.9 * found.end_error, end_ensemble_error=0.8 * found.end_ensemble_error
    )


def jammed() -> xr.Dataset:
    """Networks of h = 2 to 16 that fit after 3000 (4/h)^3 gradients, if they have 4 neurons."""
    found = regimes("--P 20 --h 2 4 8 16 --alpha-tilde 0.1 10 --seeds 3")
    stuck = found.h < 4
    ticks = xr.where(stuck, 3000.0, 3000.0 * (4.0 / found.h) ** 3)
    return found.assign(
        fitted=xr.where(stuck, 0.0, 1.0) + 0 * found.fitted, ticks=ticks + 0 * found.ticks
    )


def landscapes() -> list[Run]:
    """Two depths, four seeds each at losses of their own, and some that fit."""
    runs = [
        a_run(L, seed, loss=10.0 ** (-2 - seed), share=0.4 + 0.1 * seed, misclassified=4 - seed)
        for L in (1, 3)
        for seed in range(4)
    ]
    return [*runs, *(a_run(L, 9, P=20, fitted=True) for L in (1, 3))]


# by the beginning of the experiment's name, the longest that fits
RESULTS = {
    "landscape": landscapes,
    "decompress": thresholds,
    "nstar": lambda: SEARCHES["several P"],
    "learning-time": learning_times,
    "learning-time-mnist": lambda: falling_with_time(0.75),
    "effective": ranks,
    "slices": slices,
    "classes": lambda: classes((4, 8, 16), ensemble=True),
    "descent": a_scan,
    "descent-decay": decaying,
    "descent-points": lambda: a_scan((250, 1000)),
    "descent-depth": lambda: a_scan(depths=(2, 3)),
    "descent-averages": lambda: a_scan(seeds=24),
    "descent-cnn": of_convolutions,
    "initial": of_wide,
    "regimes": whole,
    "regimes-depths": depths,
    "regimes-kernels": both_kernels,
    "regimes-resnet": both_kernels,
    "regimes-lazy": over_points,
    "regimes-jamming": jammed,
    "initial-scales": initial_scales,
    "tolerance": tolerances,
    "gram": gram_matrices,
    "gram-cnn": lambda: most_learnt(gram_matrices()),
    "stripe": learning_curves,
    "cylinder": learning_curves,
    "curve-cnn": image_curves,
    "kernel-curves": kernel_curves,
    "neighbours": neighbours,
    "sgd-axis": rules,
    "phase-digits": a_diagram,
    "observed": an_observed_diagram,
    "deformations": learnt,
    "deformations-networks": of_images.related,
    "transfer": of_images.transferred,
    "deformations-points": of_images.over_points,
    "deformations-augmentation": of_images.augmented,
    "random-features": random_features,
    "fields": random_fields,
    "stability-mnist": stabilities,
    "stability-cifar10": stabilities,
    "downsampled": halved,
    "profiles-cifar10": profiles,
    "profiles-random": of_random_labels,
    "one-image": one_image,
    "stripe-stability": stripes,
    "scattering": scattering.classified,
    "phase-collapse": collapsed,
    "phase-collapse-depth": by_octaves,
    "scattering-properties": properties,
    "laziness": of_foundations.lazy,
    "bounds": of_foundations.bounded,
    "separability": of_foundations.separated,
    "invertible": of_foundations.inverted,
    "teacher": teachers.taught,
    "teacher-matern": lambda: teachers.taught("matern", d=(1,), nu=(0.5, 1.0, 3.0)),
    "teacher-laplace-smooth-student": teachers.smooth,
    "teacher-gaussian-smooth-student": teachers.stretched,
    "lattice": teachers.latticed,
    "memory": of_memory.learnt,
    "columns": of_memory.near_columns,
    "coordinates": of_foundations.checked,
    "filters": of_foundations.gabors,
    "equivariance-errors": of_equivariance.errors,
    "points-tetris": of_equivariance.points,
    "points-bundles": of_equivariance.bundles,
    "voxels-untrained": lambda: of_equivariance.voxels().assign_attrs(steps=1),
    "voxels": of_equivariance.voxels,
    "voxels-nonlinearities": of_equivariance.nonlinearities,
    "solids-shapes": of_equivariance.solids,
    "solids-proteins": of_equivariance.proteins,
    "sphere-digits": of_equivariance.digits,
    "sphere-zonal": of_equivariance.digits,
    "shapes": of_equivariance.shapes,
    "molecules": of_equivariance.molecules,
    "sharpness-descent": sharp,
    "sharpness-hinge": along_the_flow,
}


def kind(experiment: str) -> str:
    """Which of the results above are of this experiment."""
    return max((each for each in RESULTS if experiment.startswith(each)), key=len)


@functools.cache
def drawn_once(module: ModuleType, made_up: Callable[[], Any]) -> Figure:
    """The figure that a module has of made-up results; to be read, not to be changed."""
    figure: Figure = module.figure(made_up())
    return figure


@functools.cache
def results(figure: str, experiment: str) -> Any:
    """What this figure, of this experiment, may be of; not to be changed."""
    found = RESULTS[kind(experiment)]()
    return [found] if experiment.startswith("regimes-") and figure == experiment else found
