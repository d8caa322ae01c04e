"""Gradient flow by a stabilised Runge-Kutta-Chebyshev method of second order (RKC2).

The flow dv/dt = -grad L is stiff, and its Jacobian -H is symmetric, with a real spectrum. A step of
RKC2 with s stages is stable up to dt = 0.65 (s^2 - 1) / rho, rho the spectral radius of H, where s
steps of Euler reach 2 s / rho (Sommeijer, Shampine & Verwer, *RKC: an explicit solver for parabolic
PDEs*, J. Comput. Appl. Math. 88:315, 1997; damping, coefficients and error estimate as there). So
the step is set by accuracy alone, and the number of stages follows from it.

**Tolerance.** The embedded estimate of the local error of v is carried over to the outputs: a step
from v to v' is accepted where

    rms_mu [F(v' + error) - F(v')] < tol (rms_mu F(v') + 0.01)

and where the loss has not risen by more than a tenth of what such an error could do to it. So `tol`
bounds the error that a step makes in the *learned function*, relative to its size. F is continuous
where the gradient jumps (relu, hinges): a small enough step always passes.

**Ticks.** Each tick takes the gradient at one point, which is what the trajectory is at:

* POWER: at v + d e, an iteration of the power method for rho: at the start, every `REFRESH`
  steps (every step, where it has many stages), and after a rejection;
* STAGE: at y_1, ..., y_s. The last one is v', and its gradient serves the next step;
* ERROR: at v' + error, which decides on the step;
* EVENT: within the last step, on its cubic interpolant. The trajectory ends FITTED at the time at
  which the last constraint is met, found by false position.
"""

import functools
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jamming.checks.arguments import positive, settle, steps
from jamming.dynamics.chebyshev import MAX_STAGES, coefficients
from jamming.dynamics.rkc_state import RKCState
from jamming.models.networks import Params
from jamming.objectives.problem import Evaluation, Problem, Result, norm_squared, outcome

POWER, STAGE, ERROR, EVENT = range(4)

# accepted steps from one look at rho to the next, iterations of each look, margin of safety on rho
REFRESH, LOOK, FIRST_LOOK, SAFE_RHO = 15, 2, 12, 1.1
# stages of a step from which on a look before each is cheap, against a step that diverges because
# rho has grown since
COSTLY = 16
# change of the step from one to the next: at most, at least, and the share of what would just do
GROWTH, CUT, SAFE_STEP = 2.0, 0.1, 0.8
# outputs below this count as this in the relative tolerance
FLOOR = 0.01
# change of the outputs that an iteration of the power method aims at: within a kink's width, yet
# well above the rounding of float32
PROBE = 1e-3
# how much the loss may rise in a step, as a share of what an error of the outputs could do to it
RISE = 0.1
EVENT_TICKS, EVENT_TOLERANCE = 12, 1e-6


