"""What is published says itself how it is written, and what of it is a number."""

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.core.discover import CLAIMS
from claims.core.entries import published, written


@pytest.mark.parametrize(
    ("of", "said", "found"),
    [
        (0.75, "0.75", [(0.75, 0.75)]),
        (-1, "-1", [(-1.0, -1.0)]),
        (0, "0", [(0.0, 0.0)]),
        (6414815, "6414815", [(6414815.0, 6414815.0)]),
        ({"fraction": "-1/2"}, "-1/2", [(-0.5, -0.5)]),
        ({"number": 0.75, "about": True}, "about 0.75", [(0.75, 0.75)]),
        ({"number": 64, "unit": "channels"}, "64 channels", [(64.0, 64.0)]),
        ({"number": 2, "remark": "2.5 if fitted"}, "2 (2.5 if fitted)", [(2.0, 2.0)]),
        ({"number": 1.5, "error": 0.25}, "1.5 +- 0.25", [(1.25, 1.75)]),
        (
            {"number": 1.5, "error": 0.5, "unit": "%", "remark": "text", "about": True},
            "about 1.5 +- 0.5 % (text)",
            [(1.0, 2.0)],
        ),
        ({"low": 2.8, "high": 2.9}, "2.8 to 2.9", [(2.8, 2.9)]),
        (
            {"low": 67, "high": 72, "unit": "%", "remark": "text"},
            "67 to 72 % (text)",
            [(67.0, 72.0)],
        ),
        ({"low": 0.7, "high": math.inf}, "> 0.7", [(0.7, math.inf)]),
        ({"low": -math.inf, "high": 1e-3}, "< 1e-3", [(-math.inf, 1e-3)]),
        (
            {"each": [{"number": 0.75, "remark": "text"}, {"low": 0.7, "high": math.inf}]},
            "0.75 (text), > 0.7",
            [(0.75, 0.75), (0.7, math.inf)],
        ),
        ("37 of 128 runs", "37 of 128 runs", []),
    ],
)
def test_each_form(of: Any, said: str, found: list[tuple[float, float]]) -> None:
    one = published(of, "a test")
    assert one.text == said
    assert list(one.stretches) == found


@given(x=st.floats(allow_nan=False, allow_infinity=False) | st.fractions())
def test_no_digit_is_lost(x: float | Fraction) -> None:
    said = written(x)
    assert len(said) < 30 or isinstance(x, Fraction)
    assert (Fraction(said) if isinstance(x, Fraction) else float(said)) == x


@given(
    low=st.floats(-1e6, 1e6),
    high=st.floats(-1e6, 1e6),
    error=st.floats(0, 1e6),
)
def test_what_is_drawn_goes_from_the_smaller_to_the_larger(
    low: float, high: float, error: float
) -> None:
    low, high = min(low, high), max(low, high)
    number = {"number": low, "error": error}
    for of in (number, {"low": low, "high": high}, {"each": [number]}):
        assert all(a <= b for a, b in published(of, "a test").stretches)


def test_what_is_drawn_is_near_what_is_accepted() -> None:
    """A number of something else than the statistic gives is text."""
    for claim in CLAIMS:
        if claim.accepted is None:
            continue
        low, high = claim.accepted.low, claim.accepted.high
        finite = [abs(x) for x in (low, high) if math.isfinite(x)]
        reach = high - low if math.isfinite(high - low) else max(finite)
        for a, b in claim.published.stretches:
            assert a <= high + reach, claim.id
            assert b >= low - reach, claim.id
