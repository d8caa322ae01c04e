"""The event within a step: when its last constraint is met, on the step's cubic interpolant."""

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array

from jamming.dynamics.rkc_state import EVENT, RKCState
from jamming.dynamics.rkc_step import advanced
from jamming.models.networks import Params
from jamming.objectives.problem import Evaluation, Problem, where

EVENT_TICKS, EVENT_TOLERANCE = 12, 1e-6


def bracketed(problem: Problem, state: RKCState) -> RKCState:
    """The event is somewhere in the step."""
    return state.entering(
        EVENT,
        EVENT_TICKS,
        y_before=state.y,
        lo=jnp.zeros_like(state.lo),
        hi=jnp.ones_like(state.hi),
        gap_lo=_largest_delta(problem, state.F),
        gap_hi=_largest_delta(problem, state.end.F),
    )


def crossing(state: RKCState) -> Array:
    """Where between lo and hi the largest Delta is expected to vanish, by false position."""
    slope = state.gap_hi - state.gap_lo
    share = -state.gap_lo / jnp.where(slope == 0, 1.0, slope)
    # never so close to an end that rounding, or a curved Delta, stops the search
    share = jnp.clip(jnp.where(jnp.isfinite(share), share, 0.5), 0.05, 0.95)
    return state.lo + share * (state.hi - state.lo)


def narrowed(problem: Problem, state: RKCState, point: Params, at: Evaluation) -> RKCState:
    """With a narrower bracket, from the landscape at the `point` of the crossing."""
    theta, gap = crossing(state), _largest_delta(problem, at.F)
    met = at.unsatisfied == 0
    new = replace(
        state,
        lo=jnp.where(met, state.lo, theta),
        hi=jnp.where(met, theta, state.hi),
        # Illinois: the end that stays counts half, so that both move
        gap_lo=jnp.where(met, state.gap_lo / 2, gap),
        gap_hi=jnp.where(met, gap, state.gap_hi / 2),
        looks=state.looks - 1,
    )
    # g stays that of v', which the interpolant needs; nothing follows that would use it
    found = replace(new, y_before=point, end=replace(at, g=state.end.g))
    new = where(met, found, new)
    done = (new.looks <= 0) | (met & (gap > -EVENT_TOLERANCE))
    end = advanced(new, new.y_before, new.hi, jnp.ones_like(new.dt))
    return where(done, end, new)


def _largest_delta(problem: Problem, F: Array) -> Array:
    loss = problem.loss
    return jnp.max(loss.delta(F, problem.y)) - loss.slack * loss.margin
