"""The fast wavelet transform: a cascade of one low-pass and few band-pass filters.

    x_j(., 0) = (h * x_{j-1}(., 0)) at every 2nd pixel,
    x_j(., k) = (g_k * x_{j-1}(., 0)) at every 2nd pixel,    j = 1 ... J, x_0 = x

(S. Mallat, *A theory for multiresolution signal decomposition*, 1989). It is the transform with the
filters

    phi_j^(w) = h^(w) h^(2 w) ... h^(2^(j-1) w),    psi_{j,k}^(w) = g_k^(2^(j-1) w) phi_{j-1}^(w)

at every 2^j-th pixel (`unrolled`), to rounding, whatever h and g are. With those of Haar these
are the Haar wavelets, an orthonormal basis. With Gaussians (`gabor_filters`) they are the Morlet
wavelets of `morlet.bank_of_images` only approximately, as h^ is periodic.
"""

import math
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact

from jamming.checks.arguments import whole
from jamming.checks.errors import BadInput
from jamming.wavelets.expected import of_one_rank
from jamming.wavelets.filters import gaussian
from jamming.wavelets.morlet import FREQUENCY, WIDTH, image_shape, morlet


class Filters(NamedTuple):
    """The transforms of h [H, W] and of g_k [K, H, W] at the frequencies of an image."""

    h: Inexact[np.ndarray, "H W"]
    g: Inexact[np.ndarray, "K H W"]


def cascade(
    x: Float[Array, "*batch H W"], filters: Filters, J: Any
) -> tuple[list[Complex[Array, "..."]], Float[Array, "..."]]:
    """The band-pass coefficients of each j = 1 ... J, [..., K, H / 2^j, W / 2^j], and x_J(., 0).

    BadInput where the sides of the image are not divisible by 2^J, or the filters are of others.
    """
    J, shape = whole("J", J, most=30), filters.h.shape
    if x.shape[-2:] != shape:
        raise BadInput(f"filters of {shape} pixels for images of {x.shape[-2:]}: make them anew")
    if any(n % 2**J for n in shape):
        raise BadInput(f"{shape} pixels cannot be halved J = {J} times: choose a smaller J")
    bands = []
    for j in range(J):
        h, g = (f[..., :: 2**j, :: 2**j] for f in filters)  # of the coarse image's frequencies
        f = jnp.fft.fft2(x)
        bands.append(_halved(f[..., None, :, :], g))
        x = _halved(f, h).real
    return bands, x


def _halved(f: Array, transform: Any) -> Array:
    """A signal from its transform, filtered, at every 2nd pixel."""
    found = jnp.fft.ifft2(jnp.multiply(*of_one_rank(f, jnp.asarray(transform))))
    return found[..., ::2, ::2]


def unrolled(filters: Filters, j: Any) -> Filters:
    """phi_j and psi_{j,k} that j >= 1 steps of the cascade are, before sub-sampling."""
    j = whole("j", j, most=30)
    phi: Any = 1.0
    for k in range(j - 1):
        phi = phi * _dilated(filters.h, k)
    return Filters(phi * _dilated(filters.h, j - 1), phi * _dilated(filters.g, j - 1))


def _dilated(of: Any, k: int) -> Any:
    """A transform at 2^k w: periodic, so that all of it is there."""
    rows, columns = (2**k * np.arange(n) % n for n in of.shape[-2:])
    return of[..., rows[:, None], columns]


def haar_filters(shape: Any) -> Filters:
    """h = (1, 1) / sqrt(2) along both axes; g with (1, -1) / sqrt(2) along one, other or both.

    A pixel and the next: coefficients are at the first of two.
    """
    axes = []
    for n in image_shape(shape):
        shift = np.exp(2j * np.pi * np.fft.fftfreq(n))  # x(u) -> x(u + 1)
        axes.append(((1 + shift) / math.sqrt(2), (1 - shift) / math.sqrt(2)))
    (a, b), (c, d) = axes
    return Filters(np.outer(a, c), np.array([np.outer(b, c), np.outer(a, d), np.outer(b, d)]))


def gabor_filters(shape: Any, L: Any = 8) -> Filters:
    """Those whose wavelets are nearly Morlet wavelets of L angles, of an image that is blurred.

    Of an image that has been blurred by a Gaussian of width 0.8, `cascade` gives nearly the scales
    1 ... J of `bank_of_images(shape, J + 1, L)` and its low-pass: h^ and g^ are the ratios of the
    transforms of the Gaussians and wavelets of scale 1 to that of scale 0.
    """
    shape, L = image_shape(shape), whole("L", L, most=256)
    wide, narrow = (np.multiply.outer(*(gaussian(n, s) for n in shape)) for s in (2 * WIDTH, WIDTH))
    thetas = [(L - L // 2 - 1 - step) * math.pi / L for step in range(L)]
    g = [morlet(shape, 2 * WIDTH, theta, FREQUENCY / 2, 4 / L) / narrow for theta in thetas]
    return Filters(wide / narrow, np.array(g))
