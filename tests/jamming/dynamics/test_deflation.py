"""Stiff directions: found as NumPy finds them, slowed as promised, and no error for it."""

import functools
import math
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.dynamics import deflation, rkc_step
from jamming.dynamics.rkc import RKC
from jamming.dynamics.rkc_state import ITERATE, RKCState
from jamming.objectives.losses import quadratic_hinge
from jamming.objectives.predictor import Plain
from jamming.objectives.problem import Problem, Result

pytestmark = pytest.mark.usefixtures("strict_dtypes")

KEY, N, STIFF = jax.random.key(0), 60, 10
quick = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


@dataclass(frozen=True)
class Linear:
    """f = x . w."""

    def init(self, key: Any, x: jax.Array) -> dict:
        raise NotImplementedError

    def apply(self, w: dict, x: jax.Array) -> jax.Array:
        return x @ w["w"]


def rates() -> np.ndarray:
    """Of a spectrum like that of a network: a few far above a bulk that is spread over decades."""
    return np.concatenate([np.logspace(0, -1.3, STIFF), np.logspace(-2.7, -5, N - STIFF)])


def problem(dtype: Any = jnp.float64, seed: int = 0) -> tuple[Problem, np.ndarray]:
    """A quadratic loss of F = X w, whose H = X^T X / P has these rates; y."""
    rng = np.random.default_rng(seed)
    X = np.sqrt(N * rates())[:, None] * np.linalg.qr(rng.normal(size=(N, N)))[0]
    y = np.where(rng.random(N) < 0.5, 1.0, -1.0)
    start = {"w": jnp.zeros(N, dtype)}
    x, labels = jnp.asarray(X, dtype), jnp.asarray(y, dtype)
    return Problem(Plain(Linear(), start), quadratic_hinge(), x, labels), y


def distance(state: RKCState, y: np.ndarray) -> float:
    """From the closed form, in which each F relaxes to its label at its own rate; relative."""
    F = -y * np.expm1(-rates() * float(state.t))
    return float(np.linalg.norm(np.asarray(state.F) - F) / np.linalg.norm(F))


@quick
def finish(on: Problem, tol: Any, t: Any) -> RKCState:
    stepper = RKC(max_ticks=200_000)
    object.__setattr__(stepper, "tol", jnp.asarray(tol, on.x.dtype))
    return jax.lax.while_loop(
        lambda state: state.result == Result.RUNNING,
        functools.partial(stepper.tick, on),
        stepper.until(stepper.init(on, KEY), jnp.asarray(t, on.x.dtype)),
    )


def symmetric(eigenvalues: np.ndarray, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    Q = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(eigenvalues),) * 2))[0]
    return Q @ np.diag(eigenvalues) @ Q.T, Q


def followed(H: np.ndarray, rounds: int, dtype: Any = jnp.float64) -> deflation.Stiff:
    """After so many iterations of a fixed H."""
    stiff = deflation.random({"w": jnp.zeros(len(H), dtype)})
    stiff = replace(stiff, on=jnp.ones_like(stiff.on), rounds=jnp.full_like(stiff.rounds, rounds))

    def tick(stiff: deflation.Stiff) -> deflation.Stiff:
        v = deflation.direction(stiff, {"w": jnp.zeros(len(H), dtype)})["w"]
        return deflation.iterated(stiff, {"w": jnp.asarray(H, dtype) @ v})

    return jax.jit(lambda s: jax.lax.while_loop(lambda s: s.rounds > 0, tick, s))(stiff)


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_iterations_find_the_largest_eigenvalues(dtype: Any) -> None:
    eigenvalues = np.concatenate([2.0 ** -np.arange(20), np.full(N - 20, -1e-7)])
    H, Q = symmetric(eigenvalues)
    k, eps = deflation.DIRECTIONS, float(jnp.finfo(dtype).eps)
    for rounds, rtol in ((3, 0.7), (60, 100 * eps / eigenvalues[k - 1])):
        stiff = followed(H, rounds, dtype)
        V = np.asarray(stiff.V, np.float64)
        np.testing.assert_allclose(V @ V.T, np.eye(k), atol=3000 * eps)
        np.testing.assert_allclose(stiff.values, eigenvalues[:k], rtol=rtol)
    # and their vectors
    np.testing.assert_allclose(np.abs(V @ Q[:, :k]), np.eye(k), atol=1e5 * eps)


