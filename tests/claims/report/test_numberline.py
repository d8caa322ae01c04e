"""Number lines: what is read from a text, and where marks stand."""

import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.claims.report.html_page import Page
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claims.report import numberline
from claims.core.register import Accepted, Measured

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def test_what_is_published_is_read_where_it_is_a_number() -> None:
    for text, found in {
        "0.75": [(0.75, 0.75)],
        "about 0.75 (caption).": [(0.75, 0.75)],
        "\u22121": [(-1.0, -1.0)],
        "1/4": [(0.25, 0.25)],
        "2.8 to 2.9": [(2.8, 2.9)],
        "[2.8, 2.9]": [(2.8, 2.9)],
        "> 0.7": [(0.7, math.inf)],
        "<= 1e-3": [(-math.inf, 1e-3)],
        "0.21 (L = 5), 0.25 (L = 2)": [(0.21, 0.21), (0.25, 0.25)],
        "37 of 128 runs": [],
        "h^-1/2": [],
        "67-72 %": [],
        "": [],
    }.items():
        assert numberline.published(text) == found, text
    ((low, high),) = numberline.published("1.3 +- 0.1")
    assert (low, high) == pytest.approx((1.2, 1.4))


def percentages(picture: str) -> Iterator[float]:
    """All positions in it."""
    return (float(x) for x in re.findall(r'"([-\d.einfa]+)%"', picture))


@settings(max_examples=300)
@given(
    value=st.none() | st.floats(),
    ends=st.none() | st.tuples(st.floats(), st.floats()),
    low=st.floats(allow_nan=False),
    high=st.floats(allow_nan=False),
    said=st.sampled_from(["0.75", "> 3", "a jump", "2 to 3"]) | FINITE.map(str),
)
@example(value=1.0, ends=(1.0, 0.015625), low=-1e200, high=-1e200, said="0.75")
def test_no_number_leaves_the_line(
    value: float | None, ends: tuple[float, float] | None, low: float, high: float, said: str
) -> None:
    low, high = min(low, high), max(low, high)
    a, b = ends or (None, None)
    measured = Measured(value, a, b, 3, "")
    for picture in (numberline.line, numberline.small):
        for accepted in (Accepted(low, high, ""), None):
            drawn = picture(measured, accepted, said)
            Page(drawn)
            assert all(0 <= x <= 100 for x in percentages(drawn))


@pytest.mark.parametrize(("low", "high"), [(0.6, 0.85), (1e-5, 1e3), (-1.1, -0.9)])
def test_the_line_is_in_the_order_of_the_numbers(low: float, high: float) -> None:
    def at(value: float, picture: Any) -> float:
        drawn = picture(Measured(value, None, None, 3, ""), Accepted(low, high, ""), "none")
        circle = re.search(r'cx="([\d.]+)%"', drawn)
        assert circle is not None
        left, width = re.findall(r' x="([\d.]+)%" width="([\d.]+)%"', drawn)[0]
        return (float(circle[1]) - float(left)) / float(width)

    for picture in (numberline.line, numberline.small):
        assert at(low, picture) == pytest.approx(0, abs=1e-3)
        assert at(high, picture) == pytest.approx(1, abs=1e-3)
        assert 0 < at(low + (high - low) / 3, picture) < 1


@given(
    low=st.floats(-1e6, 1e6),
    wide=st.floats(1e-3, 1e6),
    log=st.booleans(),
    decades=st.floats(1.8, 40.0),
)
def test_ticks_are_few_and_between_the_ends(
    low: float, wide: float, log: bool, decades: float
) -> None:
    if log:
        start = 1e-3 + abs(low)
        scale = numberline.Scale(start, start * 10**decades, True)
    else:
        scale = numberline.Scale(low, low + wide, False)
    at = numberline.ticks(scale)
    assert 2 <= len(at) <= 9
    assert at == sorted(at)
    positions = np.array([scale.at(x) for x in at])
    assert np.all(np.diff(positions) > 5)
    slack = 1e-9 * (abs(scale.low) + abs(scale.high))
    assert scale.low - slack <= at[0] <= at[-1] <= scale.high + slack
