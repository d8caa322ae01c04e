"""`--json`: standard output of every command is one JSON document, and says what the text says."""

import contextlib
import importlib
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from analysis.figures import Figures
from claims.__main__ import Claims
from claims.core import judged
from jamming.__main__ import Commands
from jamming.checks.errors import BadInput
from jamming.commands.command import as_json, aside, echo
from jamming.commands.said import Said, document, interval, number, spread
from sweeps.engine.discover import COMMANDS, EXPERIMENTS, Scale
from sweeps.engine.gather import table
from sweeps.engine.labelled import ended
from sweeps.engine.store import Store
from tests.commands.test_all import COMMANDS as EVERY
from tests.commands.test_all import Call, call, main_of, refused  # noqa: F401
from tests.made_up.figures import RESULTS, kind

# an experiment of each sweep, with made-up results of it
MADE_UP = {
    type(one.sweep(Path(), Scale.LAPTOP)): name
    for name, one in reversed(EXPERIMENTS.items())
    if any(name.startswith(each) for each in RESULTS) and not name.startswith("nstar")
}


def only(out: str) -> dict[str, Any]:
    """The document that is all of this text; NaN and Infinity are no JSON."""

    def refuse(word: str) -> Any:
        raise AssertionError(word)

    found: dict[str, Any] = json.loads(out, parse_constant=refuse)
    return found


def module(sweep: Any) -> ModuleType:
    return importlib.import_module(sweep.sweep.partition(":")[0])


LAST = ["12.3 +- 0.4 %", " fc"]


def cells(text: str) -> Iterator[tuple[str, Any]]:
    """Each cell of the tables within, as text and number."""
    value = getattr(text, "value", None)
    if isinstance(value, tuple):
        for part in value:
            yield from cells(part)
    elif isinstance(value, list):
        for row in value:
            yield from ((cell, cell.value) for cell in row.values() if isinstance(cell, Said))


@pytest.mark.parametrize("name", EVERY)
def test_every_command_takes_it(call: Call, name: str) -> None:  # noqa: F811
    assert "--json" in call(name, "--help")[1]
    refused(call, name, "--json", "--colour", "red")  # and nothing on stdout


@pytest.mark.parametrize("sweep", MADE_UP, ids=lambda each: each.prog)
def test_every_sweep_says_in_json_what_it_says_in_text(
    sweep: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = RESULTS[kind(MADE_UP[sweep])]()
    text = module(sweep).summary(found)
    if isinstance(found, list):
        echo(text)
    else:
        ended(Store(tmp_path / "a"), "results.nc", found, text)
    plain = capsys.readouterr().out
    with as_json({"command": sweep.called()}):
        echo(text)
    said = only(capsys.readouterr().out)
    assert said["command"] == sweep.called()
    assert sum(map(len, said["tables"])) > 0
    for rows in said["tables"]:
        assert len({tuple(row) for row in rows}) == 1
        assert any(isinstance(each, int | float | dict | list) for each in rows[0].values())
    # the table shows the rounded number that the document has
    for shown, value in cells(text):
        assert shown in plain
        if isinstance(value, int | float) and math.isfinite(value):
            first = re.match(r"-?[0-9.]+(e[+-]?\d+)?", shown)
            assert first is not None
            percent = 100 if shown.endswith("%") else 1
            assert float(first[0]) == pytest.approx(percent * value, rel=0.51, abs=0.051)


def test_few_sweeps_are_not_looked_at() -> None:
    assert {each.prog for each in COMMANDS.values()} - {each.prog for each in MADE_UP} <= {
        "find_nstar",  # tests/sweeps/transition/test_find_nstar.py
        "published",
    }


def test_numbers_are_no_texts_and_what_is_not_known_is_null() -> None:
    row = {
        "P": number(4, "d"),
        "x": number(float("nan"), ".2f"),
        "worst": number(float("inf"), ".2f"),
        "N*": interval(12.34, 10.0, 15.0, ".0f"),
        "error": spread(0.123, 0.004, ".1f", percent=True),
        "who": "fc",
    }
    text = table([row])
    assert text.splitlines()[1].split("  ")[-2:] == LAST
    assert document([text, "a line\n"]) == {
        "tables": [
            [
                {
                    "P": 4,
                    "x": None,
                    "worst": "inf",
                    "N*": {"value": 12.34, "low": 10.0, "high": 15.0},
                    "error": {"mean": 0.123, "error": 0.004},
                    "who": "fc",
                }
            ]
        ],
        "files": {},
        "notes": ["a line"],
    }


def test_commands_figures_and_claims_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Commands.main(["--json"]) == 0
    (rows,) = only(capsys.readouterr().out)["tables"]
    assert {each.called() for each in COMMANDS.values()} < {row["command"] for row in rows}
    assert main_of("analysis.__main__")(["--json"]) == 0
    (rows,) = only(capsys.readouterr().out)["tables"]
    assert {"figure", "about"} == set(rows[0])
    assert Figures.main(["--json", "--root", str(tmp_path)]) == 0
    assert all(row["command"] for rows in only(capsys.readouterr().out)["tables"] for row in rows)
    assert Claims.main(["--json", "--list", "--chapter", "transition"]) == 0
    said = only(capsys.readouterr().out)
    assert said["command"] == "python -m claims"
    assert said["options"]["chapter"] == ["transition"]
    assert "J1" in {row["claim"] for row in said["tables"][0]}


def test_verdicts_have_their_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judged, "read", lambda path: {})
    where = ["--root", str(tmp_path / "a"), "--report", str(tmp_path / "b")]
    assert Claims.main(["--json", "--only", "GEN1", "J1", "--no-run", *where]) == 0
    said = only(capsys.readouterr().out)
    of = {row["claim"]: row for row in said["tables"][0]}
    assert of["GEN1"]["verdict"] == "reproduced"
    low, high = (of["GEN1"]["accepted"][end] for end in ("low", "high"))
    assert low <= of["GEN1"]["measured"]["value"] <= high
    assert of["J1"]["measured"] == {}
    assert "no data" in of["J1"]["why"]
    assert said["files"]["report"] == [str(tmp_path / "b" / "index.html")]


def test_what_another_command_says_inside_goes_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with as_json({"command": "outer"}):
        aside("about a minute")
        with as_json(None):
            echo("an inner line")
        echo("an outer line")
    out, err = capsys.readouterr()
    assert only(out)["notes"] == ["an outer line"]
    assert err == "about a minute\nan inner line\n"


def test_of_a_command_that_fails_there_is_what_had_been_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for lines in ((), ("kept",)):
        with contextlib.suppress(BadInput), as_json({"command": "fails"}):
            echo(*lines)
            raise BadInput("no")
        out = capsys.readouterr().out
        assert (only(out)["notes"] == ["kept"]) if lines else (out == "")
