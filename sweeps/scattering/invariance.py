"""What a scattering transform does to images and sounds that are moved, deformed and turned.

Each function takes a seed, and images where it needs some, and gives named arrays: distances are
relative to the norm of the signal, and root mean squares over signals unless said otherwise. The
wavelets are those of Kymatio, in the plane made a tight frame; coefficients are at full resolution.
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.images import fields
from jamming.theory.lipschitz import operator_norm
from jamming.wavelets import operators, roto
from jamming.wavelets.filters import Bank, tight
from jamming.wavelets.morlet import bank_of_images, bank_of_signals
from jamming.wavelets.scattering import scatter
from jamming.wavelets.textures import displaced, ring, textures

ANGLES = 4  # of wavelets in half a circle
SCALES = 3  # J where it does not vary
CUT = 3  # off, of the deformations

SAMPLES, RATE, DILATION = 1024, 64, 0.05  # of a chirp, in a unit of its length
CHIRPS = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)  # at most, radians in a unit
FREQUENCIES = (0.4, 0.8, 1.2, 1.6, 2.0)  # of textures, radians a pixel
BAND = 0.15  # their width
GRADIENTS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)  # |grad tau|_inf
DISTANCES = ("scattering", "fourier", "pixels")
SLOPES = (0.05, 0.2)  # those of operators
POWERS = 30  # iterations for a norm
SHIFTS, OCTAVES = (1, 2, 4, 8), (1, 2, 3, 4)
TURNS = 8  # to 90 degrees
TURNED = 8  # images, each a sum of so many WAVES
WAVES = 6

Found = dict[str, np.ndarray]


def chirps(seed: int) -> Found:
    """Distances of x(u) = exp(i w u - u^2 / 2) and x((1 - s) u), [chirp].

    Of moduli of the Fourier transform, and of scattering coefficients of order 1. The frequencies w
    are `CHIRPS` times one random factor of 1/2 to 1, as to where they are between wavelets.
    """
    w = np.array(CHIRPS) * 2 ** -np.random.default_rng(seed).uniform()
    u = (np.arange(SAMPLES) - SAMPLES // 2) / RATE
    x, moved = (
        jnp.asarray(np.exp(1j * w[:, None] * at - at**2 / 2)) for at in (u, (1 - DILATION) * u)
    )
    bank = bank_of_signals(SAMPLES, 9)
    fourier = [jnp.abs(jnp.fft.fft(each)) for each in (x, moved)]
    S = [scatter(each, bank, 1, subsample=False) for each in (x, moved)]
    size = jnp.linalg.norm(x, axis=-1)
    return {
        "omega": w,
        "chirp_fourier": np.asarray(_norm(fourier[1] - fourier[0]) / math.sqrt(SAMPLES) / size),
        "chirp_scattering": np.asarray(_norm(S[1] - S[0]) / size),
    }


def expansion(seed: int, images: Float[Array, "n H W"]) -> Found:
    """The largest |Sx - Sy| / |x - y| over pairs: of images, of textures, of smooth textures."""
    bank, (n, *shape) = _bank(images.shape[-1], SCALES), images.shape
    kinds = [
        textures(key, ring(shape, w, 0.2), 2 * n)
        for w, key in zip((1.0, 0.15), jax.random.split(jax.random.key(seed)), strict=True)
    ]
    x = [images[: n // 2], *(each[:n] for each in kinds)]
    y = [images[n - n // 2 :], *(each[n:] for each in kinds)]
    found = [
        _norm(scattering(a, bank) - scattering(b, bank)) / _norm(a - b)
        for a, b in zip(x, y, strict=True)
    ]
    return {"expansion": np.array([each.max() for each in found])}


def deformed(seed: int, images: Float[Array, "n H W"]) -> Found:
    """Distances to deformed images and textures [kind, gradient], each by a field of its own.

    Of scattering coefficients, moduli of the Fourier transform, and pixels.
    """
    n, size, _ = images.shape
    bank = _bank(size, SCALES)
    keys = jax.random.split(jax.random.key(seed), 1 + len(FREQUENCIES))
    tau = jnp.stack([field(key, size) for key in jax.random.split(keys[0], n)])
    kinds = [images] + [
        textures(key, ring(size, w, BAND), n) for key, w in zip(keys[1:], FREQUENCIES, strict=True)
    ]
    found = np.stack([_distances(x, tau, bank) for x in kinds])
    return {f"deformed_{name}": found[..., i] for i, name in enumerate(DISTANCES)}


@jax.jit
def _distances(x: Array, tau: Array, bank: Bank) -> Array:
    """[gradient, distance]"""
    size, S, f = _norm(x), scattering(x, bank), jnp.abs(jnp.fft.fft2(x))

    def at(g: Array) -> Array:
        moved = jax.vmap(displaced)(x, g * tau)
        found = (
            _norm(scattering(moved, bank) - S),
            _norm(jnp.abs(jnp.fft.fft2(moved)) - f) / x.shape[-1],
            _norm(moved - x),
        )
        return jnp.stack([_rms(each / size) for each in found])

    return jax.lax.map(at, jnp.array(GRADIENTS, x.dtype))


def translated(images: Float[Array, "n H W"]) -> Found:
    """Distances of scattering coefficients to those of images that are moved, [J, shift]."""
    found = [_moved(images, _bank(images.shape[-1], J)) for J in OCTAVES]
    return {"translated": np.array(found)}


@jax.jit
def _moved(x: Array, bank: Bank) -> Array:
    S = scattering(x, bank)  # which moves with the image

    def by(a: Array) -> Array:
        return _rms(_norm(jnp.roll(S, a, -1) - S) / _norm(x))

    return jax.lax.map(by, jnp.array(SHIFTS))


def commutators(seed: int, size: int) -> Found:
    """|[W_J, L_tau]| / |grad tau|_inf and |L_tau A_J - A_J| beside its bound, [J, field].

    Of fields with the |grad tau|_inf of `SLOPES`. The bound has Kymatio's low-pass, a Gaussian.
    """
    keys = jax.random.split(jax.random.key(seed), 3)
    taus = [g * field(key, size) for g, key in zip(SLOPES, keys, strict=False)]
    rows = []
    for J in OCTAVES:
        banks = _bank(size, J), bank_of_images(size, J, ANGLES)
        for tau, g in zip(taus, SLOPES, strict=True):
            of_waves, of_average = _norms(tau, *banks, keys[2])
            rows.append((of_waves / g, of_average, operators.average_bound(tau, J)))
    found = np.array(rows).reshape(-1, len(taus), 3)
    names = ("commutator", "moved_average", "average_bound")
    return {name: found[..., i] for i, name in enumerate(names)}


@jax.jit
def _norms(tau: Array, bank: Bank, plain: Bank, key: Array) -> tuple[Array, Array]:
    both = (
        operators.commutator(operators.wavelet_transform, tau, bank),
        operators.moved_average(tau, plain),
    )
    shape = tau.shape[1], tau.shape[2]
    of_waves, of_average = (operator_norm(each, shape, key, POWERS) for each in both)
    return of_waves, of_average


def turned(seed: int, size: int) -> Found:
    """Distances to images that are turned by up to 90 degrees, [turn].

    Of the invariants under translations and rotations, of averages over pixels of scattering
    coefficients, and of pixels. Images are functions, so that nothing is interpolated.
    """
    plane, of = bank_of_images(size, SCALES, 2 * ANGLES), roto.banks(size, SCALES, 2 * ANGLES)
    thetas = np.arange(TURNS + 1) * math.pi / 2 / TURNS
    x = jnp.asarray(np.array([waves(seed, size, theta) for theta in thetas]), jnp.float32)
    invariant = roto.roto_translation(x, of).flat()
    averages = jax.jit(lambda x: scatter(x, plane).mean((-2, -1)))(x)
    found = {"roto": invariant, "averages": averages, "pixels": x.reshape(*x.shape[:2], -1)}
    return {
        f"turned_{name}": np.asarray(
            _rms(_norm(each - each[:1], 2) / _norm(each[:1], 2), -1), np.float64
        )
        for name, each in found.items()
    }


def waves(seed: int, size: int, theta: float) -> Float[np.ndarray, "images H W"]:
    """Images of a few wave packets in the middle, turned by theta."""
    rng = np.random.default_rng(seed)
    u, v = np.meshgrid(*[np.arange(size) - (size - 1) / 2] * 2, indexing="ij")
    p, q = math.cos(theta) * u + math.sin(theta) * v, math.cos(theta) * v - math.sin(theta) * u
    scale, found = size / 32, np.zeros((TURNED, size, size))
    for image in found:
        for _ in range(WAVES):
            (a, b), (k, m) = 3 * scale * rng.normal(size=2), rng.normal(size=2) / 2 / scale
            packet = np.exp(-((p - a) ** 2 + (q - b) ** 2) / (18 * scale**2))
            image += packet * np.cos(k * p + m * q + rng.uniform(0, 2 * math.pi))
    return found


def field(key: Array, size: int) -> Float[Array, "2 H W"]:
    """A maximum-entropy field in pixels, scaled to |grad tau|_inf = 1.

    That is the largest norm of the matrix of derivatives over all pixels.
    """
    C = fields.coefficients(key, CUT, jnp.ones((), jnp.float32))
    J = fields.gradient(C, size)
    square = jnp.einsum("abxy,acxy->xybc", J, J)
    # pixels are 1 / (size - 1) of the side apart, and displacements in units of 1 / size
    largest = jnp.sqrt(jnp.linalg.eigvalsh(square).max()) * size / (size - 1)
    return fields.in_pixels(fields.field(C, size)) / largest


@jax.jit
def scattering(x: Float[Array, "n H W"], bank: Bank) -> Float[Array, "n paths H W"]:
    """Coefficients of orders 0 to 2 at every pixel."""
    return scatter(x, bank, subsample=False)


@functools.cache
def _bank(size: int, J: int) -> Bank:
    return tight(bank_of_images(size, J, ANGLES))


def _norm(x: Array, keep: int = 1) -> Array:
    """Over all axes but the first `keep`."""
    return jnp.sqrt((jnp.abs(x) ** 2).sum(tuple(range(keep, x.ndim))))


def _rms(x: Array, axis: int = 0) -> Array:
    return jnp.sqrt((x**2).mean(axis))
