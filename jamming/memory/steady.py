"""Steady states of Markov chains that are reset with probability r a step.

p = r p_0 + (1 - r) T p, of a matrix T [S, S] whose columns are the chances of the next state.
`steady_state` eliminates one state after the other without a single subtraction (W. Grassmann, M.
Taksar & D. Heyman, *Regenerative analysis and steady state distributions for Markov chains*, 1985),
so that every p_i has nearly all of its digits, whatever the size of r and of the rates in T: the
determinant of I - (1 - r) T is of order r, and what a pivot of an ordinary elimination has lost is
lost relative to it. `solved` is the ordinary linear solve, in JAX, differentiable, many times as
fast and good to about 1e-16 / r. `squared` is the method of the authors.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arrays import ArrayLike, finite, shaped
from jamming.checks.errors import BadInput
from jamming.memory.arms import reset_probability

TOLERANCE = 1e-12  # of sums that are 1, in float64
SQUARINGS = 200


def tolerance(p: ArrayLike) -> float:
    """By how much a sum of p that is 1 may be off, for each of its terms, in its own precision."""
    dtype = np.asarray(p).dtype
    rounding = float(jnp.finfo(dtype).eps) if jnp.issubdtype(dtype, jnp.floating) else 0.0
    return max(TOLERANCE, 2 * rounding)


def stochastic(T: ArrayLike) -> Float[np.ndarray, "S S"]:
    """T in float64; BadInput unless it is square, with columns of probabilities that sum to 1."""
    most = tolerance(T)
    T = shaped(np.asarray(finite(T, "the transition matrix"), np.float64), "T", "S", "S")
    if not T.size:
        raise BadInput("the transition matrix is empty: give one state at least")
    off = np.abs(T.sum(0) - 1)
    if (T < 0).any() or off.max() > most * len(T):
        i = int(np.argmin(T.min(0)) if (T < 0).any() else np.argmax(off))
        raise BadInput(
            f"column {i} of the transition matrix is no probability distribution (least entry"
            f" {T[:, i].min():g}, sum {T[:, i].sum():.6g}): T[j, i] is the chance to go from i to j"
        )
    return T


def distribution(p: ArrayLike, S: int, name: str = "p_0") -> Float[np.ndarray, " S"]:
    """Probabilities [S] in float64; BadInput unless they are at least 0 and sum to 1."""
    most = tolerance(p)
    p = shaped(np.asarray(finite(p, name), np.float64), name, S)
    if (p < 0).any() or abs(p.sum() - 1) > most * S:
        raise BadInput(f"{name} is no probability distribution: it sums to {p.sum():.6g}")
    return p


def steady_state(T: ArrayLike, p_0: ArrayLike, r: Any) -> Float[np.ndarray, "*k S"]:
    """p [S] of T [S, S] from p_0 [S], to about S roundings of each entry, however small.

    T and p_0 may have leading axes in common, over which the states are independent. Raises
    BadInput unless 0 < r < 1, and for what is not stochastic.
    """
    r = reset_probability(r)
    T = np.asarray(T)
    if T.ndim > 2:
        each = zip(T, np.broadcast_to(p_0, (*T.shape[:-2], T.shape[-1])), strict=True)
        return np.stack([steady_state(a, b, r) for a, b in each])
    T = stochastic(T)
    rate = (1 - r) * T
    arrives = r * distribution(p_0, len(T))  # what a reset brings to each state
    # Censor the states from the last on: a walk that enters n leaves it for the others, or by a
    # reset, in proportion to what is in column n; what the diagonal adds is a wait.
    leaves = np.full(len(T), r)
    for n in range(len(T) - 1, -1, -1):
        out = rate[:n, n].sum() + leaves[n]
        rate[:n, n] /= out
        leaves[n] /= out
        to, of = np.flatnonzero(rate[:n, n]), np.flatnonzero(rate[n, :n])  # few, of a Memento
        rate[np.ix_(to, of)] += np.outer(rate[to, n], rate[n, of])
        arrives[:n] += rate[:n, n] * arrives[n]
        leaves[:n] += leaves[n] * rate[n, :n]
        rate[n, n] = out
    # what flows into n from those before it, divided by what flows out of it
    p = np.zeros(len(T))
    for n in range(len(T)):
        p[n] = (arrives[n] + rate[n, :n] @ p[:n]) / rate[n, n]
    found: Float[np.ndarray, " S"] = p / p.sum()
    return found


def solved(T: Float[Array, "*k S S"], p_0: Float[Array, "*j S"], r: Any) -> Float[Array, "*k S"]:
    """p = r (I - (1 - r) T)^-1 p_0, in the precision of T; nothing is checked. Differentiable.

    The leading axes of p_0 are those of T, or none.
    """
    matrix = jnp.broadcast_to(jnp.eye(T.shape[-1], dtype=T.dtype), T.shape) - (1 - r) * T
    right = jnp.broadcast_to(r * p_0, matrix.shape[:-1])
    return jnp.linalg.solve(matrix, right[..., None])[..., 0]


def squared(
    T: ArrayLike, p_0: ArrayLike, r: Any, *, tolerance: float = 1e-13
) -> Float[np.ndarray, " S"]:
    """p [S] by squaring the transition matrix of the chain with resets until its columns agree.

    (Geiger et al., Algorithm 1.) Raises BadInput as `steady_state`, and if they never agree.
    """
    T, r = stochastic(T), reset_probability(r)
    whole = r * distribution(p_0, len(T))[:, None] + (1 - r) * T
    for _ in range(SQUARINGS):
        if np.ptp(whole, axis=1).max() < tolerance:
            return whole.mean(1)
        whole = whole @ whole
        whole /= whole.sum(0)  # rounding would grow with each squaring
    raise BadInput(f"columns still differ by more than {tolerance:g}: give a larger tolerance")
