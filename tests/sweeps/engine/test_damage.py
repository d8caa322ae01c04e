"""Entries that somebody has changed: refused in one line, or made again, which is said."""

import dataclasses
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jamming.checks.errors import BadInput
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory, checked, of_job
from sweeps.engine import execute
from sweeps.engine.diverged import diverged
from sweeps.engine.execute import lacking, load_run
from sweeps.engine.store import Store
from sweeps.engine.store.sealed import HEADER, opened_json, sealed_json
from tests.made_up.stores import JOBS, filled, run


def resealed(store: Store, key: str, change: Callable[[dict[str, Any]], object]) -> Path:
    """The path of an entry, after a change by somebody who knows how it is sealed."""
    path = store.folder / "trajectories" / f"{key}.json"
    fields = opened_json(f"trajectories/{key}", path)
    assert fields is not None
    change(fields)
    path.write_text(sealed_json(f"trajectories/{key}", fields))
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return filled(tmp_path / "s")


def refused(store: Store, job: Job, capsys: pytest.CaptureFixture[str]) -> str:
    """The line with which an entry is refused; a sweep says it too, and makes the run again."""
    with pytest.raises(BadInput) as error:
        load_run(store, job)
    assert "\n" not in str(error.value)
    capsys.readouterr()
    assert lacking(store, job)
    assert lacking(store, job)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].endswith("the run is made again")
    return str(error.value)


