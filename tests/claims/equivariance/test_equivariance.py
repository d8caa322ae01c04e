"""Claims on equivariant networks, on made-up results, true and false."""

from typing import Any

import pytest

from claims.core.register import Verdict
from tests.made_up.equivariance import bundles, errors, nonlinearities, points, voxels
from tests.made_up.judged import OPEN, RIGHT, WRONG, judged


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("SPH5", errors(), RIGHT),
        ("SPH5", errors(linear=0.01), WRONG),
        ("SPH5a", errors(), RIGHT),
        ("SPH5a", errors(growth=0.5), WRONG),
        ("SPH5a", errors(growth=-0.5), WRONG),
        ("PTS2", points(), RIGHT),
        ("PTS2", points(odd=0.99), WRONG),
        ("PTS2a", points(), RIGHT),
        ("PTS2a", points(even=1.5), WRONG),
        ("PTS3", bundles(), RIGHT),
        ("PTS3", bundles((0.4, -0.4, 0.2)), WRONG),
        ("PTS3", bundles((0.4, 0.4, 0.002)), OPEN),
        ("STE4", voxels(), RIGHT),
        ("STE4", voxels(accuracy=(0.8, 0.3)), WRONG),
        ("STE4", voxels(accuracy=(0.95, 0.3)), OPEN),
        ("STE4a", voxels(), RIGHT),
        ("STE4a", voxels(accuracy=(0.98, 0.6)), WRONG),
        ("STE4b", voxels(), RIGHT),
        ("STE4b", voxels(without=(0.9, 0.3)), WRONG),
        ("STE5", voxels(), RIGHT),
        ("STE5", voxels(error=(0.1, 0.12)), WRONG),
        ("STE10", nonlinearities(), RIGHT),
        ("STE10", nonlinearities((0.2, 0.1)), WRONG),
    ],
)
def test_a_claim_is_what_its_results_are(id: str, results: Any, due: Verdict) -> None:
    found, said = judged(id, results)
    assert said is due, found


def test_errors_of_seeds_that_differ_leave_flatness_open() -> None:
    found = errors(growth=0.2)
    # in half of the seeds errors grow faster
    found.error.loc[{"finer": 1, "seed": slice(4, None)}] *= found.depth**0.25
    assert judged("SPH5a", found)[1] is OPEN


def test_numbers_are_those_of_the_results() -> None:
    assert judged("SPH5a", errors(growth=0.2))[0].value == pytest.approx(6**0.2)
