"""Claims on teachers and students, on made-up results, true and false."""

from typing import Any

import pytest

from claims.core.register import Verdict
from tests.made_up.judged import OPEN, RIGHT, WRONG, judged
from tests.made_up.teachers import latticed, smooth, stretched, taught

GAUSSIAN: dict[str, Any] = {"teacher": "gaussian", "d": (2, 3, 4)}
MATERN: dict[str, Any] = {"teacher": "matern", "d": (1,), "nu": (0.25, 1.0, 3.0)}
CROSSING = MATERN | {"nu": (1.0, 2.0)}


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("KER4", taught(), RIGHT),
        ("KER4", taught(off=0.1), WRONG),
        ("KER4", taught(off=0.03), OPEN),
        ("KER4a", taught(), RIGHT),
        ("KER4a", taught(slope=0.3), WRONG),
        ("KER5", taught(**GAUSSIAN), RIGHT),
        ("KER5", taught(**GAUSSIAN, slope=2.0), WRONG),
        ("KER6", smooth(least=0.17), RIGHT),
        ("KER6", smooth(), WRONG),
        ("KER6a", smooth(), RIGHT),
        ("KER6a", smooth(best=0.3), WRONG),
        ("KER7", stretched(), RIGHT),
        ("KER7", stretched(power=0.05), OPEN),
        ("KER7", stretched(power=0.01), WRONG),
        ("KER7a", stretched(), RIGHT),
        ("KER7a", taught(slope=3.0), OPEN),
        ("KER8", taught(**MATERN), RIGHT),
        ("KER8", taught(**MATERN, off=0.3), WRONG),
        ("KER8", taught(**CROSSING), RIGHT),
        ("KER8a", taught(**CROSSING), RIGHT),
        ("KER8a", taught(**CROSSING, off=-0.3), WRONG),
        ("KER9", latticed(), RIGHT),
        ("KER9", latticed(off=0.05), WRONG),
        ("KER15", taught(), RIGHT),
        ("KER15", taught(ratio=1.5), WRONG),
        ("KER15a", taught(), RIGHT),
        ("KER15a", taught(ratio=0.7), WRONG),
        ("KER15b", taught(**GAUSSIAN), RIGHT),
        ("KER15b", taught(**GAUSSIAN, ratio=0.5), WRONG),
    ],
)
def test_a_claim_is_what_its_results_are(id: str, results: Any, due: Verdict) -> None:
    found, said = judged(id, results)
    assert said is due, found


@pytest.mark.parametrize("id", ["KER14", "KER14a", "KER15c"])
def test_what_needs_no_results(id: str) -> None:
    found, said = judged(id, None)
    assert said is RIGHT, found


def test_numbers_are_those_of_the_results() -> None:
    assert judged("KER4", taught(off=0.02, noise=1e-6))[0].value == pytest.approx(0.02, abs=1e-4)
    assert judged("KER5", taught(**GAUSSIAN, noise=1e-6))[0].value == pytest.approx(1.0, abs=1e-3)
    assert judged("KER6a", smooth(best=0.2))[0].value == pytest.approx(0.2, abs=0.01)
    assert judged("KER15", taught(ratio=1.1))[0].value == pytest.approx(1.1, abs=0.01)
    assert judged("KER9", latticed(off=0.01))[0].value == pytest.approx(0.01)
