"""Results on scattering made by hand, of known numbers."""

import numpy as np
import xarray as xr

from sweeps.scattering.invariance import CHIRPS, DILATION
from sweeps.scattering.properties import COORDS, DIMS

SEEDS = 6


def properties(
    *,
    fourier: float = 1.0,
    ripple: float = 1.05,
    expansion: float = 0.9,
    slope: float = 1.0,
    spread: float = 1.2,
    gain: float = 2.0,
    commutator: float = 0.0,
    average: float = 0.1,
    energy: float = 0.98,
    outer: float = 0.0,
    inner: float = 0.07,
    shift: float = 0.99,
    turned: float = 3e-7,
    between: float = 0.01,
    mixed: float = 0.89,
    linear: float = 0.5,
    moduli: float = 0.03,
    noise: float = 0.005,
) -> xr.Dataset:
    """Distances of the Fourier modulus grow by w^`fourier`, those of scattering by `ripple`.

    Those of deformed images have the exponent `slope` in the gradient and vary by `spread` over
    frequencies, those of moved ones fall by `gain` an octave; norms of commutators grow as
    J^`commutator`. The others are the numbers themselves, all with relative errors `noise`.
    """
    rng = np.random.default_rng(0)
    coords = {name: np.array([*values]) for name, values in COORDS.items()}
    sizes = {"seed": SEEDS, "chirp": len(CHIRPS), "field": 2} | {
        k: v.size for k, v in coords.items()
    }
    w = np.array(CHIRPS) * np.ones((SEEDS, 1))
    kinds = spread ** np.linspace(0, 1, sizes["kind"])[:, None]
    g, J = coords["gradient"], coords["J"].astype(float)
    at = 0.3 * g**slope * kinds
    shifts = coords["shift"] / 64.0 * gain ** (4 - J[:, None])
    angle = np.where(coords["angle"] % 90, between, np.where(coords["angle"] > 0, turned, 0.0))
    d = np.full((2, sizes["d"]), mixed)
    order = np.array([0.0, 0.8, 0.95, 1.0])
    values = {
        "omega": w,
        "chirp_fourier": 0.04 * w**fourier,
        "chirp_scattering": 0.05 * ripple ** np.linspace(0, 1, w.shape[1]),
        "expansion": expansion * np.array([0.5, 0.7, 1.0]),
        "deformed_scattering": at,
        "deformed_fourier": np.arange(1, sizes["kind"] + 1)[:, None] * g,
        "deformed_pixels": 2 * np.arange(1, sizes["kind"] + 1)[:, None] * g,
        "translated": shifts,
        "commutator": 1.3 * J[:, None] ** commutator * np.ones(2),
        "moved_average": average * 2.0 ** -J[:, None] * np.ones(2),
        "average_bound": 2.0 ** -J[:, None] * np.ones(2),
        "turned_roto": angle,
        "turned_averages": coords["angle"] / 180,
        "turned_pixels": coords["angle"] / 70,
        "conserved": energy * order * np.ones((2, 1)),
        "conserved_ascending": 0.9 * energy * order * np.ones((2, 1)),
        "outer_with": inner,
        "shift_worst": shift / np.sqrt(coords["moved"]) * np.array([0.5, 0.9, 1.0])[:, None],
        "shift_random": 0.1 * shift / np.sqrt(coords["moved"]) * np.ones((3, 1)),
        "mixed": d * np.array([1.0, 1.1])[:, None],
        "texture_error": np.array([linear, linear, moduli, 2 * moduli]),
        "outer_with_error": 0.001,
        "outer_without_error": 0.001,
        "outer_without": 0.0,
    }
    found = {}
    for name, dims in DIMS.items():
        shape = (SEEDS, *(sizes[each] for each in dims))
        # the errors of two seeds cancel: means are the numbers
        half = rng.normal(size=(SEEDS // 2, *shape[1:]))
        errors = 1 + noise * np.concatenate([half, -half])
        exact = name in ("omega", "average_bound") or name.startswith("shift")
        found[name] = (("seed", *dims), values[name] * (np.ones(shape) if exact else errors))
    drift = np.linspace(-1, 1, SEEDS) * 1e-3
    found["outer_without"] = (("seed",), outer + drift)
    attrs = {"dataset": "mnist", "size": 32, "images": 32, "dilation": DILATION}
    return xr.Dataset(found, coords | {"seed": np.arange(SEEDS)}, attrs)
