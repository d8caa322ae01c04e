"""Stabilised gradient flow: its order, its event, its budget, against an ODE solver and Euler."""

import functools
import math
from dataclasses import dataclass
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.dynamics.chebyshev import MAX_STAGES, coefficients
from jamming.dynamics.euler import Euler, EulerState
from jamming.dynamics.rkc import RKC
from jamming.dynamics.rkc_state import RKCState
from jamming.execution import vmapped
from jamming.models.activations import activation
from jamming.models.networks import FC, Params
from jamming.objectives.losses import LOSSES, Loss, quadratic_hinge, soft_hinge
from jamming.objectives.predictor import Linearised, Plain, Scaled, predictor
from jamming.objectives.problem import Problem, Result
from jamming.training.spec import Job
from jamming.training.train import train

pytestmark = pytest.mark.usefixtures("strict_dtypes")

KEY = jax.random.key(0)
P, D = 12, 5
# half the time to compile, and no less exact
quick = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


@dataclass(frozen=True)
class Linear:
    """f = x . w."""

    def init(self, key: Any, x: jax.Array) -> dict:
        del key
        return {"w": jnp.zeros(x.shape[1])}

    def apply(self, w: dict, x: jax.Array) -> jax.Array:
        return x @ w["w"]


@dataclass(frozen=True)
class Root:
    """f = sqrt(2 - x . w), NaN beyond x . w = 2."""

    def init(self, key: Any, x: jax.Array) -> dict:
        raise NotImplementedError

    def apply(self, w: dict, x: jax.Array) -> jax.Array:
        return jnp.sqrt(2 - x @ w["w"])


def linear(x: list | np.ndarray, y: list | np.ndarray, loss: Loss) -> Problem:
    """Everything by hand: f = x . w from w = 0."""
    x_ = jnp.asarray(x, jnp.float64)
    w0 = {"w": jnp.zeros(x_.shape[1])}
    return Problem(Plain(Linear(), w0), loss, x_, jnp.asarray(y, jnp.float64))


def inputs(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Random points and labels: P to train and P to test."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(2, P, D)), np.where(rng.random(P) < 0.5, 1.0, -1.0)


ACTIVATIONS = ("relu", "tanh", "swish", "softplus5", "linear")
NETS = [FC(activation=activation(name, normalised=True), h=6, L=2) for name in ACTIVATIONS]


@dataclass(frozen=True)
class Switch:
    """The networks of all activations in one program: the last column of x says which."""

    def init(self, key: Any, x: jax.Array) -> Params:
        return NETS[0].init(key, x[:, :-1])

    def apply(self, w: Params, x: jax.Array) -> jax.Array:
        which = x[0, -1].astype(jnp.int32)
        return jax.lax.switch(which, [net.apply for net in NETS], w, x[:, :-1])


init = jax.jit(Switch().init)


def with_name(x: np.ndarray, name: str) -> jax.Array:
    """x with the column that `Switch` reads."""
    return jnp.asarray(np.column_stack([x, np.full(len(x), ACTIVATIONS.index(name))]))


def network(
    name: str = "tanh", loss: Loss | None = None, seed: int = 0, y: np.ndarray | None = None
) -> Problem:
    """P random points with random labels, or those given, and a small network."""
    x, labels = inputs(seed)
    x_ = with_name(x[0], name)
    w0 = init(jax.random.key(seed), x_)
    return Problem(
        predictor(Switch(), w0), loss or soft_hinge(), x_, jnp.asarray(labels if y is None else y)
    )


def traced(on: Problem, tol: Any, max_ticks: Any = 10**6) -> RKC:
    """A stepper whose tolerance and budget may be traced, so that all share one program."""
    stepper = RKC()
    object.__setattr__(stepper, "tol", jnp.asarray(tol, on.x.dtype))
    object.__setattr__(stepper, "max_ticks", max_ticks)
    return stepper


start = jax.jit(RKC.init, static_argnums=0)
until = jax.jit(RKC.until, static_argnums=0)
predict = jax.jit(lambda on, v, x: on.predictor(v, x))
gradient = jax.jit(Problem.gradient)


def outputs(on: Problem, v: Params) -> jax.Array:
    """F(v) on the training set."""
    return predict(on, v, on.x)


@quick
def _go(on: Problem, state: RKCState, tol: Any, max_ticks: Any) -> RKCState:
    return jax.lax.while_loop(
        lambda state: state.result == Result.RUNNING,
        lambda state: traced(on, tol, max_ticks).tick(on, state),
        state,
    )


def go(on: Problem, state: RKCState, tol: float = 1e-2, max_ticks: int = 10**6) -> RKCState:
    """From this state to an end."""
    return _go(on, state, tol, max_ticks)


def finish(on: Problem, tol: float = 1e-2, t: float = math.inf, max_ticks: int = 10**6) -> RKCState:
    """From the start to an end, or to time t."""
    state = until(RKC(), start(RKC(), on, KEY), jnp.asarray(t, on.x.dtype))
    return go(on, state, tol, max_ticks)


@functools.partial(quick, static_argnums=1)
def trace(on: Problem, n: int, tol: Any, max_ticks: Any) -> RKCState:
    """The states after each of n ticks; an ended one stays."""
    stepper = traced(on, tol, max_ticks)

    def tick(state: RKCState, _: None) -> tuple[RKCState, RKCState]:
        after = stepper.tick(on, state)
        ended = state.result != Result.RUNNING
        after = jax.tree.map(lambda a, b: jnp.where(ended, a, b), state, after)
        return after, after

    return jax.lax.scan(tick, stepper.init(on, KEY), length=n)[1]


@quick
def _exact(on: Problem, ts: jax.Array) -> Params:
    return diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, v, _: jax.tree.map(jnp.negative, on.gradient(v).g)),
        diffrax.Dopri8(),
        t0=0.0,
        t1=ts[-1],
        dt0=None,
        y0=on.predictor.start(),
        saveat=diffrax.SaveAt(ts=ts),
        stepsize_controller=diffrax.PIDController(rtol=1e-10, atol=1e-11, dtmin=1e-7),
        max_steps=20_000,
        throw=False,
        adjoint=diffrax.ForwardMode(),
    ).ys


