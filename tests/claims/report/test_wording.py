"""Numbers and times as text: right, and no longer than they must be."""

import math

from hypothesis import given
from hypothesis import strategies as st

from claims.core.register import Accepted, Measured
from claims.report import wording


def test_numbers_as_a_reader_writes_them() -> None:
    for x, said in {7854.0: "7854", 1.40438: "1.404", 1e-12: "1e-12", -0.0: "0"}.items():
        assert wording.number(x) == said
    assert wording.estimate(Measured(1.3, 1.0, 1.6, 2, "")) == ("1.30", "[1.00, 1.60]")
    assert wording.estimate(Measured(5e-7, 4e-7, 6e-7, 2, "")) == ("5e-7", "[4e-7, 6e-7]")
    assert wording.estimate(Measured(math.nan, 0.0, 1.0, 2, "")) == ("", "")
    for low, high, said in (
        (0.6, 0.85, "0.60 to 0.85"),
        (0.3, math.inf, ">= 0.3"),
        (-math.inf, 1e-12, "<= 1e-12"),
        (4.0, 4.0, "= 4"),
        (0.3, 50.0, "0.3 to 50"),
    ):
        assert wording.accepted(Accepted(low, high, "")) == said
    for seconds, said in ((3.0, "3.0 s"), (89.0, "89 s"), (3599.0, "1 h"), (4210.0, "1 h 10 min")):
        assert wording.duration(seconds) == said
    assert wording.duration(5e5) == "5.8 days"
    assert wording.commit("0123456789abcdef+dirty") == "0123456789 with local changes"


@given(value=st.floats(-1e300, 1e300), half=st.floats(0.0, 1e300))
def test_a_rounded_number_is_right_to_a_tenth_of_its_interval(value: float, half: float) -> None:
    measured = Measured(value, value - half, value + half, 3, "")
    said, interval = wording.estimate(measured)
    assert abs(float(said) - value) <= max(0.1 * half, 5.001e-4 * abs(value))
    assert interval.startswith("[")
