"""The mean over seeds, its standard error, and an interval from a bootstrap.

NaN is what was not run or is not defined, and is left out. A run that diverged is infinite, and so
is the mean with it.
"""

import math
import warnings
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

from jamming.checks.arguments import number, whole
from jamming.checks.arrays import ArrayLike, as_float
from jamming.checks.errors import BadInput


def mean_over_seeds(y: Float[np.ndarray, "*n seeds"]) -> Float[np.ndarray, "*n"]:
    """Means [...] of y [..., seeds]: NaN without any number, infinite where one is."""
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        return np.nanmean(y, -1)


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


@dataclass(frozen=True)
class Interval:
    """A value that lies between low and high; NaN where it is not known."""

    value: float
    low: float
    high: float

    def holds(self, x: float) -> bool:
        """Whether x lies between low and high; not where they are NaN."""
        return self.low <= x <= self.high


def small_sample_factor(n: int, parameters: int, level: float) -> float:
    """By how much the percentiles of a bootstrap of n values are too narrow, n > parameters.

    The bootstrap variance lacks a factor n / (n - parameters), and its percentiles are normal, not
    Student's (Hesterberg, 2015, *The American Statistician* 69:371). He moves the percentiles; with
    three seeds they are at the ends of the samples already, so that here the interval is stretched.
    """
    free = whole("n", n) - whole("parameters", parameters, least=0)
    if free < 1:
        raise BadInput(f"{n} values leave no interval to {parameters} parameters: measure more")
    level = number("the level of an interval, a share such as 0.95,", level, above=0.0, below=1.0)
    tail = (1 + level) / 2
    return float(stats.t.ppf(tail, free) / stats.norm.ppf(tail) * math.sqrt(n / free))


def interval(
    value: float, samples: ArrayLike, factor: float, level: float, *, log: bool = False
) -> Interval:
    """The percentiles of the finite samples [B], `factor` times as far from the value.

    `log`: distances in logarithms, of what is positive. NaN ends with under half finite samples.
    """
    level = number("the level of an interval, a share such as 0.95,", level, above=0.0, below=1.0)
    samples = np.asarray(as_float(samples, "samples", "B"))
    there = samples[np.isfinite(samples) & ((samples > 0) | (not log))]
    known = math.isfinite(value) and math.isfinite(factor)
    if 2 * there.size < samples.size or not there.size or not known:
        return Interval(value, math.nan, math.nan)
    tail = (1 - level) / 2
    ends = np.quantile(there, [tail, 1 - tail])
    low, high = value * (ends / value) ** factor if log else value + factor * (ends - value)
    return Interval(value, float(min(low, value)), float(max(high, value)))
