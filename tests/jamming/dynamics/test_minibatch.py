"""Mini-batches: against optax by hand, epoch by epoch, in chunks and side by side."""

import functools
import math
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jamming.checks.errors import BadInput
from jamming.dynamics.minibatch import MiniBatch, MiniBatchState, seldom
from jamming.execution import vmapped
from jamming.images.augment import Translate
from jamming.objectives.classification import Classification
from jamming.objectives.problem import Result
from tests.made_up.minibatches import LABELS, Small, flat, problem, seen

KEY = jax.random.key(11)
FULL = Small(bn=True, rate=0.3)


def states(stepper: MiniBatch, on: Classification, n: int) -> list[MiniBatchState]:
    """The start and the states after each of n ticks."""
    tick, out = jax.jit(stepper.tick), [stepper.init(on, KEY)]
    for _ in range(n):
        out.append(tick(on, out[-1]))
    return out


def batches(trajectory: list[MiniBatchState], b: int) -> list[np.ndarray]:
    """The points of each tick."""
    starts = trajectory[:-1]
    return [np.asarray(s.order)[int(s.at) : int(s.at) + b] for s in starts]


def by_hand(optimiser: Any, on: Classification, drawn: list[np.ndarray]) -> list[Any]:
    """Params after each step of optax on these batches, in a loop of its own."""

    @jax.jit
    def step(w: Any, state: Any, x: Any, y: Any) -> Any:
        def loss(w: Any) -> Any:
            F = Small().apply({"params": w}, x)
            return optax.softmax_cross_entropy_with_integer_labels(F, y).mean()

        updates, state = optimiser.update(jax.grad(loss)(w), state, w)
        return optax.apply_updates(w, updates), state

    w = on.start["params"]
    state, out = optimiser.init(w), [w]
    for at in drawn:
        w, state = step(w, state, seen(at), LABELS[at])
        out.append(w)
    return out


@pytest.mark.parametrize("kind", ["momentum", "nesterov", "adam", "adamw"])
def test_ticks_are_the_steps_of_optax(kind: str) -> None:
    n, wd = 8, 0.02
    rule: Any = optax.cosine_decay_schedule(0.3, n)
    hand = {
        "momentum": optax.chain(optax.add_decayed_weights(wd), optax.sgd(rule, momentum=0.8)),
        "nesterov": optax.sgd(0.3, momentum=0.8, nesterov=True),
        "adam": optax.chain(optax.add_decayed_weights(wd), optax.adam(0.3)),
        "adamw": optax.adamw(0.3, weight_decay=wd),
    }[kind]
    on = problem(lr=0.3, momentum=0.8, weight_decay=0.0 if kind == "nesterov" else wd)
    stepper = MiniBatch(
        n,
        4,
        optimiser="adam" if "adam" in kind else "sgd",
        nesterov=kind == "nesterov",
        decoupled=kind == "adamw",
        schedule="cosine" if kind == "momentum" else "constant",
    )
    found = states(stepper, on, n)
    expected = by_hand(hand, on, batches(found, 4))
    for k, (state, w) in enumerate(zip(found, expected, strict=True)):
        np.testing.assert_allclose(flat(state.v), flat(w), rtol=1e-8, atol=1e-11)
        assert (int(state.ticks), float(state.t)) == (k, k)
    assert np.linalg.norm(flat(expected[-1]) - flat(expected[0])) > 0.1
    ends = [Result(int(state.result)) for state in found]
    assert ends == [Result.RUNNING] * n + [Result.OUT_OF_BUDGET]


