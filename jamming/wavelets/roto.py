"""Roto-translation scattering: invariants of images under translations and rotations together.

Translations u and rotations theta are a group, (u, t)(u', t') = (u + r_t u', t + t'). The moduli
Y1_j(u, t) = |x * psi_{j,t}|(u) are functions on it, which an image that is moved and turned
translates. They are filtered on the group by wavelets that are products of one in the plane and
one in the angle,

    Y2(u, t) = |sum_{u', t'} Y1_{j1}(u', t') psi_{j2, t2 + t'}(u - u') psi_k(t - t')|,  j2 > j1,

and averaged over the group:

    S0 = mean x,   S1[j1] = mean Y1,   S2[j1, j2, t2, k] = mean Y2.

(L. Sifre & S. Mallat, *Rotation, scaling and deformation invariant scattering for texture
discrimination*, 2013.) Averages over angles alone would lose how those at different places relate.
"""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.errors import BadInput
from jamming.wavelets.expected import filtered, of_one_rank
from jamming.wavelets.filters import Bank
from jamming.wavelets.morlet import bank_of_images, bank_of_signals


class Invariants(NamedTuple):
    """Of images [...]: S0 [...], S1 [..., J], S2 [..., pairs, angles, K].

    Pairs (j1, j2) with j1 < j2 are in lexical order, angles t2 those of the bank; the last of the
    K angular filters is the average.
    """

    S0: Float[Array, "*batch"]
    S1: Float[Array, "*batch J"]
    S2: Float[Array, "*batch pairs angles K"]

    def flat(self) -> Float[Array, "*batch features"]:
        """All of them in a row."""
        batch = self.S0.shape
        return jnp.concatenate([part.reshape(*batch, -1) for part in self], -1)


class Banks(NamedTuple):
    """The wavelets in the plane, of all angles of a circle, and in the angle [K, angles]."""

    plane: Bank
    angle: Float[np.ndarray, "K angles"]


def banks(shape: Any, J: Any, L: Any = 8) -> Banks:
    """J scales and 2 L angles in the plane; on the circle of angles as many octaves as it has."""
    plane = bank_of_images(shape, J, L, full=True)
    if plane.L < 4:
        raise BadInput(f"L = {L} is too small: on a circle of {plane.L} angles there is no wavelet")
    line = bank_of_signals(plane.L, int(np.log2(plane.L)) - 1)
    return Banks(plane, np.concatenate([line.psi[:, 0], line.phi[None]]))


@jax.jit
def roto_translation(x: Float[Array, "*batch H W"], of: Banks) -> Invariants:
    """The invariants of periodic images: exactly under translations by pixels and quarter turns.

    L must be even for that. Under other rotations of an image up to what its pixels resolve.
    BadInput for images of another shape than the banks'.
    """
    if x.shape[-2:] != of.plane.shape:
        raise BadInput(
            f"images of {x.shape[-2:]} pixels, banks of {of.plane.shape}: make them anew"
        )
    scales = len(of.plane.scales)
    Y1 = [jnp.abs(filtered(x[..., None, :, :], of.plane.psi[j])) for j in range(scales)]
    pairs = [(i, j) for i in range(scales) for j in range(i + 1, scales)]
    second = [_second(Y1[i], of.plane.psi[j], of.angle) for i, j in pairs]
    none = jnp.zeros((*x.shape[:-2], 0, of.plane.L, len(of.angle)), x.dtype)
    return Invariants(
        x.mean((-2, -1)),
        jnp.stack([Y.mean((-3, -2, -1)) for Y in Y1], -1),
        jnp.stack(second, -3) if second else none,
    )


def _second(Y: Array, psi: Any, angle: Any) -> Array:
    """The averages [..., angles, K] of Y2 of Y1 [..., angles, H, W], one t2 after the other."""
    f = jnp.fft.fft2(Y)

    def of_angle(t2: Array) -> Array:
        # at the angle t' of Y the wavelet of the angle t2 + t', then a convolution along t'
        turned = jnp.fft.ifft2(
            jnp.multiply(*of_one_rank(f, jnp.roll(jnp.asarray(psi, Y.dtype), -t2, 0)))
        )
        along = jnp.moveaxis(jnp.fft.fft(turned, axis=-3), -3, -1)[..., None, :]
        moduli = jnp.abs(
            jnp.fft.ifft(jnp.multiply(*of_one_rank(along, jnp.asarray(angle, Y.dtype))))
        )
        return moduli.mean((-4, -3, -1))

    return jnp.moveaxis(jax.lax.map(of_angle, jnp.arange(psi.shape[0])), 0, -2)


@functools.partial(jax.jit, static_argnames="steps")
def quarter_turns(x: Float[Array, "*batch H W"], steps: int = 1) -> Float[Array, "*batch H W"]:
    """Images turned by so many times 90 degrees about the pixel (0, 0), periodically."""
    turned = jnp.rot90(x, steps, (-2, -1))
    shift = {0: (0, 0), 1: (1, 0), 2: (1, 1), 3: (0, 1)}[steps % 4]
    return jnp.roll(turned, shift, (-2, -1))
