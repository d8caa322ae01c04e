"""A nonlinearity on the sphere, degree by degree, and the exact test error that this gives.

On the sphere |x|^2 = d a neuron sigma(theta.x / sqrt(d)), |theta|^2 = d, is a sum of Gegenbauer
polynomials of rho = theta.x / d, and those of different degrees do not overlap. The mean over x of
the product of two neurons is therefore a function of theta.theta' / d alone, and the test error of
a network with labels beta.x needs no test points.

Q_k is normalised to Q_k(1) = 1, so that E_x[Q_k(theta.x / d) Q_k(theta'.x / d)] =
Q_k(theta.theta' / d) / B(d, k), with B the number of harmonics of degree k.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import MOST, whole
from jamming.checks.arrays import ArrayLike, as_float, finite, shaped
from jamming.checks.errors import BadInput
from jamming.checks.rounding import rounding
from jamming.models.activations import Activation

DEGREES = 60  # kept of a nonlinearity
NODES = 400  # of quadrature, on either side of 0 where relu has its kink
TOLERANCE = 1e-7  # of an overlap, as a share of the second moment


def gegenbauer(rho: ArrayLike, d: int) -> Iterator[Float[np.ndarray, "*shape"]]:
    """Q_0(rho), Q_1(rho), ... of the sphere in d dimensions, without end."""
    rho = np.asarray(as_float(rho, "rho", dtype=np.float64))
    before, now = np.zeros_like(rho), np.ones_like(rho)
    k = 0
    while True:
        yield now
        before, now = now, ((2 * k + d - 2) * rho * now - k * before) / (k + d - 2)
        k += 1


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

        Only what is of degree `least` or more. It ends where the rest is below `TOLERANCE`, or with
        the last degree; at rho = 1 to rounding, where the sum converges slowly, it is exact.

        Raises:
            BadInput: rho [h, g] is not finite, or of another shape.
        """
        eps = rounding(rho, "rho")
        rho = shaped(np.asarray(finite(rho, "rho")), "rho", "h", "g")
        same = rho > 1 - max(1e-12, 16 * eps)
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
    """The degrees of `phi` on the sphere in d >= 3 dimensions.

    Raises:
        BadInput: fewer dimensions.
    """
    d = whole("d", d, least=-MOST)
    if d < 3:
        raise BadInput(f"the sphere needs at least 3 dimensions, not d = {d}")
    return _harmonics(phi, d)


@functools.lru_cache(maxsize=32)
def _harmonics(phi: Activation, d: int) -> Harmonics:
    # rho = sin(angle), of density cos(angle)^(d - 2): nothing is left at 12 / sqrt(d)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    angle = min(np.pi / 2, 12 / np.sqrt(d)) * (nodes + 1) / 2
    rho = np.sin(np.concatenate([-angle, angle]))
    weight = np.tile(weights * np.cos(angle) ** (d - 2), 2)
    weight /= weight.sum()
    with jax.enable_x64(True):
        sigma = np.asarray(phi(jnp.asarray(np.sqrt(d) * rho, jnp.float64)))
    polynomials = gegenbauer(rho, d)
    rows = np.stack([next(polynomials) for _ in range(DEGREES)])
    means = rows @ (weight * sigma)
    shares = means**2 / (rows**2 @ weight)
    return Harmonics(d, means, shares, float(weight @ sigma**2))


@dataclass(frozen=True)
class Learned:
    """What a network, or the mean of several, has learned, as far as its error needs it.

    The parts of degree 0, 1 and 2 as tensors: s = sum_j a_j, u = sum_j a_j theta_j [d] and
    T = sum_j a_j theta_j theta_j^T / d [d, d]; `rest` is the mean square of what is of higher
    degree.
    """

    s: float
    u: Float[np.ndarray, " d"]
    T: Float[np.ndarray, "d d"]
    rest: float


def learned(theta: ArrayLike, a: ArrayLike, sigma: Harmonics) -> Learned:
    """Of sum_j a_j sigma(theta_j.x / sqrt(d)), theta [h, d] and a [h].

    Raises:
        BadInput: they are not finite, or of other shapes.
    """
    theta = shaped(np.asarray(finite(theta, "theta")), "theta", "h", sigma.d)
    a = shaped(np.asarray(finite(a, "a", dtype=np.float64)), "a", len(theta))
    rho = theta @ theta.T / sigma.d
    theta = theta.astype(np.float64)
    rest = float(a @ sigma.overlap(rho, least=3) @ a)
    return Learned(float(a.sum()), theta.T @ a, (theta.T * a) @ theta / sigma.d, rest)


def together(members: Sequence[Learned]) -> Learned:
    """Of the mean of independent networks.

    What two of them share of degree 3 and more is left out: random directions of that many
    harmonics, d^3 / 6 and more, are next to orthogonal.

    Raises:
        BadInput: there is none.
    """
    n = len(members)
    if not n:
        raise BadInput("a mean of networks needs one at least")
    return Learned(
        sum(one.s for one in members) / n,
        sum((one.u for one in members), np.zeros(1)) / n,
        sum((one.T for one in members), np.zeros((1, 1))) / n,
        sum(one.rest for one in members) / n**2,
    )


def excess(one: Learned, beta: ArrayLike, sigma: Harmonics) -> float:
    """E_x[(beta.x - f(x))^2], the test error without that of the noise of a test label.

    Raises:
        BadInput: beta [d] is not finite, or of another shape.
    """
    beta = shaped(np.asarray(finite(beta, "beta", dtype=np.float64)), "beta", sigma.d)
    d, squared = sigma.d, sigma.means**2
    linear = float(np.sum((beta - sigma.means[1] * one.u) ** 2))
    # sum_ij a_i a_j Q_2(rho_ij), with Q_2(rho) = (d rho^2 - 1) / (d - 1)
    quadratic = (d * float(np.sum(one.T**2)) - one.s**2) / (d - 1)
    return float(squared[0] * one.s**2 + linear + sigma.shares[2] * quadratic + one.rest)
