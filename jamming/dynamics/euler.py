"""The papers' gradient flow: explicit Euler with a step set by two tolerances.

v(t + dt) = v(t) - dt grad L(v(t)), an attempt being accepted where both hold:

* output:   max_mu |F(v') - F(v)| < tol_output            (0.1)
* gradient: |g - g'|^2 / (|g| |g'|) < tol_gradient        (1e-4; taken as 0 where a norm is 0)

A rejected attempt leaves v and divides dt by 10; an accepted one multiplies dt by 1.1 where both
quantities are below half their tolerances. The first dt is 1. g' serves the next attempt, so an
attempt costs one gradient. (*Disentangling feature and lazy training*, sec. 2, which gives the
two tolerances; start, growth and cut are those of the authors' code.)

With a momentum time tau the flow is dv/dt = u, du/dt = -(u + grad L) / tau, integrated as u' = q
u - (1 - q) g, v' = v + dt u', q = exp(-dt / tau); tau = 0 is gradient flow. A negative tau grows
with time, q = (t / (t + dt))^|tau|. (Authors' code; the thesis names tau in its Fig. 13 alone.)

NOTE: the authors' rule has no floor for dt. Where the gradient jumps (a ReLU pattern or a linear
hinge crossing its kink) and the tolerance is below the jump, no step across is ever accepted;
such a trajectory ends here as MIN_STEP.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jamming.checks import arguments
from jamming.models.networks import Params
from jamming.objectives.predictor import one_rate
from jamming.objectives.problem import Problem, State, judged, norm_squared, where

GROWTH, CUT = 1.1, 10.0


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class EulerState(State):
    """Adds the outputs F [P] at v, the velocity u, and the step to try next."""

    F: Float[Array, "..."]
    u: Params
    dt: Float[Array, "*lanes"]


@dataclass(frozen=True)
class Euler:
    """The papers' adaptive Euler, ``"euler"`` of a job (see `jamming.dynamics.euler`).

    A trajectory ends when all constraints are satisfied, when the gradient vanishes, after
    `max_ticks` attempts (one gradient each), or at the flow time `max_time`. `tol_output` is in
    units of F, `tol_gradient` is relative, `tau` is a time (negative: an exponent). A step
    below `min_dt` ends it as MIN_STEP. Raises BadInput if a tolerance, budget or floor is not > 0.

    Example:
        >>> jamming.Euler(max_ticks=100, tol_gradient=1e-4).tol_output
        0.1
    """

    max_ticks: int = 100_000
    max_time: float = float("inf")
    tol_output: float = 0.1
    tol_gradient: float = 1e-4
    tau: float = 0.0
    min_dt: float = 1e-15

    elementwise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        arguments.settle(self, {"tau": arguments.number("gradient flow: tau", self.tau)})
        positive = ("max_time", "tol_output", "tol_gradient", "min_dt")
        arguments.dynamics("gradient flow", self, *positive)

    def init(self, problem: Problem, key: Key[Array, ""]) -> EulerState:
        del key
        one_rate(problem.predictor)
        v = problem.predictor.start()
        at = problem.gradient(v)
        state = EulerState(
            v=v,
            **vars(at),
            ticks=jnp.ones((), int),
            t=jnp.zeros_like(at.loss),
            result=jnp.zeros((), jnp.int32),
            u=jax.tree.map(jnp.zeros_like, v),
            dt=jnp.ones_like(at.loss),
        )
        return self._judged(problem, state)

    def tick(self, problem: Problem, state: EulerState) -> EulerState:
        max_time = problem.number("max_time", self.max_time)
        remaining = max_time - state.t
        dt = jnp.minimum(state.dt, remaining)
        u = self._velocity(state, dt)
        v = jax.tree.map(lambda v, u: v + dt * u, state.v, u)
        at = problem.gradient(v)

        output = jnp.max(jnp.abs(at.F - state.F)) / problem.number("tol_output", self.tol_output)
        tol_gradient = problem.number("tol_gradient", self.tol_gradient)
        gradient = relative_change(state.g, at.g) / tol_gradient
        accept = (output < 1) & (gradient < 1)  # a NaN is a rejection
        grow = (output < 0.5) & (gradient < 0.5)

        accepted = replace(
            state,
            v=v,
            **vars(at),
            t=jnp.where(dt < remaining, state.t + dt, max_time),  # exact, no rounding
            u=u,
            dt=jnp.where(grow, GROWTH * dt, dt),
        )
        new = where(accept, accepted, replace(state, dt=dt / CUT))
        return self._judged(problem, replace(new, ticks=state.ticks + 1))

    def _velocity(self, state: EulerState, dt: Array) -> Params:
        if self.tau == 0:
            return jax.tree.map(jnp.negative, state.g)
        q = jnp.exp(-dt / self.tau) if self.tau > 0 else (state.t / (state.t + dt)) ** -self.tau
        return jax.tree.map(lambda u, g: q * u - (1 - q) * g, state.u, state.g)

    def _judged(self, problem: Problem, state: EulerState) -> EulerState:
        # Rounding leaves noise of order eps in alpha g (as grad L ~ 1 / alpha). Once g is so small
        # that the noise alone exceeds the gradient tolerance, no step can be accepted any more.
        eps = float(jnp.finfo(state.loss.dtype).eps)
        tol_gradient = problem.number("tol_gradient", self.tol_gradient)
        max_time = problem.number("max_time", self.max_time)
        noise = 4 * eps / jnp.maximum(tol_gradient, eps) ** 0.5
        return judged(
            state,
            vanished=problem.predictor.alpha * jnp.sqrt(norm_squared(state.g)) <= noise,
            out_of_budget=(state.ticks >= self.max_ticks) | (state.t >= max_time),
            min_step=state.dt < self.min_dt,
        )


def relative_change(g: Params, g_new: Params) -> Float[Array, ""]:
    """|g - g'|^2 / (|g| |g'|), and 0 where either norm is 0."""
    change = norm_squared(jax.tree.map(jnp.subtract, g, g_new))
    # the root of each factor, not of their product, which underflows in float32 near the end
    scale = jnp.sqrt(norm_squared(g)) * jnp.sqrt(norm_squared(g_new))
    return jnp.where(scale == 0, 0.0, change / jnp.where(scale == 0, 1.0, scale))
