"""What random initial weights do to the function that is learned, seen in an ensemble of networks.

f_1 ... f_n are the outputs of n networks that differ in their initial weights alone, at the same
points; fbar is their mean over infinitely many. ||f||^2 is the mean of f^2 over points, so that a
measure mu is the choice of points: those of training, those of testing, or both (Geiger et al.,
*Scaling description of generalization with number of parameters in deep learning*, 2020, Eq. 2 and
Figs. 2, 4, 5 and 7). All is NumPy: outputs are what a store gives back.
"""

import math
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import MOST, whole, wholes
from jamming.checks.arrays import ArrayLike, as_float, binary_labels, finite, shaped, unit
from jamming.checks.errors import BadInput


def norm(F: ArrayLike) -> Float[np.ndarray, "*runs"]:
    """||f||, the root mean square over points, the last axis of F [..., points]."""
    F = np.asarray(as_float(F, "F", dtype=np.float64))
    scale = unit(F, axis=-1)
    return np.asarray(np.sqrt(np.mean(np.square(F / scale), axis=-1)) * scale[..., 0])


def deviations(F: ArrayLike) -> Float[np.ndarray, " n"]:
    """||f_i - fbar||^2 of each network, without bias, from outputs F [n, points].

    The distance to the mean of n is too short, as f_i is part of it: here it is multiplied by
    n / (n - 1). The mean of the n numbers is the variance of the ensemble, averaged over points.

    Raises:
        BadInput: fewer than two networks, or another shape.
    """
    F = shaped(np.asarray(as_float(F, "F")), "F", "n", "points")
    n = len(F)
    if n < 2:
        raise BadInput(f"fluctuations need two networks at least, not {n}")
    mean = F.mean(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore"):  # of infinite outputs: NaN
        return np.square(norm(F - mean)) * n / (n - 1)


def error(F: ArrayLike, y: ArrayLike) -> Float[np.ndarray, "*runs"]:
    """The share of points on the wrong side, of outputs F [..., points] and labels y [points].

    An output of exactly 0 is wrong for either label, and so is one that is NaN or infinite: a
    network that has diverged has learnt nothing.

    Raises:
        BadInput: labels that are not +-1, or not as many as points.
    """
    F = np.atleast_1d(as_float(F, "F"))
    y = shaped(np.asarray(binary_labels(y, "y")), "y", *F.shape[-1:])
    return np.asarray(np.mean(~(np.isfinite(F) & (F * y > 0)), axis=-1))


def subsets(n: int, size: int, draws: int, seed: int = 0) -> Float[np.ndarray, "draws n"]:
    """Rows of weights 1 / size on `size` of n networks, drawn without replacement.

    ``subsets(...) @ F`` are averages of that many networks. As many rows as asked for; where size
    is 1 or n, the n or the one that there are.

    Raises:
        BadInput: a size that is not between 1 and n, or no draws.
    """
    n, size = whole("n", n), whole("size", size, least=-MOST)
    draws, seed = whole("draws", draws, least=-MOST), whole("seed", seed, least=0)
    if not 1 <= size <= n or draws < 1:
        raise BadInput(f"an average needs 1 to {n} networks and a draw at least, not {size}")
    if size == 1:
        return np.eye(n)
    if size == n:
        return np.full((1, n), 1 / n)
    order = np.random.default_rng([seed, n, size]).random((draws, n)).argsort(axis=1)
    return np.where(order < size, 1 / size, 0.0)


def average_error(
    F: ArrayLike, y: ArrayLike, sizes: Any, *, draws: int = 50, seed: int = 0
) -> Float[np.ndarray, " sizes"]:
    """The mean error of the average of `sizes` networks, over subsets of the n that there are.

    Without bias, whatever n: a subset drawn without replacement is as good as new networks. Sizes
    near n are as uncertain as one ensemble, as their subsets share most members.

    Raises:
        BadInput: a size that is not between 1 and n; outputs F [n, points] that are not finite; as
            `error`.
    """
    F = shaped(np.asarray(finite(F, "F")), "F", "n", "points")
    sizes = wholes("sizes", sizes, least=-MOST)
    rows = [subsets(len(F), size, draws, seed) for size in sizes]
    return np.array([error(row @ F, y).mean() for row in rows])


def limit(single: ArrayLike, average: ArrayLike, n: Any) -> Float[np.ndarray, "*shape"]:
    """The error of infinitely many networks, from that of one and that of the average of n.

    It is approached as 1 / n (*Scaling description of generalization*, sec. 4).

    Raises:
        BadInput: an average of fewer than two, or two shapes.
    """
    n = whole("n", n, least=-MOST)
    single, average = (np.asarray(as_float(e, "errors")) for e in (single, average))
    shaped(average, "average", *single.shape)
    if n < 2:
        raise BadInput(f"a limit needs an average of two networks at least, not {n}")
    found: np.ndarray = (n * average - single) / (n - 1)
    return found


def inflation(size: Any, others: Any = None, *, of: Any = None) -> float:
    """By what to multiply a distance to the mean of few networks for that to the mean of all.

    The distance of an average of `size` networks to fbar has a variance s^2 / size. Measured to
    the mean of `others`, different ones, it is s^2 (1 / size + 1 / others); to the mean of `of`
    networks of which they are part, s^2 (1 / size - 1 / of).

    Raises:
        BadInput: both or none of `others` and `of`, an average of all there are, or of none.
    """
    size = whole("size", size)
    others, of = (None if n is None else whole("networks", n) for n in (others, of))
    if (others is None) == (of is None):
        raise BadInput("say either of how many others the mean is, or of how many in all")
    far = 1 / size + 1 / others if others is not None else 1 / size - 1 / (of or size)
    if not far > 0:
        raise BadInput(f"an average of {size} is the mean of all {of}: there is no distance")
    return math.sqrt(1 / size / far)
