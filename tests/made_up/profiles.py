"""Results made by hand, of known numbers, on networks that halve images in five ways and learn."""

import numpy as np
import xarray as xr

from tests.made_up.deformations import WAYS

LAYERS = ["input", "conv1_1", "conv1_2", "down1", "conv2_1"]
FILTERS = ["conv1_1", "conv1_2", "conv2_1"]
OFFSETS = np.linspace(-0.4, 0.4, len(WAYS))  # of the ways to halve images


def profiles(
    converge: float = 0.1,
    early: float = 1.5,
    tv: float = 1.6,
    deeper: float = 0.1,
    spread: float = 1.0,
    power: float = 0.5,
    *,
    noise: float = 0.005,
    labels: tuple[str, ...] = ("true",),
) -> xr.Dataset:
    """Distances that depend on the way to halve images, by `converge` as much after training.

    In the layers up to the first down-sampling training multiplies them by `early`. Filters have
    1.86 before and after training `tv` in the first layer, `deeper` more in each of the next; with
    the ways it changes by up to 0.04 `spread`. Euclidean distances are a `power` of the others.
    """
    rng, seeds = np.random.default_rng(0), 5
    depth, k = np.array([0.0, 0.0, 0.0, 0.5, 1.0]), np.arange(len(FILTERS))
    before = 0.6 + OFFSETS[:, None, None] * depth
    after = 0.6 * np.where(depth < 1, early, 1) + converge * OFFSETS[:, None, None] * depth
    both = np.stack([np.broadcast_to(one, (len(WAYS), seeds, 5)) for one in (before, after)])
    distance = both * np.exp(noise * rng.standard_normal(both.shape))
    learnt = tv + deeper * k + 0.1 * spread * OFFSETS[:, None, None]
    filters = np.stack(
        [np.broadcast_to(one, (len(WAYS), seeds, 3)) for one in (1.86 + 0 * learnt, learnt)]
    )
    filters = filters + noise * rng.standard_normal(filters.shape)
    over, errors = ("labels", "down", "seed"), np.full((len(labels), len(WAYS), seeds), 0.4)
    each = {"distance": distance, "euclidean": distance**power, "tv": filters}
    return xr.Dataset(
        {
            name: (("state", *over, "filter" if name == "tv" else "layer"), _for(labels, values))
            for name, values in each.items()
        }
        | dict.fromkeys(("test_error", "train_error"), (over, errors)),
        {
            "state": ["init", "trained"],
            "labels": list(labels),
            "down": list(WAYS),
            "seed": range(seeds),
            "layer_name": ("layer", LAYERS),
            "filter_name": ("filter", FILTERS),
        },
        {"dataset": "cifar10", "P": 500, "width": 0.25, "reach": 2.0},
    )


def _for(labels: tuple[str, ...], values: np.ndarray) -> np.ndarray:
    return np.stack([values] * len(labels), 1)


def of_random_labels(
    converge: float = 0.5, spread: float = 1.0, noise: float = 0.005
) -> xr.Dataset:
    """As `profiles`, after training on random labels."""
    return profiles(converge, spread=spread, noise=noise, labels=("random",))


def one_image(slope: float = -0.05, first: float = 1.7, *, noise: float = 0.01) -> xr.Dataset:
    """Total variations of `first` at the strength 0, which change by `slope` with each pixel."""
    rng, strength, seeds = np.random.default_rng(0), np.array([1.0, 2.0, 3.0, 4.0]), 5
    tv = first + slope * strength[:, None, None] + 0.01 * np.arange(3)
    return xr.Dataset(
        {
            "tv": (
                ("strength", "seed", "filter"),
                tv + noise * rng.standard_normal((4, seeds, 3)),
            ),
            "test_error": (("strength", "seed"), np.full((4, seeds), 0.01)),
        },
        {"strength": strength, "seed": range(seeds), "filter_name": ("filter", FILTERS)},
        {"dataset": "mnist", "down": "max", "classes": 10, "examples": 200},
    )