@dataclass(frozen=True)
class RKC:
    """Stabilised gradient flow (see the module). Ends at `max_ticks` gradients or at `max_time`.

    Raises:
        BadInput: a tolerance, budget or floor that is not positive.

    Example:
        >>> from jamming.execution import vmapped
        >>> data, net = jamming.load("digits10pca", P=20), jamming.FC(h=20, L=1)
        >>> x, y = jnp.asarray(data.x_train), jnp.asarray(data.y_train)
        >>> F = jamming.predictor(net, net.init(jax.random.key(0), x), alpha=1.0)
        >>> problem = jamming.Problem(F, jamming.soft_hinge(), x, y)
        >>> keys = jax.random.split(jax.random.key(1), 1)
        >>> *_, end = vmapped.run(jamming.RKC(max_ticks=500), vmapped.stack([problem]), keys)
        >>> bool(end.loss[0] < 1.0)
        True
    """

    max_ticks: int = 100_000
    max_time: float = float("inf")
    tol: float = 1e-2
    min_dt: float = 1e-15

    def __post_init__(self) -> None:
        settle(self, {"max_ticks": steps("gradient flow", self.max_ticks)})
        positive("gradient flow", self, "max_time", "tol", "min_dt")

    def init(self, problem: Problem, key: Key[Array, ""]) -> RKCState:
        """The state at t = 0, with the first gradient; `key` is not used."""
        del key
        v = problem.predictor.start()
        at = problem.gradient(v)
        zero, count = jnp.zeros_like(at.loss), jnp.zeros((), jnp.int32)
        norm = jnp.sqrt(norm_squared(at.g))
        state = RKCState(
            v=v,
            loss=at.loss,
            unsatisfied=at.unsatisfied,
            ticks=jnp.ones((), int),
            t=zero,
            result=count,
            g=at.g,
            F=at.F,
            y=v,
            y_before=v,
            g_end=at.g,
            F_end=at.F,
            loss_end=at.loss,
            unsatisfied_end=at.unsatisfied,
            e=jax.tree.map(lambda g: g / jnp.where(norm > 0, norm, 1.0), at.g),
            d=jnp.asarray(PROBE, zero.dtype) / problem.predictor.alpha,
            rho=zero,
            dt=jnp.full_like(zero, jnp.inf),
            whole=jnp.full_like(zero, jnp.inf),
            stop=jnp.full_like(zero, problem.number("max_time", self.max_time)),
            phase=jnp.full_like(count, POWER),
            stage=count,
            stages=count,
            looks=jnp.full_like(count, FIRST_LOOK),
            since=count,
            lo=zero,
            hi=zero,
            gap_lo=zero,
            gap_hi=zero,
        )
        return self._judged(problem, state)

    def tick(self, problem: Problem, state: RKCState) -> RKCState:
        """One gradient, and what it is good for."""
        at = problem.gradient(self._point(state))
        state = replace(state, ticks=state.ticks + 1)
        branches = [self._power, self._stage, self._error, self._event]
        state = jax.lax.switch(
            state.phase, [functools.partial(f, problem) for f in branches], state, at
        )
        return self._judged(problem, state)

    def until(self, state: RKCState, t: Array) -> RKCState:
        """The state, to be run on to the time t, on which it lands exactly.

        A state that had stopped at such a time runs again; one that has ended stays as it is. A
        step that is under way is taken anew, with the length that the new time allows.
        """
        stop = jnp.minimum(jnp.asarray(t, state.t.dtype), self.max_time)
        waits = (state.t >= state.stop) & (state.ticks < self.max_ticks) & (stop > state.t)
        waits &= state.result == Result.OUT_OF_BUDGET
        new = replace(
            state,
            stop=stop,
            result=jnp.where(waits, Result.RUNNING, state.result).astype(state.result.dtype),
        )
        anew = replace(
            new,
            dt=state.whole,
            phase=jnp.full_like(state.phase, POWER),
            looks=jnp.full_like(state.looks, LOOK),
        )
        new = _where((state.phase == POWER) | (stop == state.stop), new, anew)
        return _where(new.result == Result.RUNNING, new, state)

    def _point(self, state: RKCState) -> Params:
        """Where the tick of this phase takes its gradient: a combination of five vectors."""
        zero, one = jnp.zeros_like(state.dt), jnp.ones_like(state.dt)
        theta, dt = self._crossing(state), state.dt
        slip = theta * (theta - 1)
        # coefficients of v, y, g, g_end, e
        power = (one, zero, zero, zero, state.d)
        stage = (zero, one, zero, zero, zero)
        error = (0.8 * one, 0.2 * one, -0.4 * dt, -0.4 * dt, zero)
        event = (
            1 - theta - slip * (1 - 2 * theta),
            theta + slip * (1 - 2 * theta),
            -slip * (theta - 1) * dt,
            -slip * theta * dt,
            zero,
        )
        table = jnp.stack([jnp.stack(row) for row in (power, stage, error, event)])
        a = table[state.phase]

        def combine(v: Array, y: Array, g: Array, g_end: Array, e: Array) -> Array:
            # 0 inf would be NaN: dt is infinite before rho is known
            terms = [(a[0], v), (a[1], y), (a[2], g), (a[3], g_end), (a[4], e)]
            return sum((jnp.where(c == 0, 0.0, c * z) for c, z in terms[1:]), terms[0][0] * v)

        return jax.tree.map(combine, state.v, state.y, state.g, state.g_end, state.e)

    def _power(self, problem: Problem, state: RKCState, at: Evaluation) -> RKCState:
        """H e by a difference of gradients; its norm is rho, its direction the next e."""
        He = jax.tree.map(lambda a, b: (a - b) / state.d, at.g, state.g)
        norm = jnp.sqrt(norm_squared(He))
        sane = jnp.isfinite(norm) & (norm > 0)
        settled = jnp.abs(norm - state.rho) < 0.01 * norm
        e = jax.tree.map(
            lambda new, old: jnp.where(sane, new / jnp.where(sane, norm, 1.0), old), He, state.e
        )
        moved = rms(at.F - state.F)
        scale = jnp.where(jnp.isfinite(moved), PROBE / jnp.maximum(moved, 0.01 * PROBE), 0.1)
        looks = jnp.where(sane & settled, 0, state.looks - 1).astype(state.looks.dtype)
        state = replace(
            state,
            e=e,
            d=state.d * jnp.clip(scale, 0.01, 100.0),
            rho=jnp.where(sane, norm, state.rho),
            looks=looks,
            since=jnp.zeros_like(state.since),
        )
        return _where(looks > 0, state, self._begin(state))

    def _begin(self, state: RKCState) -> RKCState:
        """The first stage of a step of length dt, or of what s stages can do."""
        rho = SAFE_RHO * jnp.maximum(state.rho, jnp.finfo(state.rho.dtype).tiny)
        # the very first step; where the landscape is flat, rho = 0, any step will do
        dt = jnp.where(jnp.isinf(state.dt), 1 / jnp.maximum(rho, 1e-6), state.dt)
        dt = jnp.minimum(dt, ((MAX_STAGES - 1) ** 2 - 1) / 1.54 / rho)
        whole, dt = dt, jnp.minimum(dt, state.stop - state.t)
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

    def _stage(self, problem: Problem, state: RKCState, at: Evaluation) -> RKCState:
        """From the gradient at y_{j-1} to y_j; at y_s, the end of the step, remember it."""
        del problem
        j = state.stage + 1
        table = jnp.asarray(coefficients(state.dt.dtype))
        mu, nu, mu_t, gamma_t = table[state.stages, jnp.minimum(j, MAX_STAGES)]

        def following(v: Array, g: Array, y: Array, before: Array, at_y: Array) -> Array:
            there = (1 - mu - nu) * v + mu * y + nu * before
            return there - state.dt * (mu_t * at_y + gamma_t * g)

        step = replace(
            state,
            y=jax.tree.map(following, state.v, state.g, state.y, state.y_before, at.g),
            y_before=state.y,
            stage=j,
        )
        end = replace(
            state,
            g_end=at.g,
            F_end=at.F,
            loss_end=at.loss,
            unsatisfied_end=at.unsatisfied,
            phase=jnp.full_like(state.phase, ERROR),
        )
        return _where(state.stage < state.stages, step, end)

    def _error(self, problem: Problem, state: RKCState, at: Evaluation) -> RKCState:
        """Accept or reject the step by the error in the outputs."""
        tol = problem.number("tol", self.tol)
        error = rms(at.F - state.F_end) / (tol * (rms(state.F_end) + FLOOR))
        sane = jnp.isfinite(error) & jnp.isfinite(norm_squared(state.g_end))
        # Where the outputs no longer depend on v, as among dead neurons, an error moves nothing;
        # but a step that leaps there raises the loss, which the flow never does.
        alpha2 = problem.predictor.alpha**2
        slope = jnp.maximum(1.0, jnp.sqrt(2 * alpha2 * state.loss))
        rise = alpha2 * (state.loss_end - state.loss)
        sane &= rise <= RISE * tol * (rms(state.F) + FLOOR) * slope
        factor = jnp.clip(SAFE_STEP * jnp.maximum(error, 1e-9) ** (-1 / 3), CUT, GROWTH)
        factor = jnp.where(sane, factor, CUT)
        shorter = state.dt * jnp.minimum(factor, 0.9)
        rejected = replace(
            state,
            dt=shorter,
            whole=shorter,
            phase=jnp.full_like(state.phase, POWER),
            looks=jnp.full_like(state.looks, LOOK),
        )
        delta = functools.partial(_largest_delta, problem)
        event = replace(
            state,
            phase=jnp.full_like(state.phase, EVENT),
            looks=jnp.full_like(state.looks, EVENT_TICKS),
            y_before=state.y,
            lo=jnp.zeros_like(state.lo),
            hi=jnp.ones_like(state.hi),
            gap_lo=delta(state.F),
            gap_hi=delta(state.F_end),
        )
        accepted = self._advanced(state, state.y, jnp.ones_like(state.dt), factor)
        fits = state.unsatisfied_end == 0
        passed = _where(fits, event, accepted)
        return _where(sane & (error <= 1), passed, rejected)

    def _advanced(self, state: RKCState, v: Params, share: Array, factor: Array) -> RKCState:
        """At v, `share` of the step later; what comes next is a step, or a look at rho."""
        remaining, taken = state.stop - state.t, share * state.dt
        landed = jnp.where(taken < remaining, state.t + taken, state.stop)
        # a step cut short by `stop` says nothing against the length that it should have had
        cut = (state.dt < state.whole) & (factor >= 1)
        dt = jnp.where(cut, jnp.maximum(state.dt * factor, state.whole), state.dt * factor)
        due = (state.since + 1 >= REFRESH) | (state.stages >= COSTLY)
        state = replace(
            state,
            v=v,
            g=state.g_end,
            F=state.F_end,
            loss=state.loss_end,
            unsatisfied=state.unsatisfied_end,
            t=landed,
            dt=dt,
            since=state.since + 1,
            phase=jnp.full_like(state.phase, POWER),
            looks=jnp.full_like(state.looks, LOOK),
        )
        return _where(due, state, self._begin(state))

    def _crossing(self, state: RKCState) -> Array:
        """Where between lo and hi the largest Delta is expected to vanish."""
        slope = state.gap_hi - state.gap_lo
        share = -state.gap_lo / jnp.where(slope == 0, 1.0, slope)
        # never so close to an end that rounding, or a curved Delta, stops the search
        share = jnp.clip(jnp.where(jnp.isfinite(share), share, 0.5), 0.05, 0.95)
        return state.lo + share * (state.hi - state.lo)

    def _event(self, problem: Problem, state: RKCState, at: Evaluation) -> RKCState:
        """Narrow the bracket of the time at which the last constraint is met."""
        theta, gap = self._crossing(state), _largest_delta(problem, at.F)
        met = at.unsatisfied == 0
        looks = state.looks - 1
        point = self._point(state)
        new = replace(
            state,
            lo=jnp.where(met, state.lo, theta),
            hi=jnp.where(met, theta, state.hi),
            # Illinois: the end that stays counts half, so that both move
            gap_lo=jnp.where(met, state.gap_lo / 2, gap),
            gap_hi=jnp.where(met, gap, state.gap_hi / 2),
            looks=looks,
        )
        found = replace(
            new,
            y_before=point,
            F_end=at.F,
            loss_end=at.loss,
            unsatisfied_end=at.unsatisfied,
        )
        # g_end stays that of v', which the interpolant needs; nothing follows that would use it
        new = _where(met, found, new)
        done = (looks <= 0) | (met & (gap > -EVENT_TOLERANCE))
        end = self._advanced(new, new.y_before, new.hi, jnp.ones_like(new.dt))
        return _where(done, end, new)

    def _judged(self, problem: Problem, state: RKCState) -> RKCState:
        """With the result that the state has come to."""
        g2 = norm_squared(state.g)
        noise = 16 * float(jnp.finfo(state.loss.dtype).eps)
        result = outcome(
            finite=jnp.isfinite(state.loss) & jnp.isfinite(g2),
            unsatisfied=state.unsatisfied,
            vanished=problem.predictor.alpha * jnp.sqrt(g2) <= noise,
            out_of_budget=(state.ticks >= self.max_ticks) | (state.t >= state.stop),
            min_step=state.whole < self.min_dt,  # what `stop` leaves may be as short as it likes
        )
        return replace(state, result=result)


def rms(F: Array) -> Float[Array, ""]:
    """Root mean square over all entries."""
    return jnp.sqrt(jnp.mean(F**2))


def _largest_delta(problem: Problem, F: Array) -> Array:
    loss = problem.loss
    return jnp.max(loss.delta(F, problem.y)) - loss.slack * loss.margin


def _where(condition: Array, a: RKCState, b: RKCState) -> RKCState:
    return jax.tree.map(lambda x, y: jnp.where(condition, x, y), a, b)
