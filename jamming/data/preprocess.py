"""From pooled images to points on the sphere, with labels +-1 or the classes themselves.

Principal components of the whole data set: *The jamming transition as a paradigm* (Geiger et al.,
2019), Section VII. The sphere sum_i x_i^2 = d: *Disentangling feature and lazy training* (Geiger et
al., 2020), the paragraph on the data set. Whitening and centring: the authors' public code.
"""

from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, Num

from jamming.checks.arguments import MOST, whole, wholes
from jamming.checks.arrays import ArrayLike, finite, row_list, unit
from jamming.checks.errors import BadInput
from jamming.execution.threads import requested_blas_threads

_RELATIVE_ZERO = 1e-12  # an eigenvalue below this fraction of the largest is rounding error
FAR = 100.0  # times the variance, below which the square of a mean is left; digits are below 10


class Pool(NamedTuple):
    """Points x [n, d] with |x|^2 = d, and labels y [n]: floats +-1, or integers 0, 1, ..."""

    x: Float[np.ndarray, "n *d"]
    y: Num[np.ndarray, " n"]


def prepare(
    images: ArrayLike,
    labels: ArrayLike,
    *,
    pca: int | None = None,
    positive: Any = None,
    whiten: bool = True,
    classes: int | None = None,
) -> Pool:
    """Images [n, ...] with class labels [n] to points on the sphere of radius sqrt(d).

    d is the number of pixels (times channels), or `pca` where given (see `principal_components`).
    Labels are +-1, by `positive` (see `binary_labels`), or of so many `classes` (`class_labels`).
    Inputs with several labels are left out (see `consistent`), so n may shrink.
    """
    n = len(_classes(labels))
    if len(images) == 0 or len(images) != n:
        raise BadInput(f"{len(images)} images with {n} labels: give as many, and at least one")
    # PCA of integers would overflow
    x = np.asarray(finite(images, "data", dtype=np.float64)).reshape(len(images), -1)
    y = binary_labels(labels, positive) if classes is None else class_labels(labels, classes)
    keep = consistent(x, y)
    if not keep.any():
        raise BadInput(f"nothing is left of {len(x)} inputs, each with several labels: give others")
    if not keep.all():
        x, y = x[keep], y[keep]
    if pca is not None:
        x = principal_components(x, pca, whiten=whiten)
    return shared(to_sphere(x), y)


def shared(x: Float[np.ndarray, "n *d"], y: Num[np.ndarray, " n"]) -> Pool:
    """A pool that several may have, since none of them can write into it."""
    for array in (x, y):
        array.setflags(write=False)
    return Pool(x, y)


def _classes(labels: ArrayLike) -> Int[np.ndarray, " n"]:
    """Labels as integers, if they are whole numbers in one row."""
    given = np.asarray(finite(labels, "labels", "n"))
    if (given != np.round(given)).any():
        raise BadInput("labels must be whole numbers, one for each class: convert them")
    return given.astype(np.int64)


def binary_labels(labels: ArrayLike, positive: Any = None) -> Float[np.ndarray, " n"]:
    """+1 for the classes in `positive`, -1 for all others; by default +1 where even, -1 odd."""
    if np.asarray(labels).dtype == bool and positive is None:
        raise BadInput("labels are truth values: give positive=1 to label those that hold +1")
    labels = _classes(labels)
    classes = np.unique(labels).tolist()
    if positive is None:
        if len(classes) > 1 and len({c % 2 for c in classes}) == 1:
            kind = "even" if classes[0] % 2 == 0 else "odd"
            raise BadInput(f"all of the classes {classes} are {kind}: say which are +1 by positive")
        return np.where(labels % 2 == 0, 1.0, -1.0)
    chosen = sorted(set(wholes("positive", positive, least=-MOST)))
    unknown = [c for c in chosen if c not in classes]
    if unknown or len(chosen) in (0, len(classes)):
        wrong = f"{'all classes' if chosen else 'no class'} would be +1"
        if unknown:
            wrong = f"there is no class {unknown}"
        raise BadInput(f"{wrong}: choose some, not all, of {classes}")
    return np.where(np.isin(labels, chosen), 1.0, -1.0)


def class_labels(labels: ArrayLike, classes: int) -> Int[np.ndarray, " n"]:
    """The `classes` that occur, numbered from 0 in ascending order (EMNIST begins at 1)."""
    labels = _classes(labels)
    found, numbers = np.unique(labels, return_inverse=True)
    if len(found) != classes:
        raise BadInput(f"{len(found)} classes occur instead of {classes}: give all of the data")
    return numbers.astype(np.int64)


