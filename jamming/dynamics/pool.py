"""A queue of trajectories of one shape, worked off by lanes that are refilled as they end.

A *task* is a problem, the key of its dynamics, and what its observer needs. A crew holds a fixed
number of lanes and advances them in chunks; the lane of a trajectory that has ended takes the next
task from the queue, so that none waits for another:

* on a CPU there is a crew of one thread for each core, all with the same compiled program. With
  one lane a crew runs from one snapshot to the next; lanes of a crew take turns, which keeps the
  arrays of each in cache.
* on accelerators one crew has many lanes, vmapped and shared out over all local devices
  (`jax.sharding`). It starts with `lanes` of them, halves them where memory does not suffice, and
  starts those tasks again.

What comes of a task depends on the task alone: not on the number of lanes, its neighbours, or the
order of the queue. (At which ticks it is looked at on the way does depend on the neighbours, where
a crew has more than one lane.)
"""

import functools
import os
import queue
import threading
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Key, PyTree

from jamming.dynamics import drive
from jamming.dynamics.protocol import Problem, Result, S, State, Stepper

Name = TypeVar("Name", bound=Hashable)

# Ticks between two looks at vmapped lanes: short against a trajectory, long against a dispatch.
CHUNK = 50
# Lanes to begin with on an accelerator; on a CPU it is one a thread.
LANES = 1024


@dataclass(frozen=True)
class Task:
    """A trajectory to be run; `extra` is whatever its observer needs beside it."""

    problem: Problem
    key: Key[Array, ""]
    extra: PyTree = None


@dataclass(frozen=True)
class Ended(Generic[Name]):
    """How a task came to its end: its final state and what was seen at log-spaced ticks."""

    name: Name
    task: Task
    state: State
    snapshots: Sequence[PyTree]


@dataclass
class Waste:
    """Ticks that lanes could have spent, and those that they spent."""

    possible: int = 0
    spent: int = 0

    @property
    def share(self) -> float:
        """Share of the possible ticks that were idle."""
        return 1 - self.spent / self.possible if self.possible else 0.0


@dataclass
class _Queue(Generic[Name]):
    """What all crews share: tasks to take, places to report to, and whether to stop."""

    names: Iterator[Name]
    build: Callable[[Name], Task]
    ticks: Callable[[int], None]
    waste: Waste
    reports: queue.SimpleQueue[Any] = field(default_factory=queue.SimpleQueue)
    again: list[Name] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stop: bool = False

    def take(self) -> tuple[Name, Task] | None:
        """The next task, or None at the end."""
        with self.lock:
            if self.stop:
                return None
            name = self.again.pop() if self.again else next(self.names, None)
        return None if name is None else (name, self.build(name))

    def account(self, spent: int, possible: int) -> None:
        """Ticks spent by a chunk, and those that its lanes could have spent."""
        with self.lock:
            self.waste.spent += spent
            self.waste.possible += possible
            self.ticks(spent)


Observer = Callable[[Problem, Any, PyTree], PyTree]


