"""Claims on landscapes between solutions, on made-up numbers, true and false."""

import pytest

from claims.core.discover import chosen
from claims.core.register import Verdict, verdict
from claims.transition.slices import convex, straight
from tests.made_up.searches import slices


@pytest.mark.parametrize(
    ("power", "expected"),
    [(-2.0, Verdict.REPRODUCED), (-0.1, Verdict.NOT_REPRODUCED), (1.0, Verdict.NOT_REPRODUCED)],
)
def test_barriers_that_fall_with_the_width_alone_are_convexity(
    power: float, expected: Verdict
) -> None:
    (claim,) = chosen(["SLI1"])
    found = claim.statistic({"slices": slices(power)})
    # from N = 200 to N = 2000
    assert found.value == pytest.approx(10**power)
    assert verdict(found, claim.accepted) is expected
    assert "h = 40, divided by that at h = 10" in found.text


def test_without_widths_that_fit_or_without_barriers_there_is_no_number() -> None:
    found = slices()
    assert convex(found.isel(h=[0, 1])).value is None
    assert convex(found.assign(barrier=0 * found.barrier)).value is None


def test_the_barrier_of_different_starts_is_reported() -> None:
    (claim,) = chosen(["SLI2"])
    assert claim.accepted is None
    found = straight(slices())
    assert found.value == pytest.approx(1.0)
    assert found.low is not None
    assert found.low < 1 < found.high
