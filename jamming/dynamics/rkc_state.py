"""The state of a stabilised step: where it is in its phases (`jamming.dynamics.rkc`)."""

from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from jamming.models.networks import Params
from jamming.objectives.problem import Evaluation, State

POWER, STAGE, ERROR, EVENT = range(4)
LOOK = 2  # iterations of the power method before a step


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class RKCState(State):
    """The base point v of a step with its gradient g and outputs F, and how far the step is.

    y, y_before: the last two stages; end: at v' once it is reached (and at the crossing found so
    far during EVENT); e: direction of the power method, d its length; lo, hi: bracket of the event,
    as shares of the step, with the largest Delta there.
    """

    g: Params
    F: Float[Array, "..."]
    y: Params
    y_before: Params
    end: Evaluation
    e: Params
    d: Float[Array, "*lanes"]
    rho: Float[Array, "*lanes"]
    dt: Float[Array, "*lanes"]
    whole: Float[Array, "*lanes"]  # what dt would be, were it not cut short by `stop`
    stop: Float[Array, "*lanes"]  # the time to land on
    phase: Int[Array, "*lanes"]
    stage: Int[Array, "*lanes"]  # the y that the next STAGE tick is at
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
