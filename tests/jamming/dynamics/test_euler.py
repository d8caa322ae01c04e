"""The papers' adaptive Euler rule, against a plain loop, an ODE solver and numbers by hand."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from jamming.checks.errors import BadInput
from jamming.dynamics.euler import Euler, EulerState, relative_change
from jamming.objectives.losses import LOSSES, Loss, loss_named, quadratic_hinge, soft_hinge
from jamming.objectives.predictor import Plain, Scaled
from jamming.objectives.problem import Problem, Result

pytestmark = pytest.mark.usefixtures("strict_dtypes")

KEY = jax.random.key(0)


@dataclass(frozen=True)
class Linear:
    """f = x . w: two parameters, everything by hand."""

    def init(self, key: Any, x: jax.Array) -> dict:
        del key
        return {"w": jnp.zeros(x.shape[1])}

    def apply(self, w: dict, x: jax.Array) -> jax.Array:
        return x @ w["w"]


def problem(
    X: list | np.ndarray,
    y: list | np.ndarray,
    loss: Loss,
    start: tuple[float, ...] = (0.0, 0.0),
    alpha: float | None = None,
) -> Problem:
    w0 = {"w": jnp.asarray(start)}
    F = Plain(Linear(), w0) if alpha is None else Scaled(Linear(), w0, jnp.asarray(alpha))
    return Problem(F, loss, jnp.asarray(X, jnp.float64), jnp.asarray(y, jnp.float64))


def finish(flow: Euler, on: Problem) -> EulerState:
    @jax.jit
    def run(on: Problem) -> EulerState:
        return jax.lax.while_loop(
            lambda state: state.result == Result.RUNNING,
            lambda state: flow.tick(on, state),
            flow.init(on, KEY),
        )

    return run(on)


def ticks(flow: Euler, on: Problem, n: int) -> list[tuple[float, float, np.ndarray]]:
    """(t, dt, v) after each of n attempts."""

    @jax.jit
    def run(on: Problem) -> Any:
        def step(state: EulerState, _: None) -> Any:
            state = flow.tick(on, state)
            return state, (state.t, state.dt, state.v["w"])

        return jax.lax.scan(step, flow.init(on, KEY), length=n)[1]

    return [(float(t), float(dt), v) for t, dt, v in zip(*map(np.asarray, run(on)), strict=True)]


def authors_rule(
    gradient: Callable[[np.ndarray], np.ndarray],
    outputs: Callable[[np.ndarray], np.ndarray],
    v: np.ndarray,
    n: int,
    tol_output: float,
    tol_gradient: float,
    tau: float,
) -> tuple[list[tuple[float, float, np.ndarray]], list[str]]:
    """n attempts, one after another, with the fate of each."""
    t, dt, u = 0.0, 1.0, np.zeros_like(v)
    g, F = gradient(v), outputs(v)
    trace, fates = [], []
    for _ in range(n):
        if tau > 0:
            q = math.exp(-dt / tau)
        elif tau < 0:
            q = (t / (t + dt)) ** abs(tau)
        else:
            q = 0.0
        u_new = q * u - (1 - q) * g
        v_new = v + dt * u_new
        g_new, F_new = gradient(v_new), outputs(v_new)
        norms = np.linalg.norm(g) * np.linalg.norm(g_new)
        change = 0.0 if norms == 0 else np.sum((g - g_new) ** 2) / norms
        moved = np.abs(F_new - F).max()
        if moved >= tol_output or change >= tol_gradient:
            fates.append("output" if moved >= tol_output else "gradient")
            dt /= 10
        else:
            v, u, g, F, t = v_new, u_new, g_new, F_new, t + dt
            fates.append("kept")
            if moved < tol_output / 2 and change < tol_gradient / 2:
                fates[-1] = "grown"
                dt *= 1.1
        trace.append((t, dt, v))
    return trace, fates


def hinge_of(X: np.ndarray, y: np.ndarray, alpha: float) -> tuple[Callable, Callable]:
    """Gradient of (1 / (alpha^2 P)) sum max(0, 1 - y F)^2 / 2 for F = alpha X v, and F."""

    def outputs(v: np.ndarray) -> np.ndarray:
        return alpha * X @ v

    def gradient(v: np.ndarray) -> np.ndarray:
        delta = np.maximum(0, 1 - y * outputs(v))
        return -(y * delta) @ X / (alpha * len(y))

    return gradient, outputs


X3 = np.array([[1.3, -0.2], [0.4, 1.1], [0.9, 0.8]])
Y3 = np.array([1.0, -1.0, 1.0])


@pytest.mark.parametrize("tau", [0.0, 0.5, 30.0, -0.7, -3.0])
@pytest.mark.parametrize(
    ("alpha", "start", "tol_gradient"),
    [(None, (0.4, 2.0), 1e-4), (None, (-1.0, 1.5), 1e-2), (0.3, (0.0, 0.0), 1e-3)],
)
def test_every_attempt_is_that_of_the_authors_rule(
    tau: float, alpha: float | None, start: tuple[float, float], tol_gradient: float
) -> None:
    n = 200
    on = problem(X3, Y3, quadratic_hinge(1.0), start, alpha)
    gradient, outputs = hinge_of(X3, Y3, alpha or 1.0)
    v = np.array(start) if alpha is None else np.zeros(2)
    expected, fates = authors_rule(gradient, outputs, v, n, 0.1, tol_gradient, tau)
    assert {"kept", "grown"} <= set(fates)
    assert {"output", "gradient"} & set(fates)
    assert fates.count("kept") + fates.count("grown") >= 100
    got = ticks(Euler(tol_gradient=tol_gradient, tau=tau), on, n)
    for (t, dt, v), (t_, dt_, v_) in zip(got, expected, strict=True):
        assert t == pytest.approx(t_, rel=1e-12)
        assert dt == pytest.approx(dt_, rel=1e-12)
        np.testing.assert_allclose(v, v_, rtol=1e-12, atol=1e-15)


HAND = ([[1, 0], [0, 1], [1, 1]], [1, -1, 1])


def test_first_attempts_by_hand() -> None:
    """From w = 0 on (1,0)+ (0,1)- (1,1)+: g = (-2/3, 0), so that w1 moves by 2 dt / 3.

    dt = 1: F moves by 2/3 > 0.1, rejected. dt = 0.1: F moves by 1/15, but g' = (-28, 1)/45 and the
    gradient test is 5 / (30 sqrt(785)) = 5.9e-3, rejected. dt = 0.01: g' = (-298, 1)/450 and the
    test 5 / (300 sqrt(88805)) = 5.6e-5 is below the tolerance 1e-4 but not below its half: accepted
    with dt kept. A tolerance of 2e-4 has it grow.
    """
    on = problem(*HAND, quadratic_hinge(1.0))
    first, second, third = ticks(Euler(), on, 3)
    np.testing.assert_allclose(first[:2], (0, 0.1), rtol=1e-15)
    np.testing.assert_allclose(second[:2], (0, 0.01), rtol=1e-15)
    np.testing.assert_array_equal(first[2], (0, 0))
    np.testing.assert_array_equal(second[2], (0, 0))
    np.testing.assert_allclose(third[:2], (0.01, 0.01), rtol=1e-15)
    np.testing.assert_allclose(third[2], (1 / 150, 0), rtol=1e-14, atol=1e-17)
    grown = ticks(Euler(tol_gradient=2e-4), on, 3)[2]
    np.testing.assert_allclose(grown[:2], (0.01, 0.011), rtol=1e-15)
    # the test just fails, and just passes, on either side of 5 / (300 sqrt(88805))
    value = 5 / (300 * math.sqrt(88805))
    assert ticks(Euler(tol_gradient=value * (1 - 1e-9)), on, 3)[2][0] == 0
    assert ticks(Euler(tol_gradient=value * (1 + 1e-9)), on, 3)[2][0] == pytest.approx(0.01)


def test_output_tolerance_by_hand() -> None:
    """As above: dt = 0.1 moves F by 1/15 at most, dt = 1 by 2/3."""
    on = problem(*HAND, quadratic_hinge(1.0))
    for tol, accepted, dt in [
        (2 / 3 * (1 - 1e-9), False, 0.1),
        (2 / 3 * (1 + 1e-9), True, 1.0),
        (4 / 3 * (1 - 1e-9), True, 1.0),
        (4 / 3 * (1 + 1e-9), True, 1.1),
    ]:
        [(t, next_dt, _)] = ticks(Euler(tol_output=tol, tol_gradient=1e9), on, 1)
        assert (t == 1.0) == accepted
        assert next_dt == pytest.approx(dt)


@pytest.mark.parametrize("zero", ["first", "second", "both"])
def test_gradient_test_is_zero_where_a_norm_is_zero(zero: str) -> None:
    g, h = {"w": jnp.asarray([3.0, 4.0])}, {"w": jnp.zeros(2)}
    pair = {"first": (h, g), "second": (g, h), "both": (h, h)}[zero]
    assert float(relative_change(*pair)) == 0


def test_gradient_test_is_the_papers_ratio() -> None:
    g = {"a": jnp.asarray([3.0]), "b": jnp.asarray([4.0, 0.0])}
    h = {"a": jnp.asarray([0.0]), "b": jnp.asarray([0.0, 2.0])}
    assert float(relative_change(g, h)) == pytest.approx((9 + 16 + 4) / (5 * 2), rel=1e-15)
    tiny = jax.tree.map(lambda leaf: (1e-18 * leaf).astype(jnp.float32), (g, h))
    assert float(relative_change(*tiny)) == pytest.approx(2.9, rel=1e-5)


X8 = np.random.default_rng(1).normal(size=(8, 2))
Y8 = np.where(X8[:, 0] + 0.8 * np.random.default_rng(2).normal(size=8) > 0, 1.0, -1.0)


def force(w: np.ndarray) -> np.ndarray:
    """-grad of the mean of ln(1 + exp(-y F)), in NumPy."""
    return (Y8 / (1 + np.exp(Y8 * (X8 @ w)))) @ X8 / 8


def tight(rhs: Callable, start: list[float], T: float) -> np.ndarray:
    return solve_ivp(rhs, (0, T), start, method="DOP853", rtol=1e-12, atol=1e-13).y[:2, -1]


@pytest.mark.parametrize("tau", [0.3, 2.0, 10.0])
def test_momentum_flow_solves_its_differential_equation(tau: float) -> None:
    T = 6.0
    exact = tight(
        lambda t, z: np.concatenate([z[2:], (force(z[:2]) - z[2:]) / tau]), [1.0, -1.0, 0, 0], T
    )
    on = problem(X8, Y8, LOSSES["logistic"], (1.0, -1.0))
    state = finish(Euler(tau=tau, tol_gradient=1e-8, max_time=T, max_ticks=10**6), on)
    error = np.linalg.norm(np.asarray(state.v["w"]) - exact)
    assert error < 2e-3 * np.linalg.norm(exact - [1.0, -1.0])
    # and tau matters: plain gradient flow ends elsewhere
    other = tight(lambda t, w: force(w), [1.0, -1.0], T)
    assert error < 0.1 * np.linalg.norm(other - exact)


def test_gradient_flow_converges_with_the_root_of_the_tolerance() -> None:
    """Steps go as the root of tol_gradient, and Euler's error as the step."""
    T, tolerances = 6.0, np.array([1e-4, 1e-5, 1e-6, 1e-7, 1e-8])
    exact = tight(lambda t, w: force(w), [1.0, -1.0], T)
    on = problem(X8, Y8, LOSSES["logistic"], (1.0, -1.0))
    errors = []
    for tol in tolerances:
        flow = Euler(tol_gradient=float(tol), max_time=T, max_ticks=10**6)
        errors.append(np.linalg.norm(np.asarray(finish(flow, on).v["w"]) - exact))
    slope = np.polyfit(np.log(np.sqrt(tolerances)), np.log(errors), 1)[0]
    assert slope == pytest.approx(1, abs=0.2)
    assert errors[-1] < 1e-4


