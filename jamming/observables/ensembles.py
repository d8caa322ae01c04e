"""An ensemble of networks on one test set, and the standard errors of what is made of it.

The error of the mean of n outputs is one number, without a scatter of its own. What it would be
without each of the networks says how uncertain it is (Tukey's jackknife), as for anything else that
is made of an ensemble. Errors and deviations are those of `jamming.observables.fluctuations`.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from jamming.checks.arrays import ArrayLike, as_float, shaped
from jamming.checks.errors import BadInput
from jamming.observables.fluctuations import deviations, error


@dataclass(frozen=True)
class Ensemble:
    """n networks on one test set.

    `single` [n]: the error of each; `error`: of the mean output; `without` [n]: of the mean of all
    but one; `deviation` [n]: the squared distance of each from the mean of infinitely many, whose
    mean is Var F. NaN for n = 1 in the last two.
    """

    single: Float[np.ndarray, " n"]
    error: float
    without: Float[np.ndarray, " n"]
    deviation: Float[np.ndarray, " n"]

    @property
    def variance(self) -> float:
        """Var F, n - 1 below its sum."""
        return float(self.deviation.mean())

    @property
    def error_se(self) -> float:
        """The standard error of `error`."""
        return jackknife(self.without)


def ensemble(F: ArrayLike, y: ArrayLike) -> Ensemble:
    """Of outputs F [n, Q] of n networks at Q points with labels y [Q] = +-1.

    An output of 0 is wrong, and so is one that is NaN or infinite, be it of a network or, because
    of one, of the mean.

    Raises:
        BadInput: no network, no point, other shapes, or labels that are not +-1.

    Example:
        >>> F, y = [[1.0, 0.2], [0.5, -0.4]], [1, -1]
        >>> found = jamming.ensemble(F, y)
        >>> found.single.tolist(), found.error
        ([0.5, 0.0], 0.0)
    """
    F = shaped(np.asarray(as_float(F, "F")), "F", "n", "Q")
    if not F.size:
        raise BadInput("an ensemble needs a network and a test point at least")
    n = len(F)
    # in float64: sums of outputs may be beyond the range of float32
    mean = F.mean(0, dtype=np.float64)
    single, whole = error(F, y), float(error(mean[None], y)[0])
    if n == 1:
        unknown = np.full(1, math.nan)
        return Ensemble(single, whole, unknown, unknown)
    means = [np.delete(F, i, 0).mean(0, dtype=np.float64) for i in range(n)]
    without = error(np.stack(means), y)
    return Ensemble(single, whole, without, deviations(F))


def jackknife(without: ArrayLike) -> float:
    """The standard error of a number, from what it is without each of n networks; NaN for n = 1."""
    without = shaped(np.asarray(as_float(without, "without")), "without", "n")
    n = without.size
    if n < 2:
        return math.nan
    return math.sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))


def pseudo_values(whole: ArrayLike, without: ArrayLike) -> Float[np.ndarray, "*shape n"]:
    """n `whole` - (n - 1) `without`: a number for each network whose scatter is that of the whole.

    So that what is made of an ensemble can be put where fits want one value a seed. Centred on
    `whole`: the correction of a bias is left out, as errors jump with single points. NaN
    for networks that are not there.
    """
    whole, without = (np.asarray(as_float(e, "errors")) for e in (whole, without))
    shaped(without, "without", *whole.shape, "n")
    there = np.isfinite(without)
    n = np.maximum(there.sum(-1, keepdims=True), 1)
    mean = np.where(there, without, 0.0).sum(-1, keepdims=True) / n
    return whole[..., None] - (n - 1) * (without - mean)
