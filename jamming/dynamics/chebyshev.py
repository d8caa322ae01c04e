"""Stages of the Runge-Kutta-Chebyshev method of second order, and how far they are stable.

A step of s stages is stable where dt rho <= (s^2 - 1) / 1.54. Coefficients with damping 2/13 are
those of Sommeijer, Shampine & Verwer, J. Comput. Appl. Math. 88:315 (1997).
"""

import functools

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

MAX_STAGES = 128


def stages(dt: Array, rho: Array) -> Array:
    """How many a step of length dt needs."""
    return 1 + jnp.sqrt(1.54 * dt * rho + 1).astype(jnp.int32)


def reach(s: int) -> float:
    """The largest dt rho for which s stages are always enough."""
    return ((s - 1) ** 2 - 1) / 1.54


@functools.lru_cache(maxsize=4)
def coefficients(dtype: np.dtype) -> Float[np.ndarray, "s j four"]:
    """(mu_j, nu_j, mu~_j, gamma~_j) for each s and j <= s; (mu~_1, 0, 0, 0) at j = 1."""
    table = np.zeros((MAX_STAGES + 1, MAX_STAGES + 1, 4))
    for s in range(2, MAX_STAGES + 1):
        w0 = 1 + 2 / 13 / s**2
        # T_j(w0) and its first two derivatives
        T = [np.array([1.0, 0.0, 0.0]), np.array([w0, 1.0, 0.0])]
        for _ in range(2, s + 1):
            one, two = T[-1], T[-2]
            T.append(2 * w0 * one - two + 2 * np.array([0.0, one[0], 2 * one[1]]))
        w1 = T[s][1] / T[s][2]
        b = np.array([0.0, 0.0] + [t[2] / t[1] ** 2 for t in T[2:]])
        b[:2] = b[2]
        a = 1 - b * np.array([t[0] for t in T])
        table[s, 1, 0] = b[1] * w1
        for j in range(2, s + 1):
            mu_t = 2 * b[j] * w1 / b[j - 1]
            table[s, j] = 2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], mu_t, -a[j - 1] * mu_t
    return table.astype(dtype)
