"""Results of the small sweeps of lazy and feature learning, made by hand and of known numbers."""

import numpy as np
import xarray as xr

KNOWN = {"dataset": "mnist10pca", "P": 100, "L": 2, "h": 64}
# powers of h by layer; the read-out, the last, has no nonlinearity behind it
GRADIENT, VELOCITY = (-0.5, -1.0, -0.5), (-0.5, -0.5)


def gram_matrices(seeds: int = 3, points: int = 6) -> xr.Dataset:
    """Two blocks of labels that the kernel tells apart at the end, the more the smaller alpha~."""
    rng = np.random.default_rng(3)
    alphas = np.array([1e-2, 1e2])
    y = np.where(np.arange(points) < points // 3, 1, -1)  # a third has the label +1
    alike = np.outer(y, y) > 0
    # a kernel that is 2 on the diagonal at the start
    start = 2 * np.eye(points) + 0.2
    start[np.diag_indices(points)] = 2.0
    theta = np.stack([[start, start * np.where(alike, 1 + 1 / a, 1.0)] for a in alphas])
    contrast = np.array([[0.1, 5.0], [0.2, 0.7]])[:, None] * (1 + 0.1 * np.arange(seeds))[:, None]
    spectrum = 0.2 / np.arange(1, 11) * np.exp(0.02 * rng.standard_normal((2, seeds, 2, 10)))
    over = ("alpha_tilde", "seed", "moment", "eigenvector")
    return xr.Dataset(
        {
            "theta": (("alpha_tilde", "moment", "point", "other"), theta),
            "contrast": (("alpha_tilde", "seed", "moment"), contrast),
            "fitted": (("alpha_tilde", "seed"), np.ones((2, seeds))),
            "y": ("point", y),
            "pca_omega2": (over, spectrum),
            "pca_bits": (over, spectrum / 2),
        },
        {"alpha_tilde": alphas, "moment": ["start", "end"], "seed": np.arange(seeds)},
        KNOWN | {"architecture": "fc"},
    )


def initial_scales(h: tuple[int, ...] = (16, 64, 256), seeds: int = 4) -> xr.Dataset:
    """Powers of h, `GRADIENT` and `VELOCITY`, exact in the mean over seeds, which differ."""
    spread = 0.1 * (np.arange(seeds) - (seeds - 1) / 2)
    narrowest = np.arange(len(h))[:, None] == 0
    factor = np.exp(
        np.where(narrowest, spread, -spread)
    )  # so that samples of seeds differ in power
    width = np.array(h, float)[:, None]
    gradient = np.stack([width**b * factor for b in GRADIENT])
    velocity = np.stack([3 * width**b * factor for b in VELOCITY] + [np.nan * width * factor])
    over = ("layer", "h", "seed")
    return xr.Dataset(
        {"gradient": (over, gradient), "velocity": (over, velocity)},
        {"layer": [1, 2, 3], "h": list(h), "seed": np.arange(seeds)},
        {"dataset": "mnist10pca", "P": 100, "L": 2, "alpha": 0.5},
    )


def tolerances(seeds: int = 3) -> xr.Dataset:
    """Euler steps of two tolerances and the flow, beside those of the smallest tolerance."""
    rules = ["euler 1e-2", "flow 1e-2", "euler 1e-4"]
    alphas = np.array([0.01, 1.0, 100.0])
    factor = 1 + 0.1 * np.arange(seeds)
    level = np.array([1e-2, 2e-3, 0.0])[:, None, None]
    steps = np.array([1e3, 1e2, 1e5])[:, None, None]
    over = ("rule", "alpha_tilde", "seed")
    return xr.Dataset(
        {
            "distance": (over, level * (1 + alphas)[:, None] ** -0.5 * factor),
            "ticks": (over, steps * (1 + 1 / alphas)[:, None] * factor),
        },
        {"rule": rules, "alpha_tilde": alphas, "seed": np.arange(seeds)},
        KNOWN,
    )
