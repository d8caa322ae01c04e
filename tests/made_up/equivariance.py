"""Results on equivariant networks made by hand, of known numbers."""

import numpy as np
import xarray as xr

from jamming.equivariant.data import tetris
from jamming.equivariant.data.bundles import CLASSES

SEEDS = 8


def errors(relu: float = 0.1, growth: float = 0.0, linear: float = 1e-15) -> xr.Dataset:
    """Errors that grow as this power of depth with relu, and fifteen times smaller on finer grids.

    The filters of a seed make all of its errors larger or smaller by some percent.
    """
    rng, depth = np.random.default_rng(0), np.arange(1, 7)
    of_seed = np.exp(0.05 * rng.standard_normal((2, SEEDS)))[:, :, None, None, None]
    of_depth = np.ones((2, SEEDS, 2, 6, 3)) * (depth**growth)[:, None] * of_seed
    error = np.stack([linear * of_depth, relu * of_depth, relu / 15 * of_depth])
    dims = ("finer", "b", "seed", "turn", "depth", "signal")
    coords = {"finer": [0, 1, 2], "b": [4, 8], "seed": np.arange(SEEDS), "depth": depth}
    return xr.Dataset({"error": (dims, error)}, coords, {"channels": 10})


# of every network of clouds
OF_CLOUDS = {"parameters": 99.0, "fitted": 1.0, "error": 1e-6}


def points(odd: float = 1.0, even: float = 1.0, plain: float = 0.2) -> xr.Dataset:
    """Accuracies of Tetris: an even network is right about either of two pieces, by this share."""
    rng, classes = np.random.default_rng(0), tuple(tetris.PIECES)
    accuracy = np.full((3, 1, SEEDS, 8), odd)
    accuracy[1, ..., 0] = rng.integers(2, size=(1, SEEDS))
    accuracy[1, ..., 1] = even - accuracy[1, ..., 0]
    accuracy[2] = plain
    return _clouds(accuracy, ["odd", "even", "plain"], [8], classes, "tetris")


def bundles(ahead: tuple[float, ...] = (0.4, 0.4, 0.2)) -> xr.Dataset:
    """The odd network is better by so much; training sets scatter by some percent."""
    rng = np.random.default_rng(0)
    plain = 0.4 + 0.02 * rng.standard_normal((3, SEEDS, 4))
    odd = plain + np.array(ahead)[:, None, None] + 0.02 * rng.standard_normal((3, SEEDS, 4))
    P = [16, 64, 256]
    return _clouds(np.stack([odd, plain]), ["odd", "plain"], P, CLASSES, "bundles")


def _clouds(
    accuracy: np.ndarray, network: list[str], P: list[int], classes: tuple[str, ...], task: str
) -> xr.Dataset:
    dims = ("network", "P", "seed", "class")
    coords = {"network": network, "P": P, "seed": np.arange(SEEDS), "class": list(classes)}
    attrs = {"task": task, "tests": 400, "noise": 0.1}
    found = {name: (dims[:3], np.full(accuracy.shape[:3], x)) for name, x in OF_CLOUDS.items()}
    return xr.Dataset({"accuracy": (dims, accuracy)} | found, coords, attrs)


def voxels(
    networks: tuple[str, ...] = ("gate", "cnn"),
    accuracy: tuple[float, float] = (0.98, 0.3),
    without: tuple[float, float] = (0.4, 0.25),
    error: tuple[float, float] = (0.05, 0.2),
    loss: tuple[float, float] = (0.1, 0.2),
) -> xr.Dataset:
    """Accuracies and losses of networks, with a low-pass and without; errors alike."""
    dims, rng = ("network", "smooth", "seed"), np.random.default_rng(0)
    shift = 0.01 * rng.standard_normal((2, 2, SEEDS))
    both = np.stack([accuracy, without], 1)[:, :, None] + shift
    losses = np.broadcast_to(np.array(loss)[:, None, None], both.shape) * np.exp(5 * shift)
    errors = np.array(error)[None, :, None, None] * np.exp(np.stack([shift] * 3, -1))
    return xr.Dataset(
        {
            "accuracy": (dims, both),
            "learnt": (dims, np.ones_like(both)),
            "loss": (dims, losses),
            "parameters": (dims, np.full_like(both, 4000.0)),
            "error": ((*dims, "piece"), errors),
        },
        {"network": list(networks), "smooth": [1, 0], "seed": np.arange(SEEDS)},
        {"n": 13, "copies": 8, "steps": 100, "tests": 16},
    )


