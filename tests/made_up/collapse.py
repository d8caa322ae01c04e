"""Made-up results of networks that collapse phases or reduce amplitudes."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

# shares of errors, in the published order
ERRORS = {
    **{"scat": 0.12, "pc": 0.036, "at": 0.064, "as": 0.08, "ac": 0.1, "linear": 0.09},
    **{"pc+skip": 0.028, "at+skip": 0.04, "as+skip": 0.05, "ac+skip": 0.06},
}


def collapsed(
    changed: Mapping[str, float] | None = None, *, noise: float = 0.03, seeds: int = 5
) -> xr.Dataset:
    """Networks with these errors, that scatter by a share `noise`, some in place of `ERRORS`."""
    errors = ERRORS | dict(changed or {})
    scatter = 1 + noise * np.random.default_rng(0).normal(size=(len(errors), 1, seeds))
    return _found(np.array(list(errors.values()))[:, None, None] * scatter, list(errors), [0])


def by_octaves(
    at: float = 1.0, pc: float = 0.5, *, noise: float = 0.03, seeds: int = 5
) -> xr.Dataset:
    """Errors of networks of three octaves, these factors times those of networks of one."""
    over = np.array([[1, (1 + last) / 2, last] for last in (pc, at)])
    scatter = 1 + noise * np.random.default_rng(0).normal(size=(*over.shape, seeds))
    return _found(0.08 * over[:, :, None] * scatter, ["pc", "at"], [1, 2, 3])


def _found(errors: np.ndarray, networks: list[str], depths: list[int]) -> xr.Dataset:
    coords = {"network": networks, "depth": depths, "seed": range(errors.shape[-1])}
    over = tuple(coords)
    columns = {"test_error": errors, "train_error": errors / 2, "N_all": np.full(errors.shape, 99)}
    found = xr.Dataset({name: (over, values) for name, values in columns.items()}, coords)
    return found.assign_attrs(dataset="mnist", P=5000)
