"""All commands at once: whatever goes wrong is one line and an exit code, and leaves nothing.

The commands are found by chapter or in the tree, so that a new one is among them.
"""

import functools
import importlib
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args
from typing import get_type_hints as hints

import pytest
import xarray as xr

from analysis.plotting.cli import figures
from analysis.plotting.cli import run as drawn
from jamming.__main__ import Commands
from sweeps.engine.command import Sweep
from sweeps.engine.discover import COMMANDS as SWEEPS

ROOT = Path(__file__).parents[2]
MODULES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in ("jamming", "analysis", "claims", "benchmarks")
    for path in sorted((ROOT / package).rglob("*.py"))
    if re.search(r"^(def main\(|main = )", path.read_text(), re.M)
]
FIGURES = [f"figure {name}" for name in figures()]
COMMANDS = [*MODULES, *SWEEPS, *FIGURES[:3]]  # figures share one command

Call = Callable[..., tuple[Any, str, str]]


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    """Run a command in an empty folder; exit code, stdout and stderr."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "no-data"))
    monkeypatch.setenv("JAMMING_CACHE", str(tmp_path / "no-cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def run(name: str, *arguments: str) -> tuple[Any, str, str]:
        try:
            code: Any = main_of(name)(list(arguments))
        except SystemExit as end:
            code = end.code
        return code, *capsys.readouterr()

    return run


def main_of(name: str) -> Callable[[list[str]], Any]:
    """A module's `main`, that of a sweep, or of a figure."""
    if name in SWEEPS:
        return SWEEPS[name].main
    if name.startswith("figure "):
        return functools.partial(drawn, name.removeprefix("figure "))
    main: Callable[[list[str]], Any] = importlib.import_module(name).main
    return main


def refused(call: Call, name: str, *arguments: str) -> str:
    """The one line on stderr of a command that ends with 2."""
    before = sorted(Path.cwd().rglob("*"))
    code, out, err = call(name, *arguments)
    assert (code, out) == (2, ""), (code, out, err)
    assert err.count("\n") == 1, err
    assert err.endswith("\n")
    assert "Traceback" not in err
    assert sorted(Path.cwd().rglob("*")) == before
    return err


def test_all_commands_are_found() -> None:
    assert len(FIGURES) > 25
    assert len(SWEEPS) > 15
    assert {"claims.__main__", "jamming.data.__main__", "analysis.figures"} < set(COMMANDS)


def test_all_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert Commands.main([]) == 0
    said = capsys.readouterr().out.splitlines()
    headings = [line.removesuffix(":") for line in said if not line.startswith("  ")]
    folders = {path.parent.name for path in (ROOT / "sweeps").glob("*/commands.py")}
    assert headings == [*sorted(name.replace("_", " ") for name in folders), "all"]
    lines = [line.removeprefix("  ") for line in said if line.startswith("  ")]
    assert len(lines) == len({line.split("  ")[0] for line in lines}) > len(SWEEPS)
    for each in SWEEPS.values():
        assert sum(line.startswith(f"{each.called()}  ") for line in lines) == 1
        assert any(line.endswith(each.about()) for line in lines)
    for line in lines:  # what is listed is there
        module, *_ = line.removeprefix("python -m ").split()
        spec = importlib.util.find_spec(module)
        assert spec is not None
        if spec.submodule_search_locations:
            assert importlib.util.find_spec(f"{module}.__main__") is not None


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_debug(call: Call, name: str) -> None:
    code, out, err = call(name, "--help")
    assert code == 0
    assert "--debug" in out
    assert err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_an_unforeseen_error_in_one_line(
    call: Call, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr("jamming.commands.typed._parsed", broken)
    code, out, err = call(name)
    assert (code, out) == (1, "")
    assert re.fullmatch(r"\S+: unexpected ZeroDivisionError: two lines .*--debug.*\n", err)
    code, _, err = call(name, "--debug")
    assert code == 1
    assert "Traceback" in err
    assert "in broken" in err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_refuses_an_option_that_does_not_exist(call: Call, name: str) -> None:
    assert "--colour" in refused(call, name, "--colour", "red")


def paths() -> list[tuple[str, str]]:
    """Command and option, of every option that is a path."""
    found = []
    for name, kind in SWEEPS.items():
        options = (("config" if key == "toml" else key, of) for key, of in hints(kind).items())
        found += [(name, f"--{key}") for key, of in options if Path in (of, *get_args(of))]
    return [*found, ("claims.__main__", "--root"), ("claims.__main__", "--report")]


@pytest.mark.parametrize(("name", "option"), paths())
def test_a_home_that_does_not_exist_is_refused(call: Call, name: str, option: str) -> None:
    assert "no-such-user" in refused(call, name, option, "~no-such-user/x")
    assert "empty name" in refused(call, name, option, "")


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("regimes", "--depth"),
        ("regimes", "--alpha"),
        ("tolerance", "--flow-tol"),
        ("phase_diagram", "--tol"),
        ("find_nstar", "--P"),
    ],
)
def test_two_dashes_are_no_value(call: Call, name: str, option: str) -> None:
    assert option in refused(call, name, f"{option}=--")


