"""Lanes: what a trajectory is must not depend on who runs beside it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.dynamics.euler import Euler
from jamming.dynamics.optimiser import adam, sgd
from jamming.dynamics.rkc import RKC
from jamming.execution.vmapped import advance, lane, log_spaced, run, stack, start
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.objectives.losses import quadratic_hinge, soft_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem, Result, Stepper

STEPPERS = {
    "flow": RKC(max_ticks=60),
    "euler": Euler(max_ticks=60),
    "adam": adam(1e-2, max_ticks=60, decay_every=20),
    "sgd": sgd(1e-2, max_ticks=60, batch=5),
}
LANES = 5
# asked for by conftest.py, where there is such a flag
QUICK = next((flag for flag in os.environ["XLA_FLAGS"].split() if "fusion_emitters" in flag), "")
NET = FC(activation=activation("softplus5", normalised=True), h=6, L=1)
INIT = jax.jit(NET.init)
ALPHAS = [0.01, 100.0, 1.0, 10.0, 0.1]
on_cpu = pytest.mark.skipif(jax.default_backend() != "cpu", reason="bitwise on the CPU alone")


def problem_of(i: int, margin: float = 1.0) -> Problem:
    """Different data, weights and alpha in each lane; lane 1 is fitted early, lane 3 has a NaN."""
    rng = np.random.default_rng(i)
    x, y = rng.normal(size=(12, 4)), np.where(rng.random(12) < 0.5, 1.0, -1.0)
    if i == 1:
        x[:], y[:] = x[0], 1.0
    if i == 3:
        x[2, 1] = np.nan
    x_ = jnp.asarray(x)
    w0 = INIT(jax.random.key(i), x_)
    return Problem(predictor(NET, w0, ALPHAS[i]), soft_hinge(margin), x_, jnp.asarray(y))


PROBLEMS = [problem_of(i) for i in range(LANES)]
KEYS = jax.random.split(jax.random.key(5), LANES)


def leaves(state: Any) -> list[np.ndarray]:
    is_key = lambda leaf: jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)  # noqa: E731
    return [
        np.asarray(jax.random.key_data(leaf) if is_key(leaf) else leaf)
        for leaf in jax.tree.leaves(state)
    ]


def assert_same_bits(a: Any, b: Any) -> None:
    """But for the sign of NaN, which is the compiler's choice."""
    for left, right in zip(leaves(a), leaves(b), strict=True):
        assert left.dtype == right.dtype
        one, other = (np.where(each == each, each, np.zeros_like(each)) for each in (left, right))
        assert one.tobytes() == other.tobytes()
        np.testing.assert_array_equal(left != left, right != right)


def end(stepper: Stepper, which: Sequence[int], cuts: Sequence[int] = (60,)) -> Any:
    """The final states of the lanes named, advanced in the chunks named."""
    problems, keys = stack([PROBLEMS[i] for i in which]), KEYS[jnp.asarray(which)]
    states = start(stepper, problems, keys)
    for until in cuts:
        states = advance(stepper, problems, states, until)
    return states


@on_cpu
@pytest.mark.bitwise
@pytest.mark.parametrize("name", STEPPERS)
def test_a_lane_does_not_depend_on_its_neighbours(name: str) -> None:
    """Nor on their number, which decides where it lies among the devices, nor on the order."""
    assert len(jax.local_devices()) == 2
    together = end(STEPPERS[name], range(LANES))
    for which in [(0,), (1,), (2,), (4, 0), (3, 4), (4, 3, 2, 1, 0), (2, 2, 2, 2, 2)]:
        states = end(STEPPERS[name], which)
        for position, i in enumerate(which):
            assert_same_bits(lane(states, position), lane(together, i))


@on_cpu
@pytest.mark.parametrize("name", STEPPERS)
def test_chunks_do_not_change_the_result(name: str) -> None:
    together = end(STEPPERS[name], range(LANES))
    for cuts in [(1, 2, 3, 60), (7, 7, 33, 59, 60), (0, 60), (1000,)]:
        assert_same_bits(end(STEPPERS[name], range(LANES), cuts), together)


