"""The smallest changes of an image that change its class: one for each image, or one for all.

`smallest` goes from plane to plane (DeepFool: Moosavi-Dezfooli, Fawzi & Frossard, 2016), `fgsm` is
a step of equal size in each pixel (Goodfellow, Shlens & Szegedy, 2014), and `universal` one change
of norm at most eps that fools a share kappa of the images (Moosavi-Dezfooli et al., 2017). A
network whose Lipschitz constant is at most C and whose margin is m cannot be fooled by less than
m / (sqrt(2) C): differences of two logits are sqrt(2) C-Lipschitz.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jamming.checks.arguments import number, whole
from jamming.checks.arrays import is_traced

Outputs = Callable[[Array], Array]  # images [n, ...] to logits [n, classes]

OVERSHOOT = 0.02  # of a step, as published: the plane itself is on neither side
STEPS = 30


def smallest(outputs: Outputs, x: Float[Array, "n *d"], *, steps: int = STEPS) -> Array:
    """r [n, ...]: changes as small as found with which `outputs`(x + r) has other classes.

    In each step the logits are taken to be linear, and the nearest border between the class of x
    and another is crossed. Where the class is the same after all steps, r is not large enough.
    The norm of r is an upper bound of that of the smallest change; of linear logits it is exact,
    but for the 2 % of overshoot.
    """
    return jax.lax.map(lambda one: _smallest(outputs, one, whole("steps", steps)), x)


def _smallest(outputs: Outputs, x: Array, steps: int) -> Array:
    def logits(z: Array) -> Array:
        return outputs(z[None])[0]

    begun = jnp.argmax(logits(x))

    def step(r: Array, _: None) -> tuple[Array, None]:
        at = x + (1 + OVERSHOOT) * r
        F = logits(at)
        J = jax.jacrev(logits)(at).reshape(len(F), -1)
        w, gap = J - J[begun][None], F - F[begun]
        size = jnp.linalg.norm(w, axis=1)
        own = jnp.arange(len(F)) == begun
        far = jnp.where(own | (size == 0), jnp.inf, jnp.abs(gap) / jnp.where(size == 0, 1.0, size))
        k = jnp.argmin(far)
        move = (jnp.abs(gap[k]) / jnp.where(size[k] == 0, 1.0, size[k]) ** 2) * w[k]
        return jnp.where(jnp.argmax(F) == begun, r + move.reshape(r.shape), r), None

    r, _ = jax.lax.scan(step, jnp.zeros_like(x), None, steps)
    return (1 + OVERSHOOT) * r


def fgsm(
    outputs: Outputs, x: Float[Array, "n *d"], y: Int[Array, " n"], eps: Any
) -> Float[Array, "n *d"]:
    """x + eps sign(grad_x of the cross-entropy); `eps` may be traced."""

    def loss(x: Array) -> Array:
        logs = jax.nn.log_softmax(outputs(x))
        return -jnp.sum(jnp.take_along_axis(logs, y[:, None], 1))

    return x + eps * jnp.sign(jax.grad(loss)(x))


class Universal(NamedTuple):
    """One change v of all images, and the share of these whose class it changes."""

    v: Float[Array, "*d"]
    kappa: Float[Array, ""]


def universal(
    outputs: Outputs, x: Float[Array, "n *d"], eps: Any, *, passes: int = 2, steps: int = 5
) -> Universal:
    """A change of norm `eps` at most, built up from the `smallest` ones of images not yet fooled.

    So many `passes` over the images [n, ...]; that with the largest share is kept.
    """
    if not is_traced(eps):
        eps = number("eps", eps, above=0.0)
    begun = jnp.argmax(outputs(x), -1)

    def share(v: Array) -> Array:
        return jnp.mean(jnp.argmax(outputs(x + v[None]), -1) != begun)

    def one(v: Array, at: tuple[Array, Array]) -> tuple[Array, None]:
        image, was = at
        fooled = jnp.argmax(outputs((image + v)[None])[0]) != was
        moved = v + jnp.where(fooled, 0.0, 1.0) * _smallest(outputs, image + v, steps)
        return moved * jnp.minimum(1.0, eps / (jnp.linalg.norm(moved.ravel()) + 1e-30)), None

    def once(state: tuple[Array, Universal], _: None) -> tuple[tuple[Array, Universal], None]:
        v, best = state
        v, _ = jax.lax.scan(one, v, (x, begun))
        kappa = share(v)
        better = kappa > best.kappa
        kept = Universal(jnp.where(better, v, best.v), jnp.where(better, kappa, best.kappa))
        return (v, kept), None

    zero = jnp.zeros_like(x[0])
    (_, best), _ = jax.lax.scan(once, (zero, Universal(zero, share(zero))), None, passes)
    return best