def exact(on: Problem, *ts: float) -> list[Params]:
    """v at these times, at most 20, by a solver of order 8."""
    more = 20 - len(ts)  # so that one program is that of any number
    vs = _exact(on, jnp.asarray([ts[0]] * more + [*ts]))
    return [vmapped.lane(vs, more + i) for i in range(len(ts))]


@quick
def euler(on: Problem, max_time: Any, tol_output: Any) -> EulerState:
    """The papers' Euler, its steps set by the outputs alone."""
    flow = Euler(tol_gradient=1e9, max_ticks=10**8)
    object.__setattr__(flow, "max_time", max_time)
    object.__setattr__(flow, "tol_output", tol_output)
    return jax.lax.while_loop(
        lambda state: state.result == Result.RUNNING,
        lambda state: flow.tick(on, state),
        flow.init(on, KEY),
    )


def assert_same_bits(a: Any, b: Any) -> None:
    for left, right in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True):
        np.testing.assert_array_equal(left, right)


def distance(a: Any, b: Any) -> float:
    """|a - b| / |b|."""
    return float(np.linalg.norm(np.asarray(a) - np.asarray(b)) / np.linalg.norm(np.asarray(b)))


def polynomial(s: int, z: np.ndarray) -> np.ndarray:
    """What a step of s stages makes of y = 1 under y' = lambda y, z = lambda dt."""
    c = coefficients(np.dtype(float))[s]
    before, y = np.ones_like(z), 1 + c[1, 0] * z
    for mu, nu, mu_t, gamma_t in c[2 : s + 1]:
        before, y = y, 1 - mu - nu + mu * y + nu * before + mu_t * z * y + gamma_t * z
    return y


