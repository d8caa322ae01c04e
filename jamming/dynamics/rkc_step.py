"""Steps of the Runge-Kutta-Chebyshev method of second order, phase by phase (see `rkc`).

One step of s stages from v, for dv/dt = f(v), is

    y_1 = v + mu~_1 dt f(v)
    y_j = (1 - mu_j - nu_j) v + mu_j y_{j-1} + nu_j y_{j-2} + dt [mu~_j f(y_{j-1}) + gamma~_j f(v)]

with the coefficients of `chebyshev`. Where many stages would be needed, f becomes M f, with the
stiffest directions slowed (see `deflation`).
"""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from jamming.dynamics import chebyshev, deflation
from jamming.dynamics.chebyshev import MAX_STAGES, coefficients
from jamming.dynamics.rkc_state import (
    ERROR,
    EVENT,
    EVENT_TOLERANCE,
    ITERATE,
    NEW_LOOK,
    PLAN,
    POWER,
    STAGE,
    RKCState,
    crossing,
    point,
)
from jamming.models.networks import Params
from jamming.objectives.problem import Evaluation, Problem, norm_squared, rms, where

# accepted steps from one look at rho to the next, and margin of safety on rho
REFRESH, SAFE_RHO = 15, 1.1
# the same of M H, whose small eigenvalues change faster
SAFE_SLOWED = 1.25
# stages of a step from which on a look before each is cheap, against a step that diverges because
# rho has grown since; and from which on stiff directions are slowed, until it would have fewer than
# so many without
COSTLY, CHEAP = 16, 12
# change of the outputs that an iteration of the power method aims at: within a kink's width, yet
# well above the rounding of float32
PROBE = 1e-3
# change of the step from one to the next: at most, at least, and the share of what would just do
GROWTH, CUT, SAFE_STEP = 2.0, 0.1, 0.8
# outputs below this count as this in the relative tolerance
FLOOR = 0.01
# how much the loss may rise in a step, as a share of what an error of the outputs could do to it
RISE = 0.1
EVENT_TICKS = 12


def _probed(problem: Problem, state: RKCState, at: Evaluation) -> tuple[Params, Array]:
    """H times the direction of length d in which the gradient was taken, and the next d."""
    He = jax.tree.map(lambda a, b: (a - b) / state.d, at.g, state.g)
    moved = rms(at.F - state.F)
    scale = jnp.where(jnp.isfinite(moved), PROBE / jnp.maximum(moved, 0.01 * PROBE), 0.1)
    # along directions that move nothing d grows: a landscape that has many says how far it may
    farthest = problem.number("farthest", jnp.inf)
    return He, jnp.minimum(state.d * jnp.clip(scale, 0.01, 100.0), farthest)


def looked(problem: Problem, state: RKCState, at: Evaluation) -> RKCState:
    """M H e from the gradient at v + d e; its norm is rho, its direction the next e."""
    He, d = _probed(problem, state, at)
    (He,) = deflation.slowed(state.stiff, state.dt, He)
    norm = jnp.sqrt(norm_squared(He))
    sane = jnp.isfinite(norm) & (norm > 0)
    settled = jnp.abs(norm - state.rho) < 0.01 * norm
    e = jax.tree.map(
        lambda new, old: jnp.where(sane, new / jnp.where(sane, norm, 1.0), old), He, state.e
    )
    new = replace(
        state,
        e=e,
        d=d,
        rho=jnp.where(sane, norm, state.rho),
        looks=jnp.where(sane & settled, 0, state.looks - 1).astype(state.looks.dtype),
        since=jnp.zeros_like(state.since),
    )
    return where(new.looks > 0, new, new.entering(PLAN))


def iterated(problem: Problem, state: RKCState, at: Evaluation) -> RKCState:
    """From the gradient at v + d V_i to a better V_i; after the last of them rho is measured."""
    HV, d = _probed(problem, state, at)
    new = replace(state, d=d, stiff=deflation.iterated(state.stiff, HV))
    return where(new.stiff.rounds > 0, new, new.entering(POWER, state.looks))


def planned(state: RKCState) -> RKCState:
    """The first stage of a step.

    Where it would need many stages, stiff directions are looked for first and slowed from then on;
    where few stages are enough without, they no longer are, and rho is measured anew.
    """
    stiff = state.stiff
    on, top = stiff.on > 0, jnp.max(stiff.values)
    # of a step that is not cut short: what is known of stiff directions is soon needed again
    needed = chebyshev.stages(state.dt, SAFE_RHO * jnp.where(on, top, state.rho))
    needed = jnp.where(jnp.isinf(state.dt), 2, needed)
    last = deflation.direction(replace(stiff, row=jnp.full_like(stiff.row, -1)), state.v)
    slow = state.entering(ITERATE, NEW_LOOK, stiff=deflation.seeded(stiff, state.e), e=last)
    leave = state.entering(
        POWER,
        e=deflation.direction(replace(stiff, row=jnp.argmax(stiff.values)), state.v),
        rho=top,
        stiff=replace(stiff, on=jnp.zeros_like(stiff.on)),
    )
    new = where(on & (needed < CHEAP), leave, begin(state))
    return where(~on & (needed >= COSTLY), slow, new)