def work(
    stepper: Stepper[S],
    names: Sequence[Name],
    build: Callable[[Name], Task],
    *,
    observe: Observer,
    crews: int | None = None,
    lanes: int | None = None,
    on_ticks: Callable[[int], None] = lambda n: None,
    waste: Waste | None = None,
) -> Generator[Ended[Name], None, None]:
    """Run every task, `build(name)`, to its end; each comes out as it ends, in any order.

    All tasks must have one shape: problems that differ in the values of their arrays alone.
    `build` runs in the crews' threads. `observe(problem, state, extra)` is jitted and says what a
    snapshot keeps; there is one at the start, one at the end, and log-spaced ones between.
    `on_ticks` is told of ticks spent; `waste` counts idle ones.

    Closing the generator early stops the crews at their next look.
    """
    crews = (1 if drive.vmaps() else cores()) if crews is None else crews
    lanes = (LANES if drive.vmaps() else 1) if lanes is None else lanes
    crews = max(1, min(crews, -(-len(names) // lanes)))
    shared = _Queue(iter(names), build, on_ticks, Waste() if waste is None else waste)
    look = _over_lanes(observe)

    def crew() -> None:
        try:
            _crew(stepper, shared, look, min(lanes, max(1, len(names))))
            shared.reports.put(None)
        except BaseException as error:  # carried over to the caller's thread
            shared.reports.put(error)

    threads = [threading.Thread(target=crew, daemon=True) for _ in range(crews)]
    try:
        for thread in threads:
            thread.start()
        running = crews
        while running:
            report = shared.reports.get()
            if isinstance(report, BaseException):
                raise report
            if report is None:
                running -= 1
            else:
                yield report
    finally:
        shared.stop = True
        for thread in threads:
            thread.join()


def cores() -> int:
    """CPU cores that this process may use."""
    affinity: Any = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _crew(stepper: Stepper[S], shared: _Queue[Name], look: Observer, lanes: int) -> None:
    while lanes:
        taken: dict[int, tuple[Name, Task]] = {}
        try:
            _fill_and_run(stepper, shared, look, lanes, taken)
            return
        except jax.errors.JaxRuntimeError as error:
            if "RESOURCE_EXHAUSTED" not in str(error) or lanes == 1:
                raise
            with shared.lock:
                shared.again += [name for name, _ in taken.values()]
            lanes //= 2


def _fill_and_run(
    stepper: Stepper[S],
    shared: _Queue[Name],
    look: Observer,
    lanes: int,
    taken: dict[int, tuple[Name, Task]],
) -> None:
    """Work with at most `lanes` lanes until the queue is empty; `taken`: what runs in each."""
    # on a CPU all crews share the first device: its work is done in the thread that asks for it
    devices = None if drive.vmaps() else (jax.local_devices()[0],)
    checkpoints = np.array([*drive.log_spaced(stepper.max_ticks), stepper.max_ticks + 1])
    least = CHUNK if lanes > 1 else 1

    def begin(tasks: list[Task]) -> tuple[Any, list[PyTree]]:
        """((problems, extras), states) of new tasks, as many as the next power of two."""
        padded = tasks + tasks[:1] * ((1 << (len(tasks) - 1).bit_length()) - len(tasks))
        problems, extras = drive.stack([(task.problem, task.extra) for task in padded])
        keys = jnp.stack([task.key for task in padded])
        states = drive.start(stepper, problems, keys, devices=devices)
        shared.account(len(tasks), len(tasks))
        seen = _unstack(look(problems, states, extras), len(tasks))
        return ((problems, extras), states), seen

    while len(taken) < lanes and (task := shared.take()) is not None:
        taken[len(taken)] = task
    if not taken:
        return
    n = len(taken)
    crew, first = begin([task for _, task in taken.values()])
    crew = jax.tree.map(lambda a: a[:n], crew)
    snapshots = [[one] for one in first]
    free: list[int] = []
    reported = np.zeros(n, bool)
    while not shared.stop:
        fresh = []
        while free and (task := shared.take()) is not None:
            fresh.append(free.pop())
            taken[fresh[-1]] = task
        if fresh:
            new, first = begin([taken[i][1] for i in fresh])
            slots = np.array(fresh + fresh[:1] * (len(new[1].ticks) - len(fresh)))
            crew = _put(crew, new, jnp.asarray(slots))
            reported[fresh] = False
            for i, one in zip(fresh, first, strict=True):
                snapshots[i] = [one]
        if reported.all():
            return
        (problems, extras), states = crew
        ticks = np.asarray(states.ticks)
        due = checkpoints[np.searchsorted(checkpoints, ticks, side="right")]
        gap = max(least, int((due - ticks)[~reported].min()))
        until = jnp.asarray(np.minimum(ticks + gap, stepper.max_ticks))
        states = drive.advance(stepper, problems, states, until, devices=devices)
        crew = ((problems, extras), states)
        after, result = jax.device_get((states.ticks, states.result))
        spent = after - ticks
        # lanes that tick together wait for the last of them, others take turns
        shared.account(
            int(spent.sum()), n * int(spent.max()) if drive.vmaps() else int(spent.sum())
        )
        over = (result != Result.RUNNING) & ~reported
        # one that had ended at its start was seen then
        seen = (over | ((after >= due) & ~reported)) & (spent > 0)
        if seen.any():
            now = _unstack(look(problems, states, extras), n)
            for i in map(int, np.flatnonzero(seen)):
                snapshots[i].append(now[i])
        for i in map(int, np.flatnonzero(over)):
            shared.reports.put(Ended(*taken.pop(i), drive.lane(states, i), snapshots[i]))
            reported[i] = True
            free.append(i)


@functools.lru_cache(maxsize=16)
def _over_lanes(observe: Observer) -> Observer:
    """Jitted, once for each observer: every call of `work` shares what was compiled."""
    return jax.jit(jax.vmap(observe))


@jax.jit
def _put(crew: Any, new: Any, slots: Array) -> Any:
    return jax.tree.map(lambda a, b: a.at[slots].set(b), crew, new)


def _unstack(tree: PyTree, n: int) -> list[PyTree]:
    plain = jax.device_get(tree)
    return [drive.lane(plain, i) for i in range(n)]
