"""Where a step of the stabilised flow is, and where its next gradient is taken (see `rkc`)."""

from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jamming.dynamics import deflation
from jamming.dynamics.deflation import Stiff
from jamming.models.networks import Params
from jamming.objectives.problem import Evaluation, State, where

POWER, STAGE, ERROR, EVENT, ITERATE = range(5)
PLAN = 5  # of no tick: a step is about to begin
LOOK, NEW_LOOK = 2, 4  # iterations of the power method before a step, and where M is new
# how closely the last constraint has to be met
EVENT_TOLERANCE = 1e-6


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class RKCState(State):
    """The base point v of a step with its gradient g and outputs F, and how far the step is.

    y, y_before: the last two stages, or v' and v' + error; end: at v' once it is reached (and at
    the crossing found so far during EVENT); e: direction of the power method, d its length; lo, hi:
    bracket of the event, as shares of the step, with the largest Delta there.
    """

    F: Float[Array, "..."]
    y: Params
    y_before: Params
    end: Evaluation
    stiff: Stiff
    e: Params
    d: Float[Array, "*lanes"]
    rho: Float[Array, "*lanes"]  # of H, or of M H
    dt: Float[Array, "*lanes"]
    whole: Float[Array, "*lanes"]  # what dt would be, were it not cut short by `stop`
    stop: Float[Array, "*lanes"]  # the time to land on
    phase: Int[Array, "*lanes"]
    stage: Int[Array, "*lanes"]  # the y that the next STAGE tick is at; the side of the last EVENT
    stages: Int[Array, "*lanes"]  # s
    looks: Int[Array, "*lanes"]  # iterations left of the power method, ticks left of the event
    since: Int[Array, "*lanes"]  # accepted steps since the last look at rho
    lo: Float[Array, "*lanes"]
    hi: Float[Array, "*lanes"]
    gap_lo: Float[Array, "*lanes"]
    gap_hi: Float[Array, "*lanes"]

    def entering(self, phase: int, looks: int | Array = LOOK, **changes: Any) -> "RKCState":
        """The state at the beginning of a phase of so many looks."""
        looks = jnp.full_like(self.looks, looks)
        return replace(self, phase=jnp.full_like(self.phase, phase), looks=looks, **changes)

    def iterating(self, condition: Array) -> "RKCState":
        """Where so, the stiff directions are iterated before the phase that would be next."""
        stiff = replace(self.stiff, rounds=jnp.maximum(self.stiff.rounds, 1))
        return where(condition, self.entering(ITERATE, self.looks, stiff=stiff), self)


def point(state: RKCState) -> Params:
    """Where the tick of this phase takes its gradient: a combination of six vectors."""
    zero, one = jnp.zeros_like(state.dt), jnp.ones_like(state.dt)
    theta, dt = crossing(state), state.dt
    slip = theta * (theta - 1)
    bend = slip * (1 - 2 * theta)
    table = [  # coefficients of v, y, y_before, g, g at the end and e, by phase
        (one, zero, zero, zero, zero, state.d),
        (zero, one, zero, zero, zero, zero),
        (zero, zero, one, zero, zero, zero),
        (1 - theta - bend, theta + bend, zero, -slip * (theta - 1) * dt, -slip * theta * dt, zero),
        (one, zero, zero, zero, zero, state.d),
    ]
    a = jnp.stack([jnp.stack(row) for row in table])[state.phase]
    e = where(state.phase == ITERATE, deflation.direction(state.stiff, state.v), state.e)

    def combine(v: Array, *others: Array) -> Array:
        # 0 inf would be NaN: dt is infinite before rho is known
        terms = zip(a[1:], others, strict=True)
        return sum((jnp.where(c == 0, 0.0, c * z) for c, z in terms), a[0] * v)

    return jax.tree.map(combine, state.v, state.y, state.y_before, state.g, state.end.g, e)


def crossing(state: RKCState) -> Array:
    """Where between lo and hi the largest Delta is expected to vanish, by false position."""
    slope = state.gap_hi - state.gap_lo
    # a little beyond, so that it is on the side where the last constraint is met
    share = -(state.gap_lo + EVENT_TOLERANCE / 2) / jnp.where(slope == 0, 1.0, slope)
    # never so close to an end that rounding, or a curved Delta, stops the search
    share = jnp.clip(jnp.where(jnp.isfinite(share), share, 0.5), 0.05, 0.95)
    return state.lo + share * (state.hi - state.lo)
