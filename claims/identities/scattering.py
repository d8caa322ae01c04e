"""The statistics of exact statements about scattering and phases, each as its deviation."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.images import fields
from jamming.images.warp import warp
from jamming.wavelets import cascade, collapse
from jamming.wavelets.filters import gaussian
from jamming.wavelets.morlet import WIDTH, bank_of_images
from jamming.wavelets.operators import average, wavelet_transform
from jamming.wavelets.roto import quarter_turns
from jamming.wavelets.scattering import paths, scatter

SIDE, OCTAVES, ANGLES = 32, 3, 4


def telescoped() -> Measured:
    """Largest deviation of A|W|L - A|W| from A [|W|, L] + [A, L] |W| + (L A - A) |W|, relative."""
    bank = bank_of_images(SIDE, OCTAVES, ANGLES)
    tau = fields.in_pixels(fields.sample_field(jax.random.key(1), SIDE, 3, np.float64(1e-3)))
    x = _image()

    def L(U: Array) -> Array:
        return warp(U, tau)

    def A(U: Array) -> Array:
        return jnp.concatenate([average(U[..., i], bank) for i in range(U.shape[-1])], -1)

    def W(U: Array) -> Array:
        _, real, imaginary = jnp.split(wavelet_transform(U[..., 0], bank), [1, 1 + K], -1)
        return jnp.hypot(real, imaginary)

    K = OCTAVES * ANGLES
    left = A(W(L(x))) - A(W(x))
    right = A(W(L(x)) - L(W(x))) + (A(L(W(x))) - L(A(W(x)))) + (L(A(W(x))) - A(W(x)))
    return st.exact(_off(left, right), left.size)


def turned() -> Measured:
    """Largest relative deviation of the coefficients of an image that is turned by 90 degrees from
    those of the image, turned, of angles that differ by as much."""
    bank, x = bank_of_images(SIDE, OCTAVES, ANGLES), _image()[..., 0]
    S, of_turned = (scatter(one, bank, subsample=False) for one in (x, quarter_turns(x)))
    place = {(path.filters, path.angles): i for i, path in enumerate(paths(bank))}
    order = [
        place[path.filters, tuple((angle + ANGLES // 2) % ANGLES for angle in path.angles)]
        for path in paths(bank)
    ]
    return st.exact(_off(of_turned[np.array(order)], quarter_turns(S)), len(order))


def cascaded() -> Measured:
    """Largest relative deviation of the cascade with Haar's filters from sums over blocks; of that
    with Gaussians from Morlet wavelets {gabor:.3f}."""
    x = _image()[..., 0]
    bands, low = cascade.cascade(x, cascade.haar_filters(SIDE), OCTAVES)
    off = []
    for j, found in enumerate(bands, 1):
        n = 2**j
        mean, step = np.ones(n), np.repeat([1.0, -1.0], n // 2)
        blocks = np.asarray(x).reshape(SIDE // n, n, SIDE // n, n)
        pairs = ((step, mean), (mean, step), (step, step))
        due = [np.einsum("iajb,a,b->ij", blocks, *pair) / n for pair in pairs]
        off.append(_off(found, jnp.array(due)))
    n = 2**OCTAVES
    sums = np.asarray(x).reshape(SIDE // n, n, SIDE // n, n).sum((1, 3)) / n
    off.append(_off(low, jnp.array(sums)))
    return st.exact(max(off), len(off)).saying(gabor=_gabor(x))


def _gabor(x: Float[Array, "H W"]) -> float:
    blur = np.multiply.outer(*[gaussian(SIDE, WIDTH)] * 2)
    f, bank = jnp.fft.fft2(x), bank_of_images(SIDE, OCTAVES + 1, ANGLES)
    filters = cascade.gabor_filters(SIDE, ANGLES)
    bands, _ = cascade.cascade(jnp.fft.ifft2(f * blur).real, filters, OCTAVES)
    due = [jnp.fft.ifft2(f[None] * bank.psi[j])[:, :: 2**j, :: 2**j] for j in range(1, OCTAVES + 1)]
    return max(_off(one, other) for one, other in zip(bands, due, strict=True))


def modulus_of_relus() -> Measured:
    """Largest relative deviation of the sum of 64 ReLUs from the modulus; 4 of them have {low:.1%}
    to {high:+.1%}."""
    z = jnp.exp(1j * jnp.linspace(0, 2 * math.pi, 1000))
    few = np.asarray(collapse.modulus_from_relus(z, 4)) - 1
    off = float(jnp.abs(collapse.modulus_from_relus(z, 64) - 1).max())
    return st.exact(off, z.size).saying(low=float(few.min()), high=float(few.max()))


def entropies() -> Measured:
    """Least entropy of phases minus its bound, in nats, of Gaussian and Laplace coefficients in one
    and two dimensions: {each}."""
    rng, n, found = np.random.default_rng(0), 200_000, {}
    for d in (1, 2):
        # densities of amplitudes r exp(-r^2) and r exp(-r), and entropies of the plane
        laws = {
            "Gaussian": (np.sqrt(rng.gamma(1.0, size=(n, d))), math.log(math.pi * math.e)),
            "Laplace": (rng.gamma(2.0, size=(n, d)), math.log(2 * math.pi) + 2),
        }
        D = np.linalg.qr(rng.normal(size=(d, d)) + 1j * rng.normal(size=(d, d)))[0]
        for name, (size, each) in laws.items():
            X = size * np.exp(2j * math.pi * rng.uniform(size=size.shape))
            mixed = np.abs(X @ D.T)
            bound = collapse.entropy_bound(d * each, float(mixed.sum(1).mean()), d)
            found[f"{name}, d = {d}"] = collapse.phase_entropy(d * each, mixed) - bound
    said = ", ".join(f"{name} {value:.2f}" for name, value in found.items())
    return st.exact(min(found.values()), len(found)).saying(each=said)


def _image() -> Float[Array, "H W 1"]:
    return jnp.array(np.random.default_rng(0).normal(size=(SIDE, SIDE, 1)))


def _off(found: Array, due: Array) -> float:
    return float(jnp.linalg.norm((found - due).ravel()) / jnp.linalg.norm(due.ravel()))
