"""Steps of the Runge-Kutta-Chebyshev method of second order, phase by phase (see `rkc`).

One step of s stages from v, for dv/dt = f(v), is

    y_1 = v + mu~_1 dt f(v)
    y_j = (1 - mu_j - nu_j) v + mu_j y_{j-1} + nu_j y_{j-2} + dt [mu~_j f(y_{j-1}) + gamma~_j f(v)]

with damping eps = 2/13 (Sommeijer, Shampine & Verwer, 1997).
"""

import functools
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jamming.models.networks import Params
from jamming.objectives.problem import Evaluation, Problem, State, norm_squared, rms, where

MAX_STAGES = 128
POWER, STAGE, ERROR, EVENT = range(4)
LOOK = 2  # iterations of the power method before a step
# accepted steps from one look at rho to the next, and margin of safety on rho
REFRESH, SAFE_RHO = 15, 1.1
# stages of a step from which on a look before each is cheap, against a step that diverges because
# rho has grown since
COSTLY = 16
# change of the outputs that an iteration of the power method aims at: within a kink's width, yet
# well above the rounding of float32
PROBE = 1e-3
# change of the step from one to the next: at most, at least, and the share of what would just do
GROWTH, CUT, SAFE_STEP = 2.0, 0.1, 0.8
# outputs below this count as this in the relative tolerance
FLOOR = 0.01
# how much the loss may rise in a step, as a share of what an error of the outputs could do to it
RISE = 0.1
EVENT_TICKS, EVENT_TOLERANCE = 12, 1e-6


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class RKCState(State):
    """The base point v of a step with its gradient g and outputs F, and how far the step is.

    y, y_before: the last two stages; end: at v' once it is reached (and at the crossing found so
    far during EVENT); e: direction of the power method, d its length; lo, hi: bracket of the event,
    as shares of the step, with the largest Delta there.
    """

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


def point(state: RKCState) -> Params:
    """Where the tick of this phase takes its gradient: a combination of five vectors."""
    zero, one = jnp.zeros_like(state.dt), jnp.ones_like(state.dt)
    theta, dt = _crossing(state), state.dt
    slip = theta * (theta - 1)
    bend = slip * (1 - 2 * theta)
    table = [  # coefficients of v, y, g, g at the end and e, by phase
        (one, zero, zero, zero, state.d),
        (zero, one, zero, zero, zero),
        (0.8 * one, 0.2 * one, -0.4 * dt, -0.4 * dt, zero),
        (1 - theta - bend, theta + bend, -slip * (theta - 1) * dt, -slip * theta * dt, zero),
    ]
    a = jnp.stack([jnp.stack(row) for row in table])[state.phase]

    def combine(v: Array, y: Array, g: Array, g_end: Array, e: Array) -> Array:
        # 0 inf would be NaN: dt is infinite before rho is known
        terms = [(a[1], y), (a[2], g), (a[3], g_end), (a[4], e)]
        return sum((jnp.where(c == 0, 0.0, c * z) for c, z in terms), a[0] * v)

    return jax.tree.map(combine, state.v, state.y, state.g, state.end.g, state.e)


@functools.lru_cache(maxsize=4)
def coefficients(dtype: np.dtype) -> Float[np.ndarray, "s j four"]:
    """(mu_j, nu_j, mu~_j, gamma~_j) for each s and j <= s; (mu~_1, 0, 0, 0) at j = 1."""
    table = np.zeros((MAX_STAGES + 1, MAX_STAGES + 1, 4))
    for s in range(2, MAX_STAGES + 1):
        w0 = 1 + 2 / 13 / s**2
        # T_j(w0) and its first two derivatives
        T = [np.array([1.0, 0.0, 0.0]), np.array([w0, 1.0, 0.0])]
        for _ in range(2, s + 1):
            one, two = T[-1], T[-2]
            T.append(2 * w0 * one - two + 2 * np.array([0.0, one[0], 2 * one[1]]))
        w1 = T[s][1] / T[s][2]
        b = np.array([0.0, 0.0] + [t[2] / t[1] ** 2 for t in T[2:]])
        b[:2] = b[2]
        a = 1 - b * np.array([t[0] for t in T])
        table[s, 1, 0] = b[1] * w1
        for j in range(2, s + 1):
            mu_t = 2 * b[j] * w1 / b[j - 1]
            table[s, j] = 2 * b[j] * w0 / b[j - 1], -b[j] / b[j - 2], mu_t, -a[j - 1] * mu_t
    return table.astype(dtype)


