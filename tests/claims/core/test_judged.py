"""What was judged is kept, and is forgotten as soon as it is judged otherwise."""

import dataclasses
from pathlib import Path

import pytest

from claims import __main__ as command
from claims.core import frozen, judged
from claims.core.discover import CLAIMS
from claims.core.judged import Judged, read, recalled, record, runs_of, still
from claims.core.register import Claim, Measured, Row, Verdict
from claims.report.report import table
from jamming.checks.errors import BadInput

J5 = next(claim for claim in CLAIMS if claim.id == "J5")
NUMBER = Measured(0.9, 0.85, 1.05, 6, 'Of "random" data, L = 2.', sets=3)


def row(measured: Measured | None, claim: Claim = J5, **fields: object) -> Row:
    """As an experiment that was run, or one that was not, leaves it."""
    missing = () if measured else ("nstar-random (not run)",)
    return dataclasses.replace(
        Row(claim, measured, ("make it",), "abc", 100.0, None, missing), **fields
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "judged.toml"
    found.write_text("")
    return found


def test_what_was_measured_is_there_where_nothing_was_run(path: Path) -> None:
    assert record([row(NUMBER), row(None)], path) == ["J5"]
    (found,) = recalled([row(None)], path)
    assert found.measured == NUMBER
    assert found.seconds == 100
    assert found.judged_on == read(path)["J5"].date
    assert "recorded, and not run here: J5" in table([found])
    own = dataclasses.replace(NUMBER, value=1.0)
    assert recalled([row(own)], path) == [row(own)]  # what was run here counts


def test_an_earlier_number_is_not_recorded_as_one_of_today(path: Path) -> None:
    record([row(NUMBER)], path)
    before = path.read_text()
    assert record(recalled([row(None)], path), path) == []
    assert path.read_text() == before


def test_the_verdict_is_that_of_the_range_as_it_is_now(path: Path) -> None:
    record([row(NUMBER)], path)
    (found,) = recalled([row(None)], path)
    assert found.verdict is Verdict.UNDECIDED
    assert J5.accepted is not None
    wide = dataclasses.replace(J5, accepted=dataclasses.replace(J5.accepted, low=0.8, high=1.1))
    (found,) = recalled([row(None, wide)], path)
    assert found.verdict is Verdict.REPRODUCED


@pytest.mark.parametrize("changed", ["statistic", "experiments"])
def test_a_number_of_something_else_is_forgotten(path: Path, changed: str) -> None:
    record([row(NUMBER)], path)
    rules, claim = frozen.current(), J5
    if changed == "statistic":
        rules["J5"] = dataclasses.replace(rules["J5"], hash="other")
    else:
        claim = dataclasses.replace(J5, experiments=("nstar-mnist",))
        assert runs_of(claim) != runs_of(J5)
    assert still([J5], path) != {}
    assert still([claim], path, rules) == {}


def test_the_file_of_the_register_is_one_of_its_claims() -> None:
    known = read()
    assert known.keys() <= {claim.id for claim in CLAIMS}
    assert all(isinstance(of, Judged) and of.date and of.commit for of in known.values())


@pytest.mark.parametrize("text", ["J5 = 1", "J5 = {date = 1}", "J5", "J5 = {n = 3, text = ''}"])
def test_a_damaged_file_is_one_line(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(BadInput, match=r"judged\.toml cannot be read"):
        read(path)


@pytest.mark.parametrize("other", [["--scale", "paper"], ["--freeze", "J5", "--reason", "why"]])
def test_only_what_a_laptop_measured_is_recorded(
    other: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--record", "--no-run", *other]) == 2
    assert "--record is of what a laptop measured" in capsys.readouterr().err


def test_infinite_ends_and_none_are_kept(path: Path) -> None:
    numbers = Measured(float("inf"), None, float("inf"), 5, ""), Measured(1e-13, n=1, text="é\\")
    for number in numbers:
        record([row(number)], path)
        assert read(path)["J5"].measured == number
    assert judged.JUDGED.is_file()
