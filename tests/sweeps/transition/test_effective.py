"""The sweep of N_eff: the rank is what the symmetries of relu leave, and the command itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.training.spec import Job
from sweeps.engine.store import Store
from sweeps.transition.effective import RESULTS, effective
from sweeps.transition.effective_command import Effective
from tests.made_up.runs import mtimes

SMALL = "--dataset digits10pca random5 --P 60 --depth 2 --h 3 4 --seeds 1"
LINE = SMALL.split()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that has been run."""
    folder = tmp_path_factory.mktemp("effective") / "real"
    assert Effective.main([*LINE, "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ranks are 40, 41, ...; as many as were taken so far, the third one is interrupted."""
    taken: list[int] = []

    def rank(*_: Any) -> int:
        if len(taken) == 2:
            taken.append(0)
            raise KeyboardInterrupt
        taken.append(40 + len(taken))
        return taken[-1]

    monkeypatch.setattr("sweeps.transition.effective.n_effective", rank)
    monkeypatch.setattr("sweeps.transition.effective.centred", lambda net, w, x: w)
    return taken


def test_of_relu_all_parameters_count_but_one_for_each_hidden_neuron(real: Path) -> None:
    with xr.open_dataset(real / RESULTS) as found:
        assert found.dataset.values.tolist() == ["digits10pca"] * 2 + ["random5"] * 2
        assert found.h.values.tolist() == [3, 4] * 2
        np.testing.assert_array_equal(found.neurons, 2 * found.h)
        d = np.array([10, 10, 5, 5])
        np.testing.assert_array_equal(found.N, d * found.h + found.h**2 + found.h)
        np.testing.assert_array_equal(found.N_all, found.N + 2 * found.h + 1)
        np.testing.assert_array_equal(found.N_eff, found.N_all - found.neurons)
        assert found.P.values.tolist() == [60] * 4


def test_the_same_command_again_measures_nothing(
    real: Path, counted: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    before, results = mtimes(real), (real / RESULTS).read_bytes()
    assert Effective.main([*LINE, "--out", str(real)]) == 0
    assert counted == []
    assert mtimes(real) == before
    assert (real / RESULTS).read_bytes() == results
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7  # a heading, four networks, where it is, how to draw it
    assert lines[1].split() == ["digits10pca", "60", "3", "42", "49", "6", "43"]


def test_interrupted_by_the_keyboard_it_goes_on_where_it_was(
    tmp_path: Path, counted: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    assert Effective.main([*LINE, "--out", str(folder)]) == 130
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1].startswith("effective: interrupted")
    assert "the same command goes on there" in said.err
    assert len(Store(folder)) == 2
    assert not (folder / RESULTS).exists()

    assert Effective.main([*LINE, "--out", str(folder)]) == 0
    assert counted == [40, 41, 0, 43, 44]
    with xr.open_dataset(folder / RESULTS) as found:
        assert found.N_eff.values.tolist() == [40, 41, 43, 44]


def test_a_wider_sweep_in_the_same_folder_takes_only_what_is_new(real: Path) -> None:
    """The library's function; and the same config gives the same."""
    jobs = Effective.of([*LINE, "--out", "nowhere"]).config()
    store = Store(real)
    before = mtimes(real)
    found = effective([jobs[2], jobs[0]], store)
    assert found.N_eff.values.tolist() == [28, 43]
    assert mtimes(real) == before
    del store[jobs[2].key]
    again = effective([jobs[2], jobs[0]], store)
    xr.testing.assert_equal(again, found)
    changed = {path for path, when in mtimes(real).items() if before[path] != when}
    assert {path.stem for path in changed} == {jobs[2].key}


def test_the_jobs_are_the_product_of_all_that_is_asked() -> None:
    line = "--dataset random5 random9 --P 60 90 --h 2 3 4 --seeds 2"
    jobs = Effective.of(line.split()).config()
    assert len({job.key for job in jobs}) == len(jobs) == 24
    assert {(job.L, job.bias, job.activation) for job in jobs} == {(3, True, "relu")}
    assert {job.data_seed for job in jobs if job.init_seed == 1} == {1}


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--dataset nothing", "nothing"),
        ("--dataset random5 digits10pca --P 60 100000", "P = 100000"),
        ("--P 1", "P"),
        ("--P 1000000000", "memory"),
        ("--P 60 5", "raise --P or lower --h"),
        ("--h 3 30", "raise --P or lower --h"),
        ("--h 0", "width"),
        ("--depth 0", "depth"),
        ("--seeds 0", "seeds"),
        ("--seeds -1", "seeds"),
        ("--activation nothing", "nothing"),
    ],
)
def test_bad_input_is_one_line_exit_code_two_and_no_folder(
    options: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where only the last of many networks is refused."""
    line = ["--dataset", "random5", "--P", "60", "--depth", "2", "--h", "3"]
    assert Effective.main([*line, *options.split(), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("effective: ")
    assert word in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("line", ["--P nan", "--h 3.5", "--colour red"])
def test_a_wrong_option_is_one_line_and_exit_code_two(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Effective.main(line.split()) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_too_few_points_are_refused_by_the_library_too(tmp_path: Path) -> None:
    """Ten points in five dimensions bound the rank by 60, not far above 34 parameters."""
    job = Job("random5", 10, (3, 3), test_points=1)
    with pytest.raises(BadInput, match="twice the 34 parameters"):
        effective([job], Store(tmp_path / "out"))
    assert len(Store(tmp_path / "out")) == 0


def broken(folder: Path) -> Iterator[Path]:
    """Folders that are no store, or no longer."""
    other = folder / "other"
    other.mkdir()
    (other / "letters.txt").write_text("mine")
    yield other
    version = folder / "version"
    Store(version).make()
    (version / "store.json").write_text('{"format": "jamming trajectories", "version": 1}')
    yield version
    damaged = folder / "damaged"
    Store(damaged).make()
    (damaged / "trajectories").rmdir()
    (damaged / "trajectories").write_text("{")
    yield damaged


def test_a_damaged_run_is_made_again_which_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs, store = Effective.of(LINE).config(), Store(tmp_path)
    monkeypatch.setattr(
        "sweeps.transition.effective._measured", lambda job: {"made": job.widths[0]}
    )
    whole = effective(jobs, store)
    (tmp_path / "trajectories" / f"{jobs[0].key}.json").write_text("{")
    xr.testing.assert_identical(effective(jobs, store), whole)
    said = capsys.readouterr().err
    assert said.splitlines() == [
        f"{tmp_path}/trajectories/{jobs[0].key}.json is damaged: the run is made again"
    ]


def test_a_folder_of_something_else_and_a_damaged_store_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sweeps.transition.effective.n_effective", lambda *_: 1)
    monkeypatch.setattr("sweeps.transition.effective.centred", lambda net, w, x: w)
    for folder in broken(tmp_path):
        assert Effective.main([*LINE, "--out", str(folder)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.splitlines()[-1].startswith("effective: ")
        assert str(folder) in said.err
        assert not (folder / RESULTS).exists()
    assert (tmp_path / "other" / "letters.txt").read_text() == "mine"
