"""Gradient flow by a stabilised Runge-Kutta-Chebyshev method of second order (RKC2).

The flow dv/dt = -grad L is stiff, and its Jacobian -H is symmetric, with a real spectrum. A step of
RKC2 with s stages is stable up to dt = 0.65 (s^2 - 1) / rho, rho the spectral radius of H, where s
steps of Euler reach 2 s / rho (Sommeijer, Shampine & Verwer, *RKC: an explicit solver for parabolic
PDEs*, J. Comput. Appl. Math. 88:315, 1997; damping, coefficients and error estimate as there). So
the step is set by accuracy alone, and the number of stages follows from it. Where it would be
large, the few directions of the largest eigenvalues are slowed (see `deflation`): a step then needs
a half to a fifth of its stages.

**Tolerance.** The embedded estimate of the local error of v is carried over to the outputs: a step
from v to v' is accepted where

    rms_mu [F(v' + error) - F(v')] < tol (rms_mu F(v') + 0.01)

and where the loss has not risen by more than a tenth of what such an error could do to it. So `tol`
bounds the error that a step makes in the *learned function*, relative to its size. F is continuous
where the gradient jumps (relu, hinges): a small enough step always passes.

**Ticks.** Each tick takes the gradient at one point, which is what the trajectory is at:

* POWER: at v + d e, with e a unit vector and d a small distance, an iteration of the power method
  for rho: at the start, every `REFRESH` steps (before every step that has many stages),
  and after a rejection;
* STAGE: at y_1, ..., y_s. The last one is v', and its gradient serves the next step;
* ERROR: at v' + error, which decides on the step;
* ITERATE: at v + d V_i, with V_i one of the stiff directions, which is then better known: every few
  steps of those that are slowed;
* EVENT: within the last step, on its cubic interpolant. The trajectory ends FITTED at the time at
  which the last constraint is met, found by false position.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Key

from jamming.checks import arguments
from jamming.dynamics import deflation
from jamming.dynamics import rkc_step as step
from jamming.dynamics.rkc_state import ITERATE, PLAN, POWER, RKCState, point
from jamming.dynamics.rkc_step import PROBE
from jamming.objectives.predictor import one_rate
from jamming.objectives.problem import Problem, Result, judged, norm_squared, where

FIRST_LOOK = 12  # iterations of the power method at the start


@dataclass(frozen=True)
class RKC:
    """Stabilised gradient flow, ``"flow"`` of a job (see `jamming.dynamics.rkc`).

    A trajectory ends as that of a `jamming.Euler`. `tol` bounds the error of a step in the outputs,
    relative to their root mean square. Raises BadInput as there.

    Example:
        >>> jamming.RKC(max_ticks=500, tol=1e-3).max_time
        inf
    """

    max_ticks: int = 100_000
    max_time: float = float("inf")
    tol: float = 1e-2
    min_dt: float = 1e-15

    elementwise: ClassVar[bool] = True

    def __post_init__(self) -> None:
        arguments.dynamics("gradient flow", self, "max_time", "tol", "min_dt")

    def init(self, problem: Problem, key: Key[Array, ""]) -> RKCState:
        del key
        one_rate(problem.predictor)
        v = problem.predictor.start()
        at = problem.gradient(v)
        zero, count = jnp.zeros_like(at.loss), jnp.zeros((), jnp.int32)
        norm = jnp.sqrt(norm_squared(at.g))
        zeros: dict[str, Any] = dict.fromkeys(("t", "rho", "lo", "hi", "gap_lo", "gap_hi"), zero)
        zeros |= dict.fromkeys(("result", "stage", "stages", "since"), count)
        state = RKCState(
            v=v,
            **vars(at),
            ticks=jnp.ones((), int),
            y=v,
            y_before=v,
            end=at,
            stiff=deflation.random(v),
            e=jax.tree.map(lambda g: g / jnp.where(norm > 0, norm, 1.0), at.g),
            d=jnp.asarray(PROBE, zero.dtype) / problem.predictor.alpha,
            dt=jnp.full_like(zero, jnp.inf),
            whole=jnp.full_like(zero, jnp.inf),
            stop=jnp.full_like(zero, problem.number("max_time", self.max_time)),
            phase=jnp.full_like(count, POWER),
            looks=jnp.full_like(count, FIRST_LOOK),
            **zeros,
        )
        return self._judged(problem, state)

    def tick(self, problem: Problem, state: RKCState) -> RKCState:
        """One gradient, and the phase that it serves."""
        at = problem.gradient(point(state))
        state = replace(state, ticks=state.ticks + 1)
        branches = [
            lambda state: step.looked(problem, state, at),
            lambda state: step.stage(state, at),
            lambda state: step.decided(problem, state, at, problem.number("tol", self.tol)),
            lambda state: step.narrowed(problem, state, at),
            lambda state: step.iterated(problem, state, at),
        ]
        state = jax.lax.switch(state.phase, branches, state)
        state = jax.lax.cond(state.phase == PLAN, step.planned, lambda state: state, state)
        return self._judged(problem, state)

    def until(self, state: RKCState, t: Array) -> RKCState:
        """The state, to be run on to the time t, on which it lands exactly.

        A state that had stopped at such a time runs again; one that has ended stays as it is. A
        step that is under way is taken anew, with the length that the new time allows.
        """
        stop = jnp.minimum(jnp.asarray(t, state.t.dtype), self.max_time)
        waits = (state.t >= state.stop) & (state.ticks < self.max_ticks) & (stop > state.t)
        waits &= state.result == Result.OUT_OF_BUDGET
        result = jnp.where(waits, Result.RUNNING, state.result).astype(state.result.dtype)
        new = replace(state, stop=stop, result=result)
        anew = new.entering(POWER, dt=state.whole)
        between = (state.phase == POWER) | (state.phase == ITERATE)
        new = where(between | (stop == state.stop), new, anew)
        return where(new.result == Result.RUNNING, new, state)

    def _judged(self, problem: Problem, state: RKCState) -> RKCState:
        noise = 16 * float(jnp.finfo(state.loss.dtype).eps)
        return judged(
            state,
            vanished=problem.predictor.alpha * jnp.sqrt(norm_squared(state.g)) <= noise,
            out_of_budget=(state.ticks >= self.max_ticks) | (state.t >= state.stop),
            min_step=state.whole < self.min_dt,  # what `stop` leaves may be as short as it likes
        )
