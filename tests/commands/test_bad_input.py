"""Whatever is typed wrongly ends with exit code 2 and one line that says what is wrong."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from jamming.nstar import search
from jamming.training.build import task_of
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.store import Store
from sweeps.engine.store.sealed import sealed_json
from sweeps.transition.commands import FindNstar

Refused = Callable[..., str]
GOOD = ["--dataset", "digits10pca", "--P", "20", "--depth", "1", "--seeds", "2", "--out", "out"]


def run(N: int, fitted: bool) -> Trajectory:
    """A made-up end."""
    result = "FITTED" if fitted else "OUT_OF_BUDGET"
    left = 0 if fitted else min(N, 20)
    return Trajectory(result, N, N, 9, 8.0, 0.1, left, 0, 0.5, (1,), (1.0,), (9,), 0.1)


@pytest.fixture
def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refused:
    """Call the command in an empty folder; the line with which it refuses its arguments."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "no-data").mkdir()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "no-data"))
    monkeypatch.setenv("JAMMING_CACHE", str(tmp_path / "no-cache"))

    def train(jobs: Sequence[Job], **_: Any) -> list[Trajectory]:
        raise AssertionError("accepted: the search has begun")

    monkeypatch.setattr(search, "train", train)

    def call(*arguments: str) -> str:
        try:
            code: Any = FindNstar.main(arguments)
        except SystemExit as end:
            code = end.code
        said = capsys.readouterr()
        assert code == 2, said
        assert said.out == ""
        assert "Traceback" not in said.err
        assert len(said.err.splitlines()) == 1, said.err
        assert said.err.endswith("\n")
        return said.err

    return call


