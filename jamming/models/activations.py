"""Pointwise nonlinearities phi, normalised by quadrature, with a difference that does not cancel.

``phi.difference(z, dz) = phi(z + dz) - phi(z)`` has full relative precision in ``dz`` however small
it is, so that float32 serves any output scale alpha (see `jamming.objectives.predictor`).
``normalised=True`` sets the scale such that E[phi(z)^2] = 1 for z ~ N(0, 1): sqrt(2) for relu,
1.40438 for softplus_5 (Geiger, Spigler, Jacot & Wyart, *Disentangling feature and lazy
training*, sec. 2).
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arguments import HUGE, TINY
from jamming.checks.arrays import ArrayLike, as_float
from jamming.checks.errors import BadInput

Pointwise = Callable[[Array], Array]


@dataclass(frozen=True)
class Activation:
    """A scaled nonlinearity: ``scale * base(z)``, for arrays of any shape, lists and numbers."""

    name: str
    base: Pointwise
    base_difference: Callable[[Array, Array], Array]
    scale: float = 1.0

    def __call__(self, z: ArrayLike) -> Float[Array, "*shape"]:
        return self.scale * self.base(jnp.asarray(as_float(z, "z")))

    def difference(self, z: ArrayLike, dz: ArrayLike) -> Float[Array, "*shape"]:
        """phi(z + dz) - phi(z), with an error of order eps |dz| instead of eps |z|.

        Its derivatives are those of phi itself, at z + dz and z.
        """
        z, dz = (jnp.asarray(as_float(each, "z")) for each in (z, dz))
        return self.scale * _difference(self, z, dz)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _difference(phi: Activation, z: Array, dz: Array) -> Array:
    return phi.base_difference(z, dz)


@_difference.defjvp
def _difference_jvp(
    phi: Activation, primals: tuple[Array, Array], tangents: tuple[Array, Array]
) -> tuple[Array, Array]:
    (z, dz), (z_dot, dz_dot) = primals, tangents
    _, at_end = jax.jvp(phi.base, (z + dz,), (z_dot + dz_dot,))
    _, at_start = jax.jvp(phi.base, (z,), (z_dot,))
    return _difference(phi, z, dz), at_end - at_start


def in_double(phi: Pointwise, z: Any) -> np.ndarray:
    """phi(z) in float64, of NumPy's z or a number, also where JAX has float32 alone."""
    with jax.enable_x64(True):
        return np.asarray(jax.jit(phi)(jnp.asarray(z, jnp.float64)))


def second_moment(phi: Pointwise) -> float:
    """E[phi(z)^2] for z ~ N(0, 1), by Gauss-Legendre on panels that halve towards a kink at 0."""
    x, weight = np.polynomial.legendre.leggauss(20)
    top = 12 * 0.5 ** np.arange(60.0)[:, None]  # of the panels [top / 2, top]
    z, measure = top * (3 + x) / 4, top * weight / 4
    squares = in_double(phi, np.stack([z, -z])) ** 2
    return float(np.sum(measure * squares * np.exp(-(z**2) / 2)) / np.sqrt(2 * np.pi))


@functools.cache
def activation(name: str, *, normalised: bool = False) -> Activation:
    """The activation called `name`: relu, tanh, swish, linear, or softplus<beta> (softplus5).

    Softplus is ln(1 + exp(beta z)) / beta; `softplus` alone means beta = 5.
    """
    match = re.fullmatch(r"softplus((?:0|[1-9][0-9]*)?(?:\.[0-9]*)?)", name)
    beta = float(match[1] or 5) if match and match[1] != "." else 0.0
    if name in _PLAIN:
        base, difference = _PLAIN[name]
    elif TINY <= beta <= HUGE:
        base, difference = (functools.partial(f, beta) for f in (_softplus, _softplus_difference))
    else:
        raise BadInput(f"unknown activation '{name}': choose {', '.join(_PLAIN)} or softplus<beta>")
    return Activation(name, base, difference, second_moment(base) ** -0.5 if normalised else 1.0)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _softplus(beta: float, z: Array) -> Array:
    return (jax.nn.relu(beta * z) + _log1p(jnp.exp(-jnp.abs(beta * z)))) / beta


@_softplus.defjvp
def _softplus_jvp(
    beta: float, primals: tuple[Array], tangents: tuple[Array]
) -> tuple[Array, Array]:
    return _softplus(beta, *primals), jax.nn.sigmoid(beta * primals[0]) * tangents[0]


def _softplus_difference(beta: float, z: Array, dz: Array) -> Array:
    # Near: log(1 + e^{b(z+d)}) - log(1 + e^{bz}) = log1p(sigmoid(bz) (e^{bd} - 1)), exact for small
    # bd. Far, where that overflows or meets log(0): relu, and the rest log1p(e^{-|ba|}) / b, which
    # is bounded.
    at_start, at_end = jnp.exp(-jnp.abs(beta * z)), jnp.exp(-jnp.abs(beta * (z + dz)))
    small = jnp.abs(beta * dz) < 0.5  # where the argument of _log1p remains in (-0.4, 0.65)
    safe = jnp.where(small, beta * dz, 0.0)
    gate = jnp.where(z > 0, 1.0, at_start) / (1 + at_start)  # sigmoid(bz)
    near = _log1p(gate * jnp.expm1(safe)) / beta
    far = _relu_difference(z, dz) + (_log1p(at_end) - _log1p(at_start)) / beta
    return jnp.where(small, near, far)


def _log1p(q: Array) -> Array:
    """log(1 + q) for -0.4 < q <= 1, to rounding.

    As 2 atanh(q / (2 + q)), by its series, several times as fast in float64 as `log1p`.
    """
    s = q / (2 + q)
    terms = 18 if q.dtype == jnp.float64 else 8  # s^2 <= 1/9
    series = functools.reduce(
        lambda tail, k: tail * s**2 + 1 / (2 * k + 1), reversed(range(terms)), jnp.zeros_like(s)
    )
    return 2 * s * series


def _relu_difference(z: Array, dz: Array) -> Array:
    return jnp.where(z > 0, jnp.maximum(dz, -z), jax.nn.relu(z + dz))


def _tanh_difference(z: Array, dz: Array) -> Array:
    # tanh(a) - tanh(b) = tanh(a - b) (1 - tanh(a) tanh(b))
    return jnp.tanh(dz) * (1 - jnp.tanh(z + dz) * jnp.tanh(z))


def _swish_difference(z: Array, dz: Array) -> Array:
    # sigmoid(a) - sigmoid(b) = (1 - exp(b - a)) sigmoid(a) sigmoid(-b), which for a > b neither
    # cancels nor overflows
    a, b = jnp.maximum(z, z + dz), jnp.minimum(z, z + dz)
    gate_change = -jnp.sign(dz) * jnp.expm1(-jnp.abs(dz)) * jax.nn.sigmoid(a) * jax.nn.sigmoid(-b)
    return dz * jax.nn.sigmoid(z + dz) + z * gate_change


_PLAIN: dict[str, tuple[Pointwise, Callable[[Array, Array], Array]]] = {
    "relu": (jax.nn.relu, _relu_difference),
    "tanh": (jnp.tanh, _tanh_difference),
    "swish": (jax.nn.swish, _swish_difference),
    "linear": (lambda z: z, lambda z, dz: dz),
}