def _scaled(x: ArrayLike) -> tuple[Float[np.ndarray, "n d"], float]:
    """x over a power of two, and that: 1 but where squares would leave the range of float64."""
    x = np.asarray(finite(x, "x", "n", "d", dtype=np.float64))
    size = float(unit(x))
    return (x, 1.0) if 1e-120 < size < 1e120 else (x / size, size)


def consistent(x: Float[np.ndarray, "n d"], y: Num[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """False for copies of an input that occurs with two labels (Spigler et al., 2019, Sec. 2)."""
    # compared by digests of their bytes; adding zero turns -0.0 into 0.0, its equal
    rows = np.ascontiguousarray(x + 0.0)
    seen: dict[bytes, int] = {}
    group = np.array([seen.setdefault(blake2b(row).digest(), i) for i, row in enumerate(rows)], int)
    others = np.bincount(group, weights=y != y[group], minlength=len(rows))
    return np.asarray(others == 0)[group]


def one_label_each(
    x: Num[np.ndarray, "n *d"], y: Num[np.ndarray, " n"], several: str = "several"
) -> None:
    """Refuse points that occur with several labels, in the precision that x has."""
    bad = np.flatnonzero(~consistent(np.asarray(x).reshape(len(x), -1), np.asarray(y)))
    if bad.size:
        raise BadInput(
            f"{bad.size} points occur with {several} labels ({row_list(bad)}): no network can fit"
            " them, remove them"
        )


@requested_blas_threads()
def principal_components(x: ArrayLike, k: int, *, whiten: bool = True) -> Float[np.ndarray, "n k"]:
    """The k leading principal components of x [n, p], largest variance first, with mean zero.

    Whitened, each has variance 1 (normalised by n - 1); otherwise their mean variance is 1. Signs
    are fixed: the entry of each direction that is largest in magnitude is positive. k is at most
    n - 1, as n points span no more directions, p, and (whitening) the rank of x.
    """
    x, _ = _scaled(x)  # no unit is left of the components
    asked = f"principal components of {len(x)} inputs with {x.shape[1]} features: k"
    k = whole(asked, k, most=max(1, min(len(x) - 1, x.shape[1])))
    if (x == x[0]).all():
        raise BadInput("all inputs are the same: there is no principal component to keep")
    centre = x.mean(axis=0)
    if np.square(centre).sum() > FAR * x.var(axis=0).sum():  # squares would bury what varies
        x = x - centre
    # Imported where it is used, so that a command line without data starts at once.
    from sklearn.decomposition import PCA

    # The eigenvectors of the covariance: deterministic, and with far more inputs than pixels
    # much faster than an SVD of the data.
    fit = PCA(n_components=k, svd_solver="covariance_eigh").fit(x)
    variance: np.ndarray = fit.explained_variance_
    directions: np.ndarray = fit.components_
    peak = np.take_along_axis(directions, np.abs(directions).argmax(1, keepdims=True), axis=1)
    projected: np.ndarray = x @ (directions * np.sign(peak)).T
    projected -= projected.mean(axis=0)
    if not whiten:
        return projected / np.sqrt(variance.mean())
    rank = int((variance > _RELATIVE_ZERO * variance[0]).sum())
    if rank < k:
        constant = np.flatnonzero((x == x[0]).all(axis=0))
        said = f" ({row_list(constant, 'column')} of the inputs constant)" if constant.size else ""
        raise BadInput(
            f"only {rank} of {k} principal components vary{said}, and others cannot be brought to"
            f" equal variance: choose at most {rank}"
        )
    return projected / np.sqrt(variance)


def to_sphere(x: ArrayLike, mean: ArrayLike | None = None) -> Float[np.ndarray, "n d"]:
    """x [n, d] - mean [d] (by default that of x), each row projected on sum_i x_i^2 = d."""
    x, size = _scaled(x)
    if not x.size:
        raise BadInput("there is no input to project on the sphere: give one at least")
    if mean is not None:
        mean = np.asarray(finite(mean, "mean", x.shape[1], dtype=np.float64)) / size
    scale = np.sqrt(np.einsum("ij,ij->i", x, x).max())
    centred: Float[np.ndarray, "n d"] = x - (x.mean(axis=0) if mean is None else mean)
    norm = np.sqrt(np.einsum("ij,ij->i", centred, centred))
    # the mean carries the rounding errors of n terms: a row that equals it need not become zero
    zero = int((norm <= len(x) * np.finfo(np.float64).eps * scale).sum())
    if zero:
        raise BadInput(f"{zero} of {len(x)} inputs are zero after centring: remove them")
    centred *= (np.sqrt(x.shape[1]) / norm)[:, None]
    return centred
