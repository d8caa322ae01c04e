"""Kernel regression of Gaussian fields: the exact average over the field that is learnt.

The labels are a Gaussian field Z of covariance K_T, the teacher; the student is regression with a
kernel K_S. At a test point x the student's output is w.Z, with weights w = (K_S + jitter)^-1 k_S(x)
that do not depend on Z, so that the mean over all teachers is

    E (Z(x) - w.Z)^2 = K_T(x, x) - 2 w.k_T(x) + w.K_T w,

without any noise from drawn fields (Spigler, Geiger & Wyart, *Asymptotic learning curves of kernel
methods*, 2020, Sec. 4, where it is averaged over drawn ones). It is never below the posterior
variance, which is the error of the student with K_S = K_T.

**Conditioning.** A smooth student of close points is singular to rounding: its small eigenvalues
are below eps |K_S|. `jitter`, added to the diagonal of K_S, bounds the condition number, and is a
ridge: it changes the error. So it is never added unless asked for, and the condition number is
returned; a study of several says what it does.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import cholesky, solve_triangular
from scipy.linalg.lapack import dpocon

from jamming.checks.arguments import number, some, wholes
from jamming.checks.arrays import ArrayLike, finite, shaped
from jamming.checks.errors import BadInput
from jamming.execution.threads import requested_blas_threads
from jamming.kernels.regression import one_norms, symmetric_rows


class Learnt(NamedTuple):
    """Of each size n: the mean error over test points, and how well it is known.

    `condition`: of K_S + jitter, LAPACK's estimate in the 1-norm; above 1 / eps = 5e15 the weights
    are those of rounding. `rounding`: the error that rounding may leave in `mse`, eps times the sum
    of the magnitudes of its terms: where `mse` is not well above that, it is noise.
    """

    mse: Float[np.ndarray, " sizes"]
    condition: Float[np.ndarray, " sizes"]
    rounding: Float[np.ndarray, " sizes"]


@requested_blas_threads()
def taught(
    teacher: ArrayLike,
    teacher_test: ArrayLike,
    student: ArrayLike,
    student_test: ArrayLike,
    sizes: Any,
    *,
    jitter: Any = 0.0,
    alone: Any = 1.0,
) -> Learnt:
    """The error of the student from the first n of P points, for each size n.

    `teacher` and `student` [P, P] are the kernels of the points, `_test` [P, Q] those of them with
    test points, `alone` the variance K_T(x, x) of the field at these. One Cholesky factor serves
    all sizes. Raises BadInput for sizes outside [1, P], other shapes, and a student that is
    singular to rounding, which needs a jitter.
    """
    K_S = finite(student, "student", dtype=np.float64)
    P = len(K_S)
    K_T = shaped(finite(teacher, "teacher", dtype=np.float64), "teacher", P, P)
    for K in (K_S, K_T):
        symmetric_rows(K)
    k_S = shaped(finite(student_test, "student_test", dtype=np.float64), "student_test", P, "Q")
    k_T = finite(teacher_test, "teacher_test", dtype=np.float64)
    k_T = shaped(k_T, "teacher_test", P, k_S.shape[1])
    sizes = some("sizes", wholes("sizes", sizes, most=P))
    jitter, alone = number("jitter", jitter, least=0.0), number("alone", alone, above=0.0)
    if not k_S.shape[1]:
        raise BadInput("there is no test point: give one at least")
    root = _root(K_S, jitter)
    V = solve_triangular(root, k_S, lower=True)  # its first n rows are those of n points
    found = []
    for n, norm in zip(sizes, one_norms(K_S, sizes) + jitter, strict=True):
        w = solve_triangular(root[:n, :n], V[:n], lower=True, trans="T")
        linear, square = w * k_T[:n], w * (K_T[:n, :n] @ w)
        mse = (alone - 2 * linear.sum(0) + square.sum(0)).mean()
        size = alone + (2 * np.abs(linear) + np.abs(square)).sum(0).mean()
        rcond, _ = dpocon(root[:n, :n].T, norm, uplo="U")
        found.append((mse, 1 / rcond if rcond > 0 else np.inf, np.finfo(float).eps * size))
    return Learnt(*np.array(found).T)


def _root(K: Float[np.ndarray, "P P"], jitter: float) -> Float[np.ndarray, "P P"]:
    """The factor of Cholesky of K + jitter, or what to do."""
    try:
        root: np.ndarray = cholesky(K + jitter * np.eye(len(K)), lower=True)
    except np.linalg.LinAlgError:
        raise BadInput(
            f"the student's kernel of {len(K)} points is singular to rounding at a jitter of"
            f" {jitter:g}: raise the jitter, or lower the number of points or sigma"
        ) from None
    return root