def nonlinearities(loss: tuple[float, float] = (0.1, 0.2)) -> xr.Dataset:
    """Gates beside norms, with a low-pass alone."""
    return voxels(("gate", "norm"), loss=loss).sel(smooth=[1])


DIGITS = {"spherical": (0.05, 0.06, 0.07), "zonal": (0.2, 0.2, 0.2), "planar": (0.02, 0.5, 0.85)}


def digits(noise: float = 0.01, **errors: tuple[float, float, float]) -> xr.Dataset:
    """Errors of networks at NR/NR, R/R and NR/R (trained / tested), which differ by training set.

    Trained with rotated digits, networks see others as well.
    """
    rng, both = np.random.default_rng(0), DIGITS | errors
    mean = np.array([[[nr, nr_r], [r_r, r_r]] for nr, r_r, nr_r in both.values()])
    error = mean[..., None] + noise * rng.standard_normal((*mean.shape, 5))
    each = {"N_all": np.array([4030, 1090, 24_586]), "train_error": np.zeros(3)}
    over = ("network", "trained", "seed")
    ones = np.ones((3, 2, 5))
    return xr.Dataset(
        {
            "error": (("network", "trained", "tested", "seed"), np.clip(error, 0, 1)),
            **{name: (over, value[:, None, None] * ones) for name, value in each.items()},
            "example": (("tested", "digit", "beta", "alpha"), rng.uniform(size=(2, 3, 8, 7))),
        },
        {"network": list(both), "trained": ["NR", "R"], "tested": ["NR", "R"], "seed": range(5)},
        {"dataset": "digits", "P": 1000, "b": 4, "tests": 360},
    )


def shapes(**errors: tuple[float, float, float]) -> xr.Dataset:
    """As of `digits`, of six shapes."""
    found = digits(**errors).rename(digit="shape").assign_coords(shape=[0, 1, 2])
    return found.assign_attrs(dataset="primitives", P=60, classes=6, tests=150)


SOLIDS = {"steerable": (0.05, 0.05, 0.08), "cnn": (0.04, 0.15, 0.5)}


def solids(**errors: tuple[float, float, float]) -> xr.Dataset:
    """As of `digits`, of shapes as voxels."""
    both = SOLIDS | errors
    found = digits(spherical=both["steerable"], planar=both["cnn"])
    found = found.sel(network=["spherical", "planar"]).assign_coords(network=list(SOLIDS))
    found = found.drop_vars("example").expand_dims(P=[120])
    found["example"] = (("tested", "kind", "x", "y"), np.ones((2, 6, 5, 5)))
    return found.assign_attrs(dataset="shapes", classes=6, n=5, tests=200, steps=100)


def proteins(ahead: tuple[float, ...] = (0.2, 0.2, 0.1)) -> xr.Dataset:
    """The steerable network errs less by so much; training sets scatter by some percent."""
    found = solids().sel(trained=["R"]).isel(P=[0, 0, 0]).assign_coords(P=[16, 64, 256])
    more = np.array(ahead)[:, None] + 0.02 * np.random.default_rng(0).standard_normal((3, 5))
    both = xr.DataArray(0.2 + np.stack([0 * more, more]), dims=("network", "P", "seed"))
    found["error"] = both.broadcast_like(found.error).transpose(*found.error.dims)
    return found.assign_attrs(dataset="proteins")


RMSE = {"counts": 40.0, "spherical": 30.0, "sorted matrix": 37.0, "random matrix": 31.0}


def molecules(noise: float = 0.02, **rmse: float) -> xr.Dataset:
    """Errors of predicted energies, which differ by set of molecules."""
    rng, both = np.random.default_rng(0), RMSE | rmse
    mean = np.array(list(both.values()))[:, None]
    error = mean * np.exp(noise * rng.standard_normal((len(both), 5)))
    energy = np.broadcast_to(rng.normal(-200, 160, (5, 40)), (len(both), 5, 40))
    guess = energy + error[..., None] * rng.standard_normal(energy.shape)
    over = ("network", "seed")
    return xr.Dataset(
        {
            **dict.fromkeys(("rmse", "train_rmse"), (over, error)),
            "spread": (over, energy.std(-1)),
            **{
                name: ((*over, "molecule"), x)
                for name, x in (("energy", energy), ("predicted", guess))
            },
        },
        {"network": list(both), "seed": range(5)},
        {"dataset": "random", "P": 600, "b": 3, "test_points": 40},
    )
