"""Uniform points on spheres, and the eigenvalues of kernels there.

The sphere of dimension d is |x| = 1 in R^(d+1): a circle for d = 1. A kernel of the distance alone
has the spherical harmonics of degree k as its eigenfunctions, whatever the kernel, so that two
kernels share them. By the formula of Funk and Hecke the eigenvalue is a mean over the angle theta
to a fixed point, of density sin(theta)^(d-1):

    lambda_k = E[K(r) Q_k(cos theta)],    r = 2 sin(theta / 2),

with Q_k the Gegenbauer polynomial of `jamming.random_features.harmonics`, Q_k(1) = 1 (Atkinson &
Han, *Spherical harmonics and approximations on the unit sphere*, 2012, Theorem 2.22). Points have
the uniform probability measure, and sum_k N_k lambda_k = K(0).
"""

import math
from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import comb, gammaln, ive

from jamming.checks.arguments import HUGE, TINY, number, whole
from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput
from jamming.random_features.harmonics import gegenbauer

NODES = 40  # of Gauss and Legendre in each interval of angles
DEGREES = 12  # half as many oscillations has the highest degree in an interval
FINE = 30  # intervals, each half as long as the next, next to theta = 0 where kernels are rough
HIGHEST = 100_000  # degree
LARGEST = 10_000  # dimension
EPS = float(np.finfo(np.float64).eps)
RESOLVED = 16.0  # times rounding, what is known

Kernel = Callable[[np.ndarray], np.ndarray]


class Spectrum(NamedTuple):
    """Eigenvalues of degree 0, 1, ..., how often each comes, and what all further ones add up to.

    `rest` is K(0) - sum_k N_k lambda_k of the degrees that are there, 0 where that is rounding.
    """

    eigenvalues: Float[np.ndarray, " degrees"]
    multiplicities: Float[np.ndarray, " degrees"]
    rest: float


def uniform(n: Any, d: Any, seed: Any) -> Float[np.ndarray, "n D"]:
    """n independent points [n, d + 1], uniform on the sphere of dimension d, in float64."""
    n, d = whole("n", n), dimension(d)
    x = np.random.default_rng(seed).standard_normal((n, d + 1))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x


def dimension(d: Any) -> int:
    """The dimension of a sphere, from 1 on."""
    return whole("the dimension d of the sphere", d, most=LARGEST)


def multiplicities(degrees: Any, d: Any) -> Float[np.ndarray, " degrees"]:
    """N_k, how many harmonics of degree k = 0, 1, ..., degrees - 1 there are; floats, as they grow.

    They are the homogeneous polynomials of degree k in d + 1 variables less those of k - 2.
    """
    k, d = np.arange(whole("degrees", degrees, most=HIGHEST)), dimension(d)
    return np.asarray(comb(k + d, d) - np.where(k > 1, comb(np.maximum(k - 2, 0) + d, d), 0.0))


def spectrum(kernel: Kernel, d: Any, degrees: Any) -> Spectrum:
    """Of a kernel, a function of r^2 [q] in [0, 4], the first `degrees` degrees.

    By quadrature, which resolves eigenvalues down to some eps K(0) / sqrt(N_k): what is below
    `RESOLVED` times that is 0, as those of smooth kernels soon are (`gaussian` has a closed form).
    BadInput where the kernel is not finite or not positive at r = 0.
    """
    d, degrees = dimension(d), whole("degrees", degrees, most=HIGHEST)
    theta, weight = _angles(degrees)
    weight = weight * np.sin(theta) ** (d - 1)
    weight /= weight.sum()
    values = finite(kernel(4 * np.sin(theta / 2) ** 2), "the kernel", dtype=np.float64)
    alone = float(finite(kernel(np.zeros(1)), "the kernel", dtype=np.float64)[0])
    if not alone > 0:
        raise BadInput(f"a kernel is positive at r = 0, unlike {alone:g}")
    weighted = weight * values
    rows = islice(gegenbauer(np.cos(theta), d + 1), degrees)
    found = np.array([row @ weighted for row in rows])
    found[found < RESOLVED * alone * EPS / np.sqrt(multiplicities(degrees, d))] = 0.0
    return completed(found, alone, d)


def gaussian(sigma: Any, d: Any, degrees: Any) -> Spectrum:
    """Of exp(-r^2 / (2 sigma^2)) in closed form, to full relative precision at every degree.

    lambda_k = exp(-a) Gamma(m + 1) (2 / a)^m I_(k + m)(a) with a = 1 / sigma^2, m = (d - 1) / 2
    (Minh, Niyogi & Yao, *Mercer's theorem, feature maps, and smoothing*, 2006, Theorem 2).
    """
    sigma = number("sigma", sigma, least=TINY, most=HUGE)
    d, degrees = dimension(d), whole("degrees", degrees, most=HIGHEST)
    a, m = sigma**-2, (d - 1) / 2
    k = np.arange(degrees)
    with np.errstate(divide="ignore"):
        bessel = np.log(ive(k + m, a))  # exp(-a) I
    # for small a the function underflows before the eigenvalue does
    series = (k + m) * math.log(a / 2) - gammaln(k + m + 1) - a + a**2 / (4 * (k + m + 1))
    log = np.where(np.isfinite(bessel), bessel, series)
    return completed(np.exp(log + gammaln(m + 1) + m * math.log(2 / a)), 1.0, d)


def completed(found: Float[np.ndarray, " degrees"], alone: float, d: int) -> Spectrum:
    """Eigenvalues of the first degrees with what else there is, of a kernel `alone` at r = 0."""
    several = multiplicities(len(found), d)
    there = float(found @ several)
    rest = alone - there
    return Spectrum(found, several, rest if rest > RESOLVED * EPS * alone else 0.0)


def _angles(degrees: int) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
    """Angles in (0, pi) and their weights, for polynomials of that degree."""
    parts = degrees // DEGREES + 8
    edges = np.linspace(0, np.pi, parts + 1)
    edges = np.concatenate([[0.0], edges[1] * 0.5 ** np.arange(FINE, 0, -1), edges[1:]])
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges)[:, None] / 2
    theta = edges[:-1, None] + half * (nodes + 1)
    return theta.ravel(), (half * weights).ravel()