def test_fitted_ends_with_every_constraint_satisfied() -> None:
    on = problem(X3, [1, 1, 1], soft_hinge(1.0))
    state = finish(Euler(), on)
    assert int(state.result) == Result.FITTED
    assert int(state.unsatisfied) == 0
    assert np.all(X3 @ np.asarray(state.v["w"]) >= 1)
    assert 1 < int(state.ticks) < 100_000


def test_a_fitted_start_is_seen_without_a_step() -> None:
    state = Euler().init(problem(X3, [1, 1, 1], quadratic_hinge(1.0), (5.0, 8.0)), KEY)
    assert int(state.result) == Result.FITTED
    assert (int(state.ticks), float(state.t)) == (1, 0)


@pytest.mark.parametrize("flow", [Euler(), Euler(tol_gradient=1e-6)], ids=["default", "tighter"])
def test_contradictory_data_converge_unfitted(flow: Euler) -> None:
    """Same x, opposite labels: the quadratic hinge has its minimum at F = 0."""
    on = problem([[1.0, 0.5], [1.0, 0.5]], [1, -1], quadratic_hinge(1.0), (0.7, 0.2))
    state = finish(flow, on)
    assert int(state.result) == Result.CONVERGED_UNFITTED
    assert int(state.unsatisfied) == 2
    np.testing.assert_allclose(state.F, 0, atol=1e-11)
    assert float(state.loss) == pytest.approx(0.5, rel=1e-12)


