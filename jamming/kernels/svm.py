"""Support vector machines of any kernel, and how their error falls with the number of points.

The dual problem, for labels y = +-1 and K the Gram matrix of the training points,

    min_a  (1/2) a . Q a - sum a,   Q = y K y,   y . a = 0,   0 <= a <= C,

is solved by libsvm, as scikit-learn has it. The sign of F(x) = sum_mu a_mu y_mu K(x, x_mu) + b is
the answer. C is the price of a margin that is not kept; C = inf is the hard margin, which a
positive definite kernel always has (Spigler, Geiger & Wyart, *Asymptotic learning curves of kernel
methods*, 2020, Sec. 2, with C = 1e4).
"""

import math
from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.svm import SVC

from jamming.checks.arguments import HUGE, number, unbounded, wholes
from jamming.checks.arrays import ArrayLike, binary_labels, finite, shaped
from jamming.checks.errors import BadInput

TOLERANCE = 1e-3  # of the conditions of optimality, in units of the margin: libsvm's own
CACHE = 500  # MB of rows of Q that libsvm keeps


def price(name: str, value: Any) -> float:
    """C > 0 as a float, inf for the hard margin; BadInput for what is neither."""
    bound = unbounded(name, value, above=0.0)
    return bound if bound == math.inf else number(name, bound, most=HUGE)


def svm_curve(
    K: ArrayLike, y: ArrayLike, K_test: ArrayLike, sizes: Any, C: Any = 1e4
) -> Float[np.ndarray, "sizes Q"]:
    """F on the test points after learning the first n of the P points, for each size n.

    K [P, P] and K_test [Q, P] are as of `jamming.kernels.regression.learning_curve`, y [P] are +-1.
    The first n rows and columns are copied, one size at a time. Raises BadInput for C <= 0, sizes
    outside [1, P], and sizes whose labels are all the same.
    """
    K = finite(K, "K", dtype=np.float64)
    P = len(K)
    shaped(K, "K", P, P)
    y = shaped(binary_labels(y, "y", dtype=np.float64), "y", P)
    K_test = shaped(finite(K_test, "K_test", dtype=np.float64), "K_test", "Q", P)
    sizes = wholes("sizes", sizes, most=P)
    C = price("C", C)
    F = np.empty((len(sizes), len(K_test)))
    for i, n in enumerate(sizes):
        if abs(y[:n].sum()) == n:
            raise BadInput(f"the first {n} points have one label: give some of either")
        machine = SVC(C=C, kernel="precomputed", tol=TOLERANCE, cache_size=CACHE)
        machine.fit(np.ascontiguousarray(K[:n, :n]), y[:n])
        # by its coefficients, as its own way takes all of K_test at each size
        which = machine.support_
        F[i] = K_test[:, which] @ machine.dual_coef_[0] + machine.intercept_[0]
    return F
