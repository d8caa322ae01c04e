"""The infinitely wide, fully connected network: its Gaussian process and its tangent kernel.

In the NTP parametrisation (prefactor fan_in^-1/2, weights N(0, 1), biases zero), as h -> infinity,

    S_1 = x . x' / d,   S_{l+1} = E[phi(u) phi(v)],
    T_1 = S_1 + b,      T_{l+1} = S_{l+1} + b + T_l E[phi'(u) phi'(v)],

with (u, v) Gaussian of covariance S_l restricted to {x, x'}, and l = 1 ... L. Outputs at
initialisation are Gaussian of covariance S_{L+1} (the NNGP), and Theta is T_{L+1} (Jacot, Gabriel &
Hongler, *Neural Tangent Kernel*, Prop. 1 and Thm. 1). b = 1 where biases, at first 0, are trained.

The two expectations are closed forms for relu (Cho & Saul, *Kernel Methods for Deep Learning*, Eqs.
5-6). For a smooth phi they are summed as Hermite series (Mehler's formula): with z ~ N(0, 1),
He_k / sqrt(k!) the orthonormal polynomials and r the correlation of u and v,

    E[phi(u) phi(v)] = sum_k a_k(S_uu) a_k(S_vv) r^k,
    a_k(q) = E[phi(sqrt(q) z) He_k(z)] / sqrt(k!),

by one-dimensional integrals alone. As sum_k a_k^2 = E[phi^2], the remainder after K terms is known
for every r; K is doubled until it is small.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arguments import whole
from jamming.checks.arrays import ArrayLike, is_traced, shaped
from jamming.checks.errors import BadInput
from jamming.kernels.empirical import points
from jamming.models.activations import Activation

TOLERANCE = 1e-9  # the part of E[phi^2] that the series may leave out
TERMS = (32, 64, 128, 256, 512, 1024, 2048, 4096)  # of the series, until one suffices


class Kernels(NamedTuple):
    """Covariance of the outputs at initialisation, and the tangent kernel."""

    nngp: Float[Array, "P1 P2"]
    ntk: Float[Array, "P1 P2"]


def nngp_ntk(
    activation: Activation,
    L: int,
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    bias: bool = False,
) -> Kernels:
    """Both kernels, [P1, P2], of `FC` with L hidden layers, between points x1 [P1, d], x2 [P2, d].

    Of x1 with itself where x2 is None. In the precision of the points, float64 for integers. Not
    for `jax.jit`: the number of terms depends on the data. Smooth activations: accurate to 1e-9 of
    E[phi^2] and E[phi'^2] a layer in float64, to rounding in float32. relu: exact, but sqrt(eps)
    where points of x1 and x2 coincide. Raises BadInput for L < 1, no data, squares that are not
    finite, and a kink that is not relu's.
    """
    L = whole("L", L)
    x1 = shaped(points(x1, "x1"), "x1", "P1", "d")
    other = x1 if x2 is None else points(x2, "x2", like=x1)
    d = x1.shape[1]
    layer = _relu_layer if activation.base is jax.nn.relu else _smooth_layer
    q = jnp.concatenate([jnp.sum(x**2, axis=1) / d for x in (x1, other)])
    if not is_traced(q) and not bool(jnp.isfinite(q).all()):
        raise BadInput(f"the squares of the points are beyond {q.dtype}: scale the points down")
    nngp = jnp.matmul(x1, other.T, precision=jax.lax.Precision.HIGHEST) / d
    b = 1.0 if bias else 0.0
    ntk = nngp + b
    for _ in range(L):
        r, scale = _correlations(nngp, q, x2 is None)
        nngp, slopes, q = layer(activation, r, scale, q)
        ntk = nngp + b + ntk * slopes
    return Kernels(nngp, ntk)


@functools.partial(jax.jit, static_argnames="same")
def _correlations(nngp: Array, q: Array, same: bool) -> tuple[Array, Array]:
    """r, and sqrt(q1 q2); `same`: of one set of points with itself."""
    # by roots: the product itself may be beyond the range of numbers
    scale = jnp.outer(jnp.sqrt(q[: len(nngp)]), jnp.sqrt(q[len(nngp) :]))
    # a point at the origin correlates with nothing; any finite value will do
    r = jnp.clip(jnp.where(scale > 0, nngp / jnp.where(scale > 0, scale, 1.0), 0.0), -1.0, 1.0)
    return jnp.where(jnp.eye(len(nngp), dtype=bool), 1.0, r) if same else r, scale


# From correlations r and sqrt(q1 q2) [P1, P2], and variances q [P1 + P2]: E[phi phi] and
# E[phi' phi'] [P1, P2], and the variances of the next layer.
_Layer = tuple[Array, Array, Array]


@functools.partial(jax.jit, static_argnums=0)
def _relu_layer(phi: Activation, r: Array, scale: Array, q: Array) -> _Layer:
    """The arc-cosine kernels of order 1 and 0, of phi = scale * relu."""
    angle, gain = jnp.arccos(r), phi.scale**2 / (2 * np.pi)
    values = gain * scale * (jnp.sin(angle) + (np.pi - angle) * r)
    slopes = jnp.where(scale > 0, gain * (np.pi - angle), 0.0)  # JAX has relu'(0) = 0
    return values, slopes, phi.scale**2 * q / 2


def _smooth_layer(phi: Activation, r: Array, _: Array, q: Array) -> _Layer:
    (a, moment), (b, _) = (_series(phi, derivative, q) for derivative in (False, True))
    values, slopes = (_mehler(each[: len(r)], each[len(r) :], r) for each in (a, b))
    return values, slopes, moment


def _series(
    phi: Activation, derivative: bool, q: Float[Array, " P"]
) -> tuple[Float[Array, "P K"], Float[Array, " P"]]:
    """a_k(q) for k < K, K as large as needed; and E[phi(sqrt(q) z)^2]; of phi or of phi'."""
    tolerance = max(TOLERANCE, 100 * float(jnp.finfo(q.dtype).eps))
    for K in TERMS:
        a, moment, rest = _projected(phi, derivative, q, *_hermite(K))
        if bool(jnp.all(jnp.abs(rest) <= tolerance * moment)):
            return a, moment
    raise BadInput(
        f"'{phi.name}' is too sharp at variance {float(q.max()):.3g} for its infinite-width kernel:"
        " scale the inputs down, or take relu or a smoother activation"
    )


@functools.partial(jax.jit, static_argnums=(0, 1))
def _projected(
    phi: Activation, derivative: bool, q: Array, z: Array, weight: Array, psi: Array
) -> tuple[Array, Array, Array]:
    """a_k(q), E[phi(sqrt(q) z)^2], and what of it the a_k leave out."""
    z, weight, psi = (each.astype(q.dtype) for each in (z, weight, psi))
    at = jnp.outer(jnp.sqrt(q), z)
    values = jax.jvp(phi, (at,), (jnp.ones_like(at),))[1] if derivative else phi(at)
    moment = jnp.matmul(values**2, weight)
    a = jnp.matmul(values, psi, precision=jax.lax.Precision.HIGHEST)
    return a, moment, moment - jnp.sum(a**2, axis=1)


@functools.lru_cache(maxsize=8)
def _hermite(K: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes z [n], weights of E[.] [n], and those of E[. He_k(z)] / sqrt(k!) [n, K], in float64.

    By the trapezoidal rule (Trefethen, *Exactness of quadrature formulas*), whose step resolves
    the last polynomial, which oscillates as cos(sqrt(K) z).
    """
    z, step = np.linspace(-12, 12, int(24 * max(8.0, K**0.5)) + 1, retstep=True)
    # functions instead of polynomials: these would overflow
    half = np.exp(-(z**2) / 4) / (2 * np.pi) ** 0.25
    psi = np.empty((K, len(z)))
    psi[0], psi[1] = half, z * half
    for k in range(1, K - 1):
        psi[k + 1] = (z * psi[k] - k**0.5 * psi[k - 1]) / (k + 1) ** 0.5
    return z, step * half**2, (step * half * psi).T


@jax.jit
def _mehler(
    a1: Float[Array, "P1 K"], a2: Float[Array, "P2 K"], r: Float[Array, "P1 P2"]
) -> Float[Array, "P1 P2"]:
    """sum_k a1_k a2_k r^k, by Horner's rule."""

    def lower(total: Array, a: tuple[Array, Array]) -> tuple[Array, None]:
        return total * r + jnp.outer(*a), None

    return jax.lax.scan(lower, jnp.zeros_like(r), (a1.T, a2.T), reverse=True)[0]
