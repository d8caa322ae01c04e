"""How well representations separate classes: nearest neighbours, a linear probe, contraction.

With representations averaged over the image, the layers of a trained network separate classes
better and better, as distances within a class shrink beside those between classes (Zeiler & Fergus,
2014; Oyallon, *Building a regular decision boundary with deep networks*, 2017).
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from jamming.checks.arrays import ArrayLike, finite, shaped
from jamming.checks.errors import BadInput

RIDGE = 1e-3  # beside eigenvalues of order 1: features are standardised


def averaged(z: ArrayLike) -> Float[np.ndarray, "n C"]:
    """Representations [n, ..., C], each averaged over all axes but the first and the last."""
    a = np.asarray(z, float)
    return a.reshape(len(a), -1, a.shape[-1]).mean(1)


def nearest_error(x: ArrayLike, y: ArrayLike, x_test: ArrayLike, y_test: ArrayLike) -> float:
    """The share of test points [m, C] whose nearest training point [n, C] has another label."""
    a, b = _features(x, y), _features(x_test, y_test)
    far = squares(b, a)
    return float(np.mean(np.asarray(y)[far.argmin(1)] != np.asarray(y_test)))


def probe_error(x: ArrayLike, y: ArrayLike, x_test: ArrayLike, y_test: ArrayLike) -> float:
    """The test error of ridge regression from standardised features [n, C] to the classes."""
    a, b = _features(x, y), _features(x_test, y_test)
    mean, std = a.mean(0), a.std(0)
    std = np.where(std > 0, std, 1.0)
    a, b = (np.concatenate([(z - mean) / std, np.ones((len(z), 1))], 1) for z in (a, b))
    classes = np.unique(np.asarray(y))
    one_hot = (np.asarray(y)[:, None] == classes[None]).astype(float)
    gram = a.T @ a / len(a) + RIDGE * np.eye(a.shape[1])
    W = np.linalg.solve(gram, a.T @ one_hot / len(a))
    return float(np.mean(classes[(b @ W).argmax(1)] != np.asarray(y_test)))


def contraction(x: ArrayLike, y: ArrayLike) -> float:
    """Mean square distance of points of one class divided by that of points of two.

    1 where classes do not differ, 0 where each is a point.
    """
    a, label = _features(x, y), np.asarray(y)
    same = label[:, None] == label[None]
    other = ~np.eye(len(a), dtype=bool)
    if not (same & other).any() or same.all():
        raise BadInput("distances need two points of one class, and two classes: give more points")
    far = squares(a, a)
    return float(far[same & other].mean() / far[~same].mean())


def squares(a: Float[np.ndarray, "m C"], b: Float[np.ndarray, "n C"]) -> np.ndarray:
    """Square distances [m, n]."""
    found = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
    return np.maximum(found, 0.0)


def _features(x: ArrayLike, y: Any) -> Float[np.ndarray, "n C"]:
    """As an array, with a label a point."""
    a = np.asarray(finite(np.asarray(x, float), "features"))
    labels: Int[np.ndarray, " n"] = np.asarray(y)
    shaped(labels, "labels", len(a))
    return shaped(a, "features", "n", "C")
