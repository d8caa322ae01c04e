"""Ensembles of networks that differ in their initial weights: errors, fluctuations, limits.

f_1 ... f_n are outputs at the same points; fbar is their mean over infinitely many. ||f||^2 is the
mean of f^2 over points, of training, testing, or both (Geiger et al., *Scaling description of
generalization with number of parameters in deep learning*, 2020, Eq. 2 and Figs. 2, 4, 5 and 7).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import MOST, whole, wholes
from jamming.checks.arrays import ArrayLike, as_float, binary_labels, finite, shaped, unit
from jamming.checks.errors import BadInput
from jamming.objectives.losses import LOSSES


@dataclass(frozen=True)
class Ensemble:
    """n networks on one test set; errors are fractions of points on the wrong side.

    `single` [n]: the error of each network. `error`: that of the mean output. `without` [n]: that
    of the mean output of all others. `deviation` [n]: see `deviations`. These are NaN for n = 1.
    """

    single: Float[np.ndarray, " n"]
    error: float
    without: Float[np.ndarray, " n"]
    deviation: Float[np.ndarray, " n"]

    @property
    def variance(self) -> float:
        """Var F = sum_i ||f_i - mean||^2 / (n - 1), the unbiased variance."""
        return float(self.deviation.mean())

    @property
    def error_se(self) -> float:
        return jackknife(self.without)


def ensemble(F: ArrayLike, y: ArrayLike) -> Ensemble:
    """Errors and deviations from outputs F [n, Q] of n networks at Q points, labels y [Q] = +-1.

    An output of 0 is wrong, and so is one that is NaN or infinite, also of the mean. Of outputs
    [n, Q, k] labels are classes 0 to k - 1, and the largest output counts, that of the mean, too.

    Example:
        >>> F, y = [[1.0, 0.2], [0.5, -0.4]], [1, -1]
        >>> found = jamming.ensemble(F, y)
        >>> found.single.tolist(), found.error
        ([0.5, 0.0], 0.0)
    """
    F = np.asarray(as_float(F, "F"))
    shaped(F, "F", "n", "Q", *F.shape[2:3])
    if not F.size:
        raise BadInput("an ensemble needs a network and a test point at least")
    wrong = error if F.ndim == 2 else error_of_classes
    # in float64: sums of outputs may be beyond the range of float32
    single, whole = wrong(F, y), float(wrong(F.mean(0, dtype=np.float64), y))
    if len(F) == 1:
        return Ensemble(single, whole, np.array([math.nan]), np.array([math.nan]))
    means = [np.delete(F, i, 0).mean(0, dtype=np.float64) for i in range(len(F))]
    return Ensemble(single, whole, wrong(np.stack(means), y), deviations(F.reshape(len(F), -1)))


def norm(F: ArrayLike) -> Float[np.ndarray, "*runs"]:
    """||f||, the root mean square over points, the last axis of F [..., points]."""
    F = np.asarray(as_float(F, "F", dtype=np.float64))
    scale = unit(F, axis=-1)
    return np.asarray(np.sqrt(np.mean(np.square(F / scale), axis=-1)) * scale[..., 0])


def deviations(F: ArrayLike) -> Float[np.ndarray, " n"]:
    """An unbiased estimate of ||f_i - fbar||^2 of each network, from outputs F [n, points].

    Each is the squared distance of f_i to the mean of all n, f_i included, times n / (n - 1).
    """
    F = np.asarray(as_float(F, "F", "n", "points"))
    n = len(F)
    if n < 2:
        raise BadInput(f"fluctuations need two networks at least, not {n}")
    mean = F.mean(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore"):  # of infinite outputs: NaN
        return np.square(norm(F - mean)) * n / (n - 1)


def error(F: ArrayLike, y: ArrayLike) -> Float[np.ndarray, "*runs"]:
    """The share of points on the wrong side, of F [..., points] and y [points]; see `ensemble`."""
    F = np.atleast_1d(as_float(F, "F"))
    y = np.asarray(binary_labels(y, "y", *F.shape[-1:]))
    return np.asarray(np.mean(~(np.isfinite(F) & (F * y > 0)), axis=-1))


def error_of_classes(F: ArrayLike, y: ArrayLike) -> Float[np.ndarray, "*runs"]:
    """The share of points of F [..., points, k] whose largest output is not that of class y."""
    F = np.asarray(as_float(F, "F"))
    LOSSES["cross_entropy"].check(y, F.shape[-1])
    y = shaped(np.asarray(y), "y", F.shape[-2])
    return np.asarray(np.mean((F.argmax(-1) != y) | ~np.isfinite(F).all(-1), axis=-1))


def jackknife(without: ArrayLike) -> float:
    """Tukey's standard error from the values without each of n networks; NaN for n = 1."""
    without = np.asarray(as_float(without, "without", "n"))
    n = without.size
    return math.sqrt((n - 1) ** 2 / n * without.var(ddof=1)) if n > 1 else math.nan


