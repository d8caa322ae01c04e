"""Scattering of stationary textures: moments of first order of moduli of wavelet coefficients.

    S X = (E X, E|X * psi_1|, E||X * psi_1| * psi_2|, ...)

estimated without bias by averages over the pixels of a realisation. Unlike the power spectrum they
tell textures apart that have the same one, and unlike higher moments they have estimates of small
variance. The outer modulus is needed: E[|X * psi_1| * psi_2] = 0. (J. Bruna & S. Mallat, *Invariant
scattering convolution networks*, 2013, Sec. 2.)
"""

import functools
import operator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from jamming.checks.arguments import whole
from jamming.checks.errors import BadInput
from jamming.wavelets.filters import Bank
from jamming.wavelets.scattering import HIGHEST, scatter


def expected(
    X: Float[Array, "*batch_and_shape"], bank: Bank, max_order: int = 2
) -> Float[Array, "*batch_and_paths"]:
    """The estimates [..., paths] of periodic realisations [..., *shape], as `paths` says.

    Of order 0 the mean itself.
    """
    axes = tuple(range(-len(bank.low), 0))
    # the low-pass leaves the average over all pixels alone, up to its value at w = 0
    gain = functools.reduce(operator.mul, (factor[:, 0] for factor in bank.low)).sum()
    return scatter(X, bank, max_order, subsample=False).mean(axes) / jnp.asarray(gain, X.dtype)


def every_path(
    X: Float[Array, "n H W"], bank: Bank, max_order: Any = 2
) -> list[Float[Array, "n paths"]]:
    """The estimates of each order from 0, over all sequences of filters, of any scales.

    `scatter` and `expected` leave out those in which a scale is not larger than the one before, of
    which there are many, with little energy: the order m has K^m paths of K filters.
    """
    psi = jnp.asarray(bank.psi, X.dtype).reshape(-1, *X.shape[-2:])
    orders = whole("max_order", max_order, least=0, most=HIGHEST)

    def of_one(x: Array) -> list[Array]:
        U, found = x[None], [x.mean()[None]]
        for _ in range(orders):
            U = jnp.abs(filtered(U[:, None], psi)).reshape(-1, *x.shape)
            found.append(U.mean((-2, -1)))
        return found

    return jax.lax.map(of_one, X)


def energy(S: Float[np.ndarray, "n paths"]) -> float:
    """Sum over paths of the squared expectation, without bias, from n >= 2 realisations.

    The square of their mean would be too large by the variance of the mean. Over all orders and
    all paths, of a tight bank whose phi is an average over all pixels, the sum is E X^2.
    """
    n = len(S)
    if n < 2:
        raise BadInput("a squared expectation needs two realisations: give more of them")
    return float(((S.sum(0) ** 2 - (S**2).sum(0)) / (n * (n - 1))).sum())


def inner(X: Float[Array, "*batch H W"], psi_1: Any, psi_2: Any) -> Complex[Array, "*batch H W"]:
    """|X * psi_1| * psi_2 of two filters [H, W]: without the outer modulus, of mean 0."""
    return filtered(jnp.abs(filtered(X, psi_1)), psi_2)


def filtered(x: Inexact[Array, "*batch H W"], psi: Any) -> Complex[Array, "*more H W"]:
    """x * psi of periodic images and a filter [H, W], or several [..., H, W] that broadcast."""
    f = jnp.fft.fft2(x)
    return jnp.fft.ifft2(jnp.multiply(*of_one_rank(f, jnp.asarray(psi, f.real.dtype))))


def of_one_rank(*several: Array) -> list[Array]:
    """The arrays with axes of length 1 in front, so that they broadcast."""
    most = max(each.ndim for each in several)
    return [each.reshape(*(1,) * (most - each.ndim), *each.shape) for each in several]
