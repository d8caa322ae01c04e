"""Phase collapse: what a modulus does to the phase of a wavelet coefficient, and what it is worth.

The theorems of F. Guth, J. Zarka & S. Mallat, *Phase collapse in neural networks*, 2022, and what
they rest on, as functions: a small shift of the input is a shift of phase (Theorem 1), a modulus is
an integral of ReLUs, a soft threshold keeps the phase, entropy of phases (Theorem 2), and by how
little a unitary matrix may make coefficients of random phase sparser (Theorem 3).
"""

import functools
import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Complex, Float, Inexact, Key

from jamming.checks.arguments import number, whole
from jamming.checks.errors import BadInput


class Band(NamedTuple):
    """The centre xi [d] of a filter's frequencies and their width sigma, in radians a sample."""

    centre: Float[np.ndarray, " d"]
    width: float


def band(psi: Float[np.ndarray, "*shape"]) -> Band:
    """The mean of w under |psi^(w)|^2, and its standard deviation."""
    weight = np.square(psi) / np.square(psi).sum()
    axes = (2 * np.pi * np.fft.fftfreq(n) for n in psi.shape)
    w = np.stack(np.meshgrid(*axes, indexing="ij"))
    over = tuple(range(1, w.ndim))
    centre = (w * weight).sum(over)
    off = w - centre.reshape(-1, *(1,) * psi.ndim)
    return Band(centre, math.sqrt(float((off**2 * weight).sum())))


def small_shift(
    x: Inexact[np.ndarray, "*shape"], psi: Float[np.ndarray, "*shape"], shift: tuple[int, ...]
) -> tuple[float, float]:
    """The two sides of Theorem 1, of a periodic signal and a filter of norm 1:

        max_u |x_shift * psi - e^(-i xi.shift) x * psi|  <=  sigma |shift| |x|_2,

    with x_shift(u) = x(u - shift). psi is divided by its norm.
    """
    of = psi / np.linalg.norm(psi) * math.sqrt(psi.size)
    axes = tuple(range(psi.ndim))

    def coefficients(signal: Any) -> Any:
        return np.fft.ifftn(np.fft.fftn(signal) * of)

    centre, width = band(psi)
    moved = coefficients(np.roll(x, shift, axes))
    turned = np.exp(-1j * float(centre @ shift)) * coefficients(x)
    return float(np.abs(moved - turned).max()), width * math.hypot(*shift) * float(
        np.linalg.norm(x)
    )


def most_moved(
    psi: Float[np.ndarray, "*shape"], shift: tuple[int, ...]
) -> Complex[np.ndarray, "*shape"]:
    """The signal of norm 1 of which Theorem 1 leaves least: all frequencies add up at u = 0."""
    axes = (np.fft.fftfreq(n) for n in psi.shape)
    w = 2 * np.pi * np.stack(np.meshgrid(*axes, indexing="ij"))
    along = np.tensordot(np.array(shift, float), w, 1)
    turn = psi * (np.exp(-1j * along) - np.exp(-1j * float(band(psi).centre @ shift)))
    x = np.fft.ifftn(turn.conj())
    found: np.ndarray = x / np.linalg.norm(x)
    return found


def modulus_from_relus(z: Complex[Array, "*n"], K: Any) -> Float[Array, "*n"]:
    """(pi / K) sum_k ReLU(Re(e^(-2 pi i k / K) z)), which tends to |z| with the phases K.

    Divided by |z| it is between pi/K cot(pi/K) and pi/K / sin(pi/K) if K is a multiple of 4.
    """
    K = whole("K, the phases,", K)
    turns = jnp.exp(-2j * jnp.pi * jnp.arange(K) / K).astype(z.dtype)
    return jnp.pi / K * jax.nn.relu(jnp.multiply.outer(z, turns).real).sum(-1)


