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
