"""The spectrum of a kernel on data, by uncentred kernel PCA, and what it says of learning curves.

The Gram matrix of m points, divided by m, has eigenvalues lambda_rho and eigenvectors phi_rho; the
labels y have the weights q_rho^2 = (phi_rho . y)^2 / m there, which add up to the mean of y^2.

* What n points leave unlearnt is of the order of `tails`, sum_{rho > n} q_rho^2. If
  q_rho^2 ~ rho^-a, the mean square error falls as n^-beta with beta = a - 1.
* `jamming.kernels.replica.predicted` makes a number of it, without any parameter.
* If lambda_rho ~ rho^-s, the density of eigenvalues is D(lambda) ~ lambda^-theta with
  theta = 1 + 1 / s; the Laplace kernel on data of dimension d has s = (d + 1) / d.

(Spigler, Geiger & Wyart, *Asymptotic learning curves of kernel methods*, 2020, Secs. 4 and 5.)

**Finite m.** The eigenvalues of m points are those of infinitely many plus what is beyond rank m,
spread over all: an excess of the order 1 / m. Labels have their m weights within m eigenvectors, so
that tails, and the errors predicted of them, are too small, near rank m by all of it.
`extrapolated` removes the term in 1 / m.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from jamming.checks.arguments import whole, wholes
from jamming.checks.arrays import ArrayLike, finite, shaped, targets
from jamming.checks.errors import BadInput
from jamming.execution.memory import fits
from jamming.observables.kernel_pca import kernel_pca

ARRAYS = 8  # of the size of the matrix that its decomposition needs at once
DOUBLE = 8  # bytes


class Spectrum(NamedTuple):
    """lambda_rho [m] of the Gram matrix of m points over m, descending, and q_rho^2 [m]."""

    eigenvalues: Float[np.ndarray, " m"]
    weights: Float[np.ndarray, " m"]


def spectrum(K: ArrayLike, y: ArrayLike) -> Spectrum:
    """Of a Gram matrix K [m, m], not centred, and labels y [m], real and not all 0.

    Eigenvalues below 0, which are rounding, become 0. Raises BadInput for a matrix that is not
    symmetric or not finite, or whose decomposition has no room.
    """
    m = len(K) if hasattr(K, "__len__") else 0
    fits(f"kernel PCA of {m} points", ARRAYS * DOUBLE * m**2, "their number")
    found = kernel_pca(K)
    y = shaped(targets(y, dtype=np.float64), "y", m)
    weights = found.projections(y) * float(np.mean(y**2))
    return Spectrum(np.maximum(found.eigenvalues / m, 0.0), weights)


def ranks(m: Any, several: Any = 60) -> Int[np.ndarray, " ranks"]:
    """Whole numbers from 1 to m, about as many as said, evenly in their logarithm."""
    m, several = whole("m", m), whole("several", several, least=2)
    return np.unique(np.round(np.geomspace(1, m, several)).astype(int))


def tails(weights: ArrayLike, at: Any) -> Float[np.ndarray, " n"]:
    """sum_{rho > n} q_rho^2 for each rank n from 1 to m, weights [m] in descending order."""
    weights = finite(weights, "weights", dtype=np.float64)
    at = wholes("at", at, most=len(weights))
    below = np.append(np.cumsum(weights[::-1])[::-1], 0.0)  # from the small ones, not to cancel
    return below[list(at)]


def extrapolated(values: ArrayLike, m: ArrayLike) -> Float[np.ndarray, "*rest"]:
    """Values [sizes, ...] measured with m [sizes] points, to m = infinity: a + b / m.

    Through the two largest m alone, as further ones have further terms. Raises BadInput for
    fewer than two.
    """
    m = np.asarray(finite(m, "m", "sizes", dtype=np.float64))
    values = np.asarray(values, float)
    if len(m) < 2 or len(set(m.tolist())) < len(m) or len(values) != len(m):
        raise BadInput("an extrapolation needs two sizes or more, each once, with their values")
    small, large = np.argsort(m)[-2:]
    found: np.ndarray = (m[large] * values[large] - m[small] * values[small]) / (
        m[large] - m[small]
    )
    return found