@pytest.mark.parametrize("s", [2, 3, 10, 50, MAX_STAGES])
def test_coefficients_are_consistent_and_stable(s: int) -> None:
    """1 + z + z^2/2 near zero; damped down to -0.65 (s^2 - 1), and not much further."""
    circle = 0.1 * np.exp(2j * np.pi * np.arange(16) / 16)
    taylor = np.fft.fft(polynomial(s, circle)).real / 16 / 0.1 ** np.arange(16)
    np.testing.assert_allclose(taylor[:3], [1, 1, 0.5], rtol=1e-10)
    if s > 2:
        assert 0.02 < taylor[3] < 1 / 6
    inside = -np.linspace(0, 0.65 * (s**2 - 1), 20_001)
    assert np.all(np.abs(polynomial(s, inside)) <= 1 + 1e-12)
    assert np.all(np.abs(polynomial(s, inside[inside < -2.5])) < 0.97)
    assert np.abs(polynomial(s, np.array([-0.7 * s**2])))[0] > 1


@pytest.mark.parametrize("s", [2, 3, 10, 50])
def test_coefficients_are_of_second_order(s: int) -> None:
    """On y' = -y^2 (so that y = 1 / (1 + t)) and a rotation beside it."""

    def f(y: np.ndarray) -> np.ndarray:
        return np.array([-(y[0] ** 2), y[2] * y[0], -y[1] * y[0]])

    mu1, table = coefficients(np.dtype(float))[s][1, 0], coefficients(np.dtype(float))[s]
    errors, steps = [], np.array([10, 20, 40, 80])
    angle = math.log(3)
    for n in steps:
        y, dt = np.array([1.0, 1.0, 0.0]), 2 / n
        for _ in range(n):
            f0, before = f(y), y
            at = y + mu1 * dt * f0
            for mu, nu, mu_t, gamma_t in table[2 : s + 1]:
                new = (1 - mu - nu) * y + mu * at + nu * before
                before, at = at, new + dt * (mu_t * f(at) + gamma_t * f0)
            y = at
        errors.append(np.abs(y - [1 / 3, math.cos(angle), -math.sin(angle)]).max())
    assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(-2, abs=0.15)


@pytest.mark.parametrize("name", ["tanh", "softplus5"])
def test_error_falls_as_a_method_of_second_order(name: str) -> None:
    """As tol^(2/3), and with the inverse square of the gradients spent."""
    on, T = network(name, seed=1), 4.0
    F = outputs(on, exact(on, T)[0])
    tols = 10.0 ** np.arange(-4, -9, -1)
    states = [finish(on, tol, T) for tol in tols]
    errors = np.log([distance(state.F, F) for state in states])
    ticks = np.log([int(state.ticks) for state in states])
    assert np.polyfit(np.log(tols), errors, 1)[0] == pytest.approx(2 / 3, abs=0.06)
    assert np.polyfit(ticks[2:], errors[2:], 1)[0] == pytest.approx(-2, abs=0.2)
    assert distance(finish(on, 1e-2, T).F, F) < 1e-2


CASES = [(name, soft_hinge(), 1.0 if name == "relu" else 4.0) for name in ACTIVATIONS]
CASES += [("tanh", quadratic_hinge(), 4.0), ("tanh", LOSSES["linear_hinge"], 4.0)]


@pytest.mark.parametrize(
    ("name", "loss", "T"), CASES, ids=[f"{name}-{loss.name}" for name, loss, _ in CASES]
)
def test_the_flow_is_that_of_an_ode_solver_and_of_the_papers_euler(
    name: str, loss: Loss, T: float
) -> None:
    on = network(name, loss, seed=1)
    x_test = with_name(inputs(1)[0][1], name)
    ends = [exact(on, T)[0], euler(on, jnp.asarray(T), jnp.asarray(1e-4)).v]
    state = finish(on, 1e-6, T)
    assert float(state.t) == T
    assert distance(state.F, predict(on, on.predictor.start(), on.x)) > 0.3  # it did learn
    for v in ends:
        assert distance(state.F, outputs(on, v)) < 5e-5
        assert distance(predict(on, state.v, x_test), predict(on, v, x_test)) < 5e-5
    coarse, tol = finish(on, 1e-3, T), 1e-3
    assert distance(coarse.F, outputs(on, ends[0])) < 10 * tol


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_flow_along_a_kink_is_that_of_euler(seed: int) -> None:
    """Where the gradients of both sides of a relu lead into its kink, the flow slides along it."""
    on, T = network("relu", seed=seed), 4.0
    reference = euler(on, jnp.asarray(T), jnp.asarray(3e-4))
    state = finish(on, 3e-4, T)
    assert float(state.t) == T
    assert int(state.ticks) > 500  # small steps, but they go on
    assert distance(state.F, reference.F) < 1e-2


