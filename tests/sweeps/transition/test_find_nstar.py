"""The command as its users meet it: what it prints, writes, and leaves when it is stopped."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jamming.nstar.search import find_nstar
from sweeps.transition.commands import FindNstar
from tests.made_up.pictures import is_a_picture

SMALL = [
    "--dataset",
    "digits10pca",
    "--P",
    "12",
    "--depth",
    "1",
    "--seeds",
    "2",
    "--steps",
    "400",
    "--lr",
    "0.02",
]


def start(out: Path, *more: str) -> subprocess.Popen:
    """The command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "jamming.find_nstar", *SMALL, "--out", str(out), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def numbers(out: Path) -> xr.Dataset:
    """The results, but for the wall time."""
    with xr.open_dataset(out / "results.nc") as results:
        found = results.load().drop_vars("seconds")
    found.attrs.pop("seal")  # of the wall time too
    return found


def entries(out: Path) -> list[Path]:
    """The trajectories in a folder."""
    return sorted((out / "trajectories").glob("[!.]*.json"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A run that nobody disturbs: its folder, stdout and stderr."""
    out = tmp_path_factory.mktemp("whole") / "out"
    process = start(out)
    said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return out, *said


def test_help_explains_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert FindNstar.main(["--help"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    for option in ("--dataset", "--P", "--depth", "--seeds", "--time-limit", "--out"):
        assert option in said.out


def test_the_module_and_the_script_are_the_same_command() -> None:
    script = Path(sys.executable).with_name("jamming-find-nstar")
    commands = [[sys.executable, "-m", "jamming.find_nstar"]]
    commands += [[str(script)]] if script.exists() else []
    said = [
        subprocess.run([*command, "--help"], capture_output=True, text=True, check=True).stdout
        for command in commands
    ]
    assert len(set(said)) == 1


def test_a_small_run_prints_a_table_and_writes_its_files(whole: tuple[Path, str, str]) -> None:
    out, stdout, stderr = whole
    results = numbers(out)
    n = float(results.n_star.sel(L=1, P=12))
    row = stdout.splitlines()[1].split()
    assert row[:2] == ["1", "12"]
    assert row[3] == f"{n:.0f}"
    assert (out / "table.txt").read_text() == stdout[: stdout.index("results: ")]
    assert "Traceback" not in stderr
    assert f"N* = {n:.0f}" in stderr

    is_a_picture(out / "nstar.png")
    assert str(out / "nstar.png") in stdout
    assert str(out / "results.nc") in stdout

    assert len(entries(out)) == results.sizes["run"] >= 4
    assert not [p for p in out.rglob("*") if p.name.startswith(".")]


def test_n_star_lies_between_the_widths_that_fail_and_fit(whole: tuple[Path, str, str]) -> None:
    results = numbers(whole[0])
    fitted = results.result.values.astype(str) == "FITTED"
    N = results.N.values
    here = results.sel(L=1, P=12)
    assert N[~fitted].min() <= here.n_star_low <= here.n_star <= here.n_star_high <= N[fitted].max()
    share = {n: fitted[N == n].mean() for n in np.unique(N)}
    half = int(here.h_star) * 11
    assert share[half] >= 0.5
    assert share[half - 11] < 0.5
    np.testing.assert_array_equal(results.n_delta.values == 0, fitted)


@pytest.mark.slow
def test_the_library_finds_what_the_command_finds(whole: tuple[Path, str, str]) -> None:
    config = FindNstar.of([*SMALL, "--out", "anywhere"]).config()
    (t,) = find_nstar(config)
    here = numbers(whole[0]).sel(L=1, P=12)
    assert t.n_star is not None
    found = (t.n_star.value, t.n_star.low, t.n_star.high)
    assert found == (here.n_star, here.n_star_low, here.n_star_high)


def test_a_second_run_in_the_same_folder_trains_nothing(
    whole: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    out, stdout, _ = whole
    before = numbers(out)
    times = [p.stat().st_mtime_ns for p in entries(out)]
    assert FindNstar.main([*SMALL, "--out", str(out)]) == 0
    assert capsys.readouterr().out == stdout
    assert [p.stat().st_mtime_ns for p in entries(out)] == times
    xr.testing.assert_identical(numbers(out), before)


@pytest.mark.parametrize(
    "sent", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted by Ctrl-C"]
)
def test_a_run_stopped_in_the_middle_goes_on_to_the_same_result(
    sent: signal.Signals,
    tmp_path: Path,
    whole: tuple[Path, str, str],
) -> None:
    out = tmp_path / "out"
    process = start(out)
    end = time.monotonic() + 120
    while process.poll() is None and len(entries(out)) < 3:
        assert time.monotonic() < end
        time.sleep(0.005)
    process.send_signal(sent)
    stdout, stderr = process.communicate(timeout=120)
    assert not (out / "results.nc").exists(), "it was not stopped in the middle"
    assert stdout == ""
    assert "Traceback" not in stderr
    if sent == signal.SIGINT:
        assert process.returncode == 130
        assert "interrupted" in stderr.splitlines()[-1]
    else:
        assert process.returncode == -signal.SIGKILL
    kept = {p: p.read_bytes() for p in entries(out)}
    assert len(kept) >= 3
    names = {p.name for p in entries(whole[0])}
    assert {p.name for p in kept} < names

    process = start(out)
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    assert {p.name for p in entries(out)} == names
    assert {p: p.read_bytes() for p in kept} == kept  # what was kept was not made again
    xr.testing.assert_identical(numbers(out), numbers(whole[0]))
    assert stdout.splitlines()[:2] == whole[1].splitlines()[:2]


def test_a_full_disk_in_the_middle_is_one_line_and_the_search_goes_on_later(
    tmp_path: Path,
    whole: tuple[Path, str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, left, fsync = tmp_path / "out", 4, os.fsync

    def full(file: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(file)

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        assert FindNstar.main([*SMALL, "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "No space left on device" in said.err.splitlines()[-1]
    assert len(entries(out)) == 3  # the header was the first of the four
    assert FindNstar.main([*SMALL, "--out", str(out)]) == 0
    xr.testing.assert_identical(numbers(out), numbers(whole[0]))


@pytest.mark.parametrize(
    ("more", "known"),
    [
        (["--time-limit", "1e-9"], "time limit"),
        (["--time-limit", "1e-9", "--P", "12", "24"], "time limit"),
        (["--P", "2"], "smallest network fits"),
    ],
    ids=["no time", "no time for several P", "too easy"],
)
def test_what_is_not_bracketed_is_exit_code_three_and_what_is_known(
    more: list[str], known: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert FindNstar.main([*SMALL, "--out", str(out), *more]) == 3
    said = capsys.readouterr()
    last = said.err.splitlines()[-1]
    assert last.startswith("find_nstar: not bracketed: P = ")
    assert known in last
    assert known in said.out
    results = numbers(out)
    assert np.isnan(results.n_star).all()
    assert known in str(results.why.values.ravel()[0])
    assert (out / "nstar.png").read_bytes().startswith(b"\x89PNG")


def test_too_few_steps_are_exit_code_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    few = ["--P", "3", "--steps", "1"]
    assert FindNstar.main([*SMALL, "--out", str(out), *few]) == 3
    said = capsys.readouterr()
    last = said.err.splitlines()[-1]
    assert "no width that was tried fits" in last
    assert f"N* > {int(numbers(out).N.max())}" in last
    assert set(numbers(out).result.values.astype(str)) == {"OUT_OF_BUDGET"}


def test_defaults_are_a_sensible_search() -> None:
    config = FindNstar.of([]).config()
    assert config.job.dataset == "digits10pca"
    assert len(config.P) > 1  # so that there is an exponent
    assert config.job.loss == "quadratic_hinge"
    assert config.job.alpha is None


# for every option a value, and what it must make of the config
OPTIONS: list[tuple[list[str], str, Any]] = [
    (["--dataset", "random5"], "dataset", "random5"),
    (["--positive", "1", "3"], "positive", (1, 3)),
    (["--no-whiten"], "whiten", False),
    (["--activation", "tanh"], "activation", "tanh"),
    (["--normalised"], "normalised", True),
    (["--parametrisation", "ntp"], "parametrisation", "ntp"),
    (["--init", "xavier"], "init", "xavier"),
    (["--no-bias"], "bias", False),
    (["--alpha", "2"], "alpha", 2.0),
    (["--loss", "linear_hinge"], "loss", "linear_hinge"),
    (["--loss", "logistic"], "margin", None),
    (["--margin", "0.25"], "margin", 0.25),
    (["--slack", "0.01"], "slack", 0.01),
    (["--dynamics", "flow"], "dynamics", "flow"),
    (["--dynamics", "euler"], "dynamics", "euler"),
    (["--steps", "123"], "max_ticks", 123),
    (["--lr", "0.5"], "lr", 0.5),
    (["--decay-every", "77"], "decay_every", 77),
    (["--dynamics", "sgd", "--batch", "8"], "batch", 8),
    (["--flow-time", "9", "--dynamics", "flow"], "flow_time", 9.0),
    (["--tol", "0.001", "--dynamics", "flow"], "tol", 0.001),
    (["--tau", "0.5", "--dynamics", "euler"], "tau", 0.5),
    (["--precision", "float32"], "precision", "float32"),
    (["--data-seed", "5"], "data_seed", 5),
    (["--init-seed", "5"], "init_seed", 5),
    (["--batch-seed", "5"], "batch_seed", 5),
]
SEARCH: list[tuple[list[str], str, Any]] = [
    (["--P", "20", "40"], "P", (20, 40)),
    (["--depth", "1", "3"], "depths", (1, 3)),
    (["--fixed-data"], "fixed_data", True),
    (["--fractional"], "fractional", True),
    (["--protocol", "descend"], "protocol", "descend"),
    (["--jammed-above", "0.1"], "jammed_above", 0.1),
    (["--seeds", "9"], "seeds", 9),
    (["--time-limit", "60"], "time_limit", 60.0),
]


def test_every_option_is_covered() -> None:
    named = {words[0] for words, _, _ in OPTIONS + SEARCH}
    named = {word.replace("--no-", "--") for word in named}
    named |= {"--module", "--batch", "--out", "--toml", "--debug", "--json"}
    named |= {"--compilation-cache"}
    assert {f"--{flag}" for flag, _, _ in FindNstar().given().values()} == named


@pytest.mark.parametrize(("words", "field", "value"), OPTIONS)
def test_every_option_of_a_run_reaches_its_job(words: list[str], field: str, value: Any) -> None:
    config = FindNstar.of(words).config()
    assert getattr(config.job, field) == value
    default = FindNstar.of([]).config()
    assert config.job.key != default.job.key


@pytest.mark.parametrize(("words", "field", "value"), SEARCH)
def test_every_option_of_a_search_reaches_its_config(
    words: list[str], field: str, value: Any
) -> None:
    config = FindNstar.of(words).config()
    assert getattr(config, field) == value
    assert value != getattr(FindNstar.of([]).config(), field)


def test_a_reader_that_has_gone_is_no_traceback(whole: tuple[Path, str, str]) -> None:
    process = start(whole[0])  # all is in the store: it only prints
    assert process.stdout is not None
    process.stdout.close()
    with contextlib.suppress(ValueError):
        process.wait(timeout=120)
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
