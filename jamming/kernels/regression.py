"""Kernel regression without a ridge, and how its error falls with the number of points.

F(x) = sum_mu K(x, x_mu) c_mu goes through all training points, K c = y. The kernels are functions
of the distance r and of a length sigma,

    laplace:   exp(-r / sigma),            gaussian:   exp(-r^2 / (2 sigma^2)).

Where sigma is large against the distance between neighbours, the mean square error of the test
points falls as P^-beta with a beta that does not depend on it (Spigler, Geiger & Wyart, *Asymptotic
learning curves of kernel methods: empirical data versus teacher-student paradigm*, 2020).
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.linalg import cholesky, solve_triangular

from jamming.checks.arguments import HUGE, TINY, number, wholes
from jamming.checks.arrays import ArrayLike, finite, row_list, shaped, symmetric, targets
from jamming.checks.errors import BadInput
from jamming.execution.threads import requested_blas_threads

# below this share of the squares that it is made of, r^2 comes from the difference of the points
CLOSE = 1e-6
# sizes of points whose squares float64 can hold
LEAST, MOST = 1e-140, 1e140


def _kernel(
    law: Callable[[np.ndarray, float], np.ndarray], r2: ArrayLike, sigma: Any
) -> Float[np.ndarray, "*shape"]:
    r2 = finite(r2, "r2", dtype=np.float64)
    if (r2 < 0).any():
        raise BadInput(f"squared distances are not negative, as {r2.min():g} is")
    return law(r2, number("sigma", sigma, least=TINY, most=HUGE))


KERNELS = {
    "laplace": functools.partial(_kernel, lambda r2, sigma: np.exp(-np.sqrt(r2) / sigma)),
    "gaussian": functools.partial(_kernel, lambda r2, sigma: np.exp(-r2 / (2 * sigma**2))),
}
"""Of r^2 [P1, P2] and sigma, in float64; `BadInput` unless both are numbers and sigma > 0."""


@requested_blas_threads()
def squared_distances(x1: ArrayLike, x2: ArrayLike | None = None) -> Float[np.ndarray, "P1 P2"]:
    """r^2 between points x1 [P1, d] and x2 [P2, d], or x1 where it is None; 0 of equal points.

    In float64, and about the centre of the points, which may be far from the origin.
    """
    x1 = shaped(finite(x1, "x1", dtype=np.float64), "x1", "P1", "d")
    x2 = x1 if x2 is None else finite(x2, "x2", dtype=np.float64)
    other = shaped(x2, "x2", "P2", x1.shape[1])
    centre = x1.mean(0) if len(x1) else 0.0
    x1, other = x1 - centre, other - centre
    size = max(np.abs(x).max(initial=0.0) for x in (x1, other))
    if size and not LEAST < size < MOST:
        raise BadInput(f"points at distances of {size:.0e} cannot be squared: scale them")
    squares = np.einsum("ij,ij->i", x1, x1)[:, None] + np.einsum("ij,ij->i", other, other)
    r2 = np.maximum(squares - 2 * x1 @ other.T, 0.0)
    for i, close in enumerate(r2 <= CLOSE * squares):
        r2[i, close] = np.square(other[close] - x1[i]).sum(1)
    return r2


@requested_blas_threads()
def learning_curve(
    K: ArrayLike, y: ArrayLike, K_test: ArrayLike, sizes: Any
) -> Float[np.ndarray, "sizes Q"]:
    """Outputs on the test points after regression on the first n of the P points, for each size n.

    K [P, P] is the kernel of the P points with themselves, K_test [Q, P] that of test points with
    them, and y [P] are any real numbers. One Cholesky factor serves all sizes. Raises BadInput for
    sizes outside [1, P] and a singular kernel, or none.
    """
    K = symmetric(finite(K, "K", dtype=np.float64), "K")
    P = len(K)
    y = shaped(targets(y, dtype=np.float64), "y", P)
    K_test = shaped(finite(K_test, "K_test", dtype=np.float64), "K_test", "Q", P)
    sizes = wholes("sizes", sizes, most=P)
    root = _root(K)
    z = solve_triangular(root, y, lower=True)  # its start is that of any smaller size
    c = [solve_triangular(root[:n, :n], z[:n], lower=True, trans="T") for n in sizes]
    rows = [K_test[:, :n] @ each for n, each in zip(sizes, c, strict=True)]
    return np.array(rows).reshape(len(sizes), len(K_test))


def _root(K: Float[np.ndarray, "P P"]) -> Float[np.ndarray, "P P"]:
    """The factor of Cholesky of a kernel, or why there is none."""
    alone, eps = np.diag(K), 4 * np.finfo(np.float64).eps
    if not (alone > 0).all():
        rows = np.flatnonzero(alone <= 0)
        raise BadInput(f"K is no kernel: it is not positive at {row_list(rows)} of its diagonal")
    both = alone[:, None] + alone
    same = both - 2 * K <= eps * both  # no distance is left between them
    np.fill_diagonal(same, False)
    if same.any():
        rows = np.flatnonzero(same.any(1))
        raise BadInput(
            f"{len(rows)} points are equal to another one ({row_list(rows)}), or so close that K"
            " does not tell them apart: keep one of equal points; if they do differ, lower sigma"
        )
    try:
        root: np.ndarray = cholesky(K, lower=True)
    except np.linalg.LinAlgError:
        root = np.zeros_like(K)
    if not (np.diag(root) ** 2 > eps * alone).all():
        raise BadInput("the kernel is singular to rounding, or not a kernel: lower sigma")
    return root
