"""The mean over seeds and its standard error.

NaN is what was not run or is not defined, and is left out. A run that diverged is infinite, and so
is the mean with it.
"""

import warnings

import numpy as np
from jaxtyping import Float


def mean_over_seeds(y: Float[np.ndarray, "*n seeds"]) -> Float[np.ndarray, "*n"]:
    """Means [...] of y [..., seeds]: NaN without any number, infinite where one is."""
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        return np.asarray(np.nanmean(y, -1))


def mean_and_error(
    y: Float[np.ndarray, "*n seeds"],
) -> tuple[Float[np.ndarray, "*n"], Float[np.ndarray, "*n"]]:
    """Means and standard errors, [...] each, of y [..., seeds].

    The error is the standard deviation (with n - 1) divided by sqrt(n), of the n seeds that are not
    NaN; it is NaN for one seed, or where a number is infinite.
    """
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        error = np.nanstd(y, -1, ddof=1) / np.sqrt((~np.isnan(y)).sum(-1))
    return mean_over_seeds(y), error