def test_entries_in_the_place_of_each_other(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = (store.folder / "trajectories" / f"{job.key}.json" for job in JOBS[:2])
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    for job in JOBS[:2]:
        assert "is damaged" in refused(store, job, capsys)


def test_an_entry_of_another_job(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    other = json.loads(json.dumps(dataclasses.asdict(JOBS[1])))
    resealed(store, JOBS[0].key, lambda entry: entry.update(job=other))
    assert "of another run than its name says" in refused(store, JOBS[0], capsys)


@pytest.mark.parametrize("fields", [{}, {"P": 8}, None, 3])
def test_an_entry_of_no_job(store: Store, fields: Any, capsys: pytest.CaptureFixture[str]) -> None:
    resealed(store, JOBS[0].key, lambda entry: entry.update(job=fields))
    refused(store, JOBS[0], capsys)


@pytest.mark.parametrize(
    ("name", "value"),
    [("P", "8"), ("P", 10**300), ("P", -1), ("widths", 2), ("widths", [[2]]), ("widths", None)],
)
def test_an_entry_of_a_job_that_there_cannot_be(
    store: Store, name: str, value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    resealed(store, JOBS[0].key, lambda entry: entry["job"].update({name: value}))
    refused(store, JOBS[0], capsys)


RANGES = [
    *[("result", value) for value in ("NONSENSE", "RUNNING", "fitted", "", None, 1)],
    *[("test_error", value) for value in (17, -0.1, 1.0001, float("inf"), "0.5", None, True)],
    *[("N", value) for value in (-1, 1.0, "6", None, False, 2**63)],
    *[("misclassified", value) for value in (-1, 0.5, None)],
    *[("unsatisfied", value) for value in (-1, [1])],
    *[("loss", value) for value in ("0", None, 10**400)],
    *[("seconds", value) for value in (-1.0, float("inf"), float("nan"))],
    *[("kernel_change", value) for value in (-1.0, "0")],
    *[("snapshot_test_error", value) for value in ([2.0], [None], 0.5, "0.5")],
    *[("snapshot_loss", value) for value in ([1.0], [1.0, "2"], {"0": 1.0}, None)],
    ("foreign", 1),
]


@pytest.mark.parametrize(("name", "value"), RANGES, ids=str)
def test_a_trajectory_of_wrong_types_or_out_of_its_ranges(
    store: Store, name: str, value: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    resealed(store, JOBS[0].key, lambda entry: entry["trajectory"].update({name: value}))
    refused(store, JOBS[0], capsys)


@pytest.mark.parametrize(
    "changes",
    [
        {"result": "FITTED"},  # of N_Delta above 0
        {"unsatisfied": 0},  # of OUT_OF_BUDGET
        {"unsatisfied": 9},
        {"misclassified": 9},
        {"snapshot_unsatisfied": [9, 1]},
        {"N": 0},
        {"N_all": 1},
        {"ticks": 0},
        {"loss": float("nan")},
        {"loss": float("inf"), "result": "CONVERGED_UNFITTED"},
    ],
    ids=str,
)
def test_numbers_that_no_run_of_this_job_can_have(
    store: Store, changes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    path = resealed(store, JOBS[0].key, lambda entry: entry["trajectory"].update(changes))
    assert str(path) in refused(store, JOBS[0], capsys)


def test_an_entry_without_the_outputs_that_every_run_has(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    resealed(store, JOBS[0].key, lambda entry: entry.pop("npz"))
    assert "names no outputs" in refused(store, JOBS[0], capsys)


def test_runs_of_every_kind_can_be_what_they_are() -> None:
    end: dict[str, Any] = {"result": "OUT_OF_BUDGET", "unsatisfied": 80, "misclassified": 8}
    end |= {"N": 6, "N_all": 9, "ticks": 1, "loss": 0.1, "snapshot_unsatisfied": [80, 80]}
    several = Job("digits10pca", 8, (2,), loss="multiclass_hinge")  # a constraint for each class
    of_job(dataclasses.asdict(several), end)
    own = dataclasses.replace(several, label="own")  # of as many classes as there may be
    of_job(dataclasses.asdict(own), end | {"unsatisfied": 800, "N": 0})
    with pytest.raises(BadInput, match="cannot be 81"):
        of_job(dataclasses.asdict(several), end | {"unsatisfied": 81})
    lost = end | {"result": "NON_FINITE", "loss": float("nan")}
    of_job(dataclasses.asdict(several), lost)
    of_job(dataclasses.asdict(several), lost | {"loss": 0.0, "unsatisfied": 0})  # |g| overflows
    of_job(dataclasses.asdict(several), end | {"result": "FITTED", "unsatisfied": 0})


@pytest.mark.parametrize("name", ["a" * 32, "README", "folder"])
def test_a_stray_among_the_entries_does_not_count_and_is_said_once(
    store: Store, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = store.folder / "trajectories" / f"{name}.json"
    if name == "folder":
        path.mkdir()
    else:
        old = store.folder / "trajectories" / f"{JOBS[0].key}.json"
        path.write_bytes(b"{}" if name == "README" else old.read_bytes())
    capsys.readouterr()
    for _ in range(2):
        assert [entry["key"] for entry in execute.sound(store)] == sorted(job.key for job in JOBS)
        assert diverged(store) == ([], len(JOBS))
    assert capsys.readouterr().err == f"{path} is damaged: it does not count\n"


def test_a_trajectory_may_have_diverged() -> None:
    nan, inf = float("nan"), float("inf")
    checked({"result": "NON_FINITE", "loss": nan, "test_error": nan, "weight_change": nan})
    checked({"loss": inf, "norm": inf, "snapshot_norm": [1.0, inf], "kernel_change": None})


@pytest.mark.parametrize("place", ["entry", "arrays"])
def test_a_folder_in_the_place_of_a_file_is_said_before_the_run_is_made(
    store: Store, place: str
) -> None:
    key = JOBS[0].key
    (path,) = store.folder.glob(f"trajectories/{key}.*" if place == "entry" else f"arrays/{key}.*")
    path.unlink()
    path.mkdir()
    with pytest.raises(BadInput, match="is a folder: delete it"):
        lacking(store, JOBS[0])


def test_neither_pipes_nor_devices_are_read(store: Store) -> None:
    path = store.folder / "trajectories" / f"{JOBS[0].key}.json"
    path.unlink()
    os.mkfifo(path)
    assert lacking(store, JOBS[0])
    path.unlink()
    path.symlink_to("/dev/zero")
    assert lacking(store, JOBS[0])


def test_a_damaged_run_is_made_again_and_nothing_else(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    resealed(store, JOBS[1].key, lambda entry: entry["trajectory"].update(test_error=17))
    made = []

    def train(jobs: Any, *, on_end: Any, claim: Any, **_: Any) -> None:
        for job in filter(claim, jobs):
            made.append(job)
            on_end(job, run(job))

    class Silent:
        def begin(self, jobs: Any) -> None:
            assert jobs == [JOBS[1]]

        def started(self, job: Job) -> None: ...

        def ended(self, job: Job, trajectory: Trajectory) -> None: ...

        def ticks(self, n: int) -> None: ...

    monkeypatch.setattr(execute, "train", train)
    execute.execute(JOBS, store, Silent())
    assert made == [JOBS[1]]
    assert load_run(store, JOBS[1]).test_error == 0.5
    assert "test_error of a trajectory cannot be 17" in capsys.readouterr().err


def test_the_header_of_another_store_is_refused(store: Store) -> None:
    shutil.copy(store.folder / HEADER, store.folder / "kernels" / HEADER)
    with pytest.raises(BadInput, match="of another store"):
        Store(store.folder / "kernels", "kernels")
    with pytest.raises(BadInput, match="is damaged"):
        Store(store.folder / "kernels")[JOBS[0].key]
