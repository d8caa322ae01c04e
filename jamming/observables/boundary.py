"""The distance delta between the decision boundaries f = 0 and fbar = 0.

To first order it is delta(x) = |f(x) - fbar(x)| / |grad f(x)|, with the gradient in the input, at a
point that both classify differently. delta, its mean over those points, is about ||f - fbar|| /
||grad f|| over all points (Geiger et al., *Scaling description of generalization
with number of parameters in deep learning*, 2020, Eq. 3, Figs. 4, 6, 9 and 10).
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PyTree

from jamming.checks.arguments import number
from jamming.checks.arrays import ArrayLike, as_float, finite, unit
from jamming.checks.errors import BadInput
from jamming.kernels.empirical import Function
from jamming.observables.ensembles import norm

REACH = 4.0  # where along the gradient a zero is searched, in units of the linear estimate
STEPS, HALVINGS = 128, 30  # of the search, and of the bisection after it


def input_gradients(
    f: Function, w: PyTree, x: ArrayLike
) -> tuple[Float[Array, " points"], Float[Array, "points d"]]:
    """f(w, x) and grad_x f(w, x) at every point of x [points, d], compiled once for each f.

    f is ``net.apply`` or any function of weights and inputs that treats points one by one.
    """
    return _gradients(f, w, _points(x))


@functools.partial(jax.jit, static_argnums=0)
def _gradients(f: Function, w: PyTree, x: Array) -> tuple[Array, Array]:
    F, pull = jax.vjp(lambda x: f(w, x), x)
    if F.shape != x.shape[:1]:
        raise BadInput(f"a boundary f = 0 is of one output, but f has {list(F.shape[1:])} a point")
    return F, pull(jnp.ones_like(F))[0]


def slope(gradients: ArrayLike) -> float:
    """||grad f||, the root mean square over points of the length of the gradient [points, d]."""
    return float(norm(_length(gradients)))


def between(F: ArrayLike, F_bar: ArrayLike) -> Bool[np.ndarray, " points"]:
    """The points, or NaN, that f and fbar [points] classify differently: between the boundaries."""
    F, F_bar = _pair(F, F_bar)
    return np.asarray((np.sign(F) * np.sign(F_bar) < 0) | np.isnan(F) | np.isnan(F_bar))


def distance(F: ArrayLike, F_bar: ArrayLike, gradients: ArrayLike) -> float:
    """delta, the mean of |f - fbar| / |grad f| over the points between the boundaries (Eq. 3).

    Points at which f has no slope are left out; NaN where no point is left, or with a NaN.
    """
    F, F_bar = _pair(F, F_bar)
    length = _length(gradients, len(F))
    chosen = between(F, F_bar) & (length != 0)
    if not chosen.any():
        return float("nan")
    return float(np.mean(np.abs(F - F_bar)[chosen] / length[chosen]))


def estimate(F: ArrayLike, F_bar: ArrayLike, gradients: ArrayLike) -> float:
    """||f - fbar|| / ||grad f|| over all points; NaN where f has no slope. As `distance`."""
    F, F_bar = _pair(F, F_bar)
    steep = float(norm(_length(gradients, len(F))))
    return float(norm(F - F_bar)) / steep if steep > 0 else float("nan")


def crossings(
    f: Function, w: PyTree, x: ArrayLike, *, reach: float = REACH
) -> Float[np.ndarray, " points"]:
    """How far from x f has its first zero along its gradient, in units of |f(x)| / |grad f(x)|.

    1 where f is linear between. NaN where there is no zero within `reach` such units, or f has no
    slope; a pair of zeros closer than reach / 128 may be overlooked.

    NOTE: the paper's Fig. 9 goes by (f - fbar) / |grad f|, which is the same on fbar = 0.
    """
    x, reach = _points(x), number("reach, a distance,", reach, above=0.0)
    return np.asarray(_crossings(f, w, x, jnp.asarray(reach, x.dtype)))


@functools.partial(jax.jit, static_argnums=0)
def _crossings(f: Function, w: PyTree, x: Array, reach: Array) -> Array:
    F, g = _gradients(f, w, x)
    scale = unit(g, axis=1)
    g = g / scale
    square = jnp.sum(g**2, axis=1)
    steep = square > 0
    # to the zero of the linear estimate
    step = -(F / scale[:, 0] / jnp.where(steep, square, 1.0))[:, None] * g

    def side(s: Array) -> Array:
        """Whether f has the sign of f(x) at s of the way to the estimate."""
        return f(w, x + s[:, None] * step) * jnp.sign(F) > 0

    counts = jnp.arange(1, STEPS + 1).astype(x.dtype)
    before = jax.lax.map(lambda i: side(jnp.full(F.shape, i * reach / STEPS)), counts)
    walked = jnp.sum(jnp.cumprod(before, axis=0), axis=0)  # steps of the search before the zero
    low = walked.astype(x.dtype) * reach / STEPS

    def halve(ends: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], None]:
        low, high = ends
        middle = (low + high) / 2
        before = side(middle)
        return (jnp.where(before, middle, low), jnp.where(before, high, middle)), None

    (_, high), _ = jax.lax.scan(halve, (low, low + reach / STEPS), None, HALVINGS)
    return jnp.where(steep & (F != 0) & (walked < STEPS), high, jnp.nan)


def _points(x: ArrayLike) -> Array:
    return jnp.asarray(finite(x, "x", "points", "d"))


def _pair(F: ArrayLike, F_bar: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    F = np.asarray(as_float(F, "F", "points"), np.float64)
    return F, np.asarray(as_float(F_bar, "F_bar", len(F)), np.float64)


def _length(gradients: ArrayLike, points: int | str = "points") -> Float[np.ndarray, " points"]:
    g = as_float(gradients, "gradients", points, "d")
    return norm(g) * np.sqrt(g.shape[1])
