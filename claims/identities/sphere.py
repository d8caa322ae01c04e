"""The statistics of exact statements about transforms and correlations on the sphere.

Signals are sums of Wigner functions at random places, against integrals over a grid that is exact
for their products.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from claims.core import statistics as st
from claims.core.register import Measured
from jamming.equivariant.sphere import correlations, rotations, transforms

B = 4  # of the signals; grids are twice as fine


def orthogonal() -> Measured:
    """Largest deviation of <D^l_mn, D^l'_m'n'>, an integral over rotations, from delta / (2 l + 1),
    for all l, l' <= {b}."""
    b = 6
    D = rotations.wigners(b, transforms.rotation_points(b)).reshape(-1, (2 * b - 1) ** 2 * b)
    D = D[:, np.abs(D).max(0) > 0]
    found = (D.conj() * _over_rotations(b).ravel()[:, None]).T @ D
    due = np.concatenate([np.full((2 * l + 1) ** 2, 1 / (2 * l + 1)) for l in range(b)])  # noqa: E741
    order = np.diag(np.sort(np.diag(found).real)[::-1])
    off = max(np.abs(found - np.diag(np.diag(found))).max(), np.abs(order - np.diag(due)).max())
    return st.exact(off, found.size).saying(b=b - 1)


def correlations_are_integrals() -> Measured:
    """Largest deviation of f^l (psi^l)^dagger, summed to a function at {n} random rotations, from
    the integral of psi(R^-1 Q) f(Q) over all rotations Q."""
    rng = np.random.default_rng(0)
    F, psi = _real(rng, 3), _real(rng, 3)
    S = transforms.rotation_points(2 * B)
    off = []
    for R in rotations.haar(rng, 3):
        back = rotations.angles_of(rotations.matrix(R).T @ rotations.matrix(S))
        due = (_values(psi, back) * _values(F, S) * _over_rotations(2 * B)).sum()
        off.append(np.abs(_values(correlations.on_rotations(F[None], psi[None, None])[0], R) - due))
    return st.exact(max(off), len(off)).saying(n=len(off))


def correlations_on_the_sphere() -> Measured:
    """Largest deviation of outer products of coefficients, summed to a function at {n} random
    rotations, from the integral of psi(R^-1 x) f(x) over the sphere; and of Y_lm from column n = 0
    of D^l."""
    rng = np.random.default_rng(0)
    f, psi = _real(rng, 2), _real(rng, 2)
    x = transforms.sphere_points(2 * B)
    weights = _over_rotations(2 * B).sum(0)
    x3 = np.concatenate([x, np.zeros((*x.shape[:-1], 1))], -1)
    turned = rotations.matrix(x3)
    off = []
    for R in rotations.haar(rng, 3):
        back = rotations.angles_of(rotations.matrix(R).T @ turned)[..., :2]
        due = (_on_sphere(psi, back) * _on_sphere(f, x) * weights).sum()
        found = _values(correlations.on_sphere(f[None], psi[None, None])[0], R)
        off.append(np.abs(found - due))
    Y = rotations.harmonics(B, x)
    D = rotations.wigners(B, x3)[..., B - 1, :, :]
    unit = np.sqrt((2 * np.arange(B) + 1) / (4 * np.pi))[:, None]
    off.append(np.abs(Y - unit * D.conj()).max())
    return st.exact(max(off), len(off)).saying(n=len(off) - 1)


def round_trip() -> Measured:
    """Largest deviation of coefficients, of order 1, after a transform to the grid and back, on the
    sphere and on rotations, b = {b}."""
    rng, off, bandwidths = np.random.default_rng(0), [], (4, 10, 20, 30)
    for b in bandwidths:
        f = _within(rng, 2, b)
        off.append(np.abs(transforms.from_sphere(transforms.to_sphere(f)) - f).max())
        F = _within(rng, 3, b)
        off.append(np.abs(transforms.from_rotations(transforms.to_rotations(F)) - F).max())
    return st.exact(max(off), len(off)).saying(b=", ".join(map(str, bandwidths)))


def zonal() -> Measured:
    """Largest deviation of T g f from g T f at {n} random points and rotations g, where T f(x) is
    the integral of k(s(x)^-1 y) f(y), and k the mean over rotations about the pole of a random
    kernel, a function of beta; with the kernel itself it is {own:.2g}."""
    rng, n = np.random.default_rng(0), 5
    f, k = _real(rng, 2), _real(rng, 2)
    y = transforms.sphere_points(2 * B)
    turned = rotations.matrix(np.concatenate([y, np.zeros((*y.shape[:-1], 1))], -1))
    weights = _over_rotations(2 * B).sum(0)

    def through(k: Array, values: np.ndarray, x: np.ndarray) -> complex:
        s = rotations.matrix([*x[:2], 0.0])  # of the coset of x, whatever its gamma
        back = rotations.angles_of(s.T @ turned)[..., :2]
        return complex((_on_sphere(k, back) * values * weights).sum())

    off = []
    for kernel in (k * (np.arange(1 - B, B) == 0), k):
        for g, x in zip(rotations.haar(rng, n), rotations.haar(rng, n), strict=True):
            back = rotations.matrix(g).T
            moved = _on_sphere(f, rotations.angles_of(back @ turned)[..., :2])
            due = through(kernel, _on_sphere(f, y), rotations.angles_of(back @ rotations.matrix(x)))
            off.append(abs(through(kernel, moved, x) - due))
    return st.exact(max(off[:n]), n).saying(n=n, own=max(off[n:]))


def _within(rng: np.random.Generator, axes: int, b: int = B) -> Complex[Array, "..."]:
    """Random coefficients, zero beyond l, of the sphere (2 axes) or of rotations (3)."""
    l, m = np.arange(b), np.abs(np.arange(1 - b, b))  # noqa: E741
    inside = m <= l[:, None]
    if axes == 3:
        inside = inside & (m[:, None, None] <= l[:, None])
    z = rng.standard_normal((2, *inside.shape))
    return jnp.asarray((z[0] + 1j * z[1]) * inside)


def _real(rng: np.random.Generator, axes: int) -> Complex[Array, "..."]:
    """Those of a real signal."""
    if axes == 2:
        return transforms.from_sphere(transforms.to_sphere(_within(rng, 2)).real)
    return transforms.from_rotations(transforms.to_rotations(_within(rng, 3)).real)


def _values(F: Array, angles: np.ndarray) -> Complex[np.ndarray, "..."]:
    """A function of rotations at these."""
    degrees = 2 * np.arange(B) + 1
    return np.einsum("...nlm,nlm,l->...", rotations.wigners(B, angles).conj(), F, degrees)


def _on_sphere(f: Array, angles: np.ndarray) -> Complex[np.ndarray, "..."]:
    """A signal at points of the sphere."""
    return np.einsum("...lm,lm->...", rotations.harmonics(B, angles), f)


def _over_rotations(b: int) -> Float[np.ndarray, "gamma beta alpha"]:
    """Weights of the mean over all rotations, exact for products of two of bandwidth b / 2."""
    beta = np.pi * (2 * np.arange(2 * b) + 1) / (4 * b)
    odd = 2 * np.arange(b) + 1
    weights = np.sin(beta) * (np.sin(beta[:, None] * odd) / odd).sum(1) / b
    return np.broadcast_to(weights[:, None] / (2 * b - 1) ** 2, (2 * b - 1, 2 * b, 2 * b - 1))
