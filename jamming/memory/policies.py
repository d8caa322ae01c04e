"""Policies: the chance of each update and next arm after each observation, and the q that follows.

A policy is an array pi [M, arm, reward, K, next arm] that sums to 1 over its last two axes (see
`jamming.memory.graphs`); as logits, pi is their softmax over what is allowed. The steady state is
that of (memory, arm), S = 2M states, since each reward is drawn anew: a quarter of the work of one
of (memory, arm, reward), and of (hypothesis, ...) half of that, as no play changes the hypothesis.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jamming.checks.arrays import ArrayLike, finite, shaped
from jamming.checks.errors import BadInput
from jamming.memory.arms import Arms
from jamming.memory.graphs import Graph
from jamming.memory.steady import distribution, solved, steady_state, tolerance

Policy = Float[Array, "M 2 2 K 2"]


def softmax(memory: Graph, w: Any) -> Policy:
    """The policy of logits w, of its shape; those of updates that are not allowed do not count."""
    allowed = memory.allowed[..., None]
    return jax.nn.softmax(jnp.where(allowed, w, -jnp.inf), axis=(-2, -1))


def checked(memory: Graph, pi: ArrayLike) -> Float[np.ndarray, "M 2 2 K 2"]:
    """pi in float64, in which it sums to 1; BadInput unless it is a policy of this memory."""
    sizes = (*memory.successors.shape, 2)
    most = tolerance(pi)
    pi = shaped(np.asarray(finite(pi, "the policy"), np.float64), "the policy", *sizes)
    total = pi.sum((-2, -1), keepdims=True)
    if (
        (pi < 0).any()
        or np.abs(total - 1).max() > most * pi[0, 0, 0].size
        or pi[~memory.allowed].any()
    ):
        raise BadInput(
            "the policy is not stochastic: after each observation the chances of allowed updates"
            " and arms must be at least 0 and sum to 1, and those of others must be 0"
        )
    return pi / total


def transitions(memory: Graph, pi: Any, rewards: Any) -> Float[Array, "2 S S"]:
    """T[hypothesis, to, from] of the states (memory, arm), of `Arms.rewards`."""
    moves = jnp.einsum("har,xarkb->hxakb", rewards, pi) if memory.full else None
    M = memory.M
    if moves is None:
        moves = jnp.zeros((2, M, 2, M, 2), pi.dtype)
        x, a = jnp.arange(M)[:, None, None, None], jnp.arange(2)[:, None, None]
        flow = rewards[:, None, :, :, None, None] * pi[None]
        to = jnp.where(memory.allowed, memory.successors, 0)
        moves = moves.at[:, x, a, to].add(flow)
    return moves.reshape(2, 2 * M, 2 * M).swapaxes(1, 2)


def uniform(memory: Graph) -> Float[np.ndarray, "M 2"]:
    """The start after a reset in any memory with either arm."""
    return np.full((memory.M, 2), 1 / (2 * memory.M))


def wrong(memory: Graph, p: Any) -> Float[Array, " 2"]:
    """q of each hypothesis, of steady states p [2, S]: B is the worse arm under H_A."""
    plays = p.reshape(2, memory.M, 2).sum(1)
    return jnp.stack([plays[0, 1], plays[1, 0]])


def q_of(memory: Graph, pi: Any, arms: Arms, r: Any, p_0: Any = None) -> Float[Array, " 2"]:
    """q under H_A and H_B by a linear solve, differentiable in pi, r and p_0 [M, 2].

    Precise to about 1e-16 / r in float64, which JAX has to be told to use
    (``jax.config.update("jax_enable_x64", True)``). Nothing is checked.
    """
    p_0 = uniform(memory) if p_0 is None else p_0
    T = transitions(memory, pi, jnp.asarray(arms.rewards, pi.dtype))
    start = jnp.asarray(p_0, pi.dtype).reshape(-1)
    return wrong(memory, solved(T, start, r))


def exact_q(memory: Graph, pi: ArrayLike, arms: Arms, r: Any, p_0: Any = None) -> float:
    """q, the mean of both hypotheses, to about S roundings however small r is, in NumPy.

    pi [M, 2, 2, K, 2], p_0 [M, 2] (default: uniform). Raises BadInput unless 0 < r < 1, and where
    pi or p_0 are not stochastic.
    """
    T, start = _numpy(memory, pi, arms, p_0)
    p = steady_state(T, start, r)
    plays = p.reshape(2, memory.M, 2).sum(1)
    return float(plays[0, 1] + plays[1, 0]) / 2


def discounted(
    memory: Graph, pi: ArrayLike, arms: Arms, r: Any, p_0: Any = None, *, steps: int
) -> float:
    """The expected sum of the first `steps` rewards, discounted by gamma = 1 - r, play by play.

    What it tends to is `Arms.gain` of the q of the chain with resets (Geiger et al., Lemma 2.1).
    """
    T, start = _numpy(memory, pi, arms, p_0)
    mean = 2 * arms.plus - 1  # [hypothesis, arm]
    p, total = np.stack([start, start]), 0.0
    for step in range(steps):
        plays = p.reshape(2, memory.M, 2).sum(1)
        total += (1 - float(r)) ** step * float((plays * mean).sum()) / 2
        p = np.einsum("hij,hj->hi", T, p)
    return total


def _numpy(memory: Graph, pi: ArrayLike, arms: Arms, p_0: Any) -> tuple[Any, Any]:
    """T [2, S, S] and p_0 [S] in float64, without JAX, which may not have it."""
    pi = checked(memory, pi)
    M = memory.M
    T = np.zeros((2, M, 2, M, 2))
    x, a = np.ogrid[:M, :2]
    flow = arms.rewards[:, None, :, :, None, None] * pi
    to = np.where(memory.allowed, memory.successors, 0)
    at: Any = (slice(None), x[..., None, None], a[..., None, None], to)
    np.add.at(T, at, flow)
    p_0 = uniform(memory) if p_0 is None else np.asarray(p_0)
    start = distribution(shaped(p_0, "p_0", M, 2).reshape(-1), 2 * M)
    return T.reshape(2, 2 * M, 2 * M).swapaxes(1, 2), start
