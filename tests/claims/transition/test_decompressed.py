"""Claims on threshold states, on made-up ones, true and false."""

import pytest
import xarray as xr

from claims.core.register import Verdict, verdict
from tests.made_up.decompressed import thresholds
from tests.made_up.judged import CLAIMS, RIGHT, WRONG, accepted, judged


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("J18", thresholds(), RIGHT),
        ("J18", thresholds(gamma=0.0), WRONG),
        ("J18", thresholds(gamma=0.5), WRONG),
        ("J18a", thresholds(), RIGHT),
        ("J18a", thresholds(theta=0.0), WRONG),
        ("J18a", thresholds(theta=0.8, N=4000), WRONG),
        ("J19", thresholds(gamma=0.16), RIGHT),
        ("J19a", thresholds(theta=0.2), RIGHT),
        ("J20", thresholds(gamma=0.25), RIGHT),
        ("J20", thresholds(gamma=0.0), WRONG),
        ("J2a", thresholds(), RIGHT),
        ("J2a", thresholds(height=0.3), WRONG),
        ("J17a", thresholds(height=0.5), RIGHT),
        ("J17a", thresholds(height=0.75), WRONG),
    ],
)
def test_claims_follow_the_numbers(id: str, results: xr.Dataset, due: Verdict) -> None:
    number, found = judged(id, results)
    assert found in (due, Verdict.UNDECIDED), number  # exponents scatter
    assert found is due or not id.endswith("7a"), number


def test_images_are_told_from_random_points() -> None:
    random, images = thresholds(), thresholds(height=0.5)
    claim = CLAIMS["J17b"]
    for results, due in ((images, RIGHT), (random, WRONG)):
        number = claim.statistic({"decompress-mnist": results, "decompress-random": random})
        assert verdict(number, accepted(claim)) is due
        assert number.value == pytest.approx(float(results.n_delta.mean()) / 0.75, abs=0.01)


def test_networks_that_did_not_come_down_and_too_few_contacts_give_no_number() -> None:
    for id in ("J18", "J18a", "J2a"):
        assert judged(id, thresholds(loss=1e-3))[0].value is None
    assert judged("J18a", thresholds(N=100, seeds=5))[0].value is None  # 375 overlaps
