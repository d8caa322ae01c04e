"""A trajectory that is taken up again ends where it would have ended, bit for bit."""

import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.dynamics.optimiser import adam, sgd
from jamming.dynamics.rkc import RKC
from jamming.execution import pool, worker
from jamming.execution.checkpoint import restored, taken
from jamming.execution.tasks import Ended, Group, Task
from jamming.models.networks import FC
from jamming.objectives.losses import quadratic_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from tests.made_up.checkpoints import Kept

TICKS = 2000
STEPPERS = {
    "adam": adam(1e-3, max_ticks=TICKS, decay_every=700),
    "sgd": sgd(1e-2, max_ticks=TICKS, batch=7),
    "flow": RKC(TICKS, float("inf"), 1e-3),
}


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "SPARING", 0)  # after every chunk


def build(name: int) -> Task:
    """Random labels that few neurons cannot fit."""
    rng = np.random.default_rng(name)
    x, y = rng.normal(size=(60, 5)), np.where(np.arange(60) % 2, 1.0, -1.0)
    net = FC(h=3, L=2)
    w = net.init(jax.random.key(name), jnp.asarray(x))
    F = predictor(net, w, None)
    problem = Problem(F, quadratic_hinge(), jnp.asarray(x), jnp.asarray(y))
    return Task(problem, jax.random.key(name + 9), name=name)


def observe(problem: Problem, state: Any, extra: Any) -> dict[str, Any]:
    return {"ticks": state.ticks, "loss": state.loss}


def ends(stepper: Any, kept: Kept | None = None, **how: Any) -> dict[int, Ended[int]]:
    group = Group(stepper, (0, 1, 2), build)
    return {e.name: e for e in pool.work([group], observe=observe, checkpoints=kept, **how)}


def stopped(stepper: Any, kept: Kept, after: int, **how: Any) -> None:
    """Work until so many ticks are spent, then die."""
    spent = 0

    class Enough(Exception):
        pass

    def on_ticks(n: int) -> None:
        nonlocal spent
        spent += n
        if spent > after:
            raise Enough

    with pytest.raises(Enough):
        list(
            pool.work(
                [Group(stepper, (0, 1, 2), build)],
                observe=observe,
                checkpoints=kept,
                on_ticks=on_ticks,
                **how,
            )
        )


@pytest.mark.parametrize("name", STEPPERS)
def test_a_trajectory_taken_up_again_ends_as_if_never_stopped(name: str) -> None:
    stepper: Any = STEPPERS[name]
    whole, kept = ends(stepper, workers=1), Kept()
    stopped(stepper, kept, TICKS + TICKS // 2, workers=1)
    assert any(int(c["seenticks"][-1]) > TICKS // 4 for c in kept.by_name.values())
    again = ends(stepper, kept, workers=1)
    for i, end in whole.items():
        for a, b in zip(jax.tree.leaves(end.state), jax.tree.leaves(again[i].state), strict=True):
            if jnp.issubdtype(a.dtype, jax.dtypes.prng_key):
                a, b = jax.random.key_data(a), jax.random.key_data(b)
            np.testing.assert_array_equal(a, b)
        assert [s["ticks"] for s in end.snapshots] == [s["ticks"] for s in again[i].snapshots]
        assert [s["loss"] for s in end.snapshots] == [s["loss"] for s in again[i].snapshots]
        assert again[i].seconds > 0


def test_what_a_checkpoint_has_spent_is_not_spent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "STRETCHES", 1)  # so that the second is written down, too
    stepper, kept = STEPPERS["adam"], Kept()
    stopped(stepper, kept, TICKS + TICKS // 2, workers=1)
    there = sum(int(c["seenticks"][-1]) for c in kept.by_name.values())
    assert there > TICKS
    spent: list[int] = []
    ends(stepper, kept, workers=1, on_ticks=spent.append)
    assert sum(spent) <= 3 * TICKS - there + 3


def test_lanes_are_taken_up_each_where_it_stood() -> None:
    stepper, kept = STEPPERS["adam"], Kept()
    whole = ends(stepper, workers=1, lanes=2)
    stopped(stepper, kept, TICKS, workers=1, lanes=2)
    assert len(kept.by_name) == 2
    again = ends(stepper, kept, workers=1, lanes=2)
    for i, end in whole.items():
        assert float(end.state.loss) == float(again[i].state.loss)


def test_what_runs_when_the_caller_leaves_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LOOK", 0.05)
    kept = Kept(every=1e9)
    groups = [
        Group(adam(1e-3, max_ticks=10), (0,), build),
        Group(adam(1e-3, max_ticks=10**8), (1,), build),
    ]
    spent: list[int] = []
    how = {"observe": observe, "checkpoints": kept, "on_ticks": spent.append}
    left = pool.work(groups, workers=2, **how)
    assert next(left).name == 0
    end = time.monotonic() + 60
    while sum(spent) < 100:  # more than the short one has
        assert time.monotonic() < end
        time.sleep(0.01)
    left.close()
    assert list(kept.by_name) == [1]


def test_a_checkpoint_of_another_form_is_none() -> None:
    stepper, task = STEPPERS["sgd"], build(0)
    state = stepper.init(task.problem, task.key)
    saved = taken(state, [{"ticks": np.asarray(1)}], 3.0)
    back = restored(state, saved)
    assert back is not None
    assert jax.tree.structure(back[0]) == jax.tree.structure(state)
    assert back[1] == [{"ticks": 1}]
    assert back[2] == 3.0
    last = f"state{len(jax.tree.leaves(state)) - 1}"
    assert restored(state, {n: a for n, a in saved.items() if n != last}) is None
    assert restored(state, saved | {last: np.asarray(saved[last])[..., None]}) is None
    assert restored(state, {n: a for n, a in saved.items() if n != "seconds"}) is None
    assert restored(STEPPERS["adam"].init(task.problem, task.key), saved) is None
