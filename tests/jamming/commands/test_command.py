"""The boundary of the commands: each cause its line and exit code, signals that come again."""

import errno
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import jax
import pytest

from jamming.checks.errors import BadInput
from jamming.commands.command import echo, illustrate
from jamming.commands.signals import Terminated, held
from jamming.commands.typed import Command

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, kw_only=True)
class Runs(Command):
    """Do what a test says."""

    out: Path | None = None
    seed: int = 0

    prog: ClassVar[str] = "command"


def end(run: Callable[[Any], int], *line: str, lower: str = "") -> int:
    """The exit code of a command that does `run`."""
    kind: type[Command] = type("Does", (Runs,), {"run": run, "lower": lower})
    return kind.main(line)


def raising(error: BaseException) -> Callable[..., int]:
    def run(*_: object) -> int:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (BadInput("two\nlines"), 2, "two lines"),
        (MemoryError(), 2, "lower --P"),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory"), 2, "lower --P"),
        (RuntimeError("INTERNAL: Error dispatching computation: Out of memory"), 2, "lower --P"),
        (RecursionError("maximum recursion depth"), 2, "nested too deeply"),
        (OSError(errno.ENOSPC, "No space left", "a/b"), 2, "a/b (No space left)"),
        (FileNotFoundError(errno.ENOENT, "No such file", "a"), 2, "a (No such file)"),
        (OSError("NetCDF: Unknown file format"), 2, "Unknown file format"),
        ("é".encode, 2, "cannot encode"),
        (ZeroDivisionError(), 1, "unexpected ZeroDivisionError"),
        (KeyError("h"), 1, "unexpected KeyError: 'h' (--debug"),
        (KeyboardInterrupt(), 130, "interrupted; what had ended is kept"),
        (Terminated(), 143, "terminated; what had ended is kept"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, int | str) else "",
)
def test_each_cause_has_its_line_and_code(
    error: Any, code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(a: Any) -> int:
        return raising(error)(a) if isinstance(error, BaseException) else len(error("ascii"))

    assert end(run, lower="--P") == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("command: ")
    assert says.replace("cannot encode", "can't encode") in err
    assert err.count("\n") == 1
    assert end(run, "--debug") == code
    assert "Traceback" in capsys.readouterr().err


def test_paths_are_of_home_where_they_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/at/home")
    seen: list[Path] = []
    assert end(lambda a: seen.append(a.out) or 0, "--out", "~/x") == 0
    assert end(lambda a: seen.append(a.out) or 0, "--out", "a/~") == 0
    assert seen == [Path("/at/home/x"), Path("a/~")]


def test_a_platform_that_jax_has_not_is_refused_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none() -> None:
        raise AssertionError

    monkeypatch.setattr(jax, "devices", none)
    for name, value in (("JAX_PLATFORMS", "cuda"), ("JAX_NUM_CPU_DEVICES", "0")):
        monkeypatch.setenv(name, value)
        assert end(raising(AssertionError("it ran"))) == 2
        assert f"{name}={value}" in capsys.readouterr().err
        monkeypatch.delenv(name)


def test_a_word_without_end_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    assert end(lambda _: 0, "--seed", "x" * 5000) == 2
    assert len(capsys.readouterr().err) < 200


# --- what cannot be written ---


def test_a_full_stdout_says_where_the_results_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert end(lambda _: echo("said", kept="there") or 0) == 2
        full.write("more")
        full.flush()  # leads nowhere by now: nothing is left to fail at the end of Python
    assert "No space left on device); the results are in there\n" in capsys.readouterr().err


def test_help_may_not_fit_either(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert end(lambda _: 0, "--help") == 2
    assert "cannot write to stdout" in capsys.readouterr().err


def test_a_reader_that_has_gone_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        assert end(lambda _: echo("said") or echo("and more") or 3) == 3


def test_names_that_stdout_cannot_encode_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii"))
    assert end(lambda _: echo("größe", "\udcff") or 0) == 0
    assert raw.getvalue() == b"gr\\xf6\\xdfe\n\\udcff\n"


def test_a_full_stderr_does_not_hide_the_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        assert end(raising(BadInput("no"))) == 2


def test_a_figure_that_fails_says_where_the_results_are(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = ModuleType("a_figure")
    figure.figure = raising(ValueError("two\nlines"))  # type: ignore[attr-defined]
    figure.save = raising(ValueError("nothing to save"))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "a_figure", figure)
    with pytest.raises(BadInput, match=r"a.png \(ValueError: two lines\); the results are in b"):
        illustrate("a_figure", None, Path("a.png"), "b")


# --- signals ---


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_signals_that_come_again_do_not_disturb_the_end(
    sent: signal.Signals, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    done: list[str] = []

    def run(_: Any) -> int:
        try:
            os.kill(os.getpid(), sent)
            done.append("not reached")
        finally:
            for again in (sent, signal.SIGINT, signal.SIGTERM):
                os.kill(os.getpid(), again)
            done.append("cleaned up")
        return 0

    assert end(run) == code
    assert done == ["cleaned up"]
    assert capsys.readouterr().err.count("\n") == 1
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_command_inside_another_leaves_signals_to_the_outer_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def inner(_: Any) -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return 0

    def outer(_: Any) -> int:
        assert end(inner) == 130
        os.kill(os.getpid(), signal.SIGINT)  # the second one, of which nothing comes
        return 5

    assert end(outer) == 5


def test_an_ignored_signal_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def as_a_process(tmp_path: Path, jax_is: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A command whose import of JAX does that instead."""
    (tmp_path / "jax").mkdir()
    (tmp_path / "jax" / "__init__.py").write_text(jax_is)
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    return subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path, "MPLBACKEND": "module://not.here"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("module", ["benchmarks.flow", "benchmarks.lanes"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_while_modules_are_imported_is_a_quiet_line(
    tmp_path: Path, module: str, sent: signal.Signals
) -> None:
    kill = f"import os\nos.kill(os.getpid(), {int(sent)})\n"
    done = as_a_process(tmp_path, kill, "-m", module)
    assert (done.returncode, done.stdout) == (128 + sent, "")
    assert done.stderr == f"{module.rpartition('.')[2]}: interrupted\n"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_while_a_sweep_imports_what_it_needs_is_a_line(
    tmp_path: Path, sent: signal.Signals
) -> None:
    """Though the module makes another error of an exception, as those in C++ do."""
    kill = (
        "import os\n"
        "try:\n"
        f"    os.kill(os.getpid(), {int(sent)})\n"
        "    for _ in range(1000): pass\n"
        "except BaseException as lost:\n"
        "    raise SystemError('terminate called') from lost\n"
    )
    done = as_a_process(tmp_path, kill, "-m", "sweeps.phase_diagram")
    assert (done.returncode, done.stdout) == (128 + sent, "")
    assert done.stderr == "phase_diagram: interrupted\n"


@pytest.mark.parametrize("module", ["sweeps.phase_diagram", "benchmarks.lanes"])
def test_a_module_that_is_broken_is_one_line(tmp_path: Path, module: str) -> None:
    broken = "raise ImportError('no\\nsuch library')\n"
    done = as_a_process(tmp_path, broken, "-m", module)
    assert (done.returncode, done.stdout) == (1, "")
    assert "ImportError: no such library (--debug shows where)" in done.stderr
    assert done.stderr.startswith(f"{module.rpartition('.')[2]}: ")
    assert done.stderr.count("\n") == 1


def test_a_variable_that_jax_refuses_is_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAX_SIZE", "x")
    done = as_a_process(tmp_path, "raise ValueError('no jax.size is x')", "-m", "benchmarks.lanes")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "lanes: ValueError: no jax.size is x: change or unset JAX_SIZE\n"


def test_a_library_that_is_imported_leaves_signals_and_backend_alone(tmp_path: Path) -> None:
    code = (
        "import os, signal, sweeps, analysis, claims, jamming\n"
        "assert signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL\n"
        "assert os.environ['MPLBACKEND'] == 'module://not.here'\n"
    )
    done = as_a_process(tmp_path, "", "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
