"""Queues of trajectories, worked off by workers whose lanes are refilled as they end.

The tasks of a *group* have one shape, so that one compiled program serves them all. A worker, which
is a thread, holds the lanes of one group at a time; the lane of a trajectory that has ended takes
the next task of the group, so that none waits for another, and a worker whose group has no task
left goes to another one. On a CPU there is a worker for each core, of one lane, which goes to any
group after each task (lanes, if several are asked for, take turns); on accelerators one has many
lanes, vmapped and shared out over all local devices.

A result depends on its task alone: not on the number of lanes, its neighbours, or the order of the
queue. (The ticks of its snapshots do depend on the neighbours, where lanes tick together.)
"""

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from jamming.checks.arguments import whole
from jamming.execution import checkpoint, threads, vmapped, worker
from jamming.execution.tasks import Ended, Group, IdleTime, Name, Observer, Queue


def work(
    groups: Sequence[Group[Name]],
    *,
    observe: Observer,
    workers: int | None = None,
    lanes: int | None = None,
    on_ticks: Callable[[int], None] = lambda n: None,
    idle: IdleTime | None = None,
    checkpoints: checkpoint.Checkpoints | None = None,
    claim: Callable[[Name], bool] = lambda name: True,
) -> Generator[Ended[Name], None, None]:
    """Run every task of every group to its end; each comes out as it ends, in any order.

    `observe(problem, state, extra)` is jitted and gives a snapshot: one at the start, one at the
    end, and log-spaced ones between. `workers`: by default one a core, or one for all accelerators,
    of so many `lanes` (`worker.Lanes`). `on_ticks` is called with the ticks spent; `idle` counts
    idle ones. With `checkpoints`, running tasks are saved now and then, and saved ones resume. Left
    out are tasks for which `claim(name)`, called in the workers' threads, is False. Closing the
    generator early stops the workers within some seconds. Raises BadInput for no workers or lanes,
    or more than a device may have.
    """
    lanes = None if lanes is None else whole("lanes", lanes, most=worker.MOST)
    if workers is None:
        workers = 1 if vmapped.vmaps() else threads.cores()
    workers = whole("workers", workers, most=worker.MOST)
    tasks = sum(len(group.names) for group in groups)
    workers = max(1, min(workers, -(-tasks // (lanes or 1))))
    first, idle = worker.Lanes.chosen(lanes), idle or IdleTime()
    singly = first.n == 1 and not first.may_grow
    shared = Queue(groups, on_ticks, idle, checkpoints, claim, singly=singly)
    before, begun, done = idle.spent, time.perf_counter(), list[float]()

    def works() -> float:
        while (group := shared.join()) is not None:
            worker.run(shared, group, observe, worker.Lanes.chosen(lanes))
            shared.leave(group)
        return time.perf_counter()

    with ThreadPoolExecutor(workers) as pool:
        try:
            for _ in range(workers):
                pool.submit(works).add_done_callback(shared.reports.put)
            while len(done) < workers:
                report = shared.reports.get()
                if isinstance(report, Future):
                    done.append(report.result())
                else:
                    yield report
            busy, waited = sum(done) - workers * begun, workers * max(done) - sum(done)
            if busy > 0:  # what the others could have spent until the last was done
                idle.possible += int((idle.spent - before) * waited / busy)
        finally:
            shared.stop = True