@pytest.mark.parametrize("name", ["tanh", "softplus5", "swish"])
def test_fitted_is_the_moment_when_the_last_constraint_is_met(name: str) -> None:
    x, _ = inputs(0)
    on = network(name, y=np.where(x[0][:, 0] > 0, 1.0, -1.0))
    for tol in (1e-2, 1e-6):
        state = finish(on, tol, 1e4)
        assert int(state.result) == Result.FITTED
        assert int(state.unsatisfied) == 0
        assert -1e-5 <= float(on.loss.delta(state.F, on.y).max()) <= 0
        at = gradient(on, state.v)
        np.testing.assert_allclose(state.F, at.F, rtol=1e-12, atol=1e-13)
        assert float(state.loss) == pytest.approx(float(at.loss), rel=1e-12)
        assert int(at.unsatisfied) == 0
    t = float(state.t)
    before, there, after = exact(on, t * (1 - 1e-4), t, t * (1 + 1e-4))
    assert float(on.loss.delta(outputs(on, before), on.y).max()) > 0
    assert float(on.loss.delta(outputs(on, after), on.y).max()) <= 0
    assert distance(state.F, outputs(on, there)) < 1e-4
    slow = euler(on, jnp.asarray(1e4), jnp.asarray(1e-4))
    assert int(slow.result) == Result.FITTED
    assert float(slow.t) == pytest.approx(t, rel=1e-3)


def test_slack_moves_the_event() -> None:
    """F = 1 - exp(-x^2 t) for one datum: fitted within the slack at t = ln(1 / slack) / x^2."""
    slack = 0.01
    on = linear([[1.3]], [-1], Loss(**{**vars(quadratic_hinge()), "slack": slack}))
    state = finish(on, 1e-5)
    assert int(state.result) == Result.FITTED
    assert float(state.t) == pytest.approx(math.log(1 / slack) / 1.3**2, abs=5e-5 / slack)
    assert slack - 1e-5 <= float(1 + state.F[0]) <= slack


@pytest.mark.parametrize("max_time", [1e-6, 1 / 3, 7.123456789])
def test_a_time_budget_is_met_exactly(max_time: float) -> None:
    on = network("softplus5")
    state = go(on, start(RKC(max_time=max_time), on, KEY))
    assert int(state.result) == Result.OUT_OF_BUDGET
    assert float(state.t) == max_time


def test_a_run_passes_through_each_time_asked_for() -> None:
    on, tol = network("softplus5", seed=1), 1e-4
    times = [1e-9, 0.1, 1 / 3, np.nextafter(1 / 3, 1), 1 / 3 + 1e-12, 0.5, *np.arange(1, 4.1, 0.25)]
    exactly = exact(on, *times)
    whole = finish(on, tol, times[-1])
    state, pairs = start(RKC(), on, KEY), []
    for t, v in zip(times, exactly, strict=True):
        ticks = int(state.ticks)
        state = go(on, until(RKC(), state, jnp.asarray(t)), tol)
        assert float(state.t) == t
        assert int(state.result) == Result.OUT_OF_BUDGET
        pairs.append((distance(state.F, outputs(on, v)), int(state.ticks) - ticks))
    errors, spent = zip(*pairs, strict=True)
    assert max(errors) < 10 * tol
    assert distance(state.F, whole.F) < 5 * tol
    # a stop costs a look at rho and a short step, and leaves the length of the next as it was
    assert max(spent[2:]) < 60
    assert int(state.ticks) < int(whole.ticks) + 12 * len(times)


def test_a_time_asked_for_within_a_step_is_landed_on() -> None:
    on, tol = network("softplus5", seed=1), 1e-3
    states = trace(on, 150, tol, 10**6)
    for i in (5, 40, 41, 42, 43, 44, 45, 60, 100):
        state = vmapped.lane(states, i)
        t = float(state.t) + 1e-3
        landed = go(on, until(RKC(), state, jnp.asarray(t)), tol)
        assert float(landed.t) == t
        assert distance(landed.F, outputs(on, exact(on, t)[0])) < 5 * tol


