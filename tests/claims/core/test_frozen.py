"""What is frozen is what the entries say; a change of it is logged with its reason."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from claims import __main__ as command
from claims.core import changes, frozen
from claims.core.changes import Change
from claims.core.discover import CLAIMS
from claims.core.frozen import Frozen, normal, source_of
from claims.core.register import Measured, Verdict, verdict
from claims.corrections import laws
from jamming.checks.errors import BadInput
from tests.claims.report.rows import row
from tests.made_up import frozen_source

RULE = Frozen((0.6, 0.85), "transition.landscape.height", "abc")


def test_every_entry_is_as_it_is_frozen() -> None:
    """Else: `python -m claims --freeze ID --reason ...`, and the report lists the change."""
    then, now = frozen.read(), frozen.current()
    differ = [id for id in {*then, *now} if then.get(id) != now.get(id)]
    assert not differ, f"python -m claims --freeze {' '.join(differ)} --reason '...'"
    assert [*then] == [claim.id for claim in CLAIMS]
    for claim in CLAIMS:
        ends = claim.accepted and (claim.accepted.low, claim.accepted.high)
        assert then[claim.id].accepted == ends


def test_the_log_ends_with_what_is_frozen() -> None:
    ranges = {one.id: one.new for one in changes.read() if one.id != "all"}
    then = frozen.read()
    assert ranges.items() <= {id: of.accepted for id, of in then.items()}.items()
    assert all(one.reason for one in changes.read())


def test_each_range_excludes_what_its_wrong_alternative_gives() -> None:
    """Measured as well as one likes, and of as many training sets."""
    for claim in CLAIMS:
        if claim.accepted is None:
            continue
        wrong = claim.accepted.alternative
        assert wrong is not None, claim.id
        off = 1e-9 * (abs(wrong.value) + 1e-3)
        found = Measured(wrong.value, wrong.value - off, wrong.value + off, 100)
        many = dataclasses.replace(claim.accepted, of_sets=False)
        assert verdict(found, many) is not Verdict.REPRODUCED, claim.id


def test_form_does_not_count_and_what_is_computed_does() -> None:
    one, two, other = (getattr(frozen_source, name) for name in ("one", "two", "other"))
    assert one(np.arange(3.0)) == two(np.arange(3.0)) != other(np.arange(3.0))
    same = [source_of(each).replace("deftwo", "defone") for each in (one, two)]
    assert same[0] == same[1]
    assert source_of(other).replace("defother", "defone") != same[0]
    assert "defhelper" in same[0]  # what it calls of its module is a part of it
    assert normal('def f(x):\n    """Said."""\n    return g(x, 1)  # why\n') == (
        normal("def f(\n    x,\n):\n    return g(\n        x,\n        1,\n    )\n")
    )


def test_so_does_what_other_modules_compute(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = source_of(laws.planar)
    assert "defexponent" in whole  # of another module of the register
    assert "defbeyond" in source_of(laws.slope_with_variance)  # of the analysis
    assert "defwith_floor" not in source_of(laws.slope_with_variance)  # of the library
    frozen._part.cache_clear()
    monkeypatch.setattr(laws, "LARGE", (3.0, 4.0))
    changed = source_of(laws.slope_with_variance)
    frozen._part.cache_clear()
    monkeypatch.undo()
    assert changed != source_of(laws.slope_with_variance)
    assert source_of(laws.planar) == whole


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    found = tmp_path / "frozen.toml", tmp_path / "changes.toml"
    frozen.write({"J2": RULE, "J1": dataclasses.replace(RULE, accepted=None)}, found[0])
    changes.write([], found[1])
    return found


def test_what_is_written_is_what_is_read(places: tuple[Path, Path]) -> None:
    assert [*frozen.read(places[0])] == ["J1", "J2"]
    open_ended = Change("2026-01-02", "J1", (0.0, float("inf")), None, "a", "b", 'why\\ "this"')
    changes.write([open_ended], places[1])
    assert changes.read(places[1]) == [open_ended]
    for path, read in zip(places, (frozen.read, changes.read), strict=True):
        path.write_text("changes = [{}]\nJ1 = 1")
        with pytest.raises(BadInput, match=r"\.toml cannot be read: .*: restore it"):
            read(path)


@pytest.mark.parametrize(
    ("now", "value", "before", "after"),
    [
        (dataclasses.replace(RULE, accepted=(0.3, 0.85)), 0.5, "not reproduced", "reproduced"),
        (dataclasses.replace(RULE, accepted=(0.3, 0.85)), None, "not recorded", "not recorded"),
        (dataclasses.replace(RULE, hash="def"), 0.7, "not recorded", "reproduced"),
    ],
)
def test_a_change_is_logged_with_both_verdicts(
    now: Frozen, value: float | None, before: str, after: str, places: tuple[Path, Path]
) -> None:
    assert now.accepted is not None
    low, high = now.accepted
    accepted = dataclasses.replace(row().claim.accepted, low=low, high=high)
    rows = [row(value=value, accepted=accepted)]
    freeze: dict[str, Any] = {"now": {"J2": now}, "places": places}
    (found,) = changes.freeze(rows, "a better range", **freeze)
    assert (found.id, found.old, found.new) == ("J2", (0.6, 0.85), now.accepted)
    assert (found.before, found.after, found.reason) == (before, after, "a better range")
    assert changes.read(places[1]) == [found]
    assert frozen.read(places[0])["J2"] == now
    assert frozen.read(places[0])["J1"].accepted is None
    with pytest.raises(BadInput, match="J2: as frozen"):
        changes.freeze(rows, "again", **freeze)
    assert len(changes.read(places[1])) == 1


def test_a_new_claim_is_frozen_and_is_no_change(places: tuple[Path, Path]) -> None:
    assert changes.freeze([row("J9")], "new", now={"J9": RULE}, places=places) == []
    assert frozen.read(places[0])["J9"] == RULE


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--freeze", "U1"], "--reason"),
        (["--freeze", "U1", "--reason", "a\nb"], "one line"),
        (["--freeze", "U1", "--reason", "none"], "U1: as frozen"),
        (["--freeze", "Z9", "--reason", "none"], "there is no claim 'Z9'"),
        (["--reason", "none"], "--freeze"),
    ],
)
def test_nothing_is_frozen_without_a_reason_or_a_change(
    line: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([*line, "--root", str(tmp_path / "r")]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
