"""What the square loss comes to with a tangent kernel that stays as it was: a closed form.

Gradient flow on (1/2P) sum_mu (y_mu - f(x_mu))^2 with Theta fixed is linear, and

    f_t(x) = f_0(x) + K_x K^-1 (1 - exp(-K t / P)) (y - f_0),

with K = Theta on the training points, K_x its row between x and them, and f_0 the outputs at the
start. At t = infinity f_0(x) - K_x K^-1 f_0 + K_x K^-1 y: what the initial weights leave, and the
regression on the labels (Geiger et al., *Scaling description of generalization with number of
parameters in deep learning*, 2020, Eqs. 16 and 17).
"""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from jamming.errors import BadInput


def square_loss(
    theta: Float[Array, "P P"],
    theta_x: Float[Array, "Q P"],
    y: Float[Array, " P"],
    f0: Float[Array, " P"],
    f0_x: Float[Array, " Q"],
    t: float = math.inf,
) -> Float[Array, " Q"]:
    """f_t at Q points, from the kernel, the labels, and f_0 on the training and the Q points.

    Time is that of gradient flow on the loss above. Directions in which the kernel is zero to
    rounding are not learnt.

    Raises:
        BadInput: a negative time.
    """
    if not t >= 0:
        raise BadInput(f"a time must not be negative, as {t} is")
    K, U = jnp.linalg.eigh(theta)
    learnt = -jnp.expm1(-jnp.maximum(K, 0) * t / len(y)) if t < math.inf else jnp.ones_like(K)
    there = K > len(y) * jnp.finfo(K.dtype).eps * K[-1]
    weight = jnp.where(there, learnt / jnp.where(there, K, 1), 0)
    return f0_x + theta_x @ (U @ (weight * (U.T @ (y - f0))))
