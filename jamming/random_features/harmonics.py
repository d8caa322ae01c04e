"""A nonlinearity on the sphere, degree by degree, and the exact test error that this gives.

On the sphere |x|^2 = d a neuron sigma(theta.x / sqrt(d)), |theta|^2 = d, is a sum of Gegenbauer
polynomials of rho = theta.x / d, orthogonal to one another. So the mean over x of the product of
two neurons is a function of theta.theta' / d, and the test error of a network with labels beta.x
needs no test points. Q_k is normalised to Q_k(1) = 1, so that E_x[Q_k(theta.x / d) Q_k(theta'.x /
d)] = Q_k(theta.theta' / d) / B(d, k), with B the number of harmonics of degree k.
"""

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import whole
from jamming.checks.arrays import ArrayLike, as_float, finite, rounding, shaped
from jamming.checks.errors import BadInput
from jamming.models.activations import Activation, in_double

DEGREES = 60  # computed of a nonlinearity
NODES = 400  # of quadrature, on either side of 0 where relu has its kink
TOLERANCE = 1e-7  # of an overlap, as a share of the second moment


def gegenbauer(rho: ArrayLike, d: int) -> Iterator[Float[np.ndarray, "*shape"]]:
    """Q_0(rho), Q_1(rho), ... of the sphere |x| = 1 in d >= 2 dimensions, without end."""
    rho = np.asarray(as_float(rho, "rho", dtype=np.float64))
    before, now = np.ones_like(rho), rho
    yield before
    for k in itertools.count(1):
        yield now
        before, now = now, ((2 * k + d - 2) * rho * now - k * before) / (k + d - 2)


@dataclass(frozen=True)
class Harmonics:
    """sigma(sqrt(d) rho) in d dimensions.

    `means[k]` = E[sigma Q_k]; `shares[k]` = B(d, k) means[k]^2 is what degree k adds to the second
    moment E[sigma^2], `second`. E_x[sigma(theta.x / sqrt(d)) x] = means[1] theta.
    """

    d: int
    means: Float[np.ndarray, " degrees"]
    shares: Float[np.ndarray, " degrees"]
    second: float

    def overlap(self, rho: ArrayLike, *, least: int = 0) -> Float[np.ndarray, "h g"]:
        """E_x[sigma(theta.x / sqrt(d)) sigma(theta'.x / sqrt(d))] at rho = theta.theta' / d.

        Of the degrees from `least` on, until the rest is below `TOLERANCE`; at rho = 1 to rounding,
        where the sum converges slowly, it is exact.
        """
        close = max(1e-12, 16 * rounding(rho, "rho"))
        rho = shaped(np.asarray(finite(rho, "rho")), "rho", "h", "g")
        same = rho > 1 - close
        rho = np.where(same, 0.0, rho).astype(np.float64)
        found = np.zeros_like(rho)
        last = np.inf
        for k, Q in enumerate(gegenbauer(rho, self.d)):
            size = float(np.abs(Q).max(initial=0.0))
            left = self.second - self.shares[:k].sum()
            # polynomials of odd degree vanish at 0: two in a row bound those that follow
            if k == self.shares.size or left * max(size, last) < TOLERANCE * self.second:
                break
            if k >= least and self.shares[k] > 0:
                found += self.shares[k] * Q
            last = size
        return np.where(same, self.second - self.shares[:least].sum(), found)


def harmonics(phi: Activation, d: Any) -> Harmonics:
    """The degrees of `phi` on the sphere in d >= 3 dimensions."""
    return _harmonics(phi, whole("the dimension d of the sphere", d, least=3))


@functools.lru_cache(maxsize=32)
def _harmonics(phi: Activation, d: int) -> Harmonics:
    # rho = sin(angle), of density cos(angle)^(d - 2): nothing is left at 12 / sqrt(d)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    angle = min(np.pi / 2, 12 / np.sqrt(d)) * (nodes + 1) / 2
    rho = np.sin(np.concatenate([-angle, angle]))
    weight = np.tile(weights * np.cos(angle) ** (d - 2), 2)
    weight /= weight.sum()
    sigma = in_double(phi, np.sqrt(d) * rho)
    rows = np.stack(list(itertools.islice(gegenbauer(rho, d), DEGREES)))
    means = rows @ (weight * sigma)
    shares = means**2 / (rows**2 @ weight)
    return Harmonics(d, means, shares, float(weight @ sigma**2))


class Learned(NamedTuple):
    """What determines the error of a network, or of the mean of several.

    The parts of degree 0, 1 and 2 as tensors: s = sum_j a_j, u = sum_j a_j theta_j [d] and
    T = sum_j a_j theta_j theta_j^T / d [d, d]; `rest` is the mean square of higher degrees.
    """

    s: float
    u: Float[np.ndarray, " d"]
    T: Float[np.ndarray, "d d"]
    rest: float


def learned(theta: ArrayLike, a: ArrayLike, sigma: Harmonics) -> Learned:
    """Of sum_j a_j sigma(theta_j.x / sqrt(d)), theta [h, d] and a [h]."""
    theta = shaped(np.asarray(finite(theta, "theta")), "theta", "h", sigma.d)
    a = shaped(np.asarray(finite(a, "a", dtype=np.float64)), "a", len(theta))
    rho = theta @ theta.T / sigma.d
    theta = theta.astype(np.float64)
    rest = float(a @ sigma.overlap(rho, least=3) @ a)
    return Learned(float(a.sum()), theta.T @ a, (theta.T * a) @ theta / sigma.d, rest)


def together(members: Sequence[Learned]) -> Learned:
    """Of the mean of independent networks.

    Their overlap of degree 3 and more is left out: random directions of that many harmonics, d^3 /
    6 and more, are next to orthogonal. BadInput if there is no network.
    """
    if not members:
        raise BadInput("a mean of networks needs one at least")
    s, u, T, rest = (np.mean(each, axis=0) for each in zip(*members, strict=True))
    return Learned(float(s), u, T, float(rest) / len(members))


def excess(one: Learned, beta: ArrayLike, sigma: Harmonics) -> float:
    """E_x[(beta.x - f(x))^2], the test error without that of the noise of a test label."""
    beta = shaped(np.asarray(finite(beta, "beta", dtype=np.float64)), "beta", sigma.d)
    d, (zeroth, first, *_) = sigma.d, sigma.means
    linear = np.sum((beta - first * one.u) ** 2)
    # sum_ij a_i a_j Q_2(rho_ij), with Q_2(rho) = (d rho^2 - 1) / (d - 1)
    quadratic = (d * np.sum(one.T**2) - one.s**2) / (d - 1)
    return float(zeroth**2 * one.s**2 + linear + sigma.shares[2] * quadratic + one.rest)
