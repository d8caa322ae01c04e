"""Results on equivariant networks made by hand, of known numbers."""

import numpy as np
import xarray as xr

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
