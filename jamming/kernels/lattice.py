"""Kernel regression on a periodic lattice, whose error is known exactly.

A Gaussian field with the spectrum K_T lives on a box of side L with periodic boundaries, in d = 1
or 2 dimensions; the points are a lattice of m^d = n sites of spacing delta = L / m. A frequency w
is seen through its aliases w + 2 pi k / delta alone, and with F*(w) the sum of F over these,

    E MSE = sum_{w in the Brillouin zone} [K_T* - 2 (K_T K_S)* / K_S* + K_T* (K_S^2)* / K_S*^2]

for a student of spectrum K_S (Spigler, Geiger & Wyart, *Asymptotic learning curves of kernel
methods*, 2020, Eq. 39, as corrected by its proof). Spectra are (1 + w^2)^(-alpha / 2), of Matern's
kind, whose products are again such. As n grows, MSE ~ n^-beta (`beta`), with a logarithm where both
terms of it are equal.
"""

import math
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import HUGE, TINY, number, unbounded, whole, wholes
from jamming.checks.errors import BadInput

# aliases in every direction that are summed; those beyond are an integral
ALIASES = {1: 256, 2: 12}
SITES = 4_194_304  # of a lattice, at most
BLOCK = 500_000  # numbers that are held at a time


def beta(alpha_T: Any, alpha_S: Any, d: Any) -> float:
    """The exponent min(alpha_T - d, 2 alpha_S) / d of the theorem; alpha is inf for the Gaussian.

    For spectra that fall as w^-alpha. BadInput unless both alpha > d, as those of kernels.
    """
    d = whole("the dimension d", d)
    alpha_T, alpha_S = (
        unbounded(name, alpha, above=float(d))
        for name, alpha in {"alpha_T": alpha_T, "alpha_S": alpha_S}.items()
    )
    return min(alpha_T - d, 2 * alpha_S) / d


def lattice_mse(
    alpha_T: Any, alpha_S: Any, m: Any, d: Any = 1, length: Any = 2 * math.pi
) -> Float[np.ndarray, " sizes"]:
    """E MSE divided by the variance of the field, for lattices of m^d sites, for each m.

    alpha_T and alpha_S > d are the powers of the spectra, `length` the side L of the box in units
    of the kernels' length. Alias sums are converged to about 1e-5 of themselves (d = 2: 1e-4).
    """
    d = whole("the dimension d of a lattice", d, most=2)
    alphas = (
        number(name, alpha, above=float(d), most=200.0)
        for name, alpha in {"alpha_T": alpha_T, "alpha_S": alpha_S}.items()
    )
    a_T, a_S = alphas
    length = number("length", length, least=TINY, most=HUGE)
    found = []
    for side in wholes("m", m):
        if side**d > SITES:
            raise BadInput(f"a lattice of {side}^{d} sites is too large: {SITES} are the most")
        found.append(_mse(a_T, a_S, side, d, length))
    return np.array(found)


def _mse(a_T: float, a_S: float, m: int, d: int, length: float) -> float:
    zone = 2 * np.pi / length * (np.arange(m) - m // 2)
    w = np.stack(np.meshgrid(*[zone] * d, indexing="ij"), -1).reshape(-1, d)
    rows = max(1, BLOCK // (2 * ALIASES[d] + 1) ** d)
    error = variance = 0.0
    for i in range(0, len(w), rows):
        (T, T_), (S, S_), (_, TS_), (SS, SS_) = (
            aliased(alpha, w[i : i + rows], length / m) for alpha in (a_T, a_S, a_T + a_S, 2 * a_S)
        )
        # the formula of the module with F* = F + F_, where 1 - K_S / K_S* does not cancel
        star = S + S_
        error += float(np.sum(T * (S_ / star) ** 2 + T_ * SS / star**2))
        error += float(np.sum(T_ - 2 * TS_ / star + (T + T_) * SS_ / star**2))
        variance += float(np.sum(T + T_))
    return error / variance


def aliased(
    alpha: float, w: Float[np.ndarray, "q d"], delta: float
) -> tuple[Float[np.ndarray, " q"], Float[np.ndarray, " q"]]:
    """F(w) = (1 + w^2)^(-alpha / 2), and the sum of F(w + 2 pi k / delta) over k in Z^d but 0.

    w lies in the Brillouin zone. About `BLOCK` numbers are held at a time if w are so few.
    """
    d, most = w.shape[1], ALIASES[w.shape[1]]
    step = 2 * np.pi / delta
    k = step * np.arange(-most, most + 1)
    squares = [(w[:, i : i + 1] + k) ** 2 for i in range(d)]
    total = squares[0]
    if d == 2:
        total = (squares[0][:, :, None] + squares[1][:, None]).reshape(len(w), -1)
    each = (1 + total) ** (-alpha / 2)
    middle = each.shape[1] // 2
    alone, each[:, middle] = each[:, middle].copy(), 0.0
    return alone, each.sum(1) + _beyond(alpha, (most + 0.5) * step, d) / step**d


def _beyond(alpha: float, R: float, d: int) -> float:
    """The integral of (1 + v^2)^(-alpha / 2) over all v outside of the cube |v_i| < R.

    To the second order in 1 / v^2: v^-alpha (1 - alpha / (2 v^2)).
    """
    return sum(
        factor * _shape(power, d) * R ** (d - power) / (power - d)
        for power, factor in ((alpha, 1.0), (alpha + 2, -alpha / 2))
    )


@cache
def _shape(power: float, d: int) -> float:
    """The mean of (R / distance to the cube)^(d - power) over directions, times their measure."""
    if d == 1:
        return 2.0
    nodes, weights = np.polynomial.legendre.leggauss(40)
    angle = np.pi / 8 * (nodes + 1)
    return float(np.pi * weights @ np.cos(angle) ** (power - 2))