def soft_threshold(z: Inexact[Array, "*n"], b: Any) -> Inexact[Array, "*n"]:
    """max(|z| - b, 0) z / |z|: it shrinks amplitudes and keeps signs, or phases.

    Of real z it is ReLU(z - b) - ReLU(-z - b), the odd part of what ReLU(z - b) + ReLU(-z - b), a
    modulus with a dead zone, is the even part of.
    """
    size = jnp.abs(z)
    safe = jnp.where(size > 0, size, 1)
    return z / safe * jax.nn.relu(size - number("the threshold b", b, least=0.0))


def entropy_bound(entropy: float, mean_l1: float, d: int) -> float:
    """H(X) - d - 2 d log(E|DX|_1 / d), below H(phases of DX | amplitudes) (Theorem 2).

    `entropy` is H(X) in nats of X in C^d, `mean_l1` E|DX|_1. Since at a given mean the amplitudes
    of largest entropy have the density r e^(-r / a), it holds with d (2 - 2 log 2) in place of d,
    too, and with an equality then.
    """
    return entropy - d - 2 * d * math.log(mean_l1 / d)


def phase_entropy(entropy: float, amplitudes: Float[np.ndarray, "n d"], bins: int = 64) -> float:
    """H(phases of Y | amplitudes) of samples of |Y|, d = 1 or 2, where H(Y) is known.

    It is H(Y) - H(|Y|) - sum E log|Y_k|. H(|Y|) is that of a histogram of log |Y|, between the
    quantiles of which all but a thousandth of the samples lie at each end.
    """
    n, d = amplitudes.shape
    if d > 2:
        raise BadInput(f"a histogram in d = {d} dimensions needs too many samples: take 1 or 2")
    logs = np.log(amplitudes)
    counts, edges = np.histogramdd(logs, bins)
    cell = float(np.prod([edge[1] - edge[0] for edge in edges]))
    p = counts[counts > 0] / n
    of_logs = float(-(p * np.log(p / cell)).sum())
    amplitude_entropy = of_logs + float(logs.sum(1).mean())  # |dr| = r |d log r|
    return entropy - amplitude_entropy - float(logs.sum(1).mean())


def ratio_l1(D: Complex[Array, "d d"], X: Complex[Array, "n d"]) -> Float[Array, ""]:
    """mean |DX|_1 / mean |X|_1 over samples X: below 1 where D makes them sparser."""
    return jnp.abs(X @ D.T).sum() / jnp.abs(X).sum()


def random_phases(key: Key[Array, ""], amplitudes: Float[Array, "n d"]) -> Complex[Array, "n d"]:
    """Samples with these amplitudes, of independent uniform phases."""
    phases = jax.random.uniform(key, amplitudes.shape, amplitudes.dtype, 0, 2 * jnp.pi)
    return amplitudes * jnp.exp(1j * phases)


@functools.partial(jax.jit, static_argnames=("steps",))
def sparsest(
    key: Key[Array, ""], X: Complex[Array, "n d"], steps: int = 200, lr: float = 0.05
) -> Complex[Array, "d d"]:
    """The unitary D that ADAM finds to make the samples sparsest, from a random one.

    D is the unitary factor of the QR decomposition of a free matrix. What it gives of X itself is
    too small, as it has been chosen so; take other samples.
    """
    d = X.shape[1]
    parts = jax.random.normal(key, (2, d, d), X.real.dtype)
    rule = optax.adam(optax.cosine_decay_schedule(lr, steps))

    def unitary(parts: Array) -> Array:
        return jnp.linalg.qr(parts[0] + 1j * parts[1])[0]

    def step(_: Any, at: Any) -> Any:
        parts, state = at
        slope = jax.grad(lambda p: ratio_l1(unitary(p), X))(parts)
        moves, state = rule.update(slope, state)
        return optax.apply_updates(parts, moves), state

    parts, _ = jax.lax.fori_loop(0, steps, step, (parts, rule.init(parts)))
    return unitary(parts)