def test_budget_of_ticks_is_kept() -> None:
    state = finish(Euler(max_ticks=37), problem(X3, Y3, quadratic_hinge(1.0)))
    assert int(state.result) == Result.OUT_OF_BUDGET
    assert int(state.ticks) == 37


@pytest.mark.parametrize("max_time", [1e-6, 0.3, 1 / 3, 7.123456789])
@pytest.mark.parametrize("tau", [0.0, 1.0])
def test_a_time_budget_is_met_exactly(max_time: float, tau: float) -> None:
    state = finish(Euler(max_time=max_time, tau=tau), problem(X3, Y3, quadratic_hinge(1.0)))
    assert int(state.result) == Result.OUT_OF_BUDGET
    assert float(state.t) == max_time


def test_a_tolerance_that_no_step_meets_ends_at_the_floor() -> None:
    on = problem(*HAND, quadratic_hinge(1.0))
    state = finish(Euler(tol_gradient=1e-300), on)
    assert int(state.result) == Result.MIN_STEP
    assert float(state.t) == 0
    assert int(state.ticks) == 1 + 16  # from 1 to below 1e-15
    np.testing.assert_array_equal(state.v["w"], [0, 0])


def test_a_jump_of_the_gradient_above_the_tolerance_ends_at_the_floor() -> None:
    """The gradient drops from 2/3 to 1/3 where the first datum reaches its margin."""
    on = problem([[1.0, 0.0], [0.5, 0.0], [0.5, 0.0]], [1, 1, 1], loss_named("linear_hinge", 1.0))
    state = finish(Euler(), on)
    assert int(state.result) == Result.MIN_STEP
    assert float(state.v["w"][0]) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_bad_numbers_in_the_data_end_as_non_finite(bad: float) -> None:
    on = problem([[1.0, bad], [0.0, 1.0]], [1, -1], quadratic_hinge(1.0), (0.1, 0.1))
    state = finish(Euler(), on)
    assert int(state.result) == Result.NON_FINITE
    assert int(state.ticks) == 1


