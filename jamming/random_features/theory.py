"""The exact test error of random features where h, P and d are large, at fixed ratios.

psi_1 = h / d, psi_2 = P / d. One network: Mei and Montanari, *The generalization error of random
features regression: Precise asymptotics and double descent curve*, 2019, Theorem 2, for the
data and the ridge of `jamming.random_features.model`.

An ensemble of infinitely many, which differ in their features alone: their mean is kernel
regression with the kernel of infinite width, whose ridge is larger than that of the networks (Jacot
et al., *Implicit regularization of random feature models*, 2020). Features are Gaussian as far as
the error can tell, phi_j = mu_1 X theta_j / sqrt(d) + mu_star z_j, so that the kernel of the
training points is K = mu_1^2 X X^T / d + mu_star^2, and the mean over theta of the learned function
is linear, u.x with

    u = (mu_1^2 / d) X^T (K + kappa)^-1 y,    P lambda / d = (kappa / h) (h - Tr K (K + kappa)^-1).

That is ridge regression on points of d independent components, where the law of Marchenko and
Pastur gives all traces. What n independent networks add is the n-th part of what one does:
d'Ascoli et al., *Double trouble in double descent*, 2020.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import optimize

from jamming.checks.arguments import number, settle, whole
from jamming.checks.errors import BadInput
from jamming.models.activations import Activation, in_double


@dataclass(frozen=True)
class Constants:
    """mu_0 = E[sigma], mu_1 = E[g sigma], mu_star^2 = E[sigma^2] - mu_0^2 - mu_1^2, g ~ N(0, 1)."""

    mu_0: float
    mu_1: float
    mu_star: float


@cache
def constants(phi: Activation) -> Constants:
    """Of a nonlinearity, by quadrature on both sides of 0, where relu has its kink.

    Raises BadInput if it is even or linear: there is no signal, or no noise from the features.
    """
    nodes, weights = np.polynomial.legendre.leggauss(200)
    half = 6 * (nodes + 1)
    g = np.concatenate([-half, half])
    weight = np.tile(6 * weights * np.exp(-(half**2) / 2), 2) / np.sqrt(2 * np.pi)
    sigma = in_double(phi, g)
    mu_0, mu_1 = float(weight @ sigma), float(weight @ (g * sigma))
    left = float(weight @ sigma**2) - mu_0**2 - mu_1**2
    if abs(mu_1) < 1e-6 or left < 1e-9:
        raise BadInput(f"the theory is of functions neither even nor linear, not of '{phi.name}'")
    return Constants(mu_0, mu_1, left**0.5)


@dataclass(frozen=True)
class Setting:
    """psi_1, psi_2 > 0, the ridge lambda (0 for the smallest norm) and the noise tau >= 0.

    The labels are a linear function of unit variance and that noise.
    """

    psi_1: float
    psi_2: float
    lam: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        for name, of in {"psi_1": "h/d", "psi_2": "P/d"}.items():
            settle(self, {name: number(of, getattr(self, name), above=0.0)})
        for name, of in {"lam": "the ridge", "noise": "the noise"}.items():
            settle(self, {name: number(of, getattr(self, name), least=0.0)})


def network(at: Setting, mu: Constants) -> float:
    """The test error of one network, that of the noise of a test label left out; inf at h = P
    without a ridge (Theorem 2)."""
    p, q = at.psi_1, at.psi_2
    zeta2 = (mu.mu_1 / mu.mu_star) ** 2
    if at.lam == 0 and p == q:
        return float("inf")
    c = _chi(at, mu)
    x = c * zeta2
    # the polynomials of the paper, in powers of x and 1 - x
    common = c**2 * (1 - x) ** 3 + 2 * c * x * (1 - x)
    E_0 = common - p * q * (1 - x) ** 3 + (1 - p - q) * x**3 + (1 + p + q) * x**2
    E_1 = -q * (1 - x) * (c * x + p)
    E_2 = -common + (p - 1) * x**3 - (p + 1) * x**2
    return float((E_1 + at.noise**2 * E_2) / E_0)


def _chi(at: Setting, mu: Constants) -> float:
    """chi = nu_1 nu_2 at i sqrt(psi_1 psi_2 lambda) / mu_star.

    There nu = i n with n > 0, and the two equations of the paper leave, for x = n_1 n_2 = -chi,
    (psi_1 - g) (psi_2 - g) = psi_1 psi_2 lambda x / mu_star^2 with g(x) = x (1 + zeta^2 / (1 +
    zeta^2 x)): one root with g below both. Without a ridge g is the smaller of both.
    """
    z = (mu.mu_1 / mu.mu_star) ** 2
    least = min(at.psi_1, at.psi_2)
    b = least * z - z - 1
    root = np.sqrt(b**2 + 4 * least * z)
    most = (b + root) / (2 * z) if b > 0 else 2 * least / (root - b)
    if at.lam == 0:
        return -float(most)
    strength = at.psi_1 * at.psi_2 * at.lam / mu.mu_star**2

    def left(x: float) -> float:
        g = x * (1 + z / (1 + z * x))
        return (at.psi_1 - g) * (at.psi_2 - g) - strength * x

    return -float(optimize.brentq(left, 0.0, most, xtol=1e-300, rtol=1e-15))


def limit(at: Setting, mu: Constants) -> float:
    """The test error of the mean of infinitely many networks (see the module)."""
    r = (mu.mu_star**2 + _kappa(at, mu)) / mu.mu_1**2
    m, slope = _stieltjes(r, at.psi_2)
    return float(-(r**2) * slope + at.noise**2 * (m + r * slope))


def ensemble(at: Setting, mu: Constants, n: int) -> float:
    """The test error of the mean of n >= 1 networks."""
    many = limit(at, mu)
    return many + (network(at, mu) - many) / whole("n, the members of an ensemble,", n)


def _stieltjes(r: float, psi_2: float) -> tuple[float, float]:
    """m = Tr (X^T X / d + r)^-1 / d, and dm/dr (Marchenko and Pastur)."""
    b = r + psi_2 - 1
    root = np.sqrt(b**2 + 4 * r)
    m = 2 / (b + root) if b > 0 else (root - b) / (2 * r)
    return float(m), float(-m * (1 + m) / root)


def _kappa(at: Setting, mu: Constants) -> float:
    """The ridge of the ensemble's kernel; 0 for networks with more neurons than points."""
    p, q = at.psi_1, at.psi_2
    if at.lam == 0 and p >= q:
        return 0.0
    ridge = p * q * at.lam

    def left(kappa: float) -> float:
        m, _ = _stieltjes((mu.mu_star**2 + kappa) / mu.mu_1**2, q)
        trace = q - kappa * ((q - 1) / (mu.mu_star**2 + kappa) + m / mu.mu_1**2)
        return p - trace - (ridge / kappa if ridge else 0.0)

    # at most as the trace is below Tr K / kappa
    most = (ridge + q * (mu.mu_1**2 + mu.mu_star**2)) / p
    return float(optimize.brentq(left, ridge / p, most, xtol=1e-300, rtol=1e-15))
