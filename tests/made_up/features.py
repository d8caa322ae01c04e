"""Results of random features made by hand."""

import numpy as np
import xarray as xr

from jamming.models.activations import activation
from jamming.random_features import theory

D, P, N = 40, 60, 4


def random_features(
    seeds: int = 6, ridges: tuple[float, ...] = (0.0, 1e-3), runs: int = 2
) -> xr.Dataset:
    """What is exact, times a factor for each seed."""
    h = np.array([12, 30, 60, 90, 180])
    mu = theory.constants(activation("relu"))
    at = [[theory.Setting(n / D, P / D, lam, 0.5) for lam in ridges] for n in h]
    one = np.array([[theory.network(a, mu) for a in row] for row in at])
    many = np.array([[theory.ensemble(a, mu, N) for a in row] for row in at])
    factor = 1 + 0.1 * (np.arange(seeds) - (seeds - 1) / 2)
    measured = np.where(np.isfinite(one), one, 1e3)[:, None, None] * factor[:, None, None]
    ensemble = np.where(np.isfinite(many), many, 3e2)[:, None] * factor[:, None]
    return xr.Dataset(
        {
            "single": (("h", "seed", "member", "ridge"), np.repeat(measured, N, axis=2)),
            "ensemble": (("h", "seed", "ridge"), ensemble),
            "single_theory": (("h", "ridge"), one),
            "ensemble_theory": (("h", "ridge"), many),
            "flow": ("run", np.full(runs, 0.501)),
            "closed": ("run", np.full(runs, 0.5)),
            "flow_h": ("run", np.full(runs, 120)),
        },
        coords={"h": h, "ridge": list(ridges), "seed": range(seeds)},
        attrs={"d": D, "P": P, "noise": 0.5, "activation": "relu", "members": N},
    )