# --- sweeps ---


@pytest.mark.parametrize("name", SWEEPS)
@pytest.mark.parametrize(
    "arguments",
    [
        ["--dataset", "mnits"],
        ["--dataset", "digits10pca", "--P", "5000"],
        ["--config", "missing.toml"],
    ],
    ids=" ".join,
)
def test_a_sweep_that_is_refused_leaves_nothing(
    call: Call, name: str, arguments: list[str]
) -> None:
    fields = {"config", *SWEEPS[name].__dataclass_fields__}
    if {option.removeprefix("--") for option in arguments[::2]} <= fields:
        refused(call, name, *arguments)


# --- figures ---


def of_sweeps() -> set[str]:
    """The names of all files that figures open."""
    folders = (path for path in (ROOT / "sweeps").glob("*/*.py") if path.stem != "__main__")
    names = (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in folders)
    modules = [importlib.import_module(name) for name in names]
    return {"results.nc"} | {
        getattr(module, each)
        for module in modules
        for each in ("RESULTS", "CONFIG")
        if hasattr(module, each)
    }


FOREIGN = bytes(xr.Dataset({"a": ("x", [1.0])}).to_netcdf())


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("content", [None, b"", b"no such\nthing", FOREIGN, b"[" * 100_000, b"{}"])
def test_what_is_no_result_is_not_drawn(call: Call, name: str, content: bytes | None) -> None:
    folder = Path("store")
    folder.mkdir()
    if content is not None:
        for each in of_sweeps():
            (folder / each).write_bytes(content)
    refused(call, name, "store")


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_no_folder_is_not_drawn(call: Call, name: str) -> None:
    Path("file").write_text("a\nfile")
    Path("loop").symlink_to("loop")
    Path("dangling").symlink_to("nowhere")
    for store in ("missing", "file", "loop", "dangling", "~no-such-user", "n" * 300, ""):
        refused(call, name, store)
    assert "figure" in refused(call, name, "missing", "--out", "figure")
    assert "figure.xyz" in refused(call, name, "missing", "--out", "figure.xyz")


@pytest.mark.parametrize("name", FIGURES)
def test_results_with_the_right_names_alone_are_not_drawn(call: Call, name: str) -> None:
    files = (
        f"analysis.{name.removeprefix('figure ')}",
        "analysis.lazy_feature.estimates",
        "analysis.double_descent.estimates",
        "analysis.learning_curves.stripe",
    )
    texts = ((ROOT / f"{each.replace('.', '/')}.py").read_text() for each in files)
    words = {word for text in texts for word in re.findall(r'"(\w+)"', text)}
    content = bytes(xr.Dataset(dict.fromkeys(words, 1.0)).to_netcdf())
    folder = Path("store")
    folder.mkdir()
    for each in of_sweeps():
        (folder / each).write_bytes(content)
    refused(call, name, "store")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("deformations.dpth", "did you mean deformations.depth?"),
        ("regimes", "did you mean lazy_feature.regimes?"),
        ("results/regimes", "lists all"),
    ],
)
def test_an_unknown_figure_is_answered_by_a_near_one(call: Call, said: str, meant: str) -> None:
    code, out, err = call("analysis.__main__", said, "results/regimes", "--out", "here.png")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"unknown figure '{said}'" in err
    assert meant in err


def test_sweeps_draw_or_end_with_how_to() -> None:
    """Networks that are published have a table alone."""
    itself = {"find_nstar", "phase_diagram"}  # in `work`, of their own
    for name, command in SWEEPS.items():
        draws = name in itself or command.figures is not Sweep.figures
        assert draws ^ bool(command.drawn_by) ^ (name == "published"), name
        assert set(command.drawn_by) <= set(figures())
