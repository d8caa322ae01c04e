"""Results on finite memory made by hand, of known numbers."""

import numpy as np
import xarray as xr

SEEDS = 8
TIMES = np.geomspace(1.0, 1e5, 31)


def learnt(
    random: float = 0.26,
    linear: float = 0.18,
    columns: float = 0.08,
    column: float = 0.065,
    memento: float = 0.2,
    necklace: float = 0.195,
    adam: float = 0.12,
    *,
    noise: float = 0.01,
    m: int = 3,
) -> xr.Dataset:
    """q falls as a power of time from 1/2 to these ends, of RAM(4^m / 4) and Memento(m).

    After ADAM the Memento ends as after the flow, and the RAM at `adam`.
    """
    ends = {("ram", "random"): random, ("ram", "linear"): linear, ("ram", "columns"): columns}
    ends |= {("ram", "column"): column, ("memento", "random"): memento}
    ends |= {("memento", "cycles"): 0.99 * memento, ("memento", "necklace"): necklace}
    size, best = {"ram": 4 ** (m - 1), "memento": m}, {"ram": 0.065, "memento": 0.21}
    rows = [(memory, start, how, end) for (memory, start), end in ends.items() for how in HOW]
    rng = np.random.default_rng(0)
    q = np.array([adam if (m, s, h) == RAM_BY_ADAM else end for m, s, h, end in rows])
    last = q[:, None] * np.exp(noise * rng.standard_normal((len(rows), SEEDS)))
    share = (np.log(TIMES) / np.log(TIMES[-1]))[None, None]
    curves = 0.5 * (last[..., None] / 0.5) ** share
    ram = [memory == "ram" for memory, *_ in rows]
    coords = {
        "curve": [f"{m} {size[m]} {start} {how}" for m, start, how, _ in rows],
        "seed": range(SEEDS),
        "time": TIMES,
        "memory": ("curve", [m for m, *_ in rows]),
        "size": ("curve", [size[m] for m, *_ in rows]),
        "initial": ("curve", [start for _, start, *_ in rows]),
        "dynamics": ("curve", [how for _, _, how, _ in rows]),
    }
    return xr.Dataset(
        {
            "curves": (("curve", "seed", "time"), curves),
            "q": (("curve", "seed"), last),
            "t": (("curve", "seed"), np.full(last.shape, TIMES[-1])),
            "ticks": (("curve", "seed"), np.full(last.shape, 1000)),
            "result": (("curve", "seed"), np.full(last.shape, 3)),
            "best": ("curve", [best[m] for m, *_ in rows]),
            "limit": ("curve", np.where(ram, 0.002, 0.141)),
        },
        coords,
        {"good": 0.55, "bad": 0.45, "r": 1e-4, "steps": 1000},
    )


HOW = ("flow", "adam")
RAM_BY_ADAM = ("ram", "random", "adam")


def near_columns(off: float = 1e-7) -> xr.Dataset:
    """What is learnt from near the column is `off` above its exact q, M^-2 (1 + sqrt(r))."""
    M, r, mu = np.array([2, 4, 8]), np.array([1e-4, 1e-3, 1e-2]), np.array([0.1, 0.3])
    limit = M[:, None, None] ** -2.0 * (0.1 / mu)[None, None] * np.ones(3)[None, :, None]
    best = limit * (1 + np.sqrt(r))[None, :, None]
    q = np.stack([best + off, best, best + off / 2], axis=-1)
    axes = ("M", "r", "mu")
    ends: dict[str, np.ndarray] = {"t": np.full(q.shape, 1e9), "ticks": np.full(q.shape, 100)}
    ends["result"] = np.full(q.shape, 3)
    found = {name: ((*axes, "seed"), rows) for name, rows in (ends | {"q": q}).items()}
    coords = {"M": M, "r": r, "mu": mu, "seed": range(3)}
    return xr.Dataset(found | {"best": (axes, best), "limit": (axes, limit)}, coords)
