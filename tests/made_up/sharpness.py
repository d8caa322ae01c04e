"""The ends of Hessian spectra along trainings, made by hand."""

import numpy as np
import xarray as xr

from sweeps.transition.sharpness import PARTS

TICKS = np.unique(np.geomspace(1, 1000, 20).astype(int)).astype(float)


def sharp(
    edge: float = 1.0,
    exponent: float = 0.5,
    *,
    dynamics: str = "sgd",
    lr: tuple[float, ...] = (0.1, 0.4),
    free: float = 10.0,
    seeds: int = 6,
) -> xr.Dataset:
    """H grows up to `free`, or to `edge` times 2 / lr; H_p ~ L^exponent, L from 1/2 to 5e-7.

    Seeds differ by 1 % each in all of it.
    """
    size = 1 + 0.01 * (np.arange(seeds) - (seeds - 1) / 2)[:, None]
    loss = 0.5 * TICKS**-2 * size
    H_p = loss**exponent * size
    rows = []
    for rate in lr:
        H = size * np.minimum(2 + TICKS / 10, min(free, edge * 2 / rate))
        rows.append(np.stack([H, 0.99 * H, H_p], axis=-1))
    largest = np.stack(rows)[..., None] * np.array([0.5, 1.0])  # of two orders
    smallest = -0.1 * largest[..., ::-1]
    over = ("lr", "seed", "look", "part", "order")
    course = {"loss": loss, "ticks": TICKS, "t": TICKS - 1}
    course = {name: np.broadcast_to(each, (len(lr), *loss.shape)) for name, each in course.items()}
    return xr.Dataset(
        {
            "largest": (over, largest),
            "smallest": (over, smallest),
            "looks": (over[:2], np.full((len(lr), seeds), TICKS.size)),
            **{name: (over[:3], each) for name, each in course.items()},
        },
        {"lr": list(lr), "seed": range(seeds), "part": list(PARTS), "order": [1, 2]},
        {"dataset": "digits10pca", "P": 100, "L": 2, "loss": "square", "dynamics": dynamics},
    )


def along_the_flow() -> xr.Dataset:
    return sharp(dynamics="flow", lr=(0.003,))
