"""Gabor and Morlet filters, and banks of them with the constants of Kymatio.

In space a Gabor filter is a Gaussian of width `sigma` along its wave, and sigma / `slant` across
it, times exp(i xi.u), the wave vector of length `xi` at the angle `theta` to the first axis; the
Gaussian sums to 1. A Morlet filter is that minus a multiple of the Gaussian, so that it sums to 0.

(M. Andreux et al., *Kymatio: scattering transforms in Python*, 2020; for sounds J. Anden & S.
Mallat, *Deep scattering spectrum*, 2014.)
"""

import itertools
import math
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arguments import HUGE, flag, number, whole, wholes
from jamming.checks.errors import BadInput
from jamming.wavelets.filters import Bank, gaussian

WIDTH, FREQUENCY = 0.8, 0.75 * math.pi  # of the mother wavelet of images
ALIASES = 2  # periods to each side that count
MOST_SIDE, MOST_LENGTH, MOST_ANGLES, MOST_SCALES = 4096, 2**24, 256, 32

# of signals: cycles a sample, and standard deviations of frequencies
HIGHEST, LOWEST_WIDTH, MARGIN = 0.35, 0.1, 5.0
CROSSING = math.sqrt(math.log(2))  # neighbours cross where they are 2^-1/2 of their maximum


def gabor(
    shape: Any, sigma: Any, theta: Any = 0.0, xi: Any = 0.0, slant: Any = 1.0
) -> Float[np.ndarray, "H W"]:
    """The transform of a Gabor filter on images of this shape, a side or (rows, columns).

    sigma in pixels, xi in radians a pixel, theta in radians. With xi = 0 a Gaussian.
    """
    return np.asarray(gabors(image_shape(shape), _wave(sigma, theta, xi, slant), np))


def morlet(
    shape: Any, sigma: Any, theta: Any, xi: Any, slant: Any = 1.0
) -> Float[np.ndarray, "H W"]:
    """The transform of a Morlet filter, as of `gabor`; that of the frequency 0 is 0."""
    return np.asarray(morlets(image_shape(shape), _wave(sigma, theta, xi, slant), np))


def gabors(shape: tuple[int, int], wave: Any, xp: Any) -> Any:
    """Those of waves (sigma, theta, xi, slant), [...] each, by NumPy or jax.numpy: [..., H, W]."""
    sigma, theta, xi, slant = (xp.asarray(x)[..., None, None] for x in wave)
    cos, sin, found = xp.cos(theta), xp.sin(theta), 0.0
    u, v = (2 * np.pi * np.fft.fftfreq(n) for n in shape)
    turns = 2 * np.pi * np.arange(-ALIASES, ALIASES + 1)
    for a, b in itertools.product(turns, turns):
        x, y = (xp.asarray(w, sigma.dtype) for w in np.meshgrid(u + a, v + b, indexing="ij"))
        x, y = (w.reshape((1,) * (sigma.ndim - 2) + shape) for w in (x, y))
        along, across = x * cos + y * sin - xi, y * cos - x * sin
        found = found + xp.exp(-(sigma**2) / 2 * (along**2 + (across / slant) ** 2))
    return found


def morlets(shape: tuple[int, int], wave: Any, xp: Any) -> Any:
    """As `gabors`, of Morlet filters."""
    sigma, theta, xi, slant = wave
    psi, envelope = (gabors(shape, (sigma, theta, k, slant), xp) for k in (xi, xp.zeros_like(xi)))
    return psi - psi[..., :1, :1] / envelope[..., :1, :1] * envelope


def _wave(sigma: Any, theta: Any, xi: Any, slant: Any) -> tuple[np.float64, ...]:
    sigma, slant = (
        number(name, value, above=0.0, most=HUGE)
        for name, value in (("sigma", sigma), ("slant", slant))
    )
    found = sigma, number("theta", theta), number("xi", xi, least=-HUGE, most=HUGE), slant
    return tuple(map(np.float64, found))


