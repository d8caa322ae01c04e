"""Kernels of the distance r between points and of a length sigma, in float64.

    laplace:   exp(-r / sigma),
    gaussian:  exp(-r^2 / (2 sigma^2)),
    matern:    2^(1 - nu) / Gamma(nu) z^nu K_nu(z),    z = sqrt(2 nu) r / sigma.

All are 1 at r = 0. Matern's, K_nu the modified Bessel function, has a spectrum that falls as
|w|^-(d + 2 nu) in d dimensions; it is the Laplace kernel for nu = 1/2, and tends to the Gaussian
one as nu grows (Spigler, Geiger & Wyart, *Asymptotic learning curves of kernel methods: empirical
data versus teacher-student paradigm*, 2020, App. B; Rasmussen & Williams, *Gaussian processes for
machine learning*, 2006, Eq. 4.14).
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln, kve

from jamming.checks.arguments import HUGE, TINY, number
from jamming.checks.arrays import ArrayLike, finite, shaped
from jamming.checks.errors import BadInput
from jamming.execution.threads import requested_blas_threads

# below this share of the squares that it is made of, r^2 comes from the difference of the points
CLOSE = 1e-6
# sizes of points whose squares float64 can hold
LEAST, MOST = 1e-140, 1e140
SMOOTHEST = 100.0  # nu above which the Gaussian kernel is as good


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


def matern(r2: ArrayLike, sigma: Any, nu: Any) -> Float[np.ndarray, "*shape"]:
    """Of r^2 [P1, P2], sigma and nu in (0, 100], in float64; closed forms at nu = 1/2, 3/2, 5/2.

    Raises BadInput unless all are numbers in their ranges.
    """
    nu = number("nu", nu, above=0.0, most=SMOOTHEST)
    return _kernel(functools.partial(_matern, nu=nu), r2, sigma)


def _matern(r2: np.ndarray, sigma: float, nu: float) -> np.ndarray:
    z = np.sqrt(2 * nu * r2) / sigma
    if nu == 0.5:
        return np.exp(-z)
    if nu == 1.5:
        return (1 + z) * np.exp(-z)
    if nu == 2.5:
        return (1 + z + z**2 / 3) * np.exp(-z)
    # in logarithms, as the factors leave the range of float64 one by one; kve = exp(z) K_nu(z)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = (1 - nu) * np.log(2) - gammaln(nu) + nu * np.log(z) + np.log(kve(nu, z)) - z
    # where K_nu overflows, z is so small that the kernel is 1 to rounding
    return np.where(np.isfinite(log), np.minimum(np.exp(log), 1.0), np.where(z < 1, 1.0, 0.0))


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
