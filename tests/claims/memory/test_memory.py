"""Claims on finite memory, on made-up results, true and false, and those that are exact."""

from typing import Any

import pytest

from claims.core.register import Verdict
from tests.made_up.judged import OPEN, RIGHT, WRONG, judged
from tests.made_up.memory import learnt, near_columns


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("MEM10", near_columns(), RIGHT),
        ("MEM10", near_columns(off=2e-3), WRONG),
        ("MEM10", near_columns(off=-2e-3), WRONG),
        ("MEM11", learnt(), RIGHT),
        ("MEM11", learnt(random=0.1), WRONG),
        ("MEM11", learnt(random=0.13, noise=0.05), OPEN),
        ("MEM11a", learnt(), RIGHT),
        ("MEM11a", learnt(linear=0.07), WRONG),
        ("MEM11a", learnt(columns=0.18, noise=0.05), OPEN),
        ("MEM12", learnt(), RIGHT),
        ("MEM12", learnt(memento=0.4), WRONG),
        ("MEM12", learnt(memento=1.5 * 0.195, noise=0.05), OPEN),
        ("MEM12a", learnt(), RIGHT),
        ("MEM12a", learnt(memento=0.19), WRONG),
        ("MEM12b", learnt(m=4), RIGHT),
        ("MEM12b", learnt(memento=0.4, m=4), WRONG),
        ("MEM13b", learnt(m=4), RIGHT),
        ("MEM13b", learnt(memento=0.3, m=4), WRONG),
        ("MEM13", learnt(), RIGHT),
        ("MEM13", learnt(memento=0.3), WRONG),
        ("MEM13", learnt(memento=0.26, noise=0.05), OPEN),
        ("MEM13a", learnt(), WRONG),
        ("MEM13a", learnt(adam=0.3), RIGHT),
    ],
)
def test_a_claim_is_what_its_results_are(id: str, results: Any, due: Verdict) -> None:
    found, said = judged(id, results)
    assert said is due, found


EXACT = ["MEM1", "MEM2", "MEM3", "MEM4", "MEM5", "MEM6", "MEM7", "MEM7a", "MEM8", "MEM9", "MEM14"]


@pytest.mark.parametrize("id", [*EXACT, "MEM15", "MEM15a"])
def test_what_needs_no_learning(id: str) -> None:
    found, said = judged(id, None)
    assert said is RIGHT, found


def test_numbers_are_those_of_the_results() -> None:
    found, _ = judged("MEM10", near_columns(off=1e-4))
    assert found.value == pytest.approx(1e-4)
    assert judged("MEM11", learnt(noise=0.0))[0].value == pytest.approx(0.26 / 0.065)
    assert judged("MEM11a", learnt(noise=0.0))[0].value == pytest.approx(0.08 / 0.065)
    assert judged("MEM12", learnt(noise=0.0))[0].value == pytest.approx(0.2 / 0.195)
    # both curves are powers of time from 1/2 on: their ratio is largest at t = 1000, 3/5 of the way
    assert judged("MEM13", learnt(noise=0.0))[0].value == pytest.approx((0.2 / 0.26) ** 0.6)


def test_memories_that_were_not_learnt_leave_a_claim_without_a_number() -> None:
    of_ram = learnt().isel(curve=learnt().memory.values == "ram")
    found, said = judged("MEM13", of_ram)
    assert found.value is None
    assert said is Verdict.NOT_TESTED
