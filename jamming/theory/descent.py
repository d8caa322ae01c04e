"""How a loss goes down: the descent lemma, and exponential convergence of lazy training.

Of a loss V whose second derivative is at most L along a step s,

    V(w + s) <= V(w) + grad V(w).s + (L / 2) |s|^2,

so that steps of -eta grad V go down for eta < 2 / L (L. Bottou, F. E. Curtis & J. Nocedal,
*Optimization methods for large-scale machine learning*, 2018, Sec. 4.1). With a frozen kernel Theta
of P points and the loss |F - y|^2 / 2P, residuals in the direction of an eigenvector of eigenvalue
lambda fall as exp(-lambda t / P), and all of them at least as fast as the least eigenvalue says (A.
Jacot, F. Gabriel & C. Hongler, *Neural Tangent Kernel*, 2018, Sec. 5).
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arguments import time, whole
from jamming.checks.arrays import ArrayLike, finite, symmetric

Loss = Callable[[Array], Array]  # of weights [N]


def curvature(loss: Loss, w: ArrayLike, step: ArrayLike, points: Any = 33) -> float:
    """The largest second derivative along w + t step, 0 <= t <= 1, divided by |step|^2.

    At `points` places on the way. It is at most the largest eigenvalue of the Hessian there, and is
    the L for which the lemma holds.
    """
    w, step = (jnp.asarray(finite(x, name, "N")) for x, name in ((w, "w"), (step, "step")))
    ends = jnp.linspace(0.0, 1.0, whole("points", points, least=2), dtype=w.dtype)

    def along(t: Array) -> Array:
        return loss(w + t * step)

    second = jax.lax.map(jax.grad(jax.grad(along)), ends)
    return float(second.max() / (step**2).sum())


def descent_bound(loss: Loss, w: ArrayLike, step: ArrayLike, L: Any) -> float:
    """V(w) + grad V(w).step + (L / 2) |step|^2, which V(w + step) does not exceed."""
    w, step = (jnp.asarray(finite(x, name, "N")) for x, name in ((w, "w"), (step, "step")))
    value, slope = jax.value_and_grad(loss)(w)
    return float(value + slope @ step + L / 2 * (step**2).sum())


def lazy_residuals(
    theta: ArrayLike, residual: ArrayLike, t: Any
) -> tuple[Float[np.ndarray, " P"], float]:
    """The residuals F - y [P] at time t of those at 0, by a frozen kernel [P, P]; and the bound

    |F - y|(0) exp(-lambda_min t / P) on their norm.
    """
    theta = np.asarray(symmetric(finite(theta, "theta", "P", "P"), "theta"), float)
    r = np.asarray(finite(residual, "residual", len(theta)), float)
    t = time("t", t)
    values, vectors = np.linalg.eigh(theta)
    found = vectors @ (np.exp(-values * t / len(r)) * (vectors.T @ r))
    return found, float(np.linalg.norm(r) * np.exp(-values[0] * t / len(r)))
