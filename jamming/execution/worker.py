"""A worker: the lanes that one thread advances in chunks, and refills.

On a CPU it has one lane, which takes nothing from its neighbours' cache. On an accelerator, which
is idle for most of a small network's tick, it has as many as help: it starts with `FIRST` lanes a
device and takes `STEP` times as many whenever the last such step has raised the measured ticks a
second by a quarter, tasks are waiting, and memory suffices. Where memory then turns out too small,
it goes on with half as many, and the tasks that were lost begin again.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree

from jamming.checks.errors import warn
from jamming.execution import checkpoint, vmapped
from jamming.execution.programs import quickly
from jamming.execution.tasks import Ended, Name, Observer, Queue, Task
from jamming.objectives.problem import Result

CHUNK = 50  # ticks of a chunk of vmapped lanes: short against a trajectory, long against a dispatch
STRETCHES = 8  # snapshots that a chunk of a lane on its own reaches at most
LOOK = 5.0  # seconds that a chunk may take, and an interruption may have to wait
SPARING = 50  # writing checkpoints takes at most 1 / SPARING of the time
# Lanes of a device at first, their growth, the gain in speed that asks for more, and their bound.
FIRST, STEP, GAIN, MOST = 64, 4, 1.25, 65_536
FULL = 0.9  # share of a device's memory that may be in use


@dataclass
class Lanes:
    """How many lanes a worker may fill, and whether more of them would be faster."""

    n: int
    may_grow: bool = False
    rate: float = 0.0  # ticks a second of as many lanes as there were before the last step

    @classmethod
    def chosen(cls, n: int | None) -> "Lanes":
        """n where it is given; else one on a CPU, and at first `FIRST` for each accelerator."""
        grow = n is None and vmapped.vmaps()
        return cls(FIRST * jax.local_device_count() if grow else n or 1, grow)

    def after(self, rate: float) -> "Lanes":
        """The lanes that follow `n` of them, which have made `rate` ticks a second."""
        if not self.may_grow:
            return self
        stats = [device.memory_stats() for device in jax.local_devices()]
        room = all(
            not each or STEP * each["peak_bytes_in_use"] < FULL * each["bytes_limit"]
            for each in stats
        )
        if room and rate >= GAIN * self.rate and STEP * self.n <= MOST:
            return Lanes(STEP * self.n, may_grow=True, rate=rate)
        return replace(self, may_grow=False)


def run(shared: Queue[Name], group: int, observe: Observer, lanes: Lanes) -> None:
    """Take tasks of a group until none is left, in at most `lanes.n` lanes; or one, if `singly`."""
    worker = _Worker(shared, group, observe, lanes)
    while True:
        try:
            worker.work()
            return
        except jax.errors.JaxRuntimeError as error:
            if "RESOURCE_EXHAUSTED" not in str(error) or worker.lanes.n == 1:
                raise
        # outside `except`, where the error no longer holds on to the arrays of the worker
        shared.put_back(group, [name for name, _ in worker.taken.values()])
        worker = _Worker(shared, group, worker.observer, Lanes(worker.lanes.n // 2))


class _Worker:
    """Slots for lanes; `state`: ((problems, extras), states), stacked over the slots."""

    def __init__(self, shared: Queue[Any], group: int, observer: Observer, lanes: Lanes) -> None:
        self.shared, self.group, self.observer, self.lanes = shared, group, observer, lanes
        self.stepper = shared.groups[group].stepper
        # on a CPU all workers share the first device: its work is done in the thread that asks
        self.devices = None if vmapped.vmaps() else (jax.local_devices()[0],)
        self.common = vmapped.everywhere(shared.groups[group].common, self.devices)
        most = self.stepper.max_ticks
        self.checkpoints = np.array([*vmapped.log_spaced(most), most + 1])
        self.state: Any = None
        self.taken: dict[int, tuple[Any, Task]] = {}  # what runs, by slot
        self.snapshots: list[list[PyTree]] = []  # of every slot; empty where it is about to begin
        self.begun: dict[int, float] = {}  # when, by slot; earlier by what a checkpoint has spent
        self.known: set[int] = set()  # numbers of lanes whose program is compiled
        self.due = time.perf_counter() + (shared.checkpoints.every if shared.checkpoints else 0.0)

    def work(self) -> None:
        with self.shared.compiling(self.group):
            self.fill()
            self.chunk()
        while self.chunk():
            pass
        self.save()  # of those that were stopped

    def chunk(self) -> bool:
        """Advance all lanes and refill those that have ended; whether there were any."""
        if not self.taken or self.shared.stop:
            return False
        n, begin = len(self.snapshots), time.perf_counter()
        possible = self.advance()
        seconds = time.perf_counter() - begin
        self.shared.rates[self.group] = possible / seconds / n
        if n in self.known and self.shared.waiting(self.group) >= n:
            self.lanes = self.lanes.after(possible / seconds)
        self.known.add(n)
        if time.perf_counter() > self.due:
            self.save()
        self.fill()
        return True

    def save(self) -> None:
        begin = time.perf_counter()
        if (keeper := self.shared.checkpoints) is None:
            return
        for slot, (_, task) in self.taken.items():
            if not self.snapshots[slot]:
                continue
            state, seconds = _lane(self.state[1], slot), begin - self.begun[slot]
            keeper.save(task.name, checkpoint.taken(state, self.snapshots[slot], seconds))
        now = time.perf_counter()
        self.due = now + max(keeper.every, SPARING * (now - begin))

    def fill(self) -> None:
        """Tasks into free slots, and into new ones as long as there may be more."""
        slots = len(self.snapshots)
        free = self.take([i for i in range(slots) if i not in self.taken])
        if len(free) == slots == 1:  # as always on a CPU: there is nothing to put it into
            self.state, self.snapshots = self.begin(free)
        elif free:
            new, first = self.begin(free)
            # the copies that `begin` adds to the first task go where that one goes
            places = np.array(free + free[:1] * (len(new[1].ticks) - len(free)))
            self.state = _put(self.state, new, jnp.asarray(places))
            for slot, seen in zip(free, first, strict=True):
                self.snapshots[slot] = seen
        more = self.take(range(slots, self.lanes.n))
        if more:
            new, first = self.begin(more)
            if len(new[1].ticks) > len(more):
                new = jax.tree.map(lambda a: a[: len(more)], new)
            if self.state is not None:
                new = jax.tree.map(lambda *parts: jnp.concatenate(parts), self.state, new)
            self.state = new
            self.snapshots += first
        if free or more:
            self.state = vmapped.spread(self.state, self.devices)

    def take(self, slots: Iterable[int]) -> list[int]:
        """Those of the slots for which there was a task."""
        filled: list[int] = []
        if self.shared.singly and self.begun:
            return filled
        for slot in slots:
            if (task := self.shared.take(self.group)) is None:
                break
            self.taken[slot], self.begun[slot] = task, time.perf_counter()
            filled.append(slot)
        return filled

    def begin(self, slots: list[int]) -> tuple[Any, list[list[PyTree]]]:
        """((problems, extras), states) of tasks, padded to a power of two, and their snapshots."""
        tasks = [self.taken[i][1] for i in slots]
        padded = tasks + tasks[:1] * ((1 << (len(tasks) - 1).bit_length()) - len(tasks))
        stacked = vmapped.stack([(task.problem, task.extra) for task in padded])
        problems, extras = vmapped.spread(stacked, self.devices)
        keys = jnp.stack([task.key for task in padded])
        states = vmapped.start(
            self.stepper, problems, keys, devices=self.devices, common=self.common
        )
        spent = int(np.asarray(states.ticks)[: len(tasks)].sum())
        self.shared.account(spent, spent)
        seen: list[list[PyTree]] = [[] for _ in tasks]
        keeper = self.shared.checkpoints
        for place, slot in enumerate(slots):
            if keeper is None or (saved := keeper.load(tasks[place].name)) is None:
                continue
            one = [_lane(each, place) for each in (problems, states, extras)]
            like = jax.eval_shape(self.observer, vmapped.whole(one[0], self.common), *one[1:])
            back = checkpoint.restored(one[1], saved, like)
            if back is None:
                warn("a checkpoint is of another run than its name says: the run begins anew")
                continue
            state, seen[place], seconds = back
            states = _put(states, vmapped.stack([state]), jnp.asarray([place]))
            self.begun[slot] -= seconds
        return ((problems, extras), states), seen

    def advance(self) -> int:
        """One chunk of ticks; report what has ended. Says how many ticks were possible."""
        (problems, extras), states = self.state
        n, running = len(self.snapshots), np.array(sorted(self.taken))
        before = np.asarray(states.ticks)
        states, *stretches = vmapped.watch(
            self.stepper,
            self.observer,
            problems,
            extras,
            states,
            self.stretches(before, running),
            devices=self.devices,
            common=self.common,
        )
        self.state = ((problems, extras), states)
        ticks, seen, result = jax.device_get((*stretches[:2], states.result))
        spent = ticks[:, -1] - before
        # lanes that tick together wait for the last of them, others take turns
        possible = n * int(spent.max()) if vmapped.vmaps() else int(spent.sum())
        self.shared.account(int(spent.sum()), possible)
        if seen[running].any():
            found = jax.device_get(stretches[2])
            for i in map(int, running):
                for k in map(int, np.flatnonzero(seen[i])):
                    self.snapshots[i].append(jax.tree.map(lambda a, at=(i, k): a[at], found))
        for i in map(int, running[result[running] != Result.RUNNING]):
            seconds = time.perf_counter() - self.begun[i]
            end = Ended(*self.taken.pop(i), _lane(states, i), self.snapshots[i], seconds)
            self.shared.reports.put(end)
        return possible

    def stretches(self, ticks: np.ndarray, running: np.ndarray) -> np.ndarray:
        """(until, due) for the next chunk, [lanes, stretches, 2] (see `vmapped.watch`).

        `ticks` [lanes] are spent, `running` are the slots of the lanes that have not ended. The
        first stretch has no ticks: it is for the snapshot of lanes that are about to begin.
        """
        together, most = vmapped.vmaps(), self.stepper.max_ticks
        next_due = np.searchsorted(self.checkpoints, ticks, side="right")[:, None]
        which = next_due + np.arange(1 if together else STRETCHES)
        due = self.checkpoints[np.minimum(which, len(self.checkpoints) - 1)]
        bound = max(CHUNK if together else 1, int(LOOK * self.shared.rates[self.group]))
        if together:  # lanes would wait at the end of each stretch for the last of them
            bound = max(CHUNK, min(int((due[:, 0] - ticks)[running].min()), bound))
            until = np.broadcast_to(ticks[:, None] + bound, due.shape)
        else:
            until = np.minimum(due, ticks[:, None] + bound)
        until = np.minimum(until, most)
        begins = np.array([not seen for seen in self.snapshots])
        first = np.stack([ticks, np.where(begins, 0, most + 1)], axis=-1)
        return np.concatenate([first[:, None], np.stack([until, due], axis=-1)], axis=1)


_lane = quickly(vmapped.lane)


@quickly
def _put(worker: Any, new: Any, slots: Array) -> Any:
    return jax.tree.map(lambda a, b: a.at[slots].set(b), worker, new)
