"""Learning curves of one kernel on given data: regression, support vectors, and the prediction.

The whole of what a kernel says of a data set with labels +-1 (Spigler, Geiger & Wyart, *Asymptotic
learning curves of kernel methods: empirical data versus teacher-student paradigm*, 2020):

    found = learn(Kernel("laplace", 1000.0), x, y, x_test, y_test, sizes=(100, 200, 400, 800))
    power_law(found.sizes, found.mse[:, None]).exponent
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import whole, wholes
from jamming.checks.arrays import ArrayLike, binary_labels, finite, shaped
from jamming.checks.errors import BadInput
from jamming.execution.memory import fits
from jamming.kernels.gram import DOUBLE, Kernel
from jamming.kernels.regression import learning_curve
from jamming.kernels.replica import predicted
from jamming.kernels.spectrum import ARRAYS, ranks, spectrum, tails
from jamming.kernels.svm import CACHE, svm_curve
from jamming.observables.ensembles import error

NESTED = (4, 2, 1)  # kernel PCA of so many times fewer points, too, to extrapolate from
LEAST = 8  # points of a kernel PCA


@dataclass(frozen=True, eq=False)
class Learnt:
    """What `learn` found, at each of the `sizes`.

    `mse`, `error`: mean square error, and share of wrong signs, of regression; `condition`: of the
    matrix that it solves; `svm_error`: share of wrong signs of the support vector machine, NaN
    beyond its largest size. With `points` m of kernel PCA, over (m, rank): `eigenvalues` and
    `tails`, at `rank`, NaN beyond m; over (m, size): `predicted`, the mean square error that
    the spectrum predicts, NaN from m on.
    """

    sizes: tuple[int, ...]
    mse: Float[np.ndarray, " sizes"]
    error: Float[np.ndarray, " sizes"]
    condition: Float[np.ndarray, " sizes"]
    svm_error: Float[np.ndarray, " sizes"]
    points: tuple[int, ...]
    rank: Float[np.ndarray, " ranks"]
    eigenvalues: Float[np.ndarray, "points ranks"]
    tails: Float[np.ndarray, "points ranks"]
    predicted: Float[np.ndarray, "points sizes"]


def room(P: int, P_test: int, d: int, svm: int = 0, pca: int = 0) -> float:
    """Bytes that `learn` needs: for 20,000 points, without kernel PCA, some 10 GB."""
    # a factor of the kernel and the start of it for a smaller size; or else the other two
    beside = max(2 * P**2, min(P, svm) ** 2, ARRAYS * min(P, pca) ** 2)
    return float(DOUBLE * (P**2 + beside + P * P_test + (P + P_test) * d) + CACHE * 1e6)


def learn(
    kernel: Kernel,
    x: ArrayLike,
    y: ArrayLike,
    x_test: ArrayLike,
    y_test: ArrayLike,
    sizes: Any,
    *,
    ridge: Any = 0.0,
    svm: Any = 0,
    C: Any = 1e4,
    pca: Any = 0,
) -> Learnt:
    """Learn the first n of the points x [P, ...] with labels y [P] = +-1, for each size n.

    Args:
        kernel: what it is, with its length in units of the points
        x_test, y_test: [Q, ...] and [Q], on which errors are measured
        sizes: at most P
        ridge: added to the diagonal of the Gram matrix in regression
        svm: the largest size of support vector machines, 0 for none; `C` as in `svm_curve`
        pca: points of kernel PCA, at most P; 0 for none. A half and a quarter of them are
            decomposed, too, to extrapolate from (`jamming.kernels.spectrum.extrapolated`)

    Raises:
        BadInput: what is not finite, has other shapes, or has no room in memory (`room`); equal
            points, or a condition number beyond float64, in regression without a ridge.
    """
    x = _points(x, "x")
    x_test = shaped(_points(x_test, "x_test"), "x_test", "Q", x.shape[1])
    y = shaped(binary_labels(y, "y", dtype=np.float64), "y", len(x))
    y_test = shaped(binary_labels(y_test, "y_test", dtype=np.float64), "y_test", len(x_test))
    sizes = wholes("sizes", sizes, most=len(x))
    svm, pca = whole("svm", svm, least=0), whole("pca", pca, least=0, most=len(x))
    if 0 < pca < LEAST:
        raise BadInput(f"kernel PCA of {pca} points says nothing: give {LEAST} at least, or 0")
    needed = room(len(x), len(x_test), x.shape[1], svm, pca)
    fits(f"the kernel of {len(x)} points", needed, "their number")
    K, K_test = kernel(x), kernel(x_test, x)
    curve = learning_curve(K, y, K_test, sizes, ridge)
    small = tuple(n for n in sizes if n <= svm)
    wrong = np.full(len(sizes), np.nan)
    wrong[[n <= svm for n in sizes]] = error(svm_curve(K, y, K_test, small, C), y_test)
    points = tuple(sorted({pca // k for k in NESTED})) if pca else ()
    rank = ranks(pca).astype(float) if pca else np.empty(0)
    lam, below = (np.full((len(points), len(rank)), np.nan) for _ in range(2))
    expected = np.full((len(points), len(sizes)), np.nan)
    for i, m in enumerate(points):
        known, there = rank <= m, np.array([n < m for n in sizes])
        of = spectrum(K[:m, :m], y[:m])
        lam[i, known] = of.eigenvalues[rank[known].astype(int) - 1]
        below[i, known] = tails(of.weights, rank[known].astype(int))
        if there.any():
            n = np.array(sizes, float)[there]
            expected[i, there] = predicted(of.eigenvalues, of.weights, n, ridge)
    mse = ((curve.outputs - y_test) ** 2).mean(1)
    wrong_signs = np.asarray(error(curve.outputs, y_test))
    of_regression = (mse, wrong_signs, curve.condition)
    return Learnt(sizes, *of_regression, wrong, points, rank, lam, below, expected)


def _points(x: ArrayLike, name: str) -> Float[np.ndarray, "P d"]:
    """As rows; images are flattened."""
    found = np.asarray(finite(x, name, dtype=np.float64))
    if found.ndim < 2 or not found.size:
        raise BadInput(f"{name} has shape {list(found.shape)}: give points as [P, ...]")
    return found.reshape(len(found), -1)
