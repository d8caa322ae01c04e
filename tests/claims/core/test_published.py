"""What is published says itself how it is written, and what of it is a number."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims.core.discover import CLAIMS
from claims.core.published import Published, Range, Several, Value, stretches, written


@pytest.mark.parametrize(
    ("published", "said", "found"),
    [
        (Value(0.75), "0.75", [(0.75, 0.75)]),
        (Value(-1), "-1", [(-1.0, -1.0)]),
        (Value(0), "0", [(0.0, 0.0)]),
        (Value(6414815), "6414815", [(6414815.0, 6414815.0)]),
        (Value(Fraction(-1, 2)), "-1/2", [(-0.5, -0.5)]),
        (Value(0.75, about=True), "about 0.75", [(0.75, 0.75)]),
        (Value(64, unit="channels"), "64 channels", [(64.0, 64.0)]),
        (Value(2, remark="2.5 if fitted"), "2 (2.5 if fitted)", [(2.0, 2.0)]),
        (Value(1.5, 0.25), "1.5 +- 0.25", [(1.25, 1.75)]),
        (
            Value(1.5, 0.5, unit="%", remark="text", about=True),
            "about 1.5 +- 0.5 % (text)",
            [(1.0, 2.0)],
        ),
        (Range(2.8, 2.9), "2.8 to 2.9", [(2.8, 2.9)]),
        (Range(67, 72, unit="%", remark="text"), "67 to 72 % (text)", [(67.0, 72.0)]),
        (Range(0.7, math.inf), "> 0.7", [(0.7, math.inf)]),
        (Range(-math.inf, 1e-3), "< 1e-3", [(-math.inf, 1e-3)]),
        (
            Several((Value(0.75, remark="text"), Range(0.7, math.inf))),
            "0.75 (text), > 0.7",
            [(0.75, 0.75), (0.7, math.inf)],
        ),
        ("37 of 128 runs", "37 of 128 runs", []),
    ],
)
def test_each_form(published: Published, said: str, found: list[tuple[float, float]]) -> None:
    assert str(published) == said
    assert list(stretches(published)) == found


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
    for one in (Value(low, error), Range(low, high), Several((Value(high, error),))):
        assert all(a <= b for a, b in stretches(one))


def test_what_is_drawn_is_near_what_is_accepted() -> None:
    """A number of something else than the statistic gives is text."""
    for claim in CLAIMS:
        if claim.accepted is None:
            continue
        low, high = claim.accepted.low, claim.accepted.high
        finite = [abs(x) for x in (low, high) if math.isfinite(x)]
        reach = high - low if math.isfinite(high - low) else max(finite)
        for a, b in stretches(claim.published):
            assert a <= high + reach, claim.id
            assert b >= low - reach, claim.id
