"""Results of learning curves made by hand, of known exponents."""

from typing import Any

import numpy as np
import xarray as xr

P = (128, 256, 512, 1024, 2048, 4096)


def learning_curves(
    lazy: float = 0.385,
    feature: float = 0.538,
    Lambda: float = 0.5,
    *,
    similar: float = 1.0,
    learnt: float = 2.0,
    of_end: float = 1.0,
    noise: float = 0.02,
    sets: int = 4,
    inits: int = 2,
    sizes: tuple[int, ...] = P,
    **attrs: Any,
) -> xr.Dataset:
    """Power laws of these exponents, with noise.

    `similar`: the error of feature learning by that on compressed points; `learnt`: by how much
    the top eigenvectors gain; `of_end`: the error of the kernel of the end, known up to the second
    P, by that of feature learning.
    """
    rng = np.random.default_rng(0)
    size = np.array(sizes, float)

    def law(prefactor: float, exponent: float, width: int = 0) -> np.ndarray:
        shape = (len(sizes), sets, *([width] if width else []))
        mean = prefactor * (size / size[0]) ** exponent
        drawn: np.ndarray = mean.reshape(-1, *[1] * (len(shape) - 1)) * np.exp(
            noise * rng.standard_normal(shape)
        )
        return drawn

    single, whole, top = ("P", "set", "init"), ("P", "set"), ("set", "moment", "eigenvector")
    gain = np.array([1.0, learnt])[None, :, None]
    spectrum = 0.2 / np.arange(1, 11) * gain * np.exp(noise * rng.standard_normal((sets, 2, 10)))
    one = law(0.12, -lazy, inits)
    one[:, :, 1:] = np.nan  # of the kernel of infinite width there is one
    error = law(0.05, -feature, inits)
    looks = np.geomspace(1, 1e-4, 9)
    columns: dict[str, tuple[tuple[str, ...], np.ndarray]] = {
        "feature": (single, error),
        "feature_ensemble": (whole, 0.9 * error.mean(2)),
        "lazy": (single, one),
        "lazy_ensemble": (whole, one[:, :, 0]),
        "compressed": (single, np.where(np.isnan(one), np.nan, error / similar)),
        "end": (single, of_end * np.where(size[:, None, None] > size[:2].max(), np.nan, error)),
        "fitted": (single, np.ones_like(error)),
        "Lambda": (single, law(10.0, Lambda, inits)),
        "Lambda_alike": (single, law(7.0, Lambda, inits)),
        "Lambda_half": (single, law(6.0, Lambda, inits)),
        "Lambda_largest": (single, law(20.0, Lambda, inits)),
        "pca_omega2": (top, spectrum),
        "pca_bits": (top, spectrum / 2),
        "pca_error": (top, 0.1 * spectrum),
        "pca_total": (("set", "moment"), spectrum.sum(2) / 2),
        "pca_total_error": (("set", "moment"), 0.1 * spectrum.sum(2)),
    }
    for name, path in {
        "loss": looks,
        "t": 1 / looks,
        "test_error": looks**0.2,
        "Lambda": looks**-0.3,
    }.items():
        rows = np.broadcast_to(path, (len(sizes), sets, looks.size)).copy()
        rows[0, :, -2:] = np.nan  # it ended earlier
        columns[f"path_{name}"] = (*whole, "look"), rows
    known = {"dataset": "stripe5", "d": 5, "d_par": 1, "h": 256, "kernel": "kernel_infinite"}
    return xr.Dataset(
        columns,
        coords={"P": list(sizes), "moment": ["start", "end"]},
        attrs=known | {"pca_P": sizes[min(1, len(sizes) - 1)]} | attrs,
    )


def image_curves(
    lazy: float = 1 / 3,
    feature: float = 0.5,
    better: float = 0.8,
    *,
    sets: int = 4,
    inits: int = 2,
    sizes: tuple[int, ...] = P,
) -> xr.Dataset:
    """Of `sweeps.learning_curves.cnn`; `better`: feature by lazy error at the first P."""
    rng = np.random.default_rng(2)
    size = np.array(sizes, float)[:, None, None]
    dims, shape = ("P", "set", "init"), (len(sizes), sets, inits)
    columns: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    for name, level, beta in (("feature", better, feature), ("lazy", 1.0, lazy)):
        noise = np.exp(0.01 * rng.standard_normal(shape))
        columns[name] = dims, 0.2 * level * (size / size[0]) ** -beta * noise
        columns[f"{name}_fitted"] = dims, np.ones(shape)
    known = {"dataset": "mnist", "architecture": "cnn", "L": 2, "h": 16}
    return xr.Dataset(columns, {"P": list(sizes)}, known)
