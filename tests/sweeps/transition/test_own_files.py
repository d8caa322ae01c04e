"""Commands take files of x and y: their folder, their line, what is stored, what is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jamming.data.labels import say
from jamming.nstar import search
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.discover import COMMANDS
from sweeps.engine.own_files import folder_name
from sweeps.transition import commands
from sweeps.transition.commands import FindNstar

X = np.random.default_rng(0).normal(size=(40, 3))
TRUTH = X[:, 0] > 0
SMALL = ["--P", "10", "--depth", "1", "--seeds", "2"]


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The jobs that the search has trained, which end at once: networks above two neurons fit."""
    monkeypatch.chdir(tmp_path)
    say.cache_clear()
    np.savez("cats.npz", x=X, y=np.where(TRUTH, "dog", "cat"))
    np.savez("twice.npz", x=np.vstack([X, X[:2]]), y=np.append(TRUTH, ~TRUTH[:2]))
    np.savez("many.npz", x=X, y=np.arange(40) % 3)
    trained: list[Job] = []

    def train(some: Sequence[Job], **kinds: Any) -> None:
        for job, data in zip(some, kinds["data"], strict=True):
            assert kinds["claim"](job)
            assert len(data.x_train) == job.P
            trained.append(job)
            N, fits = 5 * job.widths[0], job.widths[0] > 2
            end, left = ("FITTED", 0) if fits else ("OUT_OF_BUDGET", 9)
            of = Trajectory(end, N, N, 9, 8.0, 0.1, left, 0, 0.5, (1,), (1.0,), (9,), 0.1)
            kinds["on_end"](job, of)

    monkeypatch.setattr(search, "train", train)
    monkeypatch.setattr(commands, "illustrate", lambda *of: None)
    return trained


def test_a_file_is_searched_and_what_was_made_of_it_is_stored(
    jobs: list[Job], capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"labels: 'cat' ({(~TRUTH).sum()}) -> -1, 'dog' ({TRUTH.sum()}) -> +1"
    assert FindNstar.main(["--dataset", "cats.npz", *SMALL]) == 0
    assert capsys.readouterr().err.splitlines()[0] == line
    first = len(jobs)
    assert FindNstar.main(["--dataset", "cats.npz", "--positive", "dog", *SMALL]) == 0
    assert line not in capsys.readouterr().err  # it has been said
    assert len(jobs) == first  # the same problem
    with xr.open_dataset("results/nstar-cats/results.nc") as found:
        assert found.attrs["data"] == line
    assert FindNstar.main(["--dataset", "cats.npz:2pca", "--positive", "cat", *SMALL]) == 0
    assert len(jobs) == 2 * first
    with xr.open_dataset("results/nstar-cats-2pca/results.nc") as found:
        turned = line.replace("-1", "?").replace("+1", "-1").replace("?", "+1")
        assert found.attrs["data"] == turned


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dataset", "cats.npz", "--positive", "cow"], "no label: choose among 'cat', 'dog'"),
        (["--dataset", "many.npz"], "labels have 3 values (0, 1, 2): say by positive"),
        (["--dataset", "many.npz", "--positive", "0", "1", "2"], "all labels would be +1"),
        (["--dataset", "twice.npz"], "4 points occur with both labels"),
        (["--dataset", "twice.npz:keep"], "no network fits points"),
        (["--dataset", "cats.npz:3pcs"], "cannot have ':3pcs'"),
        (["--dataset", "cats.npz:4pca"], "k = 4 is too large"),
        (["--dataset", "nowhere.npz"], "there is no file nowhere.npz"),
        (["--dataset", "cats.npz", "--P", "41"], "P = 41"),
        (["--dataset", "cats.npz", "--no-whiten"], "--no-whiten counts with"),
        (["--dataset", "digits", "--positive", "cat"], "positive = 'cat' is not a whole number"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_searched_is_one_line(
    jobs: list[Job], capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert FindNstar.main([*SMALL, *words]) == 2
    line = capsys.readouterr().err
    assert line.startswith("find_nstar: ")
    assert len(line.splitlines()) == 1
    assert said in line
    assert not jobs
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("phase_diagram", ["--dataset", "many.npz:2pca", "--P", "10", "--kernel-points", "9"]),
        ("double_descent", ["--dataset", "many.npz", "--P", "10"]),
        ("regimes", ["--dataset", "many.npz", "--P", "10", "--kernel-points", "9"]),
        ("landscape", ["--dataset", "many.npz"]),
        ("wide_limit", ["--dataset", "many.npz", "--P", "10", "--few", "5"]),
    ],
)
@pytest.mark.usefixtures("jobs")
def test_other_commands_take_files_too(name: str, words: list[str]) -> None:
    config = COMMANDS[name].of([*words, "--positive", "0", "2"]).config()
    first = config[0] if isinstance(config, list) else config
    assert first.job.dataset.startswith("many.npz")
    assert first.job.positive == (0, 2)
    assert first.job.replace(P=10).data().y_train.tolist() == [1.0, -1.0] * 5


@pytest.mark.parametrize("name", ["neighbours", "deformations", "stripe"])
def test_commands_of_data_by_name_say_so(
    jobs: list[Job], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert COMMANDS[name].main(["--dataset", "cats.npz"]) == 2
    line = capsys.readouterr().err
    assert len(line.splitlines()) == 1
    assert "choose" in line


def test_folders_have_no_paths_in_their_names() -> None:
    for name, found in {
        "/a/b/c.npz:3pca:drop": "x-c-3pca-drop",
        "c.npz": "x-c",
        "mnist10pca": "x-mnist10pca",
    }.items():
        assert folder_name("x-{dataset}", {"dataset": name}) == found