def test_until_leaves_what_has_ended() -> None:
    on = network("softplus5")
    easy = network("tanh", y=np.where(inputs(0)[0][0][:, 0] > 0, 1.0, -1.0))
    for state in (finish(on, 1e-2, 1.0, max_ticks=20), finish(easy, 1e-2, 1e4)):
        assert int(state.result) in (Result.OUT_OF_BUDGET, Result.FITTED)
        again = until(RKC(max_ticks=20), state, jnp.asarray(99.0))
        assert_same_bits(again, state)
    state = start(RKC(max_time=2.0), on, KEY)
    state = until(RKC(max_time=2.0), state, jnp.asarray(99.0))
    assert float(go(on, state).t) == 2.0


CALLS: list[str] = []


@functools.partial(jax.tree_util.register_dataclass, data_fields=["of"], meta_fields=[])
@dataclass(frozen=True)
class Counted:
    """A predictor that counts what is asked of it."""

    of: Plain

    @property
    def alpha(self) -> jax.Array:
        return self.of.alpha

    def start(self) -> Params:
        return self.of.start()

    def weights(self, v: Params) -> Params:
        return self.of.weights(v)

    def __call__(self, v: Params, x: jax.Array) -> jax.Array:
        jax.debug.callback(lambda: CALLS.append("outputs"))
        return self.of(v, x)

    def vjp(self, v: Params, x: jax.Array) -> Any:
        F, pull = self.of.vjp(v, x)
        # tied to v, so that it is called once for each v
        jax.debug.callback(lambda _: CALLS.append("gradient"), F[0])
        return F, pull


@pytest.mark.parametrize("max_ticks", [2, 37, 10**6])
def test_a_tick_is_one_gradient_and_nothing_else(max_ticks: int) -> None:
    """Through looks at rho, rejected steps and the search for the event."""
    plain = linear([[1.0, 0.2], [0.1, 0.3]], [1, -1], soft_hinge())
    on = Problem(Counted(plain.predictor), plain.loss, plain.x, plain.y)
    CALLS.clear()
    state = finish(on, 1e-3, max_ticks=max_ticks)
    jax.effects_barrier()
    assert int(state.result) == (Result.FITTED if max_ticks == 10**6 else Result.OUT_OF_BUDGET)
    assert CALLS == ["gradient"] * int(state.ticks)
    assert int(state.ticks) == max_ticks or max_ticks == 10**6


def test_stages_spare_gradients_where_the_flow_is_stiff() -> None:
    """F_i = y_i (1 - exp(-x_i^2 t / P)), x_i^2 over four decades, until the slowest has moved."""
    rates = np.logspace(-4, 0, P)
    y = np.where(np.arange(P) % 2 == 0, 1.0, -1.0)
    on = linear(np.diag(np.sqrt(rates)), y, quadratic_hinge())
    T = 2 * P / rates[0]
    state = finish(on, 1e-2, T)
    assert float(state.t) == T
    np.testing.assert_allclose(state.F, -y * np.expm1(-rates * T / P), atol=1e-2)
    stable_euler = T * rates[-1] / P / 2
    assert int(state.ticks) < stable_euler / 5


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_bad_numbers_in_the_data_end_as_non_finite(bad: float) -> None:
    on = network()
    state = finish(Problem(on.predictor, on.loss, on.x.at[2, 1].set(bad), on.y))
    assert int(state.result) == Result.NON_FINITE
    assert int(state.ticks) == 1


@pytest.mark.parametrize("max_ticks", [2, 13, 14, 15, 16, 17, 100])
def test_budget_of_ticks_is_kept(max_ticks: int) -> None:
    state = finish(network("softplus5"), 1e-4, max_ticks=max_ticks)
    assert int(state.result) == Result.OUT_OF_BUDGET
    assert int(state.ticks) == max_ticks


def test_a_budget_of_one_ends_at_the_start() -> None:
    state = start(RKC(max_ticks=1), network("softplus5"), KEY)
    assert (int(state.result), int(state.ticks)) == (Result.OUT_OF_BUDGET, 1)