def looked(state: RKCState, at: Evaluation) -> RKCState:
    """H e from the gradient at v + d e; its norm is rho, its direction the next e."""
    He = jax.tree.map(lambda a, b: (a - b) / state.d, at.g, state.g)
    norm = jnp.sqrt(norm_squared(He))
    sane = jnp.isfinite(norm) & (norm > 0)
    settled = jnp.abs(norm - state.rho) < 0.01 * norm
    e = jax.tree.map(
        lambda new, old: jnp.where(sane, new / jnp.where(sane, norm, 1.0), old), He, state.e
    )
    moved = rms(at.F - state.F)
    scale = jnp.where(jnp.isfinite(moved), PROBE / jnp.maximum(moved, 0.01 * PROBE), 0.1)
    new = replace(
        state,
        e=e,
        d=state.d * jnp.clip(scale, 0.01, 100.0),
        rho=jnp.where(sane, norm, state.rho),
        looks=jnp.where(sane & settled, 0, state.looks - 1).astype(state.looks.dtype),
        since=jnp.zeros_like(state.since),
    )
    return where(new.looks > 0, new, begin(new))


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
        **vars(state.end),
        t=jnp.where(taken < remaining, state.t + taken, state.stop),
        dt=dt,
        since=state.since + 1,
    )
    return where(due, state, begin(state))


def decided(problem: Problem, state: RKCState, at: Evaluation, tol: Any) -> RKCState:
    """Accept or reject the step by the error in the outputs; with an event in it, search that."""
    end = state.end
    error = rms(at.F - end.F) / (tol * (rms(end.F) + FLOOR))
    sane = jnp.isfinite(error) & jnp.isfinite(norm_squared(end.g))
    # Where the outputs no longer depend on v, as among dead neurons, an error moves nothing;
    # but a step that leaps there raises the loss, which the flow never does.
    alpha2 = problem.predictor.alpha**2
    slope = jnp.maximum(1.0, jnp.sqrt(2 * alpha2 * state.loss))
    rise = alpha2 * (end.loss - state.loss)
    sane &= rise <= RISE * tol * (rms(state.F) + FLOOR) * slope
    factor = jnp.clip(SAFE_STEP * jnp.maximum(error, 1e-9) ** (-1 / 3), CUT, GROWTH)
    factor = jnp.where(sane, factor, CUT)
    shorter = state.dt * jnp.minimum(factor, 0.9)
    rejected = state.entering(POWER, dt=shorter, whole=shorter)
    accepted = advanced(state, state.y, jnp.ones_like(state.dt), factor)
    event = state.entering(
        EVENT,
        EVENT_TICKS,
        stage=jnp.zeros_like(state.stage),
        y_before=state.y,
        lo=jnp.zeros_like(state.lo),
        hi=jnp.ones_like(state.hi),
        gap_lo=_largest_delta(problem, state.F),
        gap_hi=_largest_delta(problem, end.F),
    )
    passed = where(end.unsatisfied == 0, event, accepted)
    return where(sane & (error <= 1), passed, rejected)


def _crossing(state: RKCState) -> Array:
    """Where between lo and hi the largest Delta is expected to vanish, by false position."""
    slope = state.gap_hi - state.gap_lo
    # a little beyond, so that it is on the side where the last constraint is met
    share = -(state.gap_lo + EVENT_TOLERANCE / 2) / jnp.where(slope == 0, 1.0, slope)
    # never so close to an end that rounding, or a curved Delta, stops the search
    share = jnp.clip(jnp.where(jnp.isfinite(share), share, 0.5), 0.05, 0.95)
    return state.lo + share * (state.hi - state.lo)


def narrowed(problem: Problem, state: RKCState, at: Evaluation) -> RKCState:
    """With a narrower bracket, from the landscape at the crossing."""
    here, theta, gap = point(state), _crossing(state), _largest_delta(problem, at.F)
    met = at.unsatisfied == 0
    side = jnp.where(met, 1, -1).astype(state.stage.dtype)
    # Illinois: the end that stays for the second time counts half, so that both move. At each time,
    # and the bracket would only halve.
    less = jnp.where(side == state.stage, 0.5, 1.0).astype(gap.dtype)
    new = replace(
        state,
        stage=side,
        lo=jnp.where(met, state.lo, theta),
        hi=jnp.where(met, theta, state.hi),
        gap_lo=jnp.where(met, less * state.gap_lo, gap),
        gap_hi=jnp.where(met, gap, less * state.gap_hi),
        looks=state.looks - 1,
    )
    # g stays that of v', which the interpolant needs; nothing follows that would use it
    found = replace(new, y_before=here, end=replace(at, g=state.end.g))
    new = where(met, found, new)
    done = (new.looks <= 0) | (met & (gap > -EVENT_TOLERANCE))
    end = advanced(new, new.y_before, new.hi, jnp.ones_like(new.dt))
    return where(done, end, new)


def _largest_delta(problem: Problem, F: Array) -> Array:
    loss = problem.loss
    return jnp.max(loss.delta(F, problem.y)) - loss.slack * loss.margin
