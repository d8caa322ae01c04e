"""Results of a sweep in which the first network of every width has diverged."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

# whether all points were learnt, and what counts points on the wrong side
WRONG = {"fitted": 0.0, "feature_fitted": 0.0}


def diverged(found: xr.Dataset) -> xr.Dataset:
    """As the sweeps have it: errors are 1, also those of averages, all else is infinite."""
    changed = {}
    for key, one in found.items():
        name = str(key)
        wrong = "error" in name or "without" in name
        value = WRONG.get(name, 1.0 if wrong else np.inf)
        if "seed" in one.dims and "snapshot" not in one.dims:
            lost = one.seed == one.seed[0]
            if "moment" in one.dims:
                lost = lost & (one.moment == "end")
            changed[key] = xr.where(lost, value, one).transpose(*one.dims)
        elif "ensemble_error" in name:
            changed[key] = xr.full_like(one, 1.0)
        elif "group" in one.dims:
            changed[key] = xr.full_like(one, np.inf)
    return found.assign(changed)


def left_out(found: xr.Dataset) -> xr.Dataset:
    """The same without those networks."""
    changed = {
        name: xr.where(one.seed == one.seed[0], np.nan, one).transpose(*one.dims)
        for name, one in found.items()
        if "seed" in one.dims and "snapshot" not in one.dims
    }
    return found.assign(changed)


def without_them(claim: Any, results: Mapping[str, Any]) -> bool:
    """Whether a claim has the number that it has where networks that diverged are left out."""

    def number(change: Callable[[xr.Dataset], xr.Dataset]) -> float:
        changed = {
            name: change(one) if isinstance(one := results[name], xr.Dataset) else one
            for name in claim.experiments
        }
        try:
            value = claim.statistic(changed).value
        except Exception:  # what a command of claims shows as no number
            return math.nan
        return math.nan if value is None else float(value)

    lost = number(diverged)
    return not math.isnan(lost) and lost == number(left_out) != number(lambda one: one)
