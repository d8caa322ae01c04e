"""The mean over seeds and its standard error.

NaN is what was not run or is not defined, and is left out. A run that diverged is infinite, and so
is the mean with it.
"""

import numpy as np
from jaxtyping import Float


def mean_over_seeds(y: Float[np.ndarray, "*n seeds"]) -> Float[np.ndarray, "*n"]:
    """Means [...] of y [..., seeds]: NaN without any number, infinite where one is."""
    there = ~np.isnan(y)
    n = there.sum(-1)
    total = np.where(there, y, 0.0).sum(-1)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def mean_and_error(
    y: Float[np.ndarray, "*n seeds"],
) -> tuple[Float[np.ndarray, "*n"], Float[np.ndarray, "*n"]]:
    """Means and standard errors, [...] each, of y [..., seeds].

    The error is the standard deviation (with n - 1) divided by sqrt(n), of the n seeds that are not
    NaN; it is NaN for one seed, or where a number is infinite.
    """
    n = (~np.isnan(y)).sum(-1)
    mean = mean_over_seeds(y)
    with np.errstate(invalid="ignore"):
        square = np.where(np.isnan(y), 0.0, (y - mean[..., None]) ** 2).sum(-1)
    error = np.sqrt(square / np.maximum(n - 1, 1) / np.maximum(n, 1))
    return mean, np.where(n > 1, error, np.nan)
