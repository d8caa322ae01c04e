"""The claims on phase collapse, on made-up results, true and false, and on what needs none."""

from typing import Any

import pytest

from claims.core.register import Verdict
from tests.made_up.collapse import by_octaves, collapsed
from tests.made_up.judged import OPEN, RIGHT, WRONG, judged


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("PCS5", collapsed(), RIGHT),
        ("PCS5", collapsed({"pc+skip": 0.05}), WRONG),
        ("PCS5", collapsed({"pc+skip": 0.036}, noise=0.2), OPEN),
        ("PCS5", collapsed({"pc+skip": 0.0}), RIGHT),
        ("PCS5a", collapsed(), RIGHT),
        ("PCS5a", collapsed({"scat": 0.02}), WRONG),
        ("PCS5b", collapsed(), RIGHT),
        ("PCS5b", collapsed({"pc+skip": 0.05}), WRONG),
        ("PCS7", collapsed(), RIGHT),
        ("PCS7", collapsed({"at": 0.04}), WRONG),
        ("PCS7", collapsed({"at": 0.05}, noise=0.2), OPEN),
        ("PCS7a", collapsed(), RIGHT),
        ("PCS7a", collapsed({"as": 0.05}), WRONG),
        ("PCS7a", collapsed({"ac": 0.03}), WRONG),
        ("PCS7b", collapsed({"scat": 0.05}), RIGHT),
        ("PCS7b", collapsed(), WRONG),
        ("PCS7c", collapsed(), RIGHT),
        ("PCS7c", collapsed({"at": 0.04}), WRONG),
        ("PCS8", collapsed(), RIGHT),
        ("PCS8", collapsed({"at+skip": 0.02}), WRONG),
        ("PCS8", collapsed({"ac+skip": 0.05}, noise=0.2), OPEN),
        ("PCS8a", collapsed(), RIGHT),
        ("PCS8a", collapsed({"at+skip": 0.02}), WRONG),
        ("PCS12", by_octaves(), RIGHT),
        ("PCS12", by_octaves(at=0.6), WRONG),
        ("PCS12", by_octaves(at=0.8), OPEN),
        ("PCS12a", by_octaves(), RIGHT),
        ("PCS12a", by_octaves(pc=1.0), WRONG),
        ("PCS12a", by_octaves(pc=0.8), OPEN),
    ],
)
def test_a_claim_is_what_its_results_are(id: str, results: Any, due: Verdict) -> None:
    found, said = judged(id, results)
    assert said is due, found


def test_without_errors_there_is_no_ratio() -> None:
    assert judged("PCS7", collapsed({"pc": 0.0, "at": 0.0}))[0].value is None


@pytest.mark.parametrize("id", ["PCS9", "PCS10"])
def test_what_is_exact_is_true(id: str) -> None:
    found, said = judged(id)
    assert said is RIGHT, found


def test_sampled_at_pixels_filters_are_not_composed() -> None:
    found, said = judged("PCS10a")
    assert said is WRONG
    assert found.value == pytest.approx(0.979, abs=0.002)
