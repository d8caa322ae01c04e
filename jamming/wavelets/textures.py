"""Gaussian textures: stationary periodic fields of a given power spectrum, and their displacement.

A spectrum is given at the frequencies of the pixels, in the order of `numpy.fft`, and is even. Its
mean is the variance of a pixel.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jamming.checks.arguments import number, whole
from jamming.checks.arrays import finite, one_key, shaped
from jamming.checks.errors import BadInput
from jamming.wavelets.filters import opposite
from jamming.wavelets.morlet import image_shape


def textures(key: Key[Array, ""], spectrum: Any, n: Any) -> Float[Array, "n H W"]:
    """n independent Gaussian fields of mean 0 with this spectrum [H, W], in its precision.

    BadInput where it has negative values, or is not even, as of a complex field.
    """
    power = np.asarray(finite(spectrum, "the spectrum", "H", "W"))
    if power.min() < 0:
        raise BadInput("a power spectrum is not negative: give squares")
    if not np.allclose(power, opposite(power), rtol=1e-5, atol=1e-6 * power.max()):
        raise BadInput("the spectrum of a real field is even: give the same power at w and -w")
    root = jnp.sqrt(jnp.asarray(power))
    shape = (whole("n, the textures,", n), *power.shape)
    white = jax.random.normal(one_key(key), shape, root.dtype)
    return jnp.fft.ifft2(root[None] * jnp.fft.fft2(white)).real


def ring(
    shape: Any, frequency: Any, width: Any, theta: Any = None, focus: Any = 2.0
) -> Float[np.ndarray, "H W"]:
    """A spectrum of mean 1 around the wave vectors of a length, of all directions or of one.

    exp(-(|w| - frequency)^2 / (2 width^2)), in radians a pixel, and 0 at w = 0; with an angle
    `theta` to the first axis times exp(focus cos 2(angle - theta)). BadInput for a frequency
    outside of (0, pi).
    """
    frequency = number("frequency, in radians a pixel,", frequency, above=0.0, most=np.pi)
    width, focus = number("width", width, above=0.0), number("focus", focus, least=0.0, most=50.0)
    u, v = np.meshgrid(*(2 * np.pi * np.fft.fftfreq(k) for k in image_shape(shape)), indexing="ij")
    power = np.exp(-((np.hypot(u, v) - frequency) ** 2) / (2 * width**2))
    if theta is not None:
        power = power * np.exp(focus * np.cos(2 * (np.arctan2(v, u) - number("theta", theta))))
    power = (power + opposite(power)) / 2  # the frequency n/2 is its own opposite
    power[0, 0] = 0
    return power / power.mean()


def displaced(
    x: Float[Array, "*batch H W"], tau: Float[Array, "2 H W"]
) -> Float[Array, "*batch H W"]:
    """x(s - tau(s)) of periodic images, tau in pixels, by their Fourier series.

    Exact for what has no frequency n/2, however fine: interpolation between neighbours, as in
    `jamming.images.warp`, damps high frequencies, which a test of stability would take for the
    effect of the deformation.
    """
    *_, H, W = x.shape
    shaped(tau, "tau", 2, H, W)
    s = jnp.stack(jnp.meshgrid(jnp.arange(H), jnp.arange(W), indexing="ij")).astype(tau.dtype)
    rows, columns = (
        jnp.exp(2j * jnp.pi * jnp.multiply.outer(at, jnp.fft.fftfreq(n).astype(tau.dtype)))
        for n, at in zip((H, W), s - tau, strict=True)
    )
    f = jnp.fft.fft2(x) / (H * W)
    return jnp.einsum("...kl,xyk,xyl->...xy", f, rows, columns, precision="highest").real
