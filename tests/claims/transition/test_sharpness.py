"""Claims on the ends of Hessian spectra, on made-up results, true and false."""

import pytest
import xarray as xr

from tests.made_up.judged import OPEN, RIGHT, WRONG, judged
from tests.made_up.sharpness import along_the_flow, sharp


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("J31", sharp(), RIGHT),
        ("J31", sharp(edge=1.2), WRONG),
        ("J31", sharp(edge=0.8), WRONG),
        ("J31", sharp(edge=1.09), OPEN),
        ("J32", along_the_flow(), RIGHT),
        ("J32", sharp(exponent=0.6), WRONG),
        ("J32", sharp(exponent=1.0), WRONG),
    ],
)
def test_claims_follow_the_numbers(id: str, results: xr.Dataset, due: object) -> None:
    assert judged(id, results)[1] == due


def test_without_what_they_need_there_is_no_number() -> None:
    assert judged("J31", sharp(lr=(0.1, 0.15)))[0].value is None  # 2/eta is never reached
    assert judged("J32", sharp().isel(look=slice(3)))[0].value is None  # the loss stays large


def test_the_exponent_is_that_of_the_law() -> None:
    found, _ = judged("J32", sharp(exponent=0.52))
    assert found.value == pytest.approx(0.52, abs=1e-9)
