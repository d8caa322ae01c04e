"""Claims about what scattering coefficients tell apart, on made-up results, true and false."""

from typing import Any

import pytest

from claims.core.register import Verdict
from tests.made_up.judged import OPEN, RIGHT, WRONG, judged
from tests.made_up.scattering import classified


@pytest.mark.parametrize(
    ("id", "results", "value", "due"),
    [
        ("SCT11", classified(ratio=0.2), 0.2, RIGHT),
        ("SCT11", classified(ratio=0.7), 0.7, WRONG),
        ("SCT11", classified(ratio=0.5), 0.5, OPEN),
        ("SCT11b", classified(ratio=0.3), 0.3, RIGHT),
        ("SCT11b", classified(ratio=0.8), 0.8, WRONG),
        ("SCT11c", classified(second=0.5), 0.5, RIGHT),
        ("SCT11c", classified(second=1.3), 1.3, WRONG),
        ("SCT11d", classified(fourier=1.5), 1.5, RIGHT),
        ("SCT11d", classified(fourier=0.6), 0.6, WRONG),
        ("SCT11e", classified(ratio=0.8), 0.8, RIGHT),
        ("SCT11e", classified(ratio=1.3), 1.3, WRONG),
    ],
)
def test_a_claim_is_what_its_results_are(id: str, results: Any, value: float, due: Verdict) -> None:
    found, said = judged(id, results)
    assert found.value == pytest.approx(value, rel=0.15)
    assert said is due, found


def test_no_error_at_all_counts_as_half_an_image() -> None:
    found = classified()
    found["error"] = found.error.where(found.J == 0, 0.0)
    assert judged("SCT11", found)[0].value == pytest.approx(0.5 / 1000 / 0.1, rel=0.1)
