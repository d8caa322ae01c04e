"""Checkpoints on disk: what an interrupted job of a store goes on from."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from jamming.execution import worker
from jamming.execution.checkpoint import Saved
from jamming.training.spec import Job
from jamming.training.train import train
from jamming.training.trajectory import Trajectory
from sweeps.engine.checkpoints import Running
from sweeps.engine.store import Store
from sweeps.engine.store.sealed import pack, seal
from tests.made_up.stores import SAVED, save_run

JOB = Job(dataset="random", P=80, widths=(4, 4), max_ticks=3000, test_points=10)


class Stop(Exception):
    pass


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    running = Running(Store(tmp_path / "s"))
    assert running.load("k") is None
    running.save("k", SAVED)
    found = running.load("k")
    assert found is not None
    assert list(found) == list(SAVED)
    for name, saved in SAVED.items():
        np.testing.assert_array_equal(found[name], saved)
        assert (found[name].dtype, found[name].shape) == (saved.dtype, saved.shape)
    running.drop("k")
    running.drop("k")
    assert running.load("k") is None


def sealed_pack(**arrays: np.ndarray) -> bytes:
    """What is sealed as it should be, of any arrays."""
    packed = pack(arrays)
    return seal("k", packed).encode() + packed


CONTENTS = {
    "empty": b"",
    "no archive": b"no archive",
    "half of one": b"PK\x03\x04 half of one",
    "unsealed": pack({"state0": np.zeros(3), "seenloss": np.zeros(2), "seconds": np.asarray(1.5)}),
    "of another": sealed_pack(seconds=np.asarray(1.5)).replace(seal("k", b"")[:1].encode(), b"x"),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_a_damaged_one_counts_as_none_which_is_said(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = Running(Store(tmp_path / "s"))
    running.save("k", SAVED)
    (tmp_path / "s" / "running" / "k.npz").write_bytes(content)
    assert running.load("k") is None
    said = capsys.readouterr().err
    assert said.endswith("k.npz is damaged: the run begins anew\n")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda saved: {"seconds": saved["seconds"]},
        lambda saved: SAVED,
        lambda saved: {name: array for name, array in saved.items() if name != "seconds"},
        lambda saved: saved | {"seconds": np.asarray("1.5")},
        lambda saved: saved | {"seconds": np.zeros(2)},
    ],
    ids=["nothing", "too little", "no seconds", "seconds of text", "many seconds"],
)
def test_one_of_another_run_counts_as_none(
    change: Callable[[Saved], Saved],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(worker, "SPARING", 0)
    few = dataclasses.replace(JOB, max_ticks=60)
    running = Running(Store(tmp_path / "s"), every=0.0)

    spent: list[int] = []

    def stop(n: int) -> None:
        spent.append(n)
        if sum(spent) > 20:
            raise Stop

    with pytest.raises(Stop):
        train([few], checkpoints=running, on_progress=stop)
    saved = running.load(few.key)
    assert saved is not None
    running.save(few.key, change(saved))
    (again,) = train([few], checkpoints=running)
    assert "of another run than its name says: the run begins anew" in capsys.readouterr().err
    assert again.ticks == again.snapshot_ticks[-1] == few.max_ticks


def test_one_whose_trajectory_has_ended_is_removed(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    Running(store).save("k", SAVED)
    store["k"] = {"job": {}, "trajectory": {}}
    assert Running(store).load("k") is None


def test_an_interrupted_job_goes_on_to_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SPARING", 0)  # after every chunk
    monkeypatch.setattr(worker, "STRETCHES", 2)  # of few ticks
    store = Store(tmp_path / "s")
    (whole,) = train([JOB])
    assert whole.ticks == JOB.max_ticks
    spent = 0

    def on_progress(n: int) -> None:
        nonlocal spent
        spent += n
        if spent > 2000:
            raise Stop

    with pytest.raises(Stop):
        train([JOB], checkpoints=Running(store, every=0.0), on_progress=on_progress)
    assert [p.stem for p in (store.folder / "running").iterdir()] == [JOB.key]
    rest: list[int] = []

    def end(job: Job, trajectory: Trajectory) -> None:
        save_run(store, job, trajectory)

    (again,) = train([JOB], checkpoints=Running(store), on_progress=rest.append, on_end=end)
    assert sum(rest) < JOB.max_ticks / 2
    assert dataclasses.replace(again, seconds=0.0) == dataclasses.replace(whole, seconds=0.0)
    np.testing.assert_array_equal(again.F_test, whole.F_test)
    assert not list((store.folder / "running").iterdir())
