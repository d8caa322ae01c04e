"""Wavelet transform, averages and deformations as linear operators on images.

W_J takes an image to x * phi_J and all x * psi; A_J is the average x * phi_J alone; L_tau x(s) =
x(s - tau(s)). That scattering is stable rests on

    |[W_J, L_tau]| <= C J |grad tau|_inf,
    |L_tau A_J - A_J| <= 2^d |tau|_inf |grad phi_J|_1 = 2^(-J + d) |tau|_inf |grad phi|_1

(S. Mallat, *Group invariant scattering*, 2012, Lemma 2.14 and Eq. 2.49). Images are real, [H, W],
coefficients real channels [H, W, C]; deformations are those of `jamming.images.warp`, bilinear.
Norms are those of `jamming.theory.lipschitz.operator_norm`.
"""

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.checks.arguments import whole
from jamming.images.warp import warp
from jamming.wavelets.expected import filtered
from jamming.wavelets.filters import Bank
from jamming.wavelets.morlet import WIDTH

Operator = Callable[[Float[Array, "H W"]], Float[Array, "H W C"]]


def wavelet_transform(x: Float[Array, "H W"], bank: Bank) -> Float[Array, "H W C"]:
    """W_J x: x * phi, and real and imaginary parts of all x * psi."""
    low = jnp.moveaxis(average(x, bank), -1, 0)
    each = filtered(x, bank.psi.reshape(-1, *x.shape))
    return jnp.moveaxis(jnp.concatenate([low, each.real, each.imag]), 0, -1)


def average(x: Float[Array, "H W"], bank: Bank) -> Float[Array, "H W C"]:
    """A_J x, of one channel."""
    phi = jnp.einsum("za,zb->ab", *bank.low, precision="highest")  # which may be traced
    return filtered(x, phi).real[..., None]


def commutator(
    of: Callable[[Array, Bank], Array], tau: Float[Array, "2 H W"], bank: Bank
) -> Operator:
    """x -> of(L_tau x) - L_tau of(x), with tau in pixels."""

    def apply(x: Array) -> Array:
        return of(warp(x[..., None], tau)[..., 0], bank) - warp(of(x, bank), tau)

    return apply


def moved_average(tau: Float[Array, "2 H W"], bank: Bank) -> Operator:
    """x -> L_tau A_J x - A_J x, with tau in pixels."""

    def apply(x: Array) -> Array:
        mean = average(x, bank)
        return warp(mean, tau) - mean

    return apply


def average_bound(tau: Float[Array, "2 H W"], J: Any) -> Float[Array, ""]:
    """4 |tau|_inf |grad phi_J|_1 of the low-pass of `bank_of_images`: the norm is not larger.

    |grad phi|_1 = sqrt(pi / 2) / sigma of a Gaussian in the plane, with sigma = 0.8 2^(J - 1).
    """
    sigma = WIDTH * 2 ** (whole("J", J, most=30) - 1)
    return 4 * jnp.hypot(tau[0], tau[1]).max() * math.sqrt(math.pi / 2) / sigma
