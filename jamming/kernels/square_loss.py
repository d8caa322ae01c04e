"""What the square loss comes to with a tangent kernel that stays as it was: a closed form.

Gradient flow on (1/2P) sum_mu (y_mu - f(x_mu))^2 with Theta fixed is linear, and

    f_t(x) = f_0(x) + K_x K^-1 (1 - exp(-K t / P)) (y - f_0),

with K = Theta on the training points, K_x its row between x and them, and f_0 the outputs at the
start. At t = infinity f_0(x) - K_x K^-1 f_0 + K_x K^-1 y: what the initial weights leave, and the
regression on the labels (Geiger et al., *Scaling description of generalization with number of
parameters in deep learning*, 2020, Eqs. 16 and 17).
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.arguments import time
from jamming.arrays import ArrayLike, finite, shaped, symmetric, targets
from jamming.errors import BadInput
from jamming.threads import as_told


@as_told()
def square_loss(
    theta: ArrayLike,
    theta_x: ArrayLike,
    y: ArrayLike,
    f0: ArrayLike,
    f0_x: ArrayLike,
    t: Any = math.inf,
) -> Float[Array, " Q"]:
    """f_t at Q points, from the kernel, the labels, and f_0 on the training and the Q points.

    Of shapes [P, P], [Q, P], [P], [P] and [Q]. Time is that of gradient flow on the loss above.
    Directions in which the kernel is zero to rounding, that of its own type, are not learnt.

    Raises:
        BadInput: a negative time, another shape, a value that is not finite, or a kernel that is
            not symmetric or has negative eigenvalues.
    """
    t = time("t", t)
    theta = jnp.asarray(shaped(finite(theta, "theta"), "theta", "P", "P"))
    symmetric(theta, "theta")
    theta_x = jnp.asarray(shaped(finite(theta_x, "theta_x"), "theta_x", "Q", len(theta)))
    y = jnp.asarray(shaped(targets(y), "y", len(theta)))
    f0 = jnp.asarray(shaped(finite(f0, "f0"), "f0", len(theta)))
    f0_x = jnp.asarray(shaped(finite(f0_x, "f0_x"), "f0_x", len(theta_x)))
    K, U = jnp.linalg.eigh(theta)
    if K[0] < -1e-5 * jnp.abs(K).max():
        raise BadInput("theta has negative eigenvalues: a kernel has none, give another")
    learnt = -jnp.expm1(-jnp.maximum(K, 0) * t / len(y)) if t < math.inf else jnp.ones_like(K)
    there = K > len(y) * jnp.finfo(K.dtype).eps * K[-1]
    weight = jnp.where(there, learnt / jnp.where(there, K, 1), 0)
    # waited for, as BLAS is let go with the return
    return jax.block_until_ready(f0_x + theta_x @ (U @ (weight * (U.T @ (y - f0)))))