@pytest.mark.parametrize(("P", "b"), [(10, 4), (9, 3), (7, 7), (5, 1)])
def test_an_epoch_is_a_permutation_whatever_the_batch(P: int, b: int) -> None:
    """A batch is the end of one epoch and the start of the next where b does not divide P."""
    n = 4 * P
    trajectory = states(MiniBatch(n, b), problem(P=P), n)
    drawn = np.concatenate(batches(trajectory, b)).reshape(-1, P)[: 4 * b]
    np.testing.assert_array_equal(np.sort(drawn, axis=1), np.tile(np.arange(P), (len(drawn), 1)))
    assert len({tuple(epoch) for epoch in drawn}) > 1
    assert [int(s.epoch) for s in trajectory] == [k * b // P for k in range(n + 1)]


def test_rates_are_those_of_the_formulas() -> None:
    ticks = np.arange(40)

    def rates(schedule: str, **numbers: float) -> np.ndarray:
        stepper, on = MiniBatch(40, 2, schedule=schedule), problem(lr=0.2, **numbers)
        return np.asarray(jax.vmap(functools.partial(stepper.rate, on))(jnp.asarray(ticks)))

    np.testing.assert_allclose(rates("constant"), np.full(40, 0.2))
    np.testing.assert_allclose(rates("cosine"), 0.1 * (1 + np.cos(math.pi * ticks / 40)))
    steps = 0.2 * 0.5 ** (ticks // 7)
    np.testing.assert_allclose(rates("steps", factor=0.5, period=7), steps)


def test_numbers_of_the_stepper_count_where_the_problem_has_none() -> None:
    plain = MiniBatch(3, 4, lr=0.3, momentum=0.8, weight_decay=0.02)
    numbers = problem(lr=0.3, momentum=0.8, weight_decay=0.02)
    one, other = states(plain, problem(), 3)[-1], states(MiniBatch(3, 4), numbers, 3)[-1]
    np.testing.assert_allclose(flat(one.v), flat(other.v), rtol=1e-12)


def test_running_averages_are_those_of_the_batches() -> None:
    on = problem(Small(bn=True), lr=0.1)
    found = states(MiniBatch(5, 4), on, 5)
    mean, var = np.zeros(5), np.ones(5)
    for state, at in zip(found, batches(found, 4), strict=False):
        dense = state.v["Dense_0"]
        z = np.asarray(seen(at)).reshape(4, -1) @ np.asarray(dense["kernel"])
        z = z + np.asarray(dense["bias"])
        mean, var = 0.8 * mean + 0.2 * z.mean(axis=0), 0.8 * var + 0.2 * z.var(axis=0)
    stats = found[-1].batch_stats["BatchNorm_0"]
    np.testing.assert_allclose(stats["mean"], mean, rtol=1e-10)
    np.testing.assert_allclose(stats["var"], var, rtol=1e-10)


def lanes(n: int = 2, **how: Any) -> tuple[MiniBatch, Any, Any]:
    """Problems with all that is random, stacked, and their keys."""
    each = [
        problem(FULL, V=6, seed=s, augmentation=Translate(1), lr=0.1 * (1 + s), **how)
        for s in range(n)
    ]
    return MiniBatch(30, 4, schedule="cosine"), each, jax.random.split(KEY, n)


def test_chunks_change_no_bit() -> None:
    stepper, each, keys = lanes(1, dtype=np.float32)
    stacked = vmapped.stack(each)
    begin = vmapped.start(stepper, stacked, keys)
    whole = vmapped.advance(stepper, stacked, begin, 30)
    parts = begin
    for until in (1, 2, 9, 9, 23, 40):
        parts = vmapped.advance(stepper, stacked, parts, until)
    for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(parts), strict=True):
        if not jnp.issubdtype(a.dtype, jax.dtypes.prng_key):
            np.testing.assert_array_equal(a, b)
    assert whole.v["Dense_0"]["kernel"].dtype == np.float32
    assert whole.best_accuracy.dtype == np.float32


@functools.cache
def one_by_one(ticks: int) -> list[MiniBatchState]:
    """The ends of the lanes, each ticked on its own."""
    stepper, each, keys = lanes()
    tick, found = jax.jit(stepper.tick), []
    for one, key in zip(each, keys, strict=True):
        state = stepper.init(one, key)
        for _ in range(ticks):
            state = tick(one, state)
        found.append(state)
    return found


@pytest.mark.parametrize(("together", "devices"), [(False, 1), (True, 1), (False, 2)])
def test_side_by_side_is_each_alone(together: bool, devices: int) -> None:
    """Also where lanes tick together, or on several devices, with the pixels in common."""
    several: Any = tuple(jax.local_devices()[:devices])
    stepper, each, keys = lanes()
    stacked = vmapped.stack([replace(one, pixels=None) for one in each])
    where: dict[str, Any] = {"devices": several}
    where["common"] = vmapped.everywhere(each[0].pixels, several)
    begin = vmapped.start(stepper, stacked, keys, **where)
    after = vmapped.advance(stepper, stacked, begin, 12, vmapped=together, **where)
    for i, state in enumerate(one_by_one(12)):
        lane = vmapped.lane(after, i)
        np.testing.assert_allclose(flat(lane.v), flat(state.v), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(flat(lane.best), flat(state.best), rtol=1e-9, atol=1e-12)
        assert int(lane.best_tick) == int(state.best_tick) > 0


@pytest.mark.parametrize("check_every", [None, 2])
def test_the_best_variables_of_all_looks_are_kept(check_every: int | None) -> None:
    on = problem(Small(bn=True), V=20, seed=2, lr=2.0, momentum=0.0)
    found = states(MiniBatch(13, 4, check_every=check_every), on, 13)
    best, accuracy = 0, -1.0
    for k in range(1, 14):
        due = 4 * k // 10 > 4 * (k - 1) // 10 if check_every is None else k % check_every == 0
        if due or k == 13:
            F = Small(bn=True).apply(found[k].variables(), seen(range(10, 30)))
            now = float((np.argmax(F, 1) == LABELS[10:30]).mean())
            if now > accuracy + 1e-9:
                best, accuracy = k, now
        assert int(found[k].best_tick) == best
    assert float(found[-1].best_accuracy) == pytest.approx(accuracy)
    np.testing.assert_array_equal(flat(found[-1].best), flat(found[best].variables()))
    assert 0 < best < 13


def test_without_validation_nothing_is_kept() -> None:
    assert states(MiniBatch(2, 4), problem(), 2)[-1].best == {}


def test_seldom_is_once_where_it_is_due() -> None:
    one = jax.jit(lambda due, x: seldom(due, lambda x: x + 1, x))
    np.testing.assert_array_equal([one(False, 3), one(True, 3)], [3, 4])
    many = jax.vmap(one)(jnp.array([True, False, True]), jnp.arange(3))
    np.testing.assert_array_equal(many, [1, 1, 3])


def test_seldom_computes_nothing_where_no_lane_is_due() -> None:
    calls: list[int] = []

    def counted(x: jax.Array) -> jax.Array:
        jax.debug.callback(lambda x: calls.append(int(x)), x)
        return x + 1

    many = jax.jit(jax.vmap(lambda due, x: seldom(due, counted, x)))
    jax.block_until_ready(many(jnp.zeros(3, bool), jnp.arange(3)))
    jax.effects_barrier()
    assert calls == []
    jax.block_until_ready(many(jnp.array([False, True, False]), jnp.arange(3)))
    jax.effects_barrier()
    assert 1 in calls


def test_a_rate_that_is_too_large_ends_by_name() -> None:
    on = problem(lr=1e200, weight_decay=0.1, V=5)
    stacked = vmapped.stack([on])
    begin = vmapped.start(MiniBatch(50, 4), stacked, KEY[None])
    end = vmapped.lane(vmapped.advance(MiniBatch(50, 4), stacked, begin, 50), 0)
    assert Result(int(end.result)) is Result.NON_FINITE
    assert int(end.ticks) < 50


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"max_ticks": 0}, "max_ticks"),
        ({"batch": 0}, "batch"),
        ({"lr": 0.0}, "learning rate"),
        ({"lr": float("nan")}, "learning rate"),
        ({"momentum": 1.0}, "momentum"),
        ({"weight_decay": -1e-3}, "weight decay"),
        ({"optimiser": "lbfgs"}, "optimiser"),
        ({"schedule": "linear"}, "schedule"),
        ({"factor": 0.0}, "factor"),
        ({"period": 0.0}, "period"),
        ({"check_every": 0}, "check_every"),
    ],
)
def test_what_is_out_of_range_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        MiniBatch(**{"max_ticks": 10, "batch": 4} | wrong)


def test_a_batch_of_more_than_there_is_is_refused() -> None:
    with pytest.raises(BadInput, match="larger than the 10 data"):
        MiniBatch(10, 11).init(problem(), KEY)