def test_contradictory_data_converge_unfitted() -> None:
    """Same x, opposite labels: the quadratic hinge has its minimum at F = 0."""
    net = network("tanh", quadratic_hinge(), seed=3, y=np.where(np.arange(P) % 2 == 0, 1.0, -1.0))
    same = jnp.asarray(np.repeat(np.asarray(net.x)[::2], 2, axis=0))
    state = finish(Problem(net.predictor, net.loss, same, net.y))
    assert int(state.result) == Result.CONVERGED_UNFITTED
    np.testing.assert_allclose(state.F, 0, atol=1e-9)


def test_a_jump_of_the_gradient_is_crossed_where_the_papers_euler_ends() -> None:
    """The gradient drops from 2/3 to 1/3 where the first datum reaches its margin."""
    on = linear([[1.0, 0.0], [0.5, 0.0], [0.5, 0.0]], [1, 1, 1], LOSSES["linear_hinge"])
    flow = Euler()
    stuck = jax.lax.while_loop(
        lambda state: state.result == Result.RUNNING,
        functools.partial(flow.tick, on),
        flow.init(on, KEY),
    )
    assert int(stuck.result) == Result.MIN_STEP
    for tol in (1e-2, 1e-5):
        state = finish(on, tol)
        assert int(state.result) == Result.FITTED
        # 1 / (2/3) up to the jump, 1 / (1/3) from there
        assert float(state.t) == pytest.approx(1.5 + 3, rel=3 * tol)
        assert float(state.v["w"][0]) == pytest.approx(2, abs=1e-5)


def test_a_floor_of_the_step_is_named() -> None:
    """Beyond w = 2 the outputs are NaN, and the gradient leads there from just below it."""
    on = linear([[1.0]], [-1], quadratic_hinge())
    on = Problem(Plain(Root(), {"w": jnp.asarray([2 - 1e-12])}), on.loss, on.x, on.y)
    state = finish(on, max_ticks=3000)
    assert int(state.result) == Result.MIN_STEP
    assert float(state.v["w"][0]) <= 2


NET = FC(activation=activation("softplus5", normalised=True), h=6, L=1)
SEEDED = [jax.jit(NET.init)(jax.random.key(i), jnp.asarray(inputs(i)[0][0])) for i in range(4)]


def scaled(i: int, alpha: float, dtype: Any = jnp.float64) -> Problem:
    """One network and data of four; learns alpha (f - f0)."""
    x, y = inputs(i)
    w0 = jax.tree.map(lambda leaf: leaf.astype(dtype), SEEDED[i])
    F = Scaled(NET, w0, jnp.asarray(alpha, dtype))
    return Problem(F, soft_hinge(), jnp.asarray(x[0], dtype), jnp.asarray(y, dtype))