def begin(state: RKCState) -> RKCState:
    """The first stage of a step of length dt, or of what `MAX_STAGES` stages can do."""
    # the very first step; where the landscape is flat, rho = 0, any step will do
    dt = jnp.where(jnp.isinf(state.dt), 1 / jnp.maximum(SAFE_RHO * state.rho, 1e-6), state.dt)
    rho = SAFE_SLOWED * jnp.maximum(state.rho, deflation.slowest(state.stiff, dt))
    rho = jnp.where(state.stiff.on > 0, rho, SAFE_RHO * state.rho)
    rho = jnp.maximum(rho, jnp.finfo(state.rho.dtype).tiny)
    whole = jnp.minimum(dt, chebyshev.reach(MAX_STAGES) / rho)
    dt = jnp.minimum(whole, state.stop - state.t)
    s = jnp.clip(chebyshev.stages(dt, rho), 2, MAX_STAGES)
    mu1 = jnp.asarray(coefficients(state.dt.dtype))[s, 1, 0]
    (Mg,) = deflation.slowed(state.stiff, dt, state.g)
    return replace(
        state,
        dt=dt,
        whole=whole,
        stages=s.astype(state.stages.dtype),
        stage=jnp.ones_like(state.stage),
        phase=jnp.full_like(state.phase, STAGE),
        y_before=state.v,
        y=jax.tree.map(lambda v, g: v - mu1 * dt * g, state.v, Mg),
    )


def stage(state: RKCState, at: Evaluation) -> RKCState:
    """From the gradient at y_{j-1} to y_j, and from that at y_s = v' to v' + error."""
    j, dt, stiff = state.stage + 1, state.dt, state.stiff
    last = state.stage == state.stages
    table = jnp.asarray(coefficients(dt.dtype))
    mu, nu, mu_t, gamma_t = table[state.stages, jnp.minimum(j, MAX_STAGES)]
    # v', at which the slope is that of the end, or the next stage: both of M times these slopes
    a = jnp.where(last, jnp.array([0.8, 0.2, 0.0], dt.dtype), jnp.stack([1 - mu - nu, mu, nu]))
    b = jnp.where(last, 0.4, jnp.stack([mu_t, gamma_t]))

    def ahead(v: Array, y: Array, before: Array, g: Array, at_y: Array) -> Array:
        return a[0] * v + a[1] * y + a[2] * before - dt * (b[0] * at_y + b[1] * g)

    new, back = ravel_pytree(jax.tree.map(ahead, state.v, state.y, state.y_before, state.g, at.g))
    # what M takes away of these slopes, and how far v' lags for that
    slopes = jnp.stack([ravel_pytree(g)[0] for g in (at.g, state.g)], axis=1)
    along, share = deflation.along(stiff.V, slopes), deflation.share(stiff, dt)
    lag = jnp.where(last & (share > 0), share / stiff.values * along[:, 0], 0.0)
    taken = dt * share * (along @ b) - lag
    new = back(new + deflation.along(stiff.V.T, taken))
    end = replace(state, y_before=new, end=at, phase=jnp.full_like(state.phase, ERROR))
    return where(last, end, replace(state, y=new, y_before=state.y, stage=j))


def advanced(state: RKCState, v: Params, share: Array, factor: Array) -> RKCState:
    """At v, `share` of the step later; next comes a step `factor` as long, or a look at H."""
    remaining, taken = state.stop - state.t, share * state.dt
    # a step cut short by `stop` says nothing against the length that it should have had
    cut = (state.dt < state.whole) & (factor >= 1)
    dt = jnp.where(cut, jnp.maximum(state.dt * factor, state.whole), state.dt * factor)
    stiff = replace(state.stiff, age=state.stiff.age + 1)
    on = stiff.on > 0
    due = (state.since + 1 >= REFRESH) | (state.stages >= COSTLY) | on
    state = state.entering(
        POWER,
        v=v,
        **vars(state.end),
        t=jnp.where(taken < remaining, state.t + taken, state.stop),
        dt=dt,
        since=state.since + 1,
        stiff=stiff,
    )
    state = replace(state, phase=jnp.where(due, POWER, PLAN).astype(state.phase.dtype))
    return state.iterating(on & (stiff.age >= deflation.EVERY))


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
    rejected = rejected.iterating((state.stiff.on > 0) & (state.stiff.age > 0))
    accepted = advanced(state, state.y, jnp.ones_like(state.dt), factor)
    # the slopes of the path, between which it is interpolated
    g, g_end = deflation.slowed(state.stiff, state.dt, state.g, end.g)
    event = state.entering(
        EVENT,
        EVENT_TICKS,
        g=g,
        end=replace(end, g=g_end),
        stage=jnp.zeros_like(state.stage),
        y_before=state.y,
        lo=jnp.zeros_like(state.lo),
        hi=jnp.ones_like(state.hi),
        gap_lo=_largest_delta(problem, state.F),
        gap_hi=_largest_delta(problem, end.F),
    )
    passed = where(end.unsatisfied == 0, event, accepted)
    return where(sane & (error <= 1), passed, rejected)


def narrowed(problem: Problem, state: RKCState, at: Evaluation) -> RKCState:
    """With a narrower bracket, from the landscape at the crossing."""
    here, theta, gap = point(state), crossing(state), _largest_delta(problem, at.F)
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
