"""The distance delta between the decision boundaries f = 0 and fbar = 0.

A point that both classify differently lies between the boundaries. To first order the boundaries
are

    delta(x) = |f(x) - fbar(x)| / |grad f(x)|

apart there, with the gradient in the input, and delta, its mean over those points, is about
||f - fbar|| / ||grad f|| over all points (Geiger et al., *Scaling description of generalization
with number of parameters in deep learning*, 2020, Eq. 3, Figs. 4, 6, 9 and 10).
"""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PyTree

from jamming.errors import BadInput
from jamming.observables.fluctuations import norm

Function = Callable[[PyTree, Array], Array]
Outputs = Float[np.ndarray, " points"]
Gradients = Float[np.ndarray, "points d"]

# How far along the gradient a zero is looked for, in units of the linear estimate; the step of
# the search, and by how much bisection narrows it.
REACH, STEPS, HALVINGS = 4.0, 128, 30


@functools.partial(jax.jit, static_argnums=0)
def input_gradients(
    f: Function, w: PyTree, x: Float[Array, "points d"]
) -> tuple[Float[Array, " points"], Float[Array, "points d"]]:
    """f(w, x) and grad_x f(w, x) at every point.

    f is ``net.apply`` or any function of weights and inputs, one output a point, that treats points
    one by one. Compiled once for each f and shape.

    Raises:
        BadInput: f has several outputs.
    """
    F, pull = jax.vjp(lambda x: f(w, x), x)
    if F.shape != x.shape[:1]:
        raise BadInput(f"a boundary f = 0 is of one output, but f has {list(F.shape[1:])} a point")
    return F, pull(jnp.ones_like(F))[0]


def slope(gradients: Gradients) -> float:
    """||grad f||, the root mean square over points of the length of the gradient."""
    return float(norm(_length(gradients)))


def between(F: Outputs, F_bar: Outputs) -> Bool[np.ndarray, " points"]:
    """The points between the boundaries, which f and fbar classify differently."""
    apart: np.ndarray = F * F_bar < 0
    return apart


def distance(F: Outputs, F_bar: Outputs, gradients: Gradients) -> float:
    """delta, the mean of |f - fbar| / |grad f| over the points between the boundaries (Eq. 3).

    Points at which f has no slope are left out; NaN where no point is left.
    """
    length = _length(gradients)
    chosen = between(F, F_bar) & (length > 0)
    if not chosen.any():
        return float("nan")
    return float(np.mean(np.abs(F - F_bar)[chosen] / length[chosen]))


def estimate(F: Outputs, F_bar: Outputs, gradients: Gradients) -> float:
    """||f - fbar|| / ||grad f|| over all points; NaN where f has no slope."""
    steep = slope(gradients)
    return float(norm(F - F_bar)) / steep if steep > 0 else float("nan")


def crossings(
    f: Function, w: PyTree, x: Float[Array, "points d"], *, reach: float = REACH
) -> Float[np.ndarray, " points"]:
    """How far from x f has its first zero along its gradient, in units of |f(x)| / |grad f(x)|.

    1 where f is linear between. The line goes against the gradient where f > 0 and along it where
    f < 0. NaN where there is no zero within `reach` such units, or f has no slope; a pair of zeros
    closer than reach / 128 may be overlooked.

    NOTE: the paper's Fig. 9 goes by (f - fbar) / |grad f|, which is the same on fbar = 0.

    Raises:
        BadInput: f has several outputs, or a reach that is not positive.
    """
    if not 0 < reach < float("inf"):
        raise BadInput(f"a zero is looked for within a positive distance, not {reach}")
    return np.asarray(_crossings(f, w, x, jnp.asarray(reach, x.dtype)))


@functools.partial(jax.jit, static_argnums=0)
def _crossings(f: Function, w: PyTree, x: Array, reach: Array) -> Array:
    F, g = input_gradients(f, w, x)
    square = jnp.sum(g**2, axis=1)
    steep = square > 0
    step = -(F / jnp.where(steep, square, 1.0))[:, None] * g  # to the zero of the linear estimate

    def side(s: Array) -> Array:
        """Whether f has its sign at x still, at s of the way to the estimate."""
        return f(w, x + s[:, None] * step) * jnp.sign(F) > 0

    def look(walked: tuple[Array, Array], i: Array) -> tuple[tuple[Array, Array], None]:
        """The last place of the search before the zero, and whether there was none yet."""
        low, on = walked
        s = jnp.full(F.shape, i * reach / STEPS)
        on = on & side(s)
        return (jnp.where(on, s, low), on), None

    counts = jnp.arange(1, STEPS + 1).astype(x.dtype)
    (low, on), _ = jax.lax.scan(look, (jnp.zeros_like(F), F != 0), counts)

    def halve(ends: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], None]:
        low, high = ends
        middle = (low + high) / 2
        keeps = side(middle)
        return (jnp.where(keeps, middle, low), jnp.where(keeps, high, middle)), None

    (_, high), _ = jax.lax.scan(halve, (low, low + reach / STEPS), None, HALVINGS)
    return jnp.where(steep & (F != 0) & ~on, high, jnp.nan)


def _length(gradients: Gradients) -> Float[np.ndarray, " points"]:
    length: np.ndarray = np.linalg.norm(gradients.astype(np.float64), axis=-1)
    return length
