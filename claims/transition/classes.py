"""The statistic of losses of several classes, J24."""

import numpy as np
import xarray as xr
from scipy import stats

from claims.core import statistics as st
from claims.core.register import Measured

HINGE, ENTROPY = "multiclass_hinge", "cross_entropy"


def hinge_or_entropy(found: xr.Dataset) -> Measured:
    """J24: mean difference of the test errors, paired by seed, over its standard error.

    Of the widest networks, at the last step. The interval is that of Student for the difference,
    in the same units.
    """
    if lost := [name for name in (HINGE, ENTROPY) if name not in found.loss.values]:
        return st.no_estimate(f"no runs of {lost[0]}")
    errors = 100 * found.test_error.isel(h=-1)
    hinge, entropy = (errors.sel(loss=name).values for name in (HINGE, ENTROPY))
    pairs = hinge - entropy
    pairs = pairs[np.isfinite(pairs)]
    n = int(pairs.size)
    error = float(pairs.std(ddof=1)) / n**0.5 if n > 1 else 0.0
    if n < 3 or error == 0:
        return st.no_estimate(f"{n} pairs of runs, where 3 that differ are needed")
    value = float(pairs.mean()) / error
    reach = float(stats.t.ppf((1 + st.LEVEL) / 2, n - 1))
    text = (
        f"Hinge minus cross-entropy, in standard errors; {hinge.mean():.2f} % and"
        f" {entropy.mean():.2f} %, difference {pairs.mean():+.2f} +- {error:.2f} % over seeds"
    )
    return Measured(value, value - reach, value + reach, n, text)