def pseudo_values(whole: ArrayLike, without: ArrayLike) -> Float[np.ndarray, "*shape n"]:
    """n `whole` - (n - 1) `without`: a number for each network whose scatter is that of the whole.

    For fits, which take one value a seed. Centred on `whole`, without a correction of the bias, as
    errors jump with single points. NaN for networks that are not there.
    """
    whole, without = (np.asarray(as_float(e, "errors")) for e in (whole, without))
    shaped(without, "without", *whole.shape, "n")
    there = np.isfinite(without)
    n = np.maximum(there.sum(-1, keepdims=True), 1)
    mean = np.where(there, without, 0.0).sum(-1, keepdims=True) / n
    return whole[..., None] - (n - 1) * (without - mean)


def subsets(n: int, size: int, draws: int) -> Float[np.ndarray, "draws n"]:
    """Rows of weights 1 / size on `size` of n networks, drawn without replacement.

    ``subsets(...) @ F`` are averages: `draws` of them, but n where size is 1, and 1 where it is n.
    """
    n, draws = whole("n", n), whole("draws", draws)
    size = whole("size", size, most=n)
    if size == 1:
        return np.eye(n)
    if size == n:
        return np.full((1, n), 1 / n)
    order = np.random.default_rng([0, n, size]).random((draws, n)).argsort(axis=1)
    return np.where(order < size, 1 / size, 0.0)


def average_error(
    F: ArrayLike, y: ArrayLike, sizes: Any, *, draws: int = 50
) -> Float[np.ndarray, " sizes"]:
    """The mean error of the average of `sizes` networks, over subsets of the n that there are.

    An unbiased estimate. Sizes near n are as uncertain as one ensemble: subsets share most members.
    """
    F = np.asarray(finite(F, "F", "n", "points"))
    rows = [subsets(len(F), size, draws) for size in wholes("sizes", sizes, least=-MOST)]
    return np.array([error(row @ F, y).mean() for row in rows])


def limit(single: ArrayLike, average: ArrayLike, n: Any) -> Float[np.ndarray, "*shape"]:
    """The error of infinitely many networks, approached as 1 / n, from that of one and of n."""
    n = whole("n", n, least=2)
    single, average = (np.asarray(as_float(e, "errors")) for e in (single, average))
    return np.asarray((n * shaped(average, "average", *single.shape) - single) / (n - 1))


def inflation(size: Any, others: Any = None, *, of: Any = None) -> float:
    """The factor that turns a distance to the mean of a few networks into that to fbar.

    The distance of an average of `size` networks to fbar has a variance s^2 / size. Measured to the
    mean of `others`, different ones, it is s^2 (1 / size + 1 / others); to the mean of `of`
    networks of which they are part, s^2 (1 / size - 1 / of).
    """
    size = whole("size", size)
    if (others is None) == (of is None):
        raise BadInput("say either of how many others the mean is, or of how many in all")
    far = 1 / size + (1 / whole("networks", others) if of is None else -1 / whole("networks", of))
    if not far > 0:
        raise BadInput(f"an average of {size} is the mean of all {of}: there is no distance")
    return math.sqrt(1 / size / far)