def test_the_flow_of_a_linearised_network_does_not_depend_on_alpha() -> None:
    lazy = Linearised(NET, SEEDED[0])
    reference = None
    for alpha in (1.0, 1e-3, 30.0, 1e6):
        on = scaled(0, alpha)
        on = Problem(Scaled(lazy, SEEDED[0], on.predictor.alpha), on.loss, on.x, on.y)
        state = finish(on, 1e-3, 20.0)
        got = (state.ticks, state.t, state.F, state.dt, state.loss * alpha**2)
        reference = reference or got
        for a, b in zip(got, reference, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("alpha", [0.1, 1.0, 1e3, 1e6])
def test_float32_follows_float64(alpha: float) -> None:
    tol = 1e-3
    for T in (1.0, 30.0):
        wide, narrow = (finish(scaled(1, alpha, t), tol, T) for t in (jnp.float64, jnp.float32))
        assert int(wide.result) == int(narrow.result)
        assert float(narrow.t) == pytest.approx(float(wide.t), rel=3 * tol)
        assert narrow.F.dtype == jnp.float32
        assert distance(narrow.F, wide.F) < 3 * tol
        assert int(narrow.ticks) < 1.5 * int(wide.ticks)


def lanes() -> tuple[Problem, RKCState]:
    problems = vmapped.stack([scaled(i, alpha) for i, alpha in enumerate([0.01, 100.0, 1.0, 0.1])])
    return problems, vmapped.start(STEPPER, problems, jax.random.split(KEY, 4))


STEPPER = RKC(max_ticks=300, max_time=5.0, tol=1e-3)


def test_lanes_that_tick_together_do_as_lanes_that_tick_alone() -> None:
    problems, states = lanes()
    alone = vmapped.advance(STEPPER, problems, states, 300, vmapped=False)
    together = vmapped.advance(STEPPER, problems, states, 300, vmapped=True)
    np.testing.assert_array_equal(alone.ticks, together.ticks)
    np.testing.assert_array_equal(alone.result, together.result)
    assert len(set(alone.ticks.tolist())) > 1
    for a, b in [(alone.loss, together.loss), (alone.t, together.t), (alone.F, together.F)]:
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_chunks_do_not_change_a_bit() -> None:
    problems, begin = lanes()
    whole = vmapped.advance(STEPPER, problems, begin, 300, vmapped=False)
    states = begin
    for bound in (1, 2, 13, 14, 15, 16, 40, 41, 100, 299, 300):
        states = vmapped.advance(STEPPER, problems, states, bound, vmapped=False)
    assert_same_bits(states, whole)


@pytest.mark.parametrize("name", ["max_ticks", "max_time", "tol", "min_dt"])
@pytest.mark.parametrize("value", [0, -1, math.nan])
def test_tolerances_and_budgets_must_be_positive(name: str, value: float) -> None:
    if name == "max_ticks" and value != value:
        return
    with pytest.raises(BadInput, match=name):
        RKC(**{name: value if name == "max_ticks" else float(value)})


@pytest.mark.usefixtures("unannotated")
@pytest.mark.parametrize("value", [np.array(0.5), np.float32(0.5), "0.5"])
def test_numbers_of_any_kind_make_one_stepper(value: Any) -> None:
    assert hash(RKC(tol=value, max_time=value)) == hash(RKC(tol=0.5, max_time=0.5))
    for name in ("max_time", "tol", "min_dt"):
        with pytest.raises(BadInput, match=name):
            RKC(**{name: [value, value]})


@settings(deadline=None, max_examples=25)
@given(
    name=st.sampled_from(ACTIVATIONS),
    seed=st.integers(0, 10**6),
    scale=st.floats(0.01, 10.0),
    tol=st.floats(1e-4, 0.1),
    max_ticks=st.integers(1, 400),
    flips=st.lists(st.booleans(), min_size=P, max_size=P),
)
def test_any_small_problem_ends_with_a_name_and_goes_downhill(
    name: str, seed: int, scale: float, tol: float, max_ticks: int, flips: list[bool]
) -> None:
    """The soft hinge has slope 1, so a step's error raises the loss by the error of F at most."""
    x = np.random.default_rng(seed).normal(size=(P, D)) * scale
    plain = network(name, seed=0, y=np.where(flips, 1.0, -1.0))
    on = Problem(plain.predictor, plain.loss, with_name(x, name), plain.y)
    states = trace(on, 400, tol, max_ticks)
    end = vmapped.lane(states, -1)
    assert int(end.result) > Result.RUNNING
    assert int(end.ticks) <= max(2, max_ticks)  # the trace itself takes one tick at least
    losses, t = np.asarray(states.loss), np.asarray(states.t)
    assert np.all(np.isfinite(losses))
    assert np.all(np.diff(t) >= 0)
    allowed = tol * (np.sqrt(np.mean(np.asarray(states.F) ** 2, axis=1)) + 0.01)
    assert np.all(np.diff(losses) <= allowed[1:])


def test_no_step_leaps_to_where_the_neurons_are_dead() -> None:
    """With the estimate of the error alone, this trajectory ended with half of the data wrong.

    Where all neurons are dead the outputs do not depend on the weights, so that no error of the
    weights shows in them; the leap did raise the loss to its initial value.
    """
    job = Job(
        "digits10pca",
        200,
        (12, 12),
        init_seed=2,
        whiten=False,
        activation="softplus5",
        normalised=True,
        parametrisation="ntp",
        bias=False,
        alpha=0.0912871604626485,
        loss="soft_hinge",
        slack=0.0,
        dynamics="flow",
        tol=2e-2,
        max_ticks=2000,
        test_points=10,
    )
    run = train([job])[0]
    assert run.fitted
    assert np.all(np.diff(run.snapshot_loss) <= 0.01 * run.snapshot_loss[0])
