"""Kernel regression without a ridge, and how its error falls with the number of points.

F(x) = sum_mu K(x, x_mu) c_mu goes through all training points, K c = y. The kernels are functions
of the distance r and of a length sigma,

    laplace:   exp(-r / sigma),            gaussian:   exp(-r^2 / (2 sigma^2)).

Where sigma is large against the distance between neighbours, the mean square error of the test
points falls as P^-beta with a beta that does not depend on it (Spigler, Geiger & Wyart, *Asymptotic
learning curves of kernel methods: empirical data versus teacher-student paradigm*, 2020).
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from scipy.linalg import cholesky, solve_triangular

from jamming.errors import BadInput

Kernel = Callable[[Float[np.ndarray, "P1 P2"], float], Float[np.ndarray, "P1 P2"]]


def _laplace(r2: Float[np.ndarray, "P1 P2"], sigma: float) -> Float[np.ndarray, "P1 P2"]:
    return np.exp(-np.sqrt(r2) / sigma)


def _gaussian(r2: Float[np.ndarray, "P1 P2"], sigma: float) -> Float[np.ndarray, "P1 P2"]:
    return np.exp(-r2 / (2 * sigma**2))


KERNELS: dict[str, Kernel] = {"laplace": _laplace, "gaussian": _gaussian}


def squared_distances(
    x1: Float[np.ndarray, "P1 d"], x2: Float[np.ndarray, "P2 d"] | None = None
) -> Float[np.ndarray, "P1 P2"]:
    """r^2 between points; exactly 0 between a point and itself, where x2 is None."""
    other = x1 if x2 is None else x2
    r2 = np.einsum("ij,ij->i", x1, x1)[:, None] + np.einsum("ij,ij->i", other, other)
    r2 = np.maximum(r2 - 2 * x1 @ other.T, 0.0)
    if x2 is None:
        np.fill_diagonal(r2, 0.0)
    return r2


def learning_curve(
    K: Float[np.ndarray, "P P"],
    y: Float[np.ndarray, " P"],
    K_test: Float[np.ndarray, "Q P"],
    sizes: Sequence[int],
) -> Float[np.ndarray, "sizes Q"]:
    """Outputs on the test points after regression on the first n of the P points, for each size n.

    One factorisation serves all of them: that of a leading block is a block of its factor.

    Raises:
        BadInput: a size that is not between 1 and P, or a kernel that is singular to rounding.
    """
    if not all(1 <= n <= len(K) for n in sizes):
        raise BadInput(f"there are {len(K)} points to learn from: ask for 1 to so many")
    try:
        root = cholesky(K, lower=True)
    except np.linalg.LinAlgError as error:
        raise BadInput(
            "the kernel is singular to rounding, or not a kernel: lower sigma"
        ) from error
    z = solve_triangular(root, y, lower=True)  # its start is that of any smaller size
    rows = []
    for n in sizes:
        c = solve_triangular(root[:n, :n], z[:n], lower=True, trans="T")
        rows.append(K_test[:, :n] @ c)
    return np.array(rows).reshape(len(sizes), len(K_test))