@dataclass(frozen=True)
class Root:
    """f = sqrt(2 - w . x), NaN beyond w . x = 2."""

    def init(self, key: Any, x: jax.Array) -> dict:
        raise NotImplementedError

    def apply(self, w: dict, x: jax.Array) -> jax.Array:
        return jnp.sqrt(2 - x @ w["w"])


def test_an_attempt_that_leads_to_nan_is_rejected() -> None:
    F = Plain(Root(), {"w": jnp.asarray([1.9])})
    on = Problem(F, quadratic_hinge(1.0), jnp.ones((1, 1)), -jnp.ones(1))  # pushes w upwards
    flow = Euler(tol_output=1e9, tol_gradient=1e9)
    start = flow.init(on, KEY)
    state = flow.tick(on, start)
    assert int(state.result) == Result.RUNNING
    assert float(state.dt) == pytest.approx(0.1)
    jax.tree.map(
        np.testing.assert_array_equal, (state.v, state.g, state.F), (start.v, start.g, start.F)
    )


def test_a_state_belongs_to_its_variable() -> None:
    on = problem(X3, Y3, quadratic_hinge(1.0), (0.4, 2.0))
    flow = Euler()
    state = flow.init(on, KEY)
    tick = jax.jit(flow.tick)
    rejections = 0
    for _ in range(15):
        after = tick(on, state)
        rejections += int(after.t == state.t)
        state = after
        at = on.gradient(state.v)
        for got, expected in [(state.loss, at.loss), (state.F, at.F), (state.g["w"], at.g["w"])]:
            np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-16)
        assert int(state.unsatisfied) == int(at.unsatisfied)
    assert 0 < rejections < 15


@pytest.mark.parametrize("name", ["max_ticks", "max_time", "tol_output", "tol_gradient", "min_dt"])
@pytest.mark.parametrize("value", [0, -1])
def test_tolerances_and_budgets_must_be_positive(name: str, value: int) -> None:
    with pytest.raises(BadInput, match=name):
        Euler(**{name: value if name == "max_ticks" else float(value)})


@pytest.mark.parametrize("name", ["max_time", "tol_output", "tol_gradient", "min_dt"])
def test_tolerances_must_be_numbers(name: str) -> None:
    with pytest.raises(BadInput, match=name):
        Euler(**{name: math.nan})


@pytest.mark.usefixtures("unannotated")
def test_numbers_of_any_kind_make_one_stepper() -> None:
    half: Any = np.array(0.5)
    assert hash(Euler(tol_output=half, tau=half)) == hash(Euler(tol_output=0.5, tau=0.5))
    for name in ("max_time", "tol_output", "tol_gradient", "min_dt", "tau"):
        with pytest.raises(BadInput, match=name):
            Euler(**{name: None})


@pytest.mark.parametrize("result", Result)
def test_every_result_has_its_line(result: Result) -> None:
    assert result.message
    assert "\n" not in result.message
