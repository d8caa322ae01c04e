"""Moments of stationary textures with and without moduli, and what the collapse of a phase does.

Each function takes a seed and gives named arrays, as those of `sweeps.scattering.invariance`.
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from sklearn.linear_model import RidgeClassifier

from jamming.wavelets import collapse, expected
from jamming.wavelets.filters import Bank, tight
from jamming.wavelets.morlet import bank_of_images, bank_of_signals
from jamming.wavelets.scattering import low_pass, paths, scatter
from jamming.wavelets.textures import ring, textures
from sweeps.scattering.invariance import ANGLES, SCALES, Found

SIDE = 32  # of all textures here
ORDERS = 3
TEXTURES = ("white", "ring")
REALISATIONS, POINTS = 16, 1000  # of energies, of moments at one pixel
SHIFTS = (1, 2, 4, 8, 16)
DIMENSIONS = (2, 4, 8, 16, 32)
AMPLITUDES = ("constant", "exponential")
SAMPLES, STEPS = 2048, 150  # of random phases, of their minimisation
FOCUS = 0.4  # of the directions in two textures
TRAINED, TESTED = 500, 1000  # textures of each class
FEATURES = ("pixels", "wavelets", "moduli", "scattering")


def conserved(seed: int) -> Found:
    """Squared expectations as fractions of the mean X^2, summed up to each order, [texture, order].

    Over all paths of wavelets, and over those of ever larger scales.
    """
    bank = tight(bank_of_images(SIDE, int(math.log2(SIDE)), ANGLES))
    order = np.array([path.order for path in paths(bank, ORDERS)])
    spectra = np.ones((SIDE, SIDE)), ring(SIDE, 1.0, 0.3)
    rows = []
    for spectrum, key in zip(spectra, jax.random.split(jax.random.key(seed)), strict=True):
        X = textures(key, spectrum, REALISATIONS)
        S = np.asarray(_ascending(X, bank), float)
        every = [expected.energy(np.asarray(each, float)) for each in _every(X, bank)]
        some = [expected.energy(S[:, order == m]) for m in range(ORDERS + 1)]
        rows.append(np.cumsum([every, some], -1) / float((X**2).mean()))
    found = np.array(rows)
    return {"conserved": found[:, 0], "conserved_ascending": found[:, 1]}


@jax.jit
def _ascending(X: Array, bank: Bank) -> Array:
    return jax.lax.map(lambda x: expected.expected(x, bank, ORDERS), X)


@jax.jit
def _every(X: Array, bank: Bank) -> list[Array]:
    return expected.every_path(X, bank, ORDERS)


def outer(seed: int) -> Found:
    """E[|X * psi_1| * psi_2] and E||X * psi_1| * psi_2| at one pixel, divided by E|X * psi_1|.

    Of white noise, wavelets of scales 0 and 2, with the standard errors of the means.
    """
    psi = bank_of_images(SIDE, SCALES, ANGLES).psi
    X = textures(jax.random.key(seed), np.ones((SIDE, SIDE)), POINTS)
    Y = np.asarray(expected.inner(X, psi[0, 0], psi[2, 0])[:, 0, 0])
    unit = float(jnp.abs(expected.filtered(X, psi[0, 0])).mean())
    found = {"outer_without": Y.real / unit, "outer_with": np.abs(Y) / unit}
    return {name: np.asarray(x.mean()) for name, x in found.items()} | {
        f"{name}_error": np.asarray(x.std(ddof=1) / math.sqrt(POINTS)) for name, x in found.items()
    }


def shifted(seed: int) -> Found:
    """Theorem 1: its left side divided by its right one, [scale, shift].

    Of noise, the largest of a few signals, and of the signal for which it is largest.
    """
    noise = np.random.default_rng(seed).normal(size=(20, SAMPLES))
    waves = bank_of_signals(SAMPLES, 6).psi[:SCALES, 0]

    def largest(psi: np.ndarray, a: int, signals: np.ndarray) -> float:
        sides = [collapse.small_shift(x, psi, (a,)) for x in signals]
        return max(error / bound for error, bound in sides)

    random = [[largest(psi, a, noise) for a in SHIFTS] for psi in waves]
    worst = [
        [largest(psi, a, collapse.most_moved(psi, (a,))[None]) for a in SHIFTS] for psi in waves
    ]
    return {"shift_random": np.array(random), "shift_worst": np.array(worst)}


def mixed(seed: int) -> Found:
    """The least E|DX|_1 / E|X|_1 that is found over unitary D, [amplitude, d], on new samples."""
    found = [[_least(seed, amplitude, d) for d in DIMENSIONS] for amplitude in AMPLITUDES]
    return {"mixed": np.array(found)}


def _least(seed: int, amplitude: str, d: int) -> float:
    key, *keys = jax.random.split(jax.random.fold_in(jax.random.key(seed), d), 5)

    def samples(of_sizes: Array, of_phases: Array) -> Array:
        size = jnp.ones((SAMPLES, d))
        if amplitude == "exponential":
            size = jax.random.exponential(of_sizes, size.shape)
        return collapse.random_phases(of_phases, size)

    D = collapse.sparsest(key, samples(*keys[:2]), STEPS)
    return float(collapse.ratio_l1(D, samples(*keys[2:])))


def classified(seed: int) -> Found:
    """Test errors of linear classifiers of two Gaussian textures, [feature].

    Both have mean 0 and variance 1 and differ in the direction of their waves. Features are their
    pixels, their wavelet coefficients at every 2^J-th pixel, the averages of the moduli of
    these, and scattering coefficients of orders 0 to 2. Classifiers are ridge regressions, which
    cannot make use of a threshold far from the means, as an optimal linear one could.
    """
    spectra = [ring(SIDE, 1.0, 0.3, theta, FOCUS) for theta in (0.0, math.pi / 4)]
    keys = jax.random.split(jax.random.key(seed), 2)
    x = jnp.concatenate(
        [textures(k, s, TRAINED + TESTED) for k, s in zip(keys, spectra, strict=True)]
    )
    each, place = np.divmod(np.arange(len(x)), TRAINED + TESTED)
    train = place < TRAINED
    errors = []
    for features in _features(x):
        rows = np.asarray(features, float).reshape(len(x), -1)
        rows = (rows - rows[train].mean(0)) / rows[train].std(0)
        linear = RidgeClassifier(alpha=TRAINED / 10).fit(rows[train], each[train])
        errors.append((linear.predict(rows[~train]) != each[~train]).mean())
    return {"texture_error": np.array(errors)}


@jax.jit
def _features(x: Float[Array, "n H W"]) -> tuple[Array, ...]:
    bank = bank_of_images(SIDE, SCALES, ANGLES)
    step = 2**SCALES

    def of_wave(psi: Array) -> tuple[Array, Array, Array]:
        z = expected.filtered(x, psi)
        few = z[:, ::step, ::step]
        return few.real, few.imag, low_pass(jnp.abs(z), bank)

    real, imaginary, moduli = jax.lax.map(
        of_wave, jnp.asarray(bank.psi, x.dtype).reshape(-1, SIDE, SIDE)
    )
    linear = jnp.stack([real, imaginary])
    S = jax.lax.map(functools.partial(scatter, banks=bank), x, batch_size=100)
    return x, jnp.moveaxis(linear, 2, 0), jnp.moveaxis(moduli, 1, 0), S
