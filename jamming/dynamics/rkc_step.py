"""A step of the stabilised method: its length, its stages, and what follows once it is taken."""

from dataclasses import replace

import jax
import jax.numpy as jnp
from jaxtyping import Array

from jamming.dynamics.chebyshev import MAX_STAGES, coefficients
from jamming.dynamics.rkc_state import ERROR, POWER, STAGE, RKCState
from jamming.models.networks import Params
from jamming.objectives.problem import Evaluation, where

# accepted steps from one look at rho to the next, and margin of safety on rho
REFRESH, SAFE_RHO = 15, 1.1
# stages of a step from which on a look before each is cheap, against a step that diverges because
# rho has grown since
COSTLY = 16


def begin(state: RKCState) -> RKCState:
    """The first stage of a step of length dt, or of what `MAX_STAGES` stages can do."""
    rho = SAFE_RHO * jnp.maximum(state.rho, jnp.finfo(state.rho.dtype).tiny)
    # the very first step; where the landscape is flat, rho = 0, any step will do
    dt = jnp.where(jnp.isinf(state.dt), 1 / jnp.maximum(rho, 1e-6), state.dt)
    whole = jnp.minimum(dt, ((MAX_STAGES - 1) ** 2 - 1) / 1.54 / rho)
    dt = jnp.minimum(whole, state.stop - state.t)
    s = jnp.clip(1 + jnp.sqrt(1.54 * dt * rho + 1).astype(jnp.int32), 2, MAX_STAGES)
    mu1 = jnp.asarray(coefficients(state.dt.dtype))[s, 1, 0]
    return replace(
        state,
        dt=dt,
        whole=whole,
        stages=s.astype(state.stages.dtype),
        stage=jnp.ones_like(state.stage),
        phase=jnp.full_like(state.phase, STAGE),
        y_before=state.v,
        y=jax.tree.map(lambda v, g: v - mu1 * dt * g, state.v, state.g),
    )


def stage(state: RKCState, at: Evaluation) -> RKCState:
    """From the gradient at y_{j-1} to y_j; that at y_s, the end of the step, is stored."""
    j = state.stage + 1
    table = jnp.asarray(coefficients(state.dt.dtype))
    mu, nu, mu_t, gamma_t = table[state.stages, jnp.minimum(j, MAX_STAGES)]

    def following(v: Array, g: Array, y: Array, before: Array, at_y: Array) -> Array:
        there = (1 - mu - nu) * v + mu * y + nu * before
        return there - state.dt * (mu_t * at_y + gamma_t * g)

    y = jax.tree.map(following, state.v, state.g, state.y, state.y_before, at.g)
    step = replace(state, y=y, y_before=state.y, stage=j)
    end = replace(state, end=at, phase=jnp.full_like(state.phase, ERROR))
    return where(state.stage < state.stages, step, end)


def advanced(state: RKCState, v: Params, share: Array, factor: Array) -> RKCState:
    """At v, `share` of the step later; next comes a step `factor` as long, or a look at rho."""
    remaining, taken = state.stop - state.t, share * state.dt
    # a step cut short by `stop` says nothing against the length that it should have had
    cut = (state.dt < state.whole) & (factor >= 1)
    dt = jnp.where(cut, jnp.maximum(state.dt * factor, state.whole), state.dt * factor)
    due = (state.since + 1 >= REFRESH) | (state.stages >= COSTLY)
    state = state.entering(
        POWER,
        v=v,
        g=state.end.g,
        F=state.end.F,
        loss=state.end.loss,
        unsatisfied=state.end.unsatisfied,
        t=jnp.where(taken < remaining, state.t + taken, state.stop),
        dt=dt,
        since=state.since + 1,
    )
    return where(due, state, begin(state))
