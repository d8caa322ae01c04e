"""The stiffest directions of a gradient flow, followed along it and slowed within a step.

The spectrum of H has a few large eigenvalues far above the rest, and these alone say how many
stages a step needs. They belong to modes that relax within a small part of the step, so that it
does not matter how fast. So a step follows

    dv/dt = -M grad L,    M = 1 - sum_i (1 - m_i) V_i V_i^T,    m_i = min(1, slow / lambda_i)

with orthonormal V_i close to the eigenvectors of the largest eigenvalues lambda_i: they relax at a
rate of `slow`, the smallest of them. M H is similar to a symmetric matrix, so a step is stable as
before, with the spectral radius of M H in place of that of H. Fixed points are the same. A stiff
mode follows its moving equilibrium at a distance that is inversely proportional to its rate; where
it is slowed, it lags behind by

    (1/slow - 1/lambda_i) |dv/dt along V_i|  =  (1 - m_i) / lambda_i  V_i^T grad L

more than it would. This vector is added to the estimated error of the step. Where tolerances are
tight, steps are short and nothing is slowed: the method is of second order still.

V comes from orthogonal iterations, V <- orthonormalised H V, a row at each tick, warm from the last
ones; lambda_i are the norms. The same clipping of a known part of the spectrum is what deflation
does for linear systems (Frank & Vuik, SIAM J. Sci. Comput. 23:442, 2001).
"""

from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

from jamming.dynamics import chebyshev
from jamming.models.networks import Params

DIRECTIONS = 12
# accepted steps from one iteration to the next, and iterations where V is far from its goal
EVERY, FIRST = 4, 3
# rates that this many stages cover are never slowed
LEAST = 9


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Stiff:
    """Directions V, with their eigenvalues, and how far their iteration is."""

    V: Float[Array, "*lanes k N"]
    values: Float[Array, "*lanes k"]
    on: Int[Array, "*lanes"]  # whether they are slowed
    age: Int[Array, "*lanes"]  # accepted steps since the last iteration
    row: Int[Array, "*lanes"]  # that the next tick is at
    rounds: Int[Array, "*lanes"]  # iterations left


def random(v: Params) -> Stiff:
    """Directions to start from, fewer of a few weights: the same for every trajectory."""
    flat, _ = ravel_pytree(v)
    k = min(DIRECTIONS, 1 + flat.size // 4)
    V = jax.random.normal(jax.random.key(0), (k, flat.size), flat.dtype)
    V = V / jnp.linalg.norm(V, axis=1, keepdims=True)
    count = jnp.zeros((), jnp.int32)
    return Stiff(V, jnp.zeros(k, flat.dtype), count, count, count, count)


def slowest(stiff: Stiff, dt: Array) -> Array:
    """The rate down to which a step of length dt is slowed."""
    return jnp.maximum(jnp.min(stiff.values), chebyshev.reach(LEAST) / dt)


def share(stiff: Stiff, dt: Array) -> Float[Array, " k"]:
    """1 - m_i: what M takes away of each direction."""
    slow = slowest(stiff, dt) / jnp.maximum(stiff.values, jnp.finfo(dt.dtype).tiny)
    return jnp.where(stiff.on > 0, 1 - jnp.minimum(1.0, slow), 0.0)


def along(V: Array, x: Array) -> Array:
    """V x, of one vector or several, [N] or [N, n]."""
    return jnp.matmul(V, x, precision="highest")


def slowed(stiff: Stiff, dt: Array, *slopes: Params) -> list[Params]:
    """M times each of these."""
    _, back = ravel_pytree(slopes[0])
    flat = jnp.stack([ravel_pytree(g)[0] for g in slopes], axis=1)
    taken = share(stiff, dt)[:, None] * along(stiff.V, flat)
    flat -= along(stiff.V.T, taken)
    return [back(flat[:, i]) for i in range(len(slopes))]


def direction(stiff: Stiff, v: Params) -> Params:
    """The row V_i that the next tick is at, in the form of v."""
    _, back = ravel_pytree(v)
    return back(stiff.V[stiff.row])


def iterated(stiff: Stiff, HV: Params) -> Stiff:
    """With the row that this tick was at replaced by H times it, orthonormal to those before."""
    w, _ = ravel_pytree(HV)
    before = jnp.arange(len(stiff.V), dtype=stiff.row.dtype) < stiff.row
    w -= along(stiff.V.T, jnp.where(before, along(stiff.V, w), 0.0))
    norm = jnp.sqrt(jnp.vdot(w, w))
    sane = jnp.isfinite(norm) & (norm > 0)
    row = jnp.where(sane, w / jnp.where(sane, norm, 1.0), stiff.V[stiff.row])
    last = stiff.row + 1 == len(stiff.V)
    return replace(
        stiff,
        V=stiff.V.at[stiff.row].set(row),
        values=stiff.values.at[stiff.row].set(jnp.where(sane, norm, 0.0)),
        age=jnp.zeros_like(stiff.age),
        row=jnp.where(last, 0, stiff.row + 1),
        rounds=stiff.rounds - last.astype(stiff.rounds.dtype),
    )


def seeded(stiff: Stiff, e: Params) -> Stiff:
    """On, with `FIRST` iterations ahead, from e and what was known."""
    flat, _ = ravel_pytree(e)
    fresh = replace(stiff, on=jnp.ones_like(stiff.on), row=jnp.zeros_like(stiff.row))
    return replace(fresh, V=stiff.V.at[0].set(flat), rounds=jnp.full_like(stiff.rounds, FIRST))
