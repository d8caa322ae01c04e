"""Lazy training: how lazy a model is at its start, and how far its flow leaves the linear one.

Phi(w) [P] are the outputs of a model on P points, alpha its scale, and the loss is
|alpha Phi - y|^2 / (2 P alpha^2). Where Phi(w0) = 0, up to a given time,

    |w - w0| = O(1/alpha),   |w - w_lin| = O(1/alpha^2),   |alpha (Phi - Phi_lin)| = O(1/alpha)

with w_lin the flow of Phi_lin(w) = Phi(w0) + DPhi(w0) (w - w0), and the model is lazy where

    kappa = |Phi(w0) - y| |D^2 Phi(w0)| / |D Phi(w0)|^2

is small, the norms those of a linear and of a bilinear map (Chizat, Oyallon & Bach, *On lazy
training in differentiable programming*, 2019, Thm. 2.2 and Eq. 3).

NOTE: some lectures print |D Phi| without its square, which has not the dimension of a number.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Key, PyTree

from jamming.checks.arguments import HUGE, number, whole
from jamming.checks.errors import BadInput

Model = Callable[[PyTree], Array]

ITERATIONS = 100  # of the power method: |D^2 Phi| is then within a percent or so
STARTS = 4  # of these, the largest norm counts: the power method may end in a local maximum


class Distances(NamedTuple):
    """The largest over time, of one flow: Euclidean norms, over all weights and over the points."""

    moved: Float[Array, ""]  # |w - w0|
    apart: Float[Array, ""]  # |w - w_lin|
    gap: Float[Array, ""]  # |alpha (Phi - Phi_lin)|


def distances(
    model: Model, w0: PyTree, y: Float[Array, " P"], alpha: Any, *, time: Any, steps: int
) -> Distances:
    """How far both flows of this module go, by so many Runge-Kutta steps of fourth order.

    The same steps for both, as their weights are compared at the same times. `alpha` may be traced.
    Raises BadInput where Phi(w0) has another shape than the labels, and for numbers out of range.
    """
    time = number("time", time, above=0.0, most=HUGE)
    steps = whole("steps", steps)
    flat, unravel = ravel_pytree(w0)

    def phi(u: Array) -> Array:
        return model(unravel(u))

    start, linear = jax.linearize(phi, flat)
    if start.shape != y.shape:
        raise BadInput(
            f"the model has outputs {list(start.shape)}, the labels are {list(y.shape)}: give one"
            " label an output"
        )

    def tangent(u: Array) -> Array:
        return start + linear(u - flat)

    def downhill(of: Model, u: Array) -> Array:
        F, pull = jax.vjp(of, u)
        return -pull((alpha * F - y) / (alpha * len(y)))[0]

    dt = time / steps

    def step(of: Model, u: Array) -> Array:
        k1 = downhill(of, u)
        k2 = downhill(of, u + dt / 2 * k1)
        k3 = downhill(of, u + dt / 2 * k2)
        k4 = downhill(of, u + dt * k3)
        return u + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)

    def both(at: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], Distances]:
        u, v = step(phi, at[0]), step(tangent, at[1])
        norm = jnp.linalg.norm
        gap = alpha * norm(phi(u) - tangent(v))
        return (u, v), Distances(norm(u - flat), norm(u - v), gap)

    _, found = jax.lax.scan(both, (flat, flat), None, steps)
    return Distances(*(each.max() for each in found))


def kappa(model: Model, w0: PyTree, y: Float[Array, " P"], key: Key[Array, ""]) -> Array:
    """The laziness of this module, of a model that is scaled already.

    |D Phi| is the largest singular value of the Jacobian, |D^2 Phi| the largest |D^2 Phi (u, u)|
    for |u| = 1, by the power method from random starts: a bound from below, close to the norm.
    """
    flat, unravel = ravel_pytree(w0)

    def phi(u: Array) -> Array:
        return model(unravel(u))

    gap = jnp.linalg.norm(phi(flat) - y)
    first = jnp.sqrt(jnp.linalg.eigvalsh(gram(phi, flat))[-1])
    return gap * second_derivative(phi, flat, key) / first**2


def gram(phi: Model, flat: Float[Array, " N"]) -> Float[Array, "P P"]:
    """D Phi D Phi^T."""
    J = jax.jacrev(phi)(flat)
    return jnp.matmul(J, J.T, precision=jax.lax.Precision.HIGHEST)


def second_derivative(phi: Model, flat: Float[Array, " N"], key: Key[Array, ""]) -> Array:
    """max |D^2 Phi (u, u)| over |u| = 1.

    For a direction q of the outputs, D^2 (q . Phi) is a Hessian, whose power method gives u; the
    next q is that of D^2 Phi (u, u). Each step makes q . D^2 Phi (u, u) larger.
    """

    def curvature(u: Array) -> Array:
        along = lambda at: jax.jvp(phi, (at,), (u,))[1]  # noqa: E731
        return jax.jvp(along, (flat,), (u,))[1]

    def step(at: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], None]:
        u, q = at
        g = jax.grad(lambda at: jnp.vdot(q, phi(at)))
        # the square of the Hessian: its own sign does not matter then
        for _twice in range(2):
            u = jax.jvp(g, (flat,), (u,))[1]
            u = u / (jnp.linalg.norm(u) + jnp.finfo(u.dtype).tiny)
        bent = curvature(u)
        return (u, bent / (jnp.linalg.norm(bent) + jnp.finfo(u.dtype).tiny)), None

    def once(key: Array) -> Array:
        u = jax.random.normal(key, flat.shape, flat.dtype)
        u = u / jnp.linalg.norm(u)
        bent = curvature(u)
        (u, _), _ = jax.lax.scan(step, (u, bent / jnp.linalg.norm(bent)), None, ITERATIONS)
        return jnp.linalg.norm(curvature(u))

    return jnp.max(jax.lax.map(once, jax.random.split(key, STARTS)))


def one_hidden(x: Float[Array, "P d"], scale: Any) -> Model:
    """Phi(w) = scale sum_j a_j tanh(w_j . x / sqrt(d)) on the points; a [m] and W [d, m] in w."""

    def model(w: Any) -> Array:
        return scale * (jnp.tanh(x @ w["W"] / x.shape[1] ** 0.5) @ w["a"])

    return model


def drawn(key: Key[Array, ""], d: int, m: int, dtype: Any) -> dict[str, Array]:
    """Weights of `one_hidden`: W of independent N(0, 1), and signs a."""
    of_W, of_a = jax.random.split(key)
    W = jax.random.normal(of_W, (d, m), dtype)
    return {"W": W, "a": jax.random.rademacher(of_a, (m,), dtype)}


def doubled(w: dict[str, Array]) -> dict[str, Array]:
    """Twice the neurons, the copies with the opposite sign: the model is 0 at the start."""
    return {"W": jnp.concatenate([w["W"]] * 2, 1), "a": jnp.concatenate([w["a"], -w["a"]])}
