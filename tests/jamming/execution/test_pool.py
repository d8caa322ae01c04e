"""The queue of trajectories: what comes of a task is its own, whoever runs beside it."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.dynamics.rkc import RKC
from jamming.execution import pool, vmapped, worker
from jamming.execution.tasks import Ended, Group, IdleTime, Queue, Task
from jamming.execution.worker import Lanes
from jamming.objectives.losses import soft_hinge
from jamming.objectives.predictor import Plain
from jamming.objectives.problem import Evaluation, Problem, Result, State, Stepper, judged

N, TICKS = 13, 120
P, D = 6, 4


@dataclass(frozen=True)
class Linear:
    """f = x . w."""

    def init(self, key: Any, x: jax.Array) -> dict:
        del key
        return {"w": jnp.zeros(x.shape[1])}

    def apply(self, w: dict, x: jax.Array) -> jax.Array:
        return x @ w["w"]


@dataclass(frozen=True)
class Descent:
    """Gradient descent, which compiles in no time."""

    max_ticks: int = TICKS

    def init(self, problem: Problem, key: jax.Array) -> State:
        del key
        v, ticks = problem.predictor.start(), jnp.ones((), int)
        return self._at(v, problem.gradient(v), ticks)

    def tick(self, problem: Problem, state: State) -> State:
        v = jax.tree.map(lambda v, g: v - 0.05 * g, state.v, problem.gradient(state.v).g)
        return self._at(v, problem.gradient(v), state.ticks + 1)

    def _at(self, v: Any, at: Evaluation, ticks: jax.Array) -> State:
        t, running = 0.05 * (ticks - 1), jnp.zeros((), jnp.int32)
        state = State(v, at.loss, at.unsatisfied, ticks, t, running, at.g)
        return judged(state, vanished=False, out_of_budget=ticks >= self.max_ticks)


DESCENT = Descent()


def build(name: int) -> Task:
    """Tasks of very different lengths; 3 has ended at its start, and 5 is fitted there."""
    rng = np.random.default_rng(name)
    x = rng.normal(size=(P, D)) * (0.3 + name % 4)
    y = np.sign(x[:, 0]) if name % 3 else np.where(rng.random(P) < 0.5, 1.0, -1.0)
    w0 = np.zeros(D)
    if name == 3:
        x[0, 0] = np.nan
    if name == 5:
        w0[0] = 1e6
    F = Plain(Linear(), {"w": jnp.asarray(w0)})
    problem = Problem(F, soft_hinge(), jnp.asarray(x), jnp.asarray(y))
    return Task(problem, jax.random.key(name), jnp.asarray(float(name)))


def observe(problem: Problem, state: Any, extra: jax.Array) -> dict[str, jax.Array]:
    return {"ticks": state.ticks, "loss": state.loss, "name": extra + 0 * problem.y[0]}


def work(
    names: Iterable[int] = range(N), stepper: Stepper = DESCENT, **how: Any
) -> dict[int, Ended]:
    """All ends by name; each comes out once, and no thread is left."""
    before = threading.active_count()
    how = {"observe": observe, "workers": 1, "lanes": 1} | how
    group = Group(stepper, list(names), how.pop("build", build))
    ends = list(pool.work([group], **how))
    assert threading.active_count() == before
    assert sorted(end.name for end in ends) == sorted(names)
    return {end.name: end for end in ends}


def alone(name: int, stepper: Stepper = DESCENT) -> State:
    """The end of a task without any pool."""
    task = build(name)
    lanes, keys = vmapped.stack([task.problem]), task.key[None]
    device = (jax.local_devices()[0],)
    states: State = vmapped.start(stepper, lanes, keys, devices=device)
    return vmapped.lane(vmapped.advance(stepper, lanes, states, TICKS, devices=device), 0)


ALONE = {name: alone(name) for name in range(N)}


def assert_same(ends: dict[int, Ended], tolerance: float = 0.0) -> None:
    for name, end in ends.items():
        expected = ALONE[name]
        for got, want in zip(jax.tree.leaves(end.state), jax.tree.leaves(expected), strict=True):
            if tolerance == 0:
                assert np.asarray(got).tobytes() == np.asarray(want).tobytes()
            else:
                np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)


def test_the_tasks_differ() -> None:
    results = [int(state.result) for state in ALONE.values()]
    assert {Result.FITTED, Result.OUT_OF_BUDGET, Result.NON_FINITE} <= set(results)
    assert [int(ALONE[i].ticks) for i in (3, 5)] == [1, 1]
    assert len({int(state.ticks) for state in ALONE.values()}) > 4


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("lanes", [1, 2, 3, 7])
def test_an_end_does_not_depend_on_lanes_and_workers(lanes: int, workers: int) -> None:
    assert_same(work(workers=workers, lanes=lanes), 0.0 if lanes == 1 else 1e-9)


@pytest.mark.parametrize("lanes", [1, 3])
def test_an_end_does_not_depend_on_order_and_neighbours(lanes: int) -> None:
    tolerance = 0.0 if lanes == 1 else 1e-9
    orders: list[list[int]] = [list(range(N))[::-1], [3], [5, 3], [0, 7], [1, 1 + 4, 2, 11, 12]]
    for names in [*orders, np.random.default_rng(0).permutation(N).tolist()]:
        assert_same(work(names, lanes=lanes), tolerance)


def test_stabilised_flow_is_worked_off_as_well() -> None:
    stepper = RKC(max_ticks=TICKS)
    for name, end in work(range(6), stepper).items():
        want = alone(name, stepper)
        for a, b in zip(jax.tree.leaves(end.state), jax.tree.leaves(want), strict=True):
            # two programs, which may round otherwise
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


def test_no_task_at_all() -> None:
    assert work([]) == {}


def test_many_tasks_pass_through_few_lanes() -> None:
    names = [i * 100 + i % 7 for i in range(60)]
    built: list[int] = []

    def build_other(name: int) -> Task:
        built.append(name)
        return build(name % 100)

    ends = work(names, lanes=3, build=build_other)
    assert sorted(built) == sorted(names)
    for name, end in ends.items():
        want = ALONE[name % 100]
        assert int(end.state.ticks) == int(want.ticks)
        np.testing.assert_allclose(end.state.loss, want.loss, rtol=1e-9)
        assert end.task.extra == name % 100


@pytest.mark.parametrize("lanes", [1, 3])
def test_snapshots_begin_at_the_start_and_end_at_the_end(lanes: int) -> None:
    checkpoints = vmapped.log_spaced(TICKS)
    for name, end in work(lanes=lanes).items():
        seen = [int(one["ticks"]) for one in end.snapshots]
        assert seen[0] == 1
        assert seen[-1] == int(end.state.ticks)
        assert np.all(np.diff(seen) > 0)
        assert all(one["name"] == name for one in end.snapshots)
        assert float(end.snapshots[-1]["loss"]) == pytest.approx(
            float(ALONE[name].loss), rel=1e-9, nan_ok=True
        )
        if lanes == 1:
            assert seen[:-1] == [tick for tick in checkpoints if tick < seen[-1]]


def test_ticks_are_told_as_they_are_spent() -> None:
    for lanes, workers in [(1, 1), (1, 2), (3, 1)]:
        told: list[int] = []
        idle = IdleTime()
        ends = work(lanes=lanes, workers=workers, on_ticks=told.append, idle=idle)
        spent = sum(int(end.state.ticks) for end in ends.values())
        assert sum(told) == spent
        assert idle.spent == spent
        assert idle.possible >= spent
        if workers == 1:  # lanes of a CPU take turns
            assert idle.share == 0
    assert IdleTime().share == 0


def refuse(name: int) -> Task:
    if name == 6:
        raise KeyError("no such task")
    return build(name)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("lanes", [1, 3])
def test_an_exception_of_build_reaches_the_caller(lanes: int, workers: int) -> None:
    before = threading.active_count()
    with pytest.raises(KeyError, match="no such task"):
        work(build=refuse, lanes=lanes, workers=workers)
    assert threading.active_count() == before


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_of_the_observer_reaches_the_caller(workers: int) -> None:
    def blind(problem: Problem, state: Any, extra: Any) -> Any:
        raise ZeroDivisionError("nothing to see")

    before = threading.active_count()
    with pytest.raises(ZeroDivisionError, match="nothing to see"):
        work(observe=blind, workers=workers)
    assert threading.active_count() == before


@pytest.mark.parametrize("workers", [1, 2])
def test_leaving_early_stops_the_workers(workers: int) -> None:
    before = threading.active_count()
    built: list[int] = []

    def build_slowly(name: int) -> Task:
        built.append(name)
        time.sleep(0.01)
        return build(name % N)

    group = Group(DESCENT, range(10_000), build_slowly)
    ends = pool.work([group], observe=observe, workers=workers, lanes=2)
    next(ends)
    begin = time.monotonic()
    ends.close()
    assert time.monotonic() - begin < 5
    assert threading.active_count() == before
    assert len(built) < 1000


def test_an_interrupt_before_all_workers_have_begun_stays_an_interrupt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin = threading.Thread.start
    begun: list[threading.Thread] = []

    def start(thread: threading.Thread) -> None:
        if begun:
            raise KeyboardInterrupt
        begin(thread)
        begun.append(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(KeyboardInterrupt):
        list(pool.work([Group(DESCENT, (6, 7), build)], observe=observe, workers=2))
    assert not begun[0].is_alive()


WATCH = vmapped.watch


def lanes_of(stepper: Any, observe: Any, problems: Any, extras: Any, states: Any, *_: Any) -> int:
    """How many lanes a call of `vmapped.watch` is about."""
    return len(states.ticks)


@pytest.mark.parametrize("first", [0, 2, 4])
@pytest.mark.parametrize("workers", [1, 2])
def test_lanes_are_halved_where_memory_does_not_suffice(
    monkeypatch: pytest.MonkeyPatch, first: int, workers: int
) -> None:
    """At once, or after some tasks have come out: each still comes out once."""
    calls, widest = 0, []

    def watch(*args: Any, **how: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > first and lanes_of(*args) > 2:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")
        widest.append(lanes_of(*args))
        return WATCH(*args, **how)

    monkeypatch.setattr(vmapped, "watch", watch)
    assert_same(work(lanes=7, workers=workers), 1e-9)
    assert max(widest[:first], default=7) > 2
    assert max(widest[first:]) <= 2


def test_memory_that_does_not_suffice_for_one_lane_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def watch(*args: Any, **how: Any) -> Any:
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")

    monkeypatch.setattr(vmapped, "watch", watch)
    with pytest.raises(jax.errors.JaxRuntimeError, match="RESOURCE_EXHAUSTED"):
        work(lanes=4)


def test_other_errors_of_the_device_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def watch(*args: Any, **how: Any) -> Any:
        raise jax.errors.JaxRuntimeError("INTERNAL: broken")

    monkeypatch.setattr(vmapped, "watch", watch)
    with pytest.raises(jax.errors.JaxRuntimeError, match="INTERNAL"):
        work(lanes=4)


@pytest.mark.parametrize("lanes", [4, None])
def test_lanes_that_tick_together_as_on_an_accelerator(
    monkeypatch: pytest.MonkeyPatch, lanes: int | None
) -> None:
    """Over both devices; lanes that have ended wait for their neighbours, and that is measured."""
    monkeypatch.setattr(vmapped, "vmaps", lambda: True)
    monkeypatch.setattr(worker, "CHUNK", 10)
    idle, told = IdleTime(), []
    ends = work(lanes=lanes, workers=None, idle=idle, on_ticks=told.append)
    assert_same(ends, 1e-9)
    spent = sum(int(end.state.ticks) for end in ends.values())
    assert idle.spent == sum(told) == spent
    assert 0 < idle.share < 1
    for end in ends.values():
        seen = [int(one["ticks"]) for one in end.snapshots]
        assert seen[0] == 1
        assert seen[-1] == int(end.state.ticks)
        assert np.all(np.diff(seen) > 0)


LONGER = Descent(max_ticks=4 * TICKS)


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("lanes", [1, 3])
def test_groups_of_other_dynamics_are_worked_off_together(lanes: int, workers: int) -> None:
    names = [100 + name for name in range(N)]
    groups = [
        Group(DESCENT, range(N), build),
        Group(LONGER, names, lambda name: build(name - 100)),
        Group(DESCENT, [], build),
    ]
    ends = {e.name: e for e in pool.work(groups, observe=observe, workers=workers, lanes=lanes)}
    assert sorted(ends) == [*range(N), *names]
    assert_same({name: ends[name] for name in range(N)}, 1e-9)
    longest = max(int(end.state.ticks) for end in ends.values())
    assert TICKS < longest <= 4 * TICKS
    for name in range(N):
        if int(ALONE[name].result) == Result.FITTED:
            assert int(ends[100 + name].state.ticks) == int(ALONE[name].ticks)


def queue_of(*groups: Group[int], singly: bool) -> Queue[int]:
    return Queue(groups, lambda n: None, IdleTime(), singly=singly)


def test_workers_of_many_lanes_begin_with_different_groups_and_help_each_other() -> None:
    groups = Group(DESCENT, range(3), build), Group(LONGER, range(10, 12), build)
    shared = queue_of(*groups, singly=False)
    assert [shared.join(), shared.join(), shared.join()] == [0, 1, 0]
    for _ in range(3):
        assert shared.take(0) is not None
    assert shared.take(0) is None
    assert shared.join() == 1  # the only one with tasks left
    shared.put_back(0, [2])
    assert shared.take(0) is not None
    shared.stop = True
    assert shared.join() is None
    assert shared.take(1) is None


def test_workers_that_take_singly_compile_different_programs_and_then_choose_at_random() -> None:
    sizes = 4, 40, 400
    groups = [Group(DESCENT, range(1000 * i, 1000 * i + n), build) for i, n in enumerate(sizes)]
    shared = queue_of(*groups, singly=True)
    first = [shared.join() for _ in sizes]
    assert sorted(first) == [0, 1, 2]
    for group in first:
        with shared.compiling(group):
            assert shared.take(group) is not None
    names = []
    while (group := shared.join()) is not None:
        name, _ = shared.take(group) or pytest.fail("a group without tasks was chosen")
        names.append(name)
    assert len(set(names)) == sum(sizes) - 3
    # a fair sample at any time: the mean place of a group's tasks is that of all of them
    for i, n in enumerate(sizes[1:], start=1):
        places = [at for at, name in enumerate(names) if name // 1000 == i]
        spread = len(names) / np.sqrt(12 * n)
        assert abs(np.mean(places) - len(names) / 2) < 3 * spread
    inside = [name for name in names if name >= 2000]
    assert abs(np.corrcoef(inside, np.arange(len(inside)))[0, 1]) < 0.2  # 4 / sqrt(n)


def test_a_worker_that_takes_singly_goes_from_group_to_group() -> None:
    """One worker, two groups of six: each of them would come first with a chance of 1 in 924."""
    groups = [Group(DESCENT, range(6), build), Group(LONGER, range(6, 12), build)]
    names = [end.name for end in pool.work(groups, observe=observe, workers=1)]
    assert sorted(names) == list(range(12))
    assert sorted(names[:6]) not in ([*range(6)], [*range(6, 12)])


def test_a_worker_that_has_nothing_left_is_idle() -> None:
    """One long task and a short one, on two workers: one of them waits for most of the time."""

    def slow(name: int) -> Task:
        time.sleep(0.5 * name)
        return build(0)

    idle = IdleTime()
    work([0, 2], build=slow, workers=2, idle=idle)
    assert idle.share > 0.2


def test_lanes_grow_as_long_as_that_makes_them_faster() -> None:
    lanes = Lanes(64, may_grow=True)
    lanes = lanes.after(1000.0)
    assert (lanes.n, lanes.may_grow) == (256, True)
    lanes = lanes.after(3000.0)
    assert (lanes.n, lanes.may_grow) == (1024, True)
    lanes = lanes.after(3300.0)
    assert (lanes.n, lanes.may_grow) == (1024, False)
    assert lanes.after(1e9) == lanes
    assert Lanes(7).after(1e9).n == 7  # asked for
    assert Lanes(worker.MOST, may_grow=True).after(1e9).n == worker.MOST


def test_lanes_do_not_grow_beyond_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    class Device:
        def memory_stats(self) -> dict[str, int]:
            return {"peak_bytes_in_use": 30, "bytes_limit": 100}

    monkeypatch.setattr(jax, "local_devices", lambda: [Device()])
    assert not Lanes(64, may_grow=True).after(1000.0).may_grow
    monkeypatch.setattr(worker, "FULL", 1.3)
    assert Lanes(64, may_grow=True).after(1000.0).n == 256


@pytest.mark.parametrize("memory", [100, 9])
def test_a_worker_of_an_accelerator_takes_more_lanes(
    monkeypatch: pytest.MonkeyPatch, memory: int
) -> None:
    """From one a device to as many as there are tasks, or half of what memory has room for."""
    monkeypatch.setattr(vmapped, "vmaps", lambda: True)
    monkeypatch.setattr(worker, "CHUNK", 10)
    monkeypatch.setattr(worker, "FIRST", 1)
    monkeypatch.setattr(worker, "GAIN", 0.0)  # however slow
    widest = []

    def watch(*args: Any, **how: Any) -> Any:
        if lanes_of(*args) > memory:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")
        widest.append(lanes_of(*args))
        return WATCH(*args, **how)

    monkeypatch.setattr(vmapped, "watch", watch)
    names = [100 * i + name for i in range(3) for name in range(N)]
    ends = work(names, build=lambda name: build(name % 100), lanes=None, workers=None)
    assert widest[0] == 2
    assert max(widest) == (32 if memory == 100 else 8)
    for name, end in ends.items():
        want = ALONE[name % 100]
        assert int(end.state.ticks) == int(want.ticks)
        np.testing.assert_allclose(end.state.loss, want.loss, rtol=1e-9)
        assert int(end.snapshots[-1]["ticks"]) == int(want.ticks)


@dataclass(frozen=True)
class Traced(Descent):
    """That notes which threads have it traced, and takes its time."""

    by: list[int] = field(default_factory=list, compare=False)

    def tick(self, problem: Problem, state: State) -> State:
        self.by.append(threading.get_ident())
        time.sleep(0.2)
        return super().tick(problem, state)


def test_one_worker_compiles_for_all() -> None:
    stepper = Traced()
    names = [name for name in range(N) if name not in (3, 5)]
    ends = list(pool.work([Group(stepper, names, build)], observe=observe, workers=4))
    assert sorted(end.name for end in ends) == names
    assert len(set(stepper.by)) == 1


def test_a_worker_that_fails_leaves_the_compiling_to_another() -> None:
    queue = Queue([Group(DESCENT, (0,), build)], lambda n: None, IdleTime())
    with pytest.raises(MemoryError), queue.compiling(0):
        raise MemoryError
    entered = threading.Event()
    with queue.compiling(0):
        other = threading.Thread(target=_enter, args=(queue, entered))
        other.start()
        assert not entered.wait(0.2)
    other.join(10)
    assert entered.is_set()
    with queue.compiling(0), queue.compiling(0):  # nobody waits any more
        pass


def _enter(queue: Queue, entered: threading.Event) -> None:
    with queue.compiling(0):
        entered.set()
