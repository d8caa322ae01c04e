"""Kernel regression with a ridge or without, and how its error falls with the number of points.

F(x) = sum_mu K(x, x_mu) c_mu with (K + ridge) c = y; without a ridge it goes through all training
points. The mean square error of the test points falls as P^-beta (Spigler, Geiger & Wyart,
*Asymptotic learning curves of kernel methods: empirical data versus teacher-student paradigm*,
2020).

**Conditioning.** Rounding changes K by about eps |K|, which acts as a ridge of that size. It is
lost among the eigenvalues where the condition number of K + ridge is well below 1 / eps; above
`WORST` the fit is refused. Smooth kernels, such as the Gaussian one of close points, come there
soon.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import cholesky, solve_triangular
from scipy.linalg.lapack import dpocon

from jamming.checks.arguments import HUGE, number, wholes
from jamming.checks.arrays import ArrayLike, finite, row_list, shaped, targets
from jamming.checks.errors import BadInput
from jamming.execution.threads import requested_blas_threads

WORST = 1e13  # condition number, of which eps leaves two digits
ROWS = 512  # that are looked at together, so that nothing is as large as K


class Curve(NamedTuple):
    """Outputs on the test points for each size, and the condition number of what was solved.

    The latter is LAPACK's estimate in the 1-norm, from below and seldom by more than a factor 3.
    """

    outputs: Float[np.ndarray, "sizes Q"]
    condition: Float[np.ndarray, " sizes"]


@requested_blas_threads()
def learning_curve(
    K: ArrayLike, y: ArrayLike, K_test: ArrayLike, sizes: Any, ridge: Any = 0.0
) -> Curve:
    """Regression on the first n of the P points, for each size n.

    K [P, P] is the kernel of the P points with themselves, K_test [Q, P] that of test points with
    them, y [P] are any real numbers, and `ridge` is added to the diagonal of K. One Cholesky factor
    serves all sizes; it is the one array as large as K that is made. Raises BadInput for sizes
    outside [1, P], a singular or ill-conditioned kernel, or none.
    """
    K = finite(K, "K", dtype=np.float64)
    P = len(K)
    symmetric_rows(K)
    y = shaped(targets(y, dtype=np.float64), "y", P)
    K_test = shaped(finite(K_test, "K_test", dtype=np.float64), "K_test", "Q", P)
    sizes = wholes("sizes", sizes, most=P)
    ridge = number("ridge", ridge, least=0.0, most=HUGE)
    root = _root(K, ridge)
    z = solve_triangular(root, y, lower=True)  # its start is that of any smaller size
    outputs, condition = np.empty((len(sizes), len(K_test))), np.empty(len(sizes))
    norms = one_norms(K, sizes) + ridge
    for i, n in enumerate(sizes):
        c = solve_triangular(root[:n, :n], z[:n], lower=True, trans="T")
        outputs[i] = K_test[:, :n] @ c
        rcond, _ = dpocon(root[:n, :n].T, norms[i], uplo="U")
        condition[i] = 1 / rcond if rcond > 0 else np.inf
        if condition[i] > WORST:
            raise BadInput(
                f"the kernel of {n} points has a condition number of {condition[i]:.0e}, which"
                " float64 cannot resolve: lower sigma, or take a ridge"
            )
    return Curve(outputs, condition)


def symmetric_rows(K: np.ndarray) -> None:
    """Refuse what is not [P, P], or not symmetric to single precision; block by block."""
    shaped(K, "K", "P", "P")
    for i in range(0, len(K), ROWS):
        rows, columns = K[i : i + ROWS, i:], K[i:, i : i + ROWS]
        if np.abs(rows - columns.T).max() > 1e-5 * np.abs(rows).max():
            raise BadInput(
                "K is not symmetric: give one that is, as a kernel of points with themselves"
            )


def one_norms(K: Float[np.ndarray, "P P"], sizes: tuple[int, ...]) -> Float[np.ndarray, " sizes"]:
    """max_j sum_i |K_ij| of the first n points, for each size n."""
    found = np.zeros(len(sizes))
    for i, n in enumerate(sizes):
        sums = (np.abs(K[j : min(j + ROWS, n), :n]).sum(1).max() for j in range(0, n, ROWS))
        found[i] = max(sums)
    return found


def _root(K: Float[np.ndarray, "P P"], ridge: float) -> Float[np.ndarray, "P P"]:
    """The factor of Cholesky of K + ridge, or why there is none."""
    alone, eps = np.diag(K), 4 * np.finfo(np.float64).eps
    if not (alone > 0).all():
        rows = np.flatnonzero(alone <= 0)
        raise BadInput(f"K is no kernel: it is not positive at {row_list(rows)} of its diagonal")
    same = np.zeros(len(K), bool)
    for i in range(0, len(K) if ridge == 0 else 0, ROWS):
        both = alone[i : i + ROWS, None] + alone
        equal = both - 2 * K[i : i + ROWS] <= eps * both  # no distance is left between them
        np.fill_diagonal(equal[:, i:], False)
        same[i : i + ROWS] = equal.any(1)
    if same.any():
        rows = np.flatnonzero(same)
        raise BadInput(
            f"{len(rows)} points are equal to another one ({row_list(rows)}), or so close that K"
            " does not tell them apart: keep one of equal points; if they do differ, lower sigma"
        )
    root: np.ndarray = np.array(K, order="C")
    root.flat[:: len(K) + 1] += ridge
    try:
        # the transpose, which is stored as LAPACK wants it, so that it works in place
        root = cholesky(root.T, lower=False, overwrite_a=True, check_finite=False).T
    except np.linalg.LinAlgError:
        root[:] = 0.0
    if not (np.diag(root) ** 2 > eps * (alone + ridge)).all():
        raise BadInput(
            "the kernel is singular to rounding, or not a kernel: lower sigma, or take a ridge"
        )
    return root
