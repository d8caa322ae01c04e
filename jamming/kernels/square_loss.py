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

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arguments import time
from jamming.checks.arrays import ArrayLike, finite, shaped, symmetric, targets, unit
from jamming.checks.errors import BadInput
from jamming.checks.rounding import lost, rounding
from jamming.execution.threads import requested_blas_threads


@requested_blas_threads()
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
    Computed in float64.

    Raises:
        BadInput: a negative time, another shape, a value that is not finite, or a kernel that is
            not symmetric or has negative eigenvalues.
    """
    t, eps = time("t", t), rounding(theta, "theta")
    theta = shaped(finite(theta, "theta"), "theta", "P", "P")
    symmetric(theta, "theta")
    theta_x = shaped(finite(theta_x, "theta_x"), "theta_x", "Q", len(theta))
    y = shaped(targets(y), "y", len(theta))
    f0 = shaped(finite(f0, "f0"), "f0", len(theta))
    f0_x = shaped(finite(f0_x, "f0_x"), "f0_x", len(theta_x))
    # NumPy has float64 also where JAX has not
    given = (theta, theta_x, y, f0, f0_x)
    theta, theta_x, y, f0, f0_x = (np.asarray(each, np.float64) for each in given)
    size = unit(theta)
    K, U, least = *np.linalg.eigh(theta / size), lost(eps, len(y))
    if K[0] < -max(1e-5, least) * np.abs(K).max():
        raise BadInput("theta has negative eigenvalues: a kernel has none, give another")
    with np.errstate(over="ignore"):  # exp(-infinity) is zero
        learnt = -np.expm1(-np.maximum(K, 0) * size * t / len(y)) if t < math.inf else 1.0
    there = K > least * K[-1]
    weight = np.where(there, learnt / np.where(there, K, 1), 0)
    found = f0_x + theta_x / size @ (U @ (weight * (U.T @ (y - f0))))
    return jnp.asarray(found, jnp.result_type(*given))