def test_what_is_slowed_is_the_known_part_of_the_spectrum() -> None:
    """M H has the eigenvalues of H, but none above `slow`."""
    eigenvalues = np.concatenate([2.0 ** -np.arange(20), np.full(N - 20, 1e-7)])
    H, _ = symmetric(eigenvalues)
    stiff = followed(H, 60)
    for dt in (1e9, 3e4):
        M = np.stack(
            [deflation.slowed(stiff, jnp.asarray(dt), {"w": e})[0]["w"] for e in jnp.eye(N)]
        )
        slow = max(eigenvalues[deflation.DIRECTIONS - 1], (deflation.LEAST - 1) ** 2 / 1.54 / dt)
        found = np.sort(np.linalg.eigvals(M @ H).real)[::-1]
        np.testing.assert_allclose(found, np.minimum(eigenvalues, slow), rtol=0.03, atol=1e-12)
    off = replace(stiff, on=jnp.zeros_like(stiff.on))
    g = {"w": jnp.arange(N, dtype=float)}
    np.testing.assert_array_equal(deflation.slowed(off, jnp.asarray(1e9), g)[0]["w"], g["w"])


def test_few_weights_have_few_directions() -> None:
    for n in (1, 3, 40, 48, 1000):
        k = len(deflation.random({"w": jnp.zeros(n)}).values)
        assert 1 <= k <= min(n, deflation.DIRECTIONS)
    assert k == deflation.DIRECTIONS


@pytest.mark.parametrize(("T", "share"), [(1e4, 0.7), (1e5, 0.3)])
def test_a_flow_with_a_few_stiff_directions(
    T: float, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The closed form at any tolerance, with a share of the gradients of plain steps."""
    on, y = problem()
    errors, ticks = [], []
    for tol in (1e-1, 1e-2, 1e-3, 1e-4):
        state = finish(on, tol, T)
        assert float(state.t) == T
        errors.append(distance(state, y))
        ticks.append(int(state.ticks))
        assert errors[-1] < 2 * tol
    assert bool(state.stiff.on)
    assert np.all(np.diff(np.log(errors)) < -0.5)
    monkeypatch.setattr(rkc_step, "planned", rkc_step.begin)
    plain = quick(lambda on: finish.__wrapped__(on, 1e-2, T))(on)
    assert not bool(plain.stiff.on)
    assert ticks[1] < share * int(plain.ticks)


def test_float32_takes_the_same_path() -> None:
    T = 1e4
    on, y = problem()
    wide, narrow = finish(on, 1e-2, T), finish(problem(jnp.float32)[0], 1e-2, T)
    assert narrow.F.dtype == narrow.stiff.V.dtype == jnp.float32
    assert max(distance(wide, y), distance(narrow, y)) < 2e-2
    assert int(narrow.ticks) < 1.2 * int(wide.ticks)
    assert bool(narrow.stiff.on)


def test_a_time_asked_for_while_directions_are_found() -> None:
    """A landing time that comes in the middle of an iteration costs nothing, and is landed on."""
    on, y = problem()
    stepper, tol = RKC(), 1e-2
    tick = jax.jit(lambda state: replace(stepper, tol=tol).tick(on, state))
    state, landed = stepper.until(stepper.init(on, KEY), jnp.asarray(1e6)), 0
    while landed < 3:
        state = tick(state)
        assert int(state.result) == Result.RUNNING
        if int(state.phase) == ITERATE and int(state.stiff.row) == 5:
            before = state
            state = stepper.until(state, state.t + 0.3 * state.dt)
            assert int(state.stiff.row) == 5
            np.testing.assert_array_equal(state.stiff.V, before.stiff.V)
            while int(state.result) == Result.RUNNING:
                state = tick(state)
            assert float(state.t) == float(before.t + 0.3 * before.dt)
            assert distance(state, y) < 2 * tol
            state, landed = stepper.until(state, jnp.asarray(1e6)), landed + 1


def test_directions_that_do_not_exist() -> None:
    """A single point in many dimensions: H has rank one, and all other directions are none."""
    x = jnp.ones((1, N)) / math.sqrt(N)
    on = Problem(Plain(Linear(), {"w": jnp.zeros(N)}), quadratic_hinge(), 30 * x, jnp.ones(1))
    state = finish(on, 1e-3, 1.0)
    assert np.isfinite(np.asarray(state.stiff.V)).all()
    assert int(state.result) in (Result.OUT_OF_BUDGET, Result.FITTED, Result.CONVERGED_UNFITTED)
    np.testing.assert_allclose(state.F, 1.0, atol=3e-3)