def args(*changes: str) -> list[str]:
    """The good arguments; of an option given twice the last counts."""
    return [*GOOD, *changes]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        # data
        (["--dataset", "mnits"], "mnits"),
        (["--dataset", ""], "unknown"),
        (["--dataset", "digits0pca"], "digits0pca"),
        (["--dataset", "digits65pca"], "65"),
        (["--dataset", "random0"], "random0"),
        (["--dataset", "cifar1030pca"], "cifar10_30pca"),
        (["--dataset", "mnist10pca"], "mnist is not prepared"),
        (["--dataset", "cifar10"], "cifar10 is not prepared"),
        (["--P", "0"], "P"),
        (["--P", "1"], "P"),
        (["--P", "-5"], "-5"),
        (["--P", "x"], "x"),
        (["--P", "20.5"], "20.5"),
        (["--P", "1e3"], "1e3"),
        (["--P"], "--P"),
        (["--P", "20", "1"], "P"),
        (["--P", "5000"], "5000"),
        (["--P", "20", "5000"], "5000"),
        (["--positive", "11"], "11"),
        (["--positive", "-1"], "-1"),
        (["--positive", *"0123456789"], "all classes"),
        (["--dataset", "random5", "--positive", "1"], "positive"),
        # network
        (["--depth", "0"], "depth"),
        (["--depth", "2", "-1"], "depth"),
        (["--activation", "rleu"], "rleu"),
        (["--activation", "softplus0"], "softplus0"),
        (["--parametrisation", "mup"], "mup"),
        (["--init", "kaiming"], "kaiming"),
        (["--alpha", "0"], "alpha"),
        (["--alpha", "-1"], "alpha"),
        (["--alpha", "nan"], "alpha"),
        (["--alpha", "inf"], "alpha"),
        # loss
        (["--loss", "hinge"], "hinge"),
        (["--loss", "cross_entropy"], "classes"),
        (["--loss", "multiclass_hinge"], "classes"),
        (["--loss", "logistic", "--margin", "0.5"], "margin"),
        (["--margin", "0"], "margin"),
        (["--margin", "-0.5"], "margin"),
        (["--margin", "nan"], "margin"),
        (["--slack", "1"], "slack"),
        (["--jammed-above", "-0.1"], "jammed-above"),
        (["--jammed-above", "1"], "jammed-above"),
        (["--jammed-above", "nan"], "jammed-above"),
        (["--slack", "-0.1"], "slack"),
        (["--slack", "nan"], "slack"),
        # dynamics
        (["--dynamics", "lbfgs"], "lbfgs"),
        (["--lr", "0"], "learning rate"),
        (["--lr", "-0.1"], "learning rate"),
        (["--lr", "nan"], "learning rate"),
        (["--lr", "inf"], "learning rate"),
        (["--steps", "0"], "steps"),
        (["--steps", "-3"], "steps"),
        (["--steps", "2.5"], "2.5"),
        (["--dynamics", "sgd", "--batch", "0"], "batch"),
        (["--dynamics", "sgd", "--batch", "-1"], "batch"),
        (["--decay-every", "0"], "0"),
        (["--decay-every", "-1"], "-1"),
        (["--dynamics", "flow", "--flow-time", "0"], "time"),
        (["--dynamics", "flow", "--flow-time", "nan"], "time"),
        (["--dynamics", "flow", "--tol", "0"], "tol"),
        (["--dynamics", "flow", "--tol", "nan"], "tol"),
        (["--dynamics", "euler", "--flow-time", "0"], "time"),
        (["--dynamics", "euler", "--tau", "nan"], "tau"),
        (["--precision", "float16"], "float16"),
        # search
        (["--seeds", "0"], "seeds"),
        (["--seeds", "-1"], "seeds"),
        (["--data-seed", "-1"], "seed"),
        (["--init-seed", "-1"], "seed"),
        (["--batch-seed", "-1"], "seed"),
        (["--time-limit", "0"], "time limit"),
        (["--time-limit", "-1"], "time limit"),
        (["--time-limit", "nan"], "time limit"),
        # the command line itself
        (["--sedes", "3"], "--sedes"),
        (["--seed", "3"], "--seed"),
        (["--seeds"], "--seeds"),
        (["--seeds", "2", "3"], "3"),
        (["more"], "more"),
        (["--fractional=perhaps"], "fractional"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_bad_argument_is_refused_in_one_line_that_names_it(
    refused: Refused, changes: list[str], says: str
) -> None:
    line = refused(*args(*changes))
    assert line.startswith("find_nstar: ")
    assert says in line


@pytest.mark.parametrize("option", ["dataset", "activation", "init", "loss", "dynamics", "sedes"])
def test_a_newline_in_an_argument_stays_on_one_line(refused: Refused, option: str) -> None:
    refused(*args(f"--{option}", "two\nlines"))


@pytest.mark.parametrize("option", ["--data-seed", "--init-seed", "--batch-seed"])
def test_a_seed_beyond_64_bits_is_refused_or_used(
    refused: Refused, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(jobs: Sequence[Job], **kinds: Any) -> list[Trajectory]:
        for job, data in zip(jobs, kinds["data"], strict=True):
            task_of(job, data)
        raise BrokenPipeError("usable")

    monkeypatch.setattr(search, "train", train)
    try:
        refused(*args(option, str(10**30)))
    except BrokenPipeError:
        return


def test_more_points_than_fit_into_memory_are_refused(refused: Refused) -> None:
    refused(*args("--dataset", "random5", "--P", str(10**15)))


def test_a_refused_data_set_leaves_no_folder_behind(refused: Refused, tmp_path: Path) -> None:
    refused("--dataset", "mnits", "--P", "20")
    refused("--dataset", "digits10pca", "--P", "5000")
    assert not (tmp_path / "results").exists()


def test_a_data_set_with_a_path_for_a_name_writes_nowhere(refused: Refused, tmp_path: Path) -> None:
    refused("--dataset", "/../../../elsewhere", "--P", "20")
    assert {p.name for p in tmp_path.iterdir()} == {"no-data"}


# --- the folder ---


def test_a_file_in_place_of_the_folder_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("precious")
    assert "is a file" in refused(*GOOD)
    assert "Not a directory" in refused(*args("--out", "out/below"))
    assert (tmp_path / "out").read_text() == "precious"


def test_a_foreign_folder_is_refused(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("precious")
    assert "other files" in refused(*GOOD)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["thesis.tex"]


def test_an_empty_name_of_a_folder_does_not_fill_the_current_one(
    refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")  # where a store might be made
    assert "an empty name is no path" in refused(*args("--out", ""))
    assert not any(Path.cwd().iterdir())


def test_a_name_too_long_for_a_folder_is_refused(refused: Refused) -> None:
    refused(*args("--out", "x" * 300))


@pytest.mark.parametrize("header", ['{"format": "jamming trajectories", "version": 99}', "{"])
def test_a_store_of_another_version_or_a_damaged_one_is_refused(
    refused: Refused, tmp_path: Path, header: str
) -> None:
    Store(tmp_path / "out").make()
    (tmp_path / "out" / "store.json").write_text(header)
    assert "store.json" in refused(*GOOD)


def fill(out: Path) -> list[Path]:
    """A store that holds all runs of the good search, made up; its entries."""
    config = FindNstar.of(GOOD).config()
    store = Store(out)
    for h in range(1, 30):
        for job in config.jobs(20, (h,)):
            store[job.key] = {"job": {}, "trajectory": run(11 * h, h > 2).to_dict()}
    return [path for path in (out / "trajectories").iterdir() if path.is_file()]


def test_a_store_that_is_whole_is_used(
    refused: Refused, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path / "out")
    assert FindNstar.main(GOOD) == 0  # nothing is trained, the fixture sees to that
    assert "[22, 33]" in capsys.readouterr().out


def without(*names: str) -> Callable[[dict], None]:
    """Drop fields of the trajectory."""

    def change(entry: dict) -> None:
        for name in names:
            del entry["trajectory"][name]

    return change


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b'{"key": ',
        b"\xff\x80\x00",
        b"null",
        lambda entry: entry.pop("trajectory"),
        lambda entry: entry.update(key="another"),
        lambda entry: entry.update(trajectory=None),
        lambda entry: entry.update(trajectory=[1, 2]),
        lambda entry: entry.update(trajectory={}),
        lambda entry: entry["trajectory"].update(foreign=1),
        lambda entry: entry["trajectory"].update(test_error=17),
        lambda entry: entry["trajectory"].update(unsatisfied=21),
        without("loss"),
        without("result", "N"),
    ],
    ids=[
        "empty",
        "cut",
        "no text",
        "null",
        "no trajectory",
        "key of another",
        "trajectory null",
        "trajectory a list",
        "trajectory empty",
        "a foreign field",
        "an error that cannot be",
        "more constraints than there are",
        "no loss",
        "no result",
    ],
)
def test_a_damaged_trajectory_of_this_very_search_is_made_again_and_that_is_said(
    refused: Refused,
    tmp_path: Path,
    damage: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = fill(tmp_path / "out")
    assert FindNstar.main(GOOD) == 0
    whole = capsys.readouterr()
    for path in paths:
        if isinstance(damage, bytes):
            path.write_bytes(damage)
            continue
        entry = json.loads(path.read_text())
        del entry["seal"]
        damage(entry)
        path.write_text(sealed_json(f"trajectories/{path.stem}", entry))
    trained = []

    def train(jobs: Sequence[Job], **kinds: Any) -> None:
        for job in jobs:
            assert kinds["claim"](job)
            trained.append(job.key)
            kinds["on_end"](job, run(11 * job.widths[0], job.widths[0] > 2))

    monkeypatch.setattr(search, "train", train)
    assert FindNstar.main(GOOD) == 0
    said = capsys.readouterr()
    assert said.out == whole.out
    lines = [line for line in said.err.splitlines() if line.endswith("the run is made again")]
    assert len(lines) == len(set(lines)) == len(trained) > 0
    for key in trained:
        assert sum(f"{key}.json" in line for line in lines) == 1


@pytest.mark.parametrize("name", ["results.nc", "table.txt", "nstar.png"])
def test_an_output_that_cannot_be_written_is_one_line_after_the_progress(
    refused: Refused, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    fill(tmp_path / "out")
    (tmp_path / "out" / name).mkdir()
    assert FindNstar.main(GOOD) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("find_nstar: cannot use")
    assert name in last
    assert name == "nstar.png" or "it is a folder: delete it" in last


# --- as a process: nothing but the one line reaches stderr, from any library ---


@pytest.mark.parametrize(
    "arguments",
    [
        ["--dataset", "mnits"],
        ["--dataset", "cifar10", "--P", "20"],
        ["--protocol", "random"],
        ["--sedes", "3"],
    ],
    ids=" ".join,
)
def test_as_a_process_too(tmp_path: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jamming.find_nstar", *arguments],
        cwd=tmp_path,
        env=os.environ | {"TFDS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("find_nstar: ")
