"""Threshold states made by hand: gaps and overlaps with known exponents."""

import numpy as np
import xarray as xr

from sweeps.transition.decompress import PATH


def thresholds(
    *,
    gamma: float = 0.2,
    theta: float = 0.3,
    height: float = 0.75,
    loss: float = 5e-7,
    seeds: int = 6,
    N: int = 465,
    dataset: str = "random",
) -> xr.Dataset:
    """p(gap) ~ gap^-gamma up to 1, p(overlap) ~ z^theta up to 3 sqrt(loss), at P/N = 2.8."""
    rng, P = np.random.default_rng(0), round(2.8 * N)
    left = np.round(N * height * (1 + 0.02 * np.linspace(-1, 1, seeds))).astype(int)
    delta = np.full((seeds, P + 100), np.nan)
    for s, n in enumerate(left):
        overlaps = 3 * np.sqrt(loss) * rng.random(n) ** (1 / (1 + theta))
        delta[s, :P] = np.append(overlaps, -(rng.random(P - n) ** (1 / (1 - gamma))))
    way = np.array([0.1, 1e-2, 1e-4, loss])
    path = {
        "rounds": np.arange(1, 5.0) * 10,
        "P": P * (1 + np.sqrt(way)),
        "loss": way,
        "N_delta": left[:, None] * (1 + 3 * np.sqrt(way)),
        "lost": np.full(4, 2.0),
    }
    assert tuple(path) == PATH
    over = ("seed", "state")
    return xr.Dataset(
        {
            "ratio": ("seed", np.full(seeds, P / N)),
            "loss": ("seed", np.full(seeds, loss)),
            "n_delta": ("seed", left / N),
            "lost": ("seed", np.full(seeds, 2.0)),
            "rounds": ("seed", np.full(seeds, 40)),
            "delta": (("seed", "point"), delta),
            **{f"path_{n}": (over, np.broadcast_to(x, (seeds, 4))) for n, x in path.items()},
        },
        {"seed": np.arange(seeds)},
        {"N": N, "target": 1e-6, "dataset": dataset, "L": 2, "activation": "relu"},
    )