@pytest.mark.parametrize("name", STEPPERS)
def test_lanes_are_the_ticks_of_their_stepper_alone(name: str) -> None:
    stepper = STEPPERS[name]
    together = end(stepper, range(LANES))
    tick = jax.jit(stepper.tick)
    for i in (0, 1):
        state = jax.jit(stepper.init)(PROBLEMS[i], KEYS[i])
        while state.result == Result.RUNNING:
            state = tick(PROBLEMS[i], state)
        for got, expected in zip(leaves(lane(together, i)), leaves(state), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", STEPPERS)
def test_ended_lanes_do_not_change(name: str) -> None:
    stepper = STEPPERS[name]
    problems = stack(PROBLEMS)
    previous = None
    seen = set()
    for states in run(stepper, problems, KEYS, checkpoints=range(1, 61, 4)):
        if previous is not None:
            for i in range(LANES):
                if previous.result[i] != Result.RUNNING:
                    seen.add(i)
                    assert_same_bits(lane(states, i), lane(previous, i))
        previous = states
    assert seen >= ({1, 3} if name == "adam" else {3})
    assert int(previous.result[3]) == Result.NON_FINITE
    assert int(previous.ticks[3]) == 1


def test_lanes_of_a_run_end_each_by_itself() -> None:
    *_, final = run(STEPPERS["adam"], stack(PROBLEMS), KEYS)
    assert not np.any(final.result == Result.RUNNING)
    assert int(final.result[1]) == Result.FITTED
    assert int(final.result[3]) == Result.NON_FINITE
    assert int(final.ticks[1]) < 60
    assert int(final.result[4]) == Result.OUT_OF_BUDGET
    assert int(final.ticks[4]) == 60


def test_advance_spends_exactly_until() -> None:
    states = end(STEPPERS["sgd"], (0, 4, 2, 0, 4), (1, 17))
    assert states.ticks.tolist() == [17] * 5
    assert np.all(states.result == Result.RUNNING)


@on_cpu
@pytest.mark.bitwise
@pytest.mark.parametrize("name", STEPPERS)
def test_each_lane_may_have_a_bound_of_its_own(name: str) -> None:
    stepper, bounds = STEPPERS[name], [3, 60, 17, 60, 41]
    problems = stack(PROBLEMS)
    states = advance(stepper, problems, start(stepper, problems, KEYS), jnp.asarray(bounds))
    for i, until in enumerate(bounds):
        assert int(states.ticks[i]) <= until
        assert_same_bits(lane(states, i), lane(end(stepper, (i,), (until,)), 0))


@on_cpu
@pytest.mark.bitwise
@pytest.mark.parametrize("name", STEPPERS)
def test_which_device_does_not_change_the_result_and_how_many_only_its_rounding(
    name: str,
) -> None:
    stepper, together = STEPPERS[name], end(STEPPERS[name], range(LANES))

    def on(device: jax.Device, which: Sequence[int]) -> Any:
        problems, keys = stack([PROBLEMS[i] for i in which]), KEYS[jnp.asarray(which)]
        states = start(stepper, problems, keys, devices=(device,))
        states = advance(stepper, problems, states, 60, devices=(device,))
        assert states.ticks.devices() == {device}
        return states

    one, other = (on(device, range(LANES)) for device in jax.local_devices())
    assert_same_bits(one, other)
    # nor do the neighbours on it, as in a pool
    assert_same_bits(lane(one, 4), lane(on(jax.local_devices()[0], (4,)), 0))
    np.testing.assert_array_equal(one.ticks, together.ticks)
    np.testing.assert_allclose(one.loss, together.loss, rtol=1e-9)


@on_cpu
@pytest.mark.skipif(not QUICK, reason="those tests run here")
@pytest.mark.parametrize("which", ["not slow", pytest.param("slow", marks=pytest.mark.slow)])
def test_what_is_bitwise_is_so_with_xla_as_it_is(which: str) -> None:
    """Loops that are written quickly add up in an order that depends on the number of lanes."""
    words = [sys.executable, "-m", "pytest", "-n0", "-q", "-m", f"bitwise and {which}", __file__]
    flags = os.environ["XLA_FLAGS"].replace(QUICK, "")
    ran = subprocess.run(
        words, env=os.environ | {"XLA_FLAGS": flags}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout
    assert "skipped" not in ran.stdout.splitlines()[-1]


def test_a_run_yields_its_start_and_each_checkpoint() -> None:
    problems = stack([PROBLEMS[0], PROBLEMS[4]])
    checkpoints = [1, 5, 20, 60]
    states = list(run(STEPPERS["sgd"], problems, KEYS[:2], checkpoints=checkpoints))
    assert [state.ticks.tolist() for state in states] == [
        [n, n] for n in checkpoints
    ]  # the start is at 1
    assert states[-1].result.tolist() == [Result.OUT_OF_BUDGET] * 2


def test_a_run_stops_with_its_last_lane() -> None:
    problems = stack([PROBLEMS[3], PROBLEMS[3]])
    assert len(list(run(STEPPERS["flow"], problems, KEYS[:2]))) == 1


def test_lane_undoes_stack() -> None:
    stacked = stack(PROBLEMS)
    for i, problem in enumerate(PROBLEMS):
        assert_same_bits(lane(stacked, i), problem)


@given(max_ticks=st.integers(1, 10**8), ratio=st.floats(1.01, 4), largest=st.floats(0.01, 1))
def test_log_spaced_ends_on_the_budget_in_bounded_gaps(
    max_ticks: int, ratio: float, largest: float
) -> None:
    ticks = log_spaced(max_ticks, ratio, largest)
    assert ticks[0] == 1
    assert ticks[-1] == max_ticks
    gaps = np.diff(ticks)
    assert np.all(gaps >= 1)
    assert np.all(gaps <= np.maximum(1, (ratio - 1) * np.array(ticks[:-1])) * (1 + 1e-9))
    assert np.all(gaps <= max(1, largest * max_ticks))


@given(max_ticks=st.integers(1, 10**9))
def test_log_spaced_checkpoints_are_few(max_ticks: int) -> None:
    ticks = log_spaced(max_ticks)
    assert ticks[0] == 1
    assert ticks[-1] == max_ticks
    assert len(ticks) <= 3 + 21 + 5 * np.log(max_ticks) + 5


@pytest.mark.parametrize("name", STEPPERS)
def test_lanes_that_tick_together_do_as_lanes_that_tick_alone(name: str) -> None:
    """The path of accelerators; not to the last bit, as products are grouped differently."""
    problems = stack(PROBLEMS)
    begin = start(STEPPERS[name], problems, KEYS[: len(PROBLEMS)])
    alone = advance(STEPPERS[name], problems, begin, 40, vmapped=False)
    together = advance(STEPPERS[name], problems, begin, 40, vmapped=True)
    np.testing.assert_array_equal(alone.ticks, together.ticks)
    np.testing.assert_array_equal(alone.result, together.result)
    np.testing.assert_allclose(alone.loss, together.loss, rtol=1e-9, atol=1e-14)


def test_lanes_of_two_forms_are_refused_in_one_line_and_share_one_on_request() -> None:
    x = jnp.ones((3, 2), jnp.float32)
    net = FC(h=3, L=1)
    w0 = net.init(jax.random.key(0), x)

    def problem(alpha: float, careful: bool | None = None) -> Problem:
        return Problem(predictor(net, w0, alpha, careful=careful), quadratic_hinge(), x, x[:, 0])

    with pytest.raises(BadInput, match="careful=True"):
        stack([problem(1.0), problem(100.0)])
    both = stack([problem(1.0, True), problem(100.0)])
    assert both.predictor.alpha.tolist() == [1.0, 100.0]
