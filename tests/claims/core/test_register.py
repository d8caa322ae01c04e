"""The verdict follows from the number alone, and a register that makes no sense is refused."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.core.register import (
    Accepted,
    Claim,
    Measured,
    Published,
    Row,
    Verdict,
    check,
    one_sentence,
    part,
    verdict,
    why_not_tested,
)
from jamming.checks.errors import BadInput

ANY = st.floats(allow_nan=True, allow_infinity=True)
NUMBERS = st.floats(allow_nan=False, allow_infinity=True)


def measured(value: float | None) -> Measured:
    """Of nothing."""
    return Measured(value, None, None, 1, "Of nothing.")


def statistic(results: Mapping[str, Any]) -> Measured:
    """What the results say it is."""
    return measured(results["jump"])


CLAIM = Claim(
    id="J2",
    statement="N_Delta/N jumps to about 0.75 (Fig. 6, see e.g. the caption).",
    source="A, Fig. 6b",
    published=Published("0.75"),
    statistic=statistic,
    accepted=Accepted(0.6, 0.85, "the scatter of small networks"),
    experiments=("jump",),
    paper="",
    paper_cost="",
)


def row(of: Measured | None, claim: Claim = CLAIM, **fields: Any) -> Row:
    """Of `CLAIM`, or of another."""
    rest: dict[str, Any] = {"figure": None, "missing": ()} | fields
    return Row(claim, of, ("make jump",), "abc", 1.0, **rest)


def test_a_wrong_number_turns_it_red() -> None:
    right, wrong = CLAIM.statistic({"jump": 0.75}), CLAIM.statistic({"jump": 0.35})
    assert verdict(right, CLAIM.accepted) is Verdict.REPRODUCED
    assert verdict(wrong, CLAIM.accepted) is Verdict.NOT_REPRODUCED


@given(value=ANY, a=NUMBERS, b=NUMBERS)
def test_reproduced_means_between_the_ends(value: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    found = verdict(measured(value), Accepted(low, high, "any"))
    if math.isnan(value):
        assert found is Verdict.NOT_TESTED
    elif math.isinf(value):
        assert found is Verdict.NOT_REPRODUCED
    else:
        assert (found is Verdict.REPRODUCED) == (max(low, min(value, high)) == value)
        assert found is not Verdict.NOT_TESTED


def test_where_the_whole_interval_counts_a_part_of_it_decides_nothing() -> None:
    strict = Accepted(0.6, 0.85, "any", interval=True)
    half = Accepted(0.6, math.inf, "any", interval=True)
    for low, value, high, due in (
        (0.65, 0.7, 0.8, Verdict.REPRODUCED),
        (0.6, 0.7, 0.85, Verdict.REPRODUCED),
        (0.55, 0.7, 0.8, Verdict.UNDECIDED),
        (0.5, 0.55, 0.61, Verdict.UNDECIDED),
        (0.5, 0.7, 0.9, Verdict.UNDECIDED),
        (0.4, 0.5, 0.59, Verdict.NOT_REPRODUCED),
        (0.86, 0.9, 0.95, Verdict.NOT_REPRODUCED),
        (None, 0.7, None, Verdict.UNDECIDED),
        (math.nan, 0.5, 0.59, Verdict.NOT_REPRODUCED),
        (None, math.inf, None, Verdict.NOT_REPRODUCED),
        (None, math.nan, None, Verdict.NOT_TESTED),
    ):
        found = Measured(value, low, high, 9)
        assert verdict(found, strict) is due, found
        point = Verdict.REPRODUCED if 0.6 <= value <= 0.85 else Verdict.NOT_REPRODUCED
        if math.isfinite(value):
            assert verdict(found, Accepted(0.6, 0.85, "any")) is point
    assert verdict(Measured(0.9, 0.7, 1.5, 9), half) is Verdict.REPRODUCED
    assert verdict(Measured(0.9, 0.5, 1.5, 9), half) is Verdict.UNDECIDED


@given(low=NUMBERS, high=NUMBERS)
def test_without_a_number_there_is_no_verdict(low: float, high: float) -> None:
    accepted = Accepted(low, high, "any")
    assert verdict(None, accepted) is Verdict.NOT_TESTED
    assert verdict(measured(None), accepted) is Verdict.NOT_TESTED


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_without_a_range_the_number_is_reported(value: float) -> None:
    assert verdict(measured(value), None) is Verdict.REPORTED
    for none in (math.nan, math.inf, -math.inf):
        assert verdict(measured(none), None) is Verdict.NOT_TESTED
    assert verdict(None, None) is Verdict.NOT_TESTED


@given(value=ANY, claimed=st.sampled_from(Verdict))
def test_no_row_can_be_marked_by_hand(value: float, claimed: Verdict) -> None:
    found = row(measured(value))
    assert found.verdict is verdict(measured(value), CLAIM.accepted)
    with pytest.raises(TypeError, match="verdict"):
        row(measured(value), verdict=claimed)
    with pytest.raises(AttributeError):
        found.verdict = claimed  # type: ignore[misc]


def test_a_statistic_that_failed_has_no_number() -> None:
    failed = row(None, error="ValueError:\nempty")
    assert why_not_tested(failed) == "the statistic failed: ValueError: empty"
    with pytest.raises(BadInput, match="a number and an error"):
        row(measured(0.75), error="ValueError: empty")


def test_why_it_is_not_tested() -> None:
    assert why_not_tested(row(measured(0.7))) == ""
    assert why_not_tested(row(None, missing=("jump", "gaps"))) == "no data of jump, gaps"
    assert why_not_tested(row(measured(None))) == "the data do not suffice"
    large = dataclasses.replace(CLAIM, laptop=False)
    assert why_not_tested(row(None, large)) == "there is no laptop version"


def test_a_sound_register_passes() -> None:
    other = dataclasses.replace(CLAIM, id="J10", accepted=Accepted(0.3, math.inf, "a jump"))
    explored = dataclasses.replace(CLAIM, id="X4", accepted=None, known="An exploration.")
    check([CLAIM, other, explored])
    check([])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": "jump"}, "capital letter"),
        ({"id": "J 2"}, "capital letter"),
        ({"statement": "It jumps. It is sharp."}, "one sentence"),
        ({"statement": "It jumps"}, "one sentence"),
        ({"accepted": Accepted(0.85, 0.6, "why")}, "smaller number first"),
        ({"accepted": Accepted(math.nan, 1.0, "why")}, "is empty"),
        ({"accepted": Accepted(math.inf, math.inf, "why")}, "is empty"),
        ({"accepted": Accepted(-math.inf, math.inf, "why")}, "cannot fail"),
        ({"accepted": Accepted(0.0, 1.0, " ")}, "'why' is empty"),
        ({"accepted": None}, "'known' is empty"),
        ({"source": ""}, "'source' is empty"),
        ({"published": Published("")}, "'published' is empty"),
        ({"paper": "make all"}, "no cost"),
        ({"experiments": ("jump", "jump")}, "twice"),
    ],
)
def test_refusals(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        check([dataclasses.replace(CLAIM, **fields)])
    assert "\n" not in str(refused.value)


def test_an_id_is_taken_once() -> None:
    with pytest.raises(BadInput, match="'J2' is there twice"):
        check([CLAIM, dataclasses.replace(CLAIM, published=Published("0.7"))])


def test_what_a_sentence_is() -> None:
    for text in (
        "It is 0.75.",
        "See Fig. 6 vs. Eq. 3 of Geiger et al. there.",
        "Is it sharp?",
        "N* <= 4 P, i.e. it is bounded.",
    ):
        assert one_sentence(text), text
    for text in ("", ".", "One. Two.", "One.\nTwo.", "No stop", "What? Yes.", "(One.) Two."):
        assert not one_sentence(text), text


def test_the_letters_of_an_id_are_its_part() -> None:
    assert part(CLAIM) == "Jamming"
    assert part(dataclasses.replace(CLAIM, id="S3a")) == "Scaling with N"
    assert part(dataclasses.replace(CLAIM, id="DIF3a")) == "Deformations of images"
    assert part(dataclasses.replace(CLAIM, id="Z1")) == "Further claims"
