"""What deformations and noise do to outputs: D_f, G_f, R_f, with intervals over images.

Of the outputs of n images, clean, deformed and with noise of the same norm as the deformation,

    D_f = <|f(tau x) - f(x)|^2> / <|f(x) - f(z)|^2>,    G_f = <|f(x + eta) - f(x)|^2> / <the same>,

and the relative stability R_f = D_f / G_f (Petrini, Favero, Geiger & Wyart, NeurIPS 2021, Eqs. 4
and 5). < > is over images x, and pairs of two images x, z. It is the `median`, as in the paper's
results; the `mean`, as in its check; or `coordinates`, as in the authors' code: the sum over
outputs of the median of each one's square, where pairs include those of an image with itself. Only
the first two do not depend on the basis of the outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.distance import pdist, squareform

from jamming.checks.arguments import LARGEST_SEED, one_of, whole
from jamming.checks.arrays import ArrayLike, finite, unit
from jamming.checks.errors import BadInput
from jamming.fits.seeds import Interval, interval, small_sample_factor

Estimator = Literal["median", "mean", "coordinates"]
Counts = Int[np.ndarray, "samples n"]

SAMPLES = 200  # of the bootstrap


@dataclass(frozen=True)
class Stability:
    """D_f, G_f and R_f = D_f / G_f, with intervals from resampled images; see the module."""

    D: Interval
    G: Interval
    R: Interval


class LogAverage(NamedTuple):
    """exp(mean log) of networks, and the standard error of the mean of the logarithms.

    The error is relative, and NaN of one network.
    """

    value: float
    error: float


def relative_stability(
    clean: ArrayLike,
    deformed: ArrayLike,
    noisy: ArrayLike,
    *,
    estimator: Any = "median",
    samples: Any = SAMPLES,
    seed: Any = 0,
    level: Any = 0.95,
) -> Stability:
    """D_f, G_f and R_f of outputs [n, ...] at n >= 2 images: clean, deformed, noisy.

    Images are resampled `samples` times, with all their pairs, which are n^2 numbers. BadInput for
    outputs that are not finite, the same for most images, or that do not respond to the noise.
    """
    one_of("estimator", estimator, get_args(Estimator))
    samples = whole("samples of the bootstrap", samples)
    seed = whole("seed", seed, least=0, most=LARGEST_SEED)
    f, by_deformation, by_noise = _flat(clean, deformed, noisy)
    n = len(f)
    factor = small_sample_factor(n, 1, level)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=samples)
    counts = np.concatenate([np.ones((1, n), int), drawn])  # the first are the images themselves
    to_deformed = _over_images(by_deformation - f, counts, estimator)
    to_noisy = _over_images(by_noise - f, counts, estimator)
    to_others = _over_pairs(f, counts, estimator)
    if not to_others[0] > 0:
        raise BadInput("outputs are the same for most images: a constant has no stability")
    if not to_noisy[0] > 0:
        raise BadInput("outputs do not respond to noise: R_f would divide by 0, raise the noise")
    with np.errstate(divide="ignore", invalid="ignore"):
        D, G = to_deformed / to_others, to_noisy / to_others
        R = D / G
    D, G, R = (interval(float(x[0]), x[1:], factor, level, log=True) for x in (D, G, R))
    return Stability(D, G, R)


def log_average(values: ArrayLike) -> LogAverage:
    """exp(mean log) of positive values [n], of n networks, with its relative error."""
    values = np.asarray(finite(values, "values", "n", dtype=np.float64))
    if not values.size or not (values > 0).all():
        raise BadInput("a log-average is of positive values: give one at least")
    logs = np.log(values)
    error = logs.std(ddof=1) / np.sqrt(logs.size) if logs.size > 1 else np.nan
    return LogAverage(float(np.exp(logs.mean())), float(error))


def cosine_distance(clean: ArrayLike, deformed: ArrayLike) -> float:
    """<d(r(x), r(tau x))> / median d(r(x), r(z)), d = 1 - cos, of representations [n, ...] each.

    The mean is over images, the median over pairs (Ruderman et al., 2018, Sec. 2.1). BadInput
    where a representation is zero, or where most point in the same direction.
    """
    r, moved = _flat(clean, deformed)
    lengths = np.linalg.norm(r, axis=1), np.linalg.norm(moved, axis=1)
    if not all(length.all() for length in lengths):
        raise BadInput("a representation that is zero has no direction: take another layer")
    r, moved = (x / length[:, None] for x, length in zip((r, moved), lengths, strict=True))
    # 1 - cos is |a - b|^2 / 2 of unit vectors, without its rounding
    return _beside_pairs(((r - moved) ** 2).sum(1), pdist(r, "sqeuclidean"))


def euclidean_distance(clean: ArrayLike, deformed: ArrayLike) -> float:
    """As `cosine_distance`, with d(r, s) = |r - s|."""
    r, moved = _flat(clean, deformed)
    return _beside_pairs(np.linalg.norm(r - moved, axis=1), pdist(r))


def _beside_pairs(moved: Float[np.ndarray, " n"], pairs: Float[np.ndarray, " m"]) -> float:
    """The mean of distances to deformed images divided by the median between images."""
    between = np.median(pairs)
    if between <= 0:
        raise BadInput("representations of most images are the same: a constant has no distance")
    return float(moved.mean() / between)


def _flat(*outputs: ArrayLike) -> list[Float[np.ndarray, "n k"]]:
    """As [n, k] in float64, of equal shapes, in units in which they can be squared."""
    first = np.asarray(finite(outputs[0], "outputs", dtype=np.float64))
    if first.ndim < 1 or len(first) < 2 or not first.size:
        raise BadInput(f"outputs are [n, ...] of 2 images at least, not {list(first.shape)}")
    rest = [np.asarray(finite(x, "outputs", *first.shape, dtype=np.float64)) for x in outputs[1:]]
    scale = unit(first)
    return [(x / scale).reshape(len(first), -1) for x in (first, *rest)]


def _over_images(change: Float[np.ndarray, "n k"], counts: Counts, of: Estimator) -> np.ndarray:
    """<|change|^2> over images that count so often, [samples]."""
    if of == "mean":
        return counts @ (change**2).sum(1) / counts.sum(1)
    columns = change.T**2 if of == "coordinates" else [(change**2).sum(1)]
    return np.sum([_medians(x, counts, lambda count: count) for x in columns], axis=0)


def _over_pairs(f: Float[np.ndarray, "n k"], counts: Counts, of: Estimator) -> np.ndarray:
    """<|f(x) - f(z)|^2> over pairs of images that count so often, [samples]."""
    i, j = np.triu_indices(len(f), 1)
    with_itself = (counts**2).sum(1)

    def pairs(count: np.ndarray) -> np.ndarray:
        return count[i] * count[j]

    if of == "coordinates":  # the full matrix: each of these pairs twice, and zeros
        each = [(x[i] - x[j]) ** 2 for x in f.T]
        found = [_medians(x, counts, lambda count: 2 * pairs(count), with_itself) for x in each]
        return np.sum(found, axis=0)
    distances = pdist(f, "sqeuclidean")
    if of == "median":
        return _medians(distances, counts, pairs)
    total = (counts @ squareform(distances) * counts).sum(1)
    with np.errstate(invalid="ignore"):  # the same image each time, and no pair
        return total / (counts.sum(1) ** 2 - with_itself)


def _medians(
    values: Float[np.ndarray, " m"],
    counts: Counts,
    repeats: Callable[[np.ndarray], np.ndarray],
    zeros: Int[np.ndarray, " samples"] | None = None,
) -> Float[np.ndarray, " samples"]:
    """The median of values >= 0 for each sample, a value repeated as often as its counts say.

    Values are sorted once, and not again for each sample.
    """
    order = np.argsort(values)
    values = np.append(0.0, values[order])
    found = []
    for sample, count in enumerate(counts):
        first = 0 if zeros is None else zeros[sample]
        up_to = np.append(first, repeats(count)[order]).cumsum()
        if not up_to[-1]:  # the same image each time, and no pair
            found.append(np.nan)
            continue
        middle = (up_to[-1] - 1) // 2, up_to[-1] // 2
        found.append(values[np.searchsorted(up_to, middle, side="right")].mean())
    return np.array(found)
