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
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array, Float

from jamming.checks.arguments import HUGE, TINY
from jamming.checks.arrays import ArrayLike, as_float
from jamming.checks.errors import BadInput

Pointwise = Callable[[Array], Array]
Anchor = tuple[Array, ...]  # what a difference takes of where it starts


@dataclass(frozen=True)
class Activation:
    """A scaled nonlinearity: ``scale * base(z)``, for arrays of any shape, lists and numbers."""

    name: str
    base: Pointwise
    base_difference: Callable[[Array, Array, Anchor], Array]
    base_anchor: Callable[[Array], Anchor]
    scale: float = 1.0

    def __call__(self, z: ArrayLike) -> Float[Array, "*shape"]:
        return self.scale * self.base(jnp.asarray(as_float(z, "z")))

    def anchor(self, z: Array) -> Anchor:
        """What `difference` takes of z alone: constant where z is."""
        return self.base_anchor(z)

    def difference(
        self, z: ArrayLike, dz: ArrayLike, anchor: Anchor | None = None
    ) -> Float[Array, "*shape"]:
        """phi(z + dz) - phi(z), with an error of order eps |dz| instead of eps |z|.

        Its derivatives are those of phi itself, at z + dz and z. `anchor`: that of z, if known.
        """
        z, dz = (jnp.asarray(as_float(each, "z")) for each in (z, dz))
        known = self.anchor(z) if anchor is None else anchor
        return self.scale * _difference(self, z, dz, jax.lax.stop_gradient(known))


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _difference(phi: Activation, z: Array, dz: Array, anchor: Anchor) -> Array:
    return phi.base_difference(z, dz, anchor)


def _difference_jvp(phi: Activation, primals: Any, tangents: Any) -> tuple[Array, Array]:
    z, dz, anchor = primals
    z_dot, dz_dot, _ = tangents
    out = _difference(phi, z, dz, anchor)
    moves = [each for each in (z_dot, dz_dot) if not isinstance(each, SymbolicZero)]
    if not moves:
        return out, jnp.zeros_like(out)
    _, change = jax.jvp(phi.base, (z + dz,), (sum(moves[1:], moves[0]),))
    if not isinstance(z_dot, SymbolicZero):  # that of a frozen start costs nothing
        change = change - jax.jvp(phi.base, (z,), (z_dot,))[1]
    return out, change


_difference.defjvp(_difference_jvp, symbolic_zeros=True)


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
        parts: Any = _PLAIN[name]
    elif TINY <= beta <= HUGE:
        all_of = (softplus, _softplus_difference, _softplus_anchor)
        parts = [functools.partial(each, beta) for each in all_of]
    else:
        raise BadInput(f"unknown activation '{name}': choose {', '.join(_PLAIN)} or softplus<beta>")
    scale = second_moment(parts[0]) ** -0.5 if normalised else 1.0
    base, difference, anchor = parts
    return Activation(name, base, difference, anchor, scale)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def softplus(beta: float, z: Array) -> Array:
    """ln(1 + exp(beta z)) / beta, of any shape; its slope shares the exponential."""
    return (jax.nn.relu(beta * z) + _log1p(jnp.exp(-jnp.abs(beta * z)))) / beta


@softplus.defjvp
def _softplus_jvp(
    beta: float, primals: tuple[Array], tangents: tuple[Array]
) -> tuple[Array, Array]:
    return softplus(beta, *primals), _sigmoid(beta * primals[0]) * tangents[0]


@jax.custom_jvp
def _sigmoid(z: Array) -> Array:
    """By the exponential that the value of softplus needs, too: the compiler merges the two."""
    q = jnp.exp(-jnp.abs(z))
    return jnp.where(z > 0, 1.0, q) / (1 + q)


@_sigmoid.defjvp
def _sigmoid_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    s = _sigmoid(*primals)
    return s, s * _sigmoid(-primals[0]) * tangents[0]


def _softplus_anchor(beta: float, z: Array) -> Anchor:
    return _sigmoid(beta * z), _log1p(jnp.exp(-jnp.abs(beta * z)))


