"""The wavelet filters of one layer of a network, which covers an octave of scales, or half of one.

Each layer filters what the one before gives, and images are halved after each octave. So all layers
have filters of about the same size in pixels (`layer_bank`), in one of three forms:

    octave  a low-pass of width 0.8 pixels, wavelets of scale 1, then halved
    first   of two layers in an octave: a low-pass of 0.8 / sqrt(2), wavelets of scale 1
    second  the same low-pass, wavelets that after that of `first` have the scale sqrt(2), halved

A wavelet of frequency xi, width sigma and slant s has, after a Gaussian of width 0.8 / sqrt(2), the
variances sigma^2 + 0.32 along its wave and sigma^2 / s^2 + 0.32 across it, and the frequency xi
sigma^2 / (sigma^2 + 0.32). Those of scale sqrt(2) are 1.28, 1.28 / S^2 and 3 pi / (4 sqrt(2)), so
that in `second` sigma^2 = 1.5 0.8^2, xi = pi / sqrt(2) and s^2 = 3 S^2 / (4 - S^2). (F. Guth, J.
Zarka & S. Mallat, *Phase collapse in neural networks*, 2022, appendix D; their sigma is 1 / ours.)
"""

import functools
import math
from typing import Any, Literal, get_args

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Complex, Inexact

from jamming.checks.arguments import flag, number, one_of, whole
from jamming.wavelets.filters import Bank, gaussian
from jamming.wavelets.morlet import FREQUENCY, MOST_ANGLES, WIDTH, image_shape, morlet

Form = Literal["octave", "first", "second"]
LOW = {"octave": WIDTH, "first": WIDTH / math.sqrt(2), "second": WIDTH / math.sqrt(2)}  # widths
EDGE = 2  # pixels by which images go on beyond their frame
MATRIX = 2**16  # numbers in the matrix of a filter up to which it is a product with it, not an FFT


def layer_bank(
    shape: Any, form: Any = "octave", L: Any = 8, *, full: Any = False, slant: Any = None
) -> Bank:
    """The filters of a layer on images of this shape, a side or (rows, columns).

    Wavelets have the angles (L - L // 2 - 1 - l) pi / L, l = 0 ... L - 1, of half a circle, and
    with `full`, as complex images need them, L more, opposite to these. `slant` is S of the module,
    4 / L by default. Raises BadInput for values out of range.
    """
    shape = image_shape(shape)
    form = one_of("form of a layer", form, get_args(Form))
    L = whole("L, the angles,", L, most=MOST_ANGLES)
    s = number("slant", 4 / L if slant is None else slant, above=0.0, below=2.0)
    sigma, xi, s = wavelet(form, s)
    steps = range(2 * L if flag("full", full) else L)
    psi = [morlet(shape, sigma, (L - L // 2 - 1 - step) * math.pi / L, xi, s) for step in steps]
    halvings = int(form != "first")
    return Bank(
        np.array([psi]),
        tuple(gaussian(n, LOW[form])[None] for n in shape),
        (0.5 if form == "second" else 0.0,),
        (halvings,),
        halvings,
        full,
    )


def wavelet(form: Form, S: float) -> tuple[float, float, float]:
    """Width in pixels, frequency in radians a pixel, and slant of the wavelets of a layer."""
    if form != "second":
        return WIDTH, FREQUENCY, S
    return WIDTH * math.sqrt(1.5), math.pi / math.sqrt(2), S * math.sqrt(3 / (4 - S**2))


def filtered(
    z: Inexact[Array, "P C H W"],
    form: Form = "octave",
    L: int = 8,
    *,
    full: bool = False,
    slant: float | None = None,
) -> Complex[Array, "P C K h w"]:
    """Images through each filter of a layer, its low-pass first, and halved as its form says.

    Beyond their frame images go on by reflection. A side n is halved to floor(n / 2). Small images
    are multiplied by matrices, which on a CPU is twice (16 pixels) to ten times as fast as FFTs.
    """
    H, W = z.shape[2:]
    of = form, L, full, slant
    halvings = int(form != "first")
    h, w = H >> halvings, W >> halvings
    if H * W * h * w > MATRIX:
        return _by_fft(z, *of)
    matrix = _matrix(H, W, *of)
    kind = jnp.zeros((), z.dtype).real.dtype
    A, B = (jnp.asarray(part, kind) for part in (matrix.real, matrix.imag))
    K = matrix.shape[1] // (h * w)

    def product(part: Array) -> Array:
        rows = part.reshape(-1, H * W)
        return lax.complex(rows @ A, rows @ B)

    found = product(z.real) + 1j * product(z.imag) if jnp.iscomplexobj(z) else product(z)
    return found.reshape(*z.shape[:2], K, h, w)


@functools.lru_cache(maxsize=64)
def _matrix(H: int, W: int, *of: Any) -> Complex[np.ndarray, "HW Khw"]:
    """What `_by_fft` makes of each pixel."""
    pixels = np.eye(H * W).reshape(H * W, 1, H, W)
    return np.asarray(_by_fft(pixels, *of)).reshape(H * W, -1)


def _by_fft(z: Any, form: Form, L: int, full: bool, slant: float | None) -> Any:
    """`filtered` on a frame of `EDGE` pixels and as many more as its sides need to be even."""
    xp: Any = np if isinstance(z, np.ndarray) else jnp
    sides = z.shape[2:]
    frames = [(EDGE, EDGE + n % 2) for n in sides]
    rows, columns = (
        np.pad(np.arange(n), frame, mode="reflect") for n, frame in zip(sides, frames, strict=True)
    )
    bank = _bank((len(rows), len(columns)), form, L, full, slant)
    filters = np.concatenate([bank.phi[None], bank.psi[0]])[None, None]
    f = xp.fft.fft2(z[:, :, rows][..., columns])[:, :, None]
    f = f * filters.astype(f.real.dtype)
    if bank.J:  # every second pixel: frequencies that half the rate cannot tell apart are one
        h, w = (n // 2 for n in f.shape[3:])
        f = f.reshape(*f.shape[:3], 2, h, 2, w).mean((3, 5))
    first = EDGE >> bank.J
    h, w = (n >> bank.J for n in sides)
    return xp.fft.ifft2(f)[..., first : first + h, first : first + w]


@functools.lru_cache(maxsize=64)
def _bank(shape: tuple[int, int], form: Form, L: int, full: bool, slant: float | None) -> Bank:
    return layer_bank(shape, form, L, full=full, slant=slant)