def bank_of_images(
    shape: Any, J: Any, L: Any = 8, *, full: Any = False, per_octave: Any = 1
) -> Bank:
    """Morlet wavelets of J octaves and L angles in half a circle, and a Gaussian.

    At scale j = 0, 1 / per_octave, ... below J, sigma = 0.8 2^j, xi = (3 pi / 4) / 2^j and slant
    4 / L, at the angles (L/2 - 1 - l) pi / L; the low-pass has sigma = 0.8 2^(J - 1). With `full`
    there are L angles more, opposite to these. BadInput where J octaves do not fit into the image.
    """
    shape = image_shape(shape)
    J = whole("J", J, most=MOST_SCALES)
    L = whole("L", L, most=MOST_ANGLES)
    per_octave = whole("per_octave", per_octave, most=MOST_SCALES)
    if 2**J > min(shape):
        raise BadInput(
            f"J = {J} is too large: filters of {2**J} pixels do not fit into {shape[0]} x"
            f" {shape[1]} pixels: choose {int(math.log2(min(shape)))} at most"
        )
    theta = (L - L // 2 - 1 - np.arange(2 * L if flag("full", full) else L)) * np.pi / L
    scales = tuple(s / per_octave for s in range(J * per_octave))
    wide = 2 ** np.array(scales)[:, None]
    waves = np.broadcast_arrays(WIDTH * wide, theta, FREQUENCY / wide, np.array(4 / L))
    psi = morlets(shape, waves, np)
    low = tuple(gaussian(n, WIDTH * 2 ** (J - 1))[None] for n in shape)
    return Bank(psi, low, scales, tuple(map(int, scales)), J, full)


def bank_of_signals(n: Any, J: Any, Q: Any = 1, T: Any = None, *, full: Any = False) -> Bank:
    """Morlet wavelets of n samples: Q an octave, and Q - 1 more at even distances below the lowest.

    The low-pass has T samples, 2^J by default. Filters are scaled to an absolute sum of 1 in time.
    With `full` there are those of negative frequencies, too, as a second angle.
    """
    n, J = whole("n, the samples,", n, most=MOST_LENGTH), whole("J", J, most=MOST_SCALES)
    Q = whole("Q, wavelets an octave,", Q, most=MOST_ANGLES)
    T = 2**J if T is None else whole("T, the samples of an average,", T, most=n)
    if 2**J > n:
        raise BadInput(f"J = {J} is too large for {n} samples: choose {int(math.log2(n))} at most")
    narrowest, step = LOWEST_WIDTH / 2**J, 2 ** (1 / Q)
    xi = max(1 / (1 + 2 ** (3 / Q)), HIGHEST)
    width = xi * (1 - 1 / step) / (1 + 1 / step) / CROSSING
    waves = []  # (xi, width) in cycles a sample
    while width > narrowest:
        waves.append((xi, width))
        xi, width = xi / step, width / step
    if not waves:
        raise BadInput(
            f"Q = {Q} is too large for J = {J}: its wavelets are longer than 2^J samples"
        )
    lowest = waves[-1][0]
    waves += [(lowest * (1 - q / Q), narrowest) for q in range(1, Q)]
    highest = (min(xi + MARGIN * width, 0.5) for xi, width in waves)
    octaves = tuple(math.floor(-math.log2(f)) - 1 for f in highest)
    psi = np.array([[_sound(n, *wave)] for wave in waves])
    if flag("full", full):
        psi = np.concatenate([psi, np.roll(psi[..., ::-1], 1, -1)], 1)
    return Bank(
        psi,
        (_scaled(gaussian(n, T / LOWEST_WIDTH / (2 * math.pi)))[None],),
        tuple(map(float, octaves)),
        octaves,
        int(math.log2(T)),
        full,
    )


def _sound(n: int, xi: float, width: float) -> Float[np.ndarray, " n"]:
    sigma = 1 / (2 * math.pi * width)
    wave, envelope = gaussian(n, sigma, 2 * math.pi * xi), gaussian(n, sigma)
    return _scaled(wave - wave[0] / envelope[0] * envelope)


def _scaled(psi: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """To a sum of 1 of the absolute values in time."""
    return psi / np.abs(np.fft.ifft(psi)).sum()


def image_shape(shape: Any) -> tuple[int, int]:
    """(rows, columns) of an image, of a side or both."""
    both = wholes("shape, the pixels a side,", shape, most=MOST_SIDE)
    if len(both) not in (1, 2):
        raise BadInput(f"an image has 2 sides, not {len(both)}: give a number, or (rows, columns)")
    return both[0], both[-1]