def _softplus_difference(beta: float, z: Array, dz: Array, anchor: Anchor) -> Array:
    # Near: log(1 + e^{b(z+d)}) - log(1 + e^{bz}) = log1p(sigmoid(bz) (e^{bd} - 1)), exact for small
    # bd. Far, where that overflows or meets log(0): relu, and the rest log1p(e^{-|ba|}) / b, which
    # is bounded. One logarithm serves both.
    gate, rest = anchor
    small = jnp.abs(beta * dz) < 0.5  # where the argument of _log1p remains in (-0.4, 0.65)
    at_end = jnp.exp(-jnp.abs(beta * (z + dz)))
    log = _log1p(jnp.where(small, gate * _expm1(jnp.where(small, beta * dz, 0.0)), at_end))
    return jnp.where(small, log, beta * _relu_difference(z, dz, ()) + (log - rest)) / beta


# Interpolations at Chebyshev nodes, relative errors below 1e-16 and 1e-8: 2 atanh(s) / s in s^2 on
# [0, 1/9], and (e^x - 1) / x on [-1/2, 1/2].
# fmt: off
_ATANH = {
    8: (2.0, 0.6666666666668257, 0.399999999952876, 0.2857142911165716, 0.22222190861346283,
        0.1818285980047391, 0.15363676248891633, 0.13591305485579894, 0.09880789048764786,
        0.17780763826113302),
    4: (2.0, 0.666663216, 0.400245952, 0.279651577, 0.281577784),
}
_EXPM1 = {
    8: (1.0, 0.5, 0.1666666666666722, 0.04166666666666706, 0.008333333333075146,
        0.001388888888870455, 0.00019841270281832442, 2.4801587616145414e-05,
        2.7556979476271894e-06, 2.7557076636642725e-07, 2.517282043357941e-08,
        2.0962955815976076e-09),
    4: (1.0, 0.500000043, 0.166666671, 0.0416653042, 0.00833318207, 0.00139977734, 0.000199621762),
}
# fmt: on


def _log1p(q: Array) -> Array:
    """log(1 + q) = 2 atanh(q / (2 + q)) for -0.4 < q <= 1, to rounding; XLA's own is slow."""
    s = q / (2 + q)
    return s * _polynomial(_ATANH[s.dtype.itemsize], s * s)


def _expm1(x: Array) -> Array:
    """e^x - 1 for |x| <= 1/2, to rounding."""
    return x * _polynomial(_EXPM1[x.dtype.itemsize], x)


def _polynomial(a: tuple[float, ...], x: Array) -> Array:
    return functools.reduce(lambda tail, a_k: tail * x + a_k, a[-2::-1], jnp.full_like(x, a[-1]))


def _nothing(z: Array) -> Anchor:
    return ()


def _relu_difference(z: Array, dz: Array, _: Anchor) -> Array:
    return jnp.where(z > 0, jnp.maximum(dz, -z), jax.nn.relu(z + dz))


def _tanh_difference(z: Array, dz: Array, anchor: Anchor) -> Array:
    # tanh(a) - tanh(b) = tanh(a - b) (1 - tanh(a) tanh(b))
    return jnp.tanh(dz) * (1 - jnp.tanh(z + dz) * anchor[0])


def _swish_difference(z: Array, dz: Array, _: Anchor) -> Array:
    # sigmoid(a) - sigmoid(b) = (1 - exp(b - a)) sigmoid(a) sigmoid(-b), which for a > b neither
    # cancels nor overflows
    a, b = jnp.maximum(z, z + dz), jnp.minimum(z, z + dz)
    gate_change = -jnp.sign(dz) * jnp.expm1(-jnp.abs(dz)) * jax.nn.sigmoid(a) * jax.nn.sigmoid(-b)
    return dz * jax.nn.sigmoid(z + dz) + z * gate_change


_PLAIN: dict[str, tuple[Any, ...]] = {
    "relu": (jax.nn.relu, _relu_difference, _nothing),
    "tanh": (jnp.tanh, _tanh_difference, lambda z: (jnp.tanh(z),)),
    "swish": (jax.nn.swish, _swish_difference, _nothing),
    "linear": (lambda z: z, lambda z, dz, _: dz, _nothing),
}


def largest(z: Float[Array, "*batch n"]) -> Float[Array, "*batch"]:
    """The maximum over the last axis, by its place; the first of equal ones has the gradient.

    That of `jnp.max` compares the result with its operands. Where a compiler computes those again,
    with other rounding, none is equal, and the gradient is lost, or NaN.
    """
    return jnp.take_along_axis(z, jnp.argmax(z, axis=-1, keepdims=True), axis=-1)[..., 0]
