"""Coefficients of the Runge-Kutta-Chebyshev method of second order (RKC2).

One step of s stages from v, for dv/dt = f(v), is

    y_1 = v + mu~_1 dt f(v)
    y_j = (1 - mu_j - nu_j) v + mu_j y_{j-1} + nu_j y_{j-2} + dt [mu~_j f(y_{j-1}) + gamma~_j f(v)]

(Sommeijer, Shampine & Verwer, *RKC: an explicit solver for parabolic PDEs*, J. Comput. Appl. Math.
88:315, 1997; damping eps = 2/13 as there.)
"""

import functools

import numpy as np
from jaxtyping import Float

MAX_STAGES = 128


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
