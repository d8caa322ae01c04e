"""Coefficients of the Runge-Kutta-Chebyshev steps of `rkc_step`, and of their error in the outputs.

Damping is eps = 2/13 (Sommeijer, Shampine & Verwer, 1997).

**Error.** The embedded estimate of that paper, 0.8 (v - y_s) + 0.4 dt (f(v) + f(y_s)), is one of v,
which takes a gradient more to become one of the outputs. An estimate of these comes with the
stages: of a linear flow y_j = P_j(dt f') v with known polynomials P_j, and weights w_j, of the
least norm, make sum_j w_j F(y_j) vanish to second order in dt and be that estimate in third (up to
1.8 times the error of a step itself, as the errors of many steps add up).
There must be four points at least, hence three stages: as many gradients as two stages and another
one for their error, for steps 2.7 times as long.
"""

import functools

import numpy as np
from jaxtyping import Float

MIN_STAGES, MAX_STAGES = 3, 128


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


@functools.lru_cache(maxsize=4)
def weights(dtype: np.dtype) -> Float[np.ndarray, "s j"]:
    """w_j of the error of the outputs, for each s and j <= s."""
    table, known = np.zeros((MAX_STAGES + 1, MAX_STAGES + 1)), coefficients(np.dtype(float))
    orders = np.eye(4)  # of dt, up to the third
    for s in range(MIN_STAGES, MAX_STAGES + 1):
        P = [orders[0], orders[0] + known[s, 1, 0] * orders[1]]
        for mu, nu, mu_t, gamma_t in known[s, 2 : s + 1]:
            f, f0 = (np.append(0.0, p[:3]) for p in (P[-1], P[0]))
            P.append((1 - mu - nu) * P[0] + mu * P[-1] + nu * P[-2] + mu_t * f + gamma_t * f0)
        size = np.abs(P).max(axis=0)
        wanted = (0.4 * P[s][2] - 0.8 * P[s][3]) * orders[3]
        table[s, : s + 1] = np.linalg.pinv((P / size).T) @ (wanted / size)
    return table.astype(dtype)
