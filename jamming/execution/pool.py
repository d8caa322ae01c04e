"""Queues of trajectories, worked off by workers whose lanes are refilled as they end.

The tasks of a *group* have one shape, so that one compiled program serves them all. A worker, which
is a thread, holds the lanes of one group at a time; the lane of a trajectory that has ended takes
the next task of the group, so that none waits for another, and a worker whose group has no task
left goes to another one:

* on a CPU there is a worker for each core. With one lane a worker runs from one snapshot to the
  next; lanes of a worker take turns, which keeps the arrays of each in cache.
* on accelerators one worker has many lanes, vmapped and shared out over all local devices
  (`jax.sharding`); as many as measured throughput and memory suggest.

What comes of a task depends on the task alone: not on the number of lanes, its neighbours, or the
order of the queue. (At which ticks it is looked at on the way does depend on the neighbours, where
a worker has more than one lane.)
"""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from jamming.checks.arguments import whole
from jamming.execution import vmapped
from jamming.execution.checkpoint import Checkpoints
from jamming.execution.tasks import Ended, Group, IdleTime, Name, Observer, Queue
from jamming.execution.threads import cores
from jamming.execution.worker import MOST, Lanes, run


@dataclass
class _Clock:
    """When the workers were done, for what they could have done until the last of them was."""

    begun: float = field(default_factory=time.perf_counter)
    done: list[float] = field(default_factory=list)

    def idle(self, spent: int) -> int:
        """Ticks not spent, at the rate at which `spent` ones were."""
        busy = sum(self.done) - len(self.done) * self.begun
        idle = len(self.done) * max(self.done) - sum(self.done)
        return int(spent * idle / busy) if busy > 0 else 0


def work(
    groups: Sequence[Group[Name]],
    *,
    observe: Observer,
    workers: int | None = None,
    lanes: int | None = None,
    on_ticks: Callable[[int], None] = lambda n: None,
    idle: IdleTime | None = None,
    checkpoints: Checkpoints | None = None,
    claim: Callable[[Name], bool] = lambda name: True,
) -> Generator[Ended[Name], None, None]:
    """Run every task of every group to its end; each comes out as it ends, in any order.

    `observe(problem, state, extra)` is jitted and says what a snapshot keeps; there is one at the
    start, one at the end, and log-spaced ones between. `workers`: by default one a core, or one for
    all accelerators. `lanes` of a worker: by default one on a CPU, else see `worker.Lanes`.
    `on_ticks` is told of ticks spent; `idle` counts idle ones. With `checkpoints`, running tasks
    are written down now and then, and those that are there are taken up where they stood.
    `claim(name)` is asked before a task begins, from the workers' threads; those for which it is
    False are left out.

    Closing the generator early stops the workers at their next look, within some seconds.

    Raises:
        BadInput: no workers or lanes, or more than a device may have.
    """
    workers, lanes = (
        None if n is None else whole(name, n, most=MOST)
        for name, n in (("workers", workers), ("lanes", lanes))
    )
    tasks = sum(len(group.names) for group in groups)
    workers = (1 if vmapped.vmaps() else cores()) if workers is None else workers
    workers = max(1, min(workers, -(-tasks // (lanes or 1))))
    idle = IdleTime() if idle is None else idle
    shared = Queue(groups, on_ticks, idle, checkpoints, claim)
    before, clock = idle.spent, _Clock()

    def worker() -> None:
        try:
            while (group := shared.join()) is not None:
                run(shared, group, observe, Lanes.chosen(lanes))
                shared.leave(group)
            shared.reports.put(time.perf_counter())
        except BaseException as error:  # carried over to the caller's thread
            shared.reports.put(error)

    threads = [threading.Thread(target=worker, daemon=True) for _ in range(workers)]
    try:
        for thread in threads:
            thread.start()
        while len(clock.done) < workers:
            report = shared.reports.get()
            if isinstance(report, BaseException):
                raise report
            if isinstance(report, float):
                clock.done.append(report)
            else:
                yield report
        idle.possible += clock.idle(idle.spent - before)
    finally:
        shared.stop = True
        for thread in threads:
            if thread.is_alive():  # Ctrl-C may come before one has begun; that one finds `stop` set
                thread.join()
