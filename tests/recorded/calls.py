"""What a sweep tells of its progress, and when: written down, for the tests of the time left.

``python -m tests.recorded.calls NAME MODULE ...`` runs ``python -m MODULE ...`` and writes the
calls of `Work` to ``calls-NAME.json``.
"""

import json
import runpy
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine import progress

HERE = Path(__file__).parent
MERGED = 1.0  # seconds of gradients that are written down as one call
# what the cost of a job may depend on
FIELDS = (
    *("dataset", "P", "widths", "activation", "parametrisation", "alpha", "loss", "dynamics"),
    *("max_ticks", "until", "init_seed", "model_kind", "precision"),
)
# seconds, the name of a callback, its arguments
Call = tuple[float, str, tuple[Any, ...]]


class Recorder(progress.Work):
    """Writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        RECORDERS.append(self)

    def note(self, what: str, *said: Any) -> None:
        self.calls.append((time.monotonic(), what, said))
        getattr(super(), what)(*said)

    def begin(self, jobs: Sequence[Job]) -> None:
        self.note("begin", jobs)

    def started(self, job: Job) -> None:
        self.note("started", job)

    def ticks(self, n: int) -> None:
        self.note("ticks", n)

    def ended(self, job: Job, trajectory: Trajectory) -> None:
        self.note("ended", job, trajectory)


RECORDERS: list[Recorder] = []


def compact(calls: Sequence[Call]) -> dict[str, Any]:
    """JSON-ready: jobs by their number, in rows of the fields in which they differ."""
    jobs = [job for _, what, said in calls if what == "begin" for job in said[0]]
    number = {job.key: i for i, job in enumerate(jobs)}
    rows = [{name: getattr(job, name) for name in FIELDS} for job in jobs]
    differ = [name for name in FIELDS if len({repr(row[name]) for row in rows}) > 1]
    common = {name: rows[0][name] for name in FIELDS if name not in differ}
    events: list[list[Any]] = []
    first, gradients, last = calls[0][0], 0, 0.0
    for at, what, said in calls:
        at = round(at - first, 2)
        gradients += said[0] if what == "ticks" else 0
        if gradients and at - last >= MERGED:
            events.append([at, "ticks", gradients])
            gradients, last = 0, at
        if what == "begin":
            events.append([at, what, len(said[0])])
        elif what == "started":
            events.append([at, what, number[said[0].key]])
        elif what == "ended":
            job, run = said
            events.append([at, what, number[job.key], run.ticks, round(run.seconds, 2)])
    return {
        "common": common,
        "differ": differ,
        "jobs": [[row[name] for name in differ] for row in rows],
        "events": events,
    }


def replayed(name: str) -> list[Call]:
    """The calls that were written down under a name."""
    found = json.loads((HERE / f"calls-{name}.json").read_text())
    jobs = [
        Job(**found["common"], **dict(zip(found["differ"], row, strict=True)))
        for row in found["jobs"]
    ]
    calls: list[Call] = []
    told = 0
    for at, what, *said in found["events"]:
        if what == "begin":
            calls.append((at, what, (jobs[told : told + said[0]],)))
            told += said[0]
        elif what == "ticks":
            calls.append((at, what, (said[0],)))
        else:
            calls.append((at, what, (jobs[said[0]], *said[1:])))
    return calls


def main(name: str, module: str) -> None:
    progress.Work = Recorder  # type: ignore[misc]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        lines = json.dumps(compact(RECORDERS[0].calls)).replace("], [", "],\n[")
        (HERE / f"calls-{name}.json").write_text(lines + "\n")


if __name__ == "__main__":
    name, module = sys.argv[1:3]
    sys.argv = [module, *sys.argv[3:]]
    main(name, module)
