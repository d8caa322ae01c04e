"""The learning curve of kernel regression from the spectrum of the kernel and of the labels.

With eigenvalues lambda_rho, and labels whose component along the orthonormal eigenfunction phi_rho
has the mean square q_rho^2 = E <Z, phi_rho>^2, regression from n independent points has the error

    MSE = sum_rho q_rho^2 kappa^2 / (lambda_rho + kappa)^2 / (1 - g),
    n kappa = ridge + sum_rho lambda_rho kappa / (lambda_rho + kappa),
    g = sum_rho lambda_rho^2 / (lambda_rho + kappa)^2 / n.

Modes with lambda above kappa are learnt, those below are not. This is the formula of Bordelon,
Canatar & Pehlevan (*Spectrum dependent learning curves in kernel regression and wide neural
networks*, 2020), which they obtain from a partial differential equation and from replicas; in their
letters, which Spigler, Geiger & Wyart (2020, Eqs. 51 to 55) have, t = n kappa, w_rho^2 =
q_rho^2 / lambda_rho and gamma = n kappa^2 g. It is exact for Gaussian features of many dimensions,
and an approximation for those of a kernel. Label noise is as in Canatar, Bordelon & Pehlevan
(*Nature Communications* 12:2914, 2021).
"""

import math
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import optimize

from jamming.checks.arguments import number, numbers, some
from jamming.checks.arrays import ArrayLike, finite, shaped
from jamming.checks.errors import BadInput

LOWEST = -740.0  # log of the smallest kappa that float64 holds


def predicted(
    eigenvalues: ArrayLike,
    weights: ArrayLike,
    n: Any,
    ridge: Any = 0.0,
    *,
    multiplicities: ArrayLike | None = None,
    noise: Any = 0.0,
) -> Float[np.ndarray, " sizes"]:
    """The mean square error after n points, for each n, on labels without noise.

    `eigenvalues` [m] >= 0, of the kernel with respect to the distribution of points (those of a
    Gram matrix of P points divided by P); `weights` [m] = q_rho^2 (of the Gram matrix's normalised
    eigenvectors, (phi_rho.Z)^2 / P), which add up to E[Z^2]. A level of several equal eigenvalues
    may be given once, with its `multiplicities` and the sum of its weights. `ridge` is what is
    added to the diagonal of the kernel of n points, `noise` the variance of noise on training
    labels. Modes that are left out can be accounted for: they act as a ridge of the sum of their
    eigenvalues, and their weights are those of an eigenvalue 0.

    Infinite where n is the number of eigenvalues above 0, without a ridge and with something that
    cannot be learnt. Raises BadInput for arrays of other shapes, negative or NaN, n < 1, or no n.
    """
    lam = shaped(finite(eigenvalues, "eigenvalues", dtype=np.float64), "eigenvalues", "m")
    weights = shaped(finite(weights, "weights", dtype=np.float64), "weights", len(lam))
    known = np.ones(len(lam)) if multiplicities is None else multiplicities
    several = shaped(finite(known, "multiplicities", dtype=np.float64), "multiplicities", len(lam))
    for name, values in {
        "eigenvalues": lam,
        "weights": weights,
        "multiplicities": several,
    }.items():
        if not len(values) or (values < 0).any():
            raise BadInput(f"{name} are one at least, and not negative: give such")
    ridge, noise = number("ridge", ridge, least=0.0), number("noise", noise, least=0.0)
    if ridge == 0 and not (lam * several).any():
        raise BadInput(
            "a kernel without any eigenvalue above 0 learns nothing: give one, or a ridge"
        )
    sizes = some("n", numbers("n", n, least=1.0))
    return np.array([_error(lam, weights, several, size, ridge, noise) for size in sizes])


def _error(
    lam: np.ndarray, weights: np.ndarray, several: np.ndarray, n: float, ridge: float, noise: float
) -> float:
    kappa = resolution(lam, several, n, ridge)
    # kappa = 0: all that can be learnt is, so that the share is 1 or 0 however small lambda
    learnt = lam / (lam + kappa) if kappa > 0 else (lam > 0).astype(float)
    g = float(several @ learnt**2) / n
    left = float(weights @ (1 - learnt) ** 2)
    if g >= 1:
        return math.inf if left + noise > 0 else 0.0
    return (left + noise * g) / (1 - g)


def resolution(lam: np.ndarray, several: np.ndarray, n: float, ridge: float) -> float:
    """kappa, the eigenvalue below which modes are not learnt, for levels lam [m] of `several`.

    The root of n = ridge / kappa + sum_rho lambda_rho / (lambda_rho + kappa), whose right side
    falls with kappa: one root, 0 where n is as large as the number of eigenvalues above 0 without a
    ridge. The root is sought in log kappa: eigenvalues of smooth kernels span all of float64.
    """
    there = (lam > 0) & (several > 0)
    lam, several = lam[there], several[there]
    if ridge == 0 and several.sum() <= n:
        return 0.0

    def left(log: float) -> float:
        kappa = math.exp(log)
        return float(several @ (lam / (lam + kappa))) + ridge / kappa - n

    # the sum is below trace / kappa
    most = math.log((float(several @ lam) + ridge) / n)
    if left(LOWEST) <= 0:  # to rounding all eigenvalues are resolved
        return 0.0
    return math.exp(float(optimize.brentq(left, LOWEST, most + 1e-9, xtol=1e-13, rtol=1e-15)))
