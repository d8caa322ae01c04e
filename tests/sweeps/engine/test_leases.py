"""Who runs which job of a store: one process at a time, and none that is dead."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jamming.checks.errors import BadInput
from jamming.execution.checkpoint import Checkpoints
from jamming.training.spec import Job
from sweeps.engine import checkpoints, execute
from sweeps.engine.checkpoints import Running
from sweeps.engine.execute import load_run
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from tests.made_up.stores import JOBS, SAVED, run, save_run


def locks(store: Store) -> list[str]:
    return sorted(path.stem for path in (store.folder / "running").glob("*.lock"))


def test_a_store_and_what_runs_there_are_what_they_are_taken_for(tmp_path: Path) -> None:
    assert hasattr(Store(tmp_path), "doubt")
    assert isinstance(Running(Store(tmp_path)), Checkpoints)


def test_one_of_two_holders_has_a_job(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    one, two = Running(store), Running(Store(tmp_path / "s"))
    assert one.take("k")
    assert one.take("k")  # it is its own
    assert not two.take("k")
    assert two.take("l")
    two.give_back("k")  # which it does not have
    assert not two.take("k")
    assert locks(store) == ["k", "l"]
    one.give_back("k")
    assert two.take("k")
    two.drop("k")
    two.give_back("l")
    assert locks(store) == []


def test_opening_a_store_takes_nothing_from_who_lives(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    one = Running(store)
    assert one.take("k")
    assert not Running(store).take("k")
    assert locks(store) == ["k"]


def test_a_dead_owner_has_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    Running(store).save("l", SAVED)
    path = store.folder / "running" / "k.lock"
    code = (
        "import fcntl, sys, time; file = open(sys.argv[1], 'w')\n"
        "fcntl.flock(file, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    with owner:
        assert owner.stdout.readline() == b"held\n"
        running = Running(store)
        assert not running.take("k")
        assert locks(store) == ["k"]
        owner.kill()
    assert running.take("k")
    running.give_back("k")
    path.touch()
    Running(store)  # nobody holds what is left there
    assert locks(store) == []


@pytest.mark.parametrize("what", ["a folder", "no locks here"])
def test_where_nothing_can_be_locked_a_job_is_run(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Running(Store(tmp_path / "s"))
    running._make()
    if what == "a folder":
        (tmp_path / "s" / "running" / "k.lock").mkdir()
    else:
        monkeypatch.setattr(checkpoints, "fcntl", None)
    assert running.take("k")
    running.give_back("k")


def test_a_file_in_the_place_of_the_folder_is_one_line(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    store.make()
    (tmp_path / "s" / "running").write_text("")
    with pytest.raises(BadInput, match="running is no folder: delete it"):
        Running(store)


class ProgressCallback(Work):
    """What was begun and what has ended."""

    def __init__(self) -> None:
        self.begun: list[Job] = []
        self.done: list[Job] = []

    def begin(self, jobs: Any) -> None:
        self.begun += jobs

    def started(self, job: Job) -> None:
        """Nothing."""

    def ended(self, job: Job, trajectory: Any) -> None:
        assert trajectory == run(job)
        self.done.append(job)

    def ticks(self, n: int) -> None: ...


def test_two_that_share_a_store_make_every_run_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another has one job, and ends it while this one does the rest and waits."""
    monkeypatch.setattr("jamming.execution.compute.WAIT", 0.0)
    other = Running(Store(tmp_path / "s"))
    assert other.take(JOBS[0].key)
    made: list[Job] = []

    def train(jobs: Any, *, on_end: Any, claim: Any, **_: Any) -> None:
        for job in filter(claim, jobs):
            made.append(job)
            on_end(job, run(job))

    looks = 0

    def sleep(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            save_run(other.store, JOBS[0], run(JOBS[0]))
            other.drop(JOBS[0].key)

    monkeypatch.setattr("jamming.execution.compute.time.sleep", sleep)
    monkeypatch.setattr(execute, "train", train)
    progress, store = ProgressCallback(), Store(tmp_path / "s")
    execute.execute(JOBS, store, progress)
    assert progress.begun == JOBS
    assert made == JOBS[1:]
    assert progress.done == [*JOBS[1:], JOBS[0]]
    assert looks == 3
    assert "1 runs are left, which other processes make" in capsys.readouterr().err
    assert load_run(store, JOBS[0]) == run(JOBS[0])
    assert locks(store) == []


def test_what_another_leaves_undone_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Running(Store(tmp_path / "s"))
    assert other.take(JOBS[0].key)
    made: list[Job] = []

    def train(jobs: Any, *, on_end: Any, claim: Any, **_: Any) -> None:
        for job in filter(claim, jobs):
            made.append(job)
            on_end(job, run(job))

    monkeypatch.setattr(
        "jamming.execution.compute.time.sleep", lambda _: other.give_back(JOBS[0].key)
    )
    monkeypatch.setattr(execute, "train", train)
    execute.execute(JOBS, Store(tmp_path / "s"), ProgressCallback())
    assert made == [*JOBS[1:], JOBS[0]]


def test_an_interrupted_one_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def train(jobs: Any, *, claim: Any, **_: Any) -> None:
        assert all(map(claim, jobs))
        raise KeyboardInterrupt

    monkeypatch.setattr(execute, "train", train)
    store = Store(tmp_path / "s")
    with pytest.raises(KeyboardInterrupt):
        execute.execute(JOBS, store, ProgressCallback())
    assert locks(store) == []
    other = Running(store)
    assert all(other.take(job.key) for job in JOBS)
