"""Number lines: where marks stand."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from claims.core.register import Accepted, Measured, Published
from claims.report import numberline
from claims.report.report import html
from tests.claims.report.html_page import Page
from tests.claims.report.rows import between, published, row

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def positions(page: Page) -> list[float]:
    """All percentages of the pictures on it."""
    names = ("x", "x1", "x2", "cx", "width")
    return [float(a[n][:-1]) for _, a in page.tags for n in names if (a.get(n) or "").endswith("%")]


@settings(max_examples=300)
@given(
    value=st.none() | st.floats(),
    ends=st.none() | st.tuples(st.floats(), st.floats()),
    low=st.floats(allow_nan=False),
    high=st.floats(allow_nan=False),
    said=st.sampled_from(
        [published(0.75), between(3, math.inf), Published("a jump"), between(2, 3)]
    )
    | FINITE.map(published),
)
@example(value=1.0, ends=(1.0, 0.015625), low=-1e200, high=-1e200, said=published(0.75))
def test_no_number_leaves_the_line(
    value: float | None,
    ends: tuple[float, float] | None,
    low: float,
    high: float,
    said: Published,
) -> None:
    low, high = min(low, high), max(low, high)
    a, b = ends or (None, None)
    measured = Measured(value, a, b, 3, "")
    for accepted in (Accepted(low, high, ""), None):
        of = row(measured=measured, accepted=accepted, published=said)
        found = positions(Page(html([of], "Title", "today")))
        assert found
        assert all(0 <= x <= 100 for x in found)


@pytest.mark.parametrize(("low", "high"), [(0.6, 0.85), (1e-5, 1e3), (-1.1, -0.9)])
@pytest.mark.parametrize("small", [False, True])
def test_the_line_is_in_the_order_of_the_numbers(low: float, high: float, small: bool) -> None:
    def at(value: float) -> float:
        measured = Measured(value, None, None, 3, "")
        of = row(measured=measured, accepted=Accepted(low, high, ""), published=Published("none"))
        drawn = numberline.line(of, small=small)
        band, dot = drawn.accepted, drawn.measured
        assert band is not None
        assert dot is not None
        return (dot.marks[0] - band.low) / (band.high - band.low)

    assert at(low) == pytest.approx(0, abs=1e-3)
    assert at(high) == pytest.approx(1, abs=1e-3)
    assert 0 < at(low + (high - low) / 3) < 1


def test_what_lies_further_out_is_an_arrow_to_its_side() -> None:
    for value, beyond in ((50.0, 1), (-50.0, -1), (0.7, 0)):
        measured = Measured(value, None, None, 3, "")
        of = row(measured=measured, accepted=Accepted(0.6, 0.85, ""))
        drawn = numberline.line(of, small=True)
        assert drawn.beyond == beyond


def test_published_numbers_are_marked_where_they_are_on_the_line() -> None:
    def drawn(said: Published) -> tuple[numberline.Bar, ...]:
        of = row(measured=None, accepted=Accepted(0.6, 0.85, ""), published=said)
        return numberline.line(of).published

    for said, marks in ((published(0.75), 1), (between(0.65, 0.7), 2), (between(0.7, math.inf), 1)):
        (bar,) = drawn(said)
        assert len(bar.marks) == marks
        assert bar.low <= bar.marks[0] <= bar.marks[-1] <= bar.high
    assert drawn(Published("a jump")) == ()


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
