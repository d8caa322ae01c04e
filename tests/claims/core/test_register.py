"""The verdict follows from the number alone, and a register that makes no sense is refused."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.core.check import check, one_sentence
from claims.core.deciding import decides
from claims.core.register import (
    Accepted,
    Alternative,
    Claim,
    Measured,
    Published,
    Row,
    Verdict,
    coarse,
    part,
    verdict,
    why_not_tested,
)
from jamming.checks.errors import BadInput

ANY = st.floats(allow_nan=True, allow_infinity=True)
NUMBERS = st.floats(allow_nan=False, allow_infinity=True)


def measured(value: float | None) -> Measured:
    """Of nothing, known without an error."""
    return Measured(value, value, value, 9, "Of nothing.")


def statistic(results: Mapping[str, Any]) -> Measured:
    """What the results say it is."""
    return measured(results["jump"])


CLAIM = Claim(
    id="J2",
    statement="N_Delta/N jumps to about 0.75 (Fig. 6, see e.g. the caption).",
    source="A, Fig. 6b",
    published=Published("0.75"),
    statistic=statistic,
    accepted=Accepted(
        0.6, 0.85, "the scatter of small networks", alternative=Alternative("no jump", 0.0)
    ),
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
        within = max(low, min(value, high)) == value
        assert found is (Verdict.REPRODUCED if within else Verdict.NOT_REPRODUCED)


RANGE = Accepted(0.6, 0.85, "any")
HALF = Accepted(0.6, math.inf, "any")


@pytest.mark.parametrize(
    ("accepted", "low", "value", "high", "due"),
    [
        (RANGE, 0.65, 0.7, 0.8, Verdict.REPRODUCED),
        (RANGE, 0.61, 0.7, 0.84, Verdict.REPRODUCED),
        (RANGE, 0.6, 0.7, 0.85, Verdict.UNDECIDED),  # half of the range is 1.96 errors
        (RANGE, 0.55, 0.7, 0.8, Verdict.UNDECIDED),
        (RANGE, 0.5, 0.55, 0.61, Verdict.UNDECIDED),
        (RANGE, 0.5, 0.7, 0.9, Verdict.UNDECIDED),
        (RANGE, 0.4, 0.5, 0.59, Verdict.NOT_REPRODUCED),
        (RANGE, 0.86, 0.9, 0.95, Verdict.NOT_REPRODUCED),
        (RANGE, None, 0.7, None, Verdict.UNDECIDED),
        (RANGE, math.nan, 0.5, 0.59, Verdict.NOT_REPRODUCED),
        (RANGE, None, math.inf, None, Verdict.NOT_REPRODUCED),
        (RANGE, None, math.nan, None, Verdict.NOT_TESTED),
        (HALF, 0.7, 0.9, 1.5, Verdict.REPRODUCED),
        (HALF, 0.5, 0.9, 1.5, Verdict.UNDECIDED),
        (HALF, 0.1, 0.3, 0.5, Verdict.NOT_REPRODUCED),
    ],
)
def test_the_whole_interval_decides(
    accepted: Accepted, low: float, value: float, high: float, due: Verdict
) -> None:
    found = Measured(value, low, high, 9)
    assert verdict(found, accepted) is due
    if math.isfinite(value):  # of an exact statement the number alone
        exact = dataclasses.replace(accepted, exact=True)
        inside = accepted.low <= value <= accepted.high
        point = Verdict.REPRODUCED if inside else Verdict.NOT_REPRODUCED
        assert verdict(found, exact) is point
        assert verdict(Measured(value, n=1), exact) is point
        # few runs, or one training set, decide nothing
        assert verdict(dataclasses.replace(found, n=4), accepted) is Verdict.UNDECIDED
        of_sets = dataclasses.replace(accepted, of_sets=True)
        for sets in (None, 1, 2, 3, 4):
            of = dataclasses.replace(found, sets=sets)
            assert verdict(of, accepted) is due
            one = verdict(of, of_sets)
            assert one is (Verdict.UNDECIDED if (sets or 1) < 3 else due)


ENDS = st.floats(-5, 5)


@pytest.mark.parametrize("scale", [float, math.exp])
@given(a=ENDS, b=ENDS, value=ENDS, half=st.floats(1e-3, 5), n=st.integers(5, 50))
def test_as_many_runs_as_are_asked_for_decide(
    scale: Callable[[float], float], a: float, b: float, value: float, half: float, n: int
) -> None:
    """Half an interval, of a ratio that of its logarithm, being as 1/sqrt(n)."""
    low, high = sorted((a, b))
    accepted = Accepted(scale(low), scale(high), "any")

    def of(n: int, half: float) -> Measured:
        return Measured(scale(value), scale(value - half), scale(value + half), n)

    found = of(n, half)
    if verdict(found, accepted) is not Verdict.UNDECIDED:
        return
    said = decides(found, accepted)
    if said.startswith("another size"):
        room = min(abs(value - low), abs(value - high), (high - low) / 2)
        assert 10 * room <= 1.03 * half
    else:
        more = int(said.split()[1])
        assert n < more <= 100 * n + 1
        # a hair more: at an end of the range rounding decides
        then = of(more, 0.999 * half * math.sqrt(n / more))
        assert verdict(then, accepted) is not Verdict.UNDECIDED or coarse(then, accepted)


def test_what_is_missing_is_said() -> None:
    few, sets = Measured(0.7, 0.65, 0.75, 3), dataclasses.replace(RANGE, of_sets=True)
    assert decides(few, RANGE) == "a verdict needs 5 independent runs, and here are 3"
    enough = dataclasses.replace(few, n=9)
    assert decides(enough, sets).endswith("3 training sets, and all runs share one training set")
    two = dataclasses.replace(enough, sets=2)
    assert decides(two, sets).endswith("3 training sets, and all runs share 2 training sets")
    assert "no interval" in decides(Measured(0.7, n=9), RANGE)
    # half an interval of 0.2, of which 0.1 is allowed: four times as many
    assert decides(Measured(0.7, 0.5, 0.8, 10), RANGE).startswith("about 40 runs in all")
    assert decides(Measured(0.601, 0.5, 0.7, 10), RANGE).startswith("another size: ")


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
    other = dataclasses.replace(CLAIM, id="J10", **ranged(0.3, math.inf, "a jump", 0.3))
    explored = dataclasses.replace(CLAIM, id="X4", accepted=None, known="An exploration.")
    check([CLAIM, other, explored])
    check([])


def ranged(low: float, high: float, why: str, wrong: float = 9.0, **more: Any) -> dict[str, Any]:
    """A range, as a field of a claim."""
    return {"accepted": Accepted(low, high, why, alternative=Alternative("wrong", wrong), **more)}


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
        (ranged(0.0, 1.0, " "), "'why' is empty"),
        (ranged(0.0, 1.0, "any") | {"published": Published("2", ((2.0, 2.0),))}, "published 2"),
        (ranged(0.0, 1.0, "any", 0.5), "alternative 0.5 lies in the range"),
        (ranged(0.0, 1.0, "any", 1.0, exact=True), "alternative 1 lies in the range"),
        ({"accepted": Accepted(0.0, 1.0, "any")}, "say it in 'alternative'"),
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


def test_numbers_of_numpy_are_those_of_python() -> None:
    """Whose comparisons can be subtracted, as where a number lies on its line."""
    found = Measured(np.float64(1.0), np.float32(0.5), np.float64(2.0), 3)
    assert [type(x) for x in (found.value, found.low, found.high)] == [float] * 3
    assert Measured(None).value is None
