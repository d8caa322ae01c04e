"""Claims about networks that halve images and learn, on made-up results, true and false."""

from typing import Any

import numpy as np
import pytest

from claims.core.register import Verdict
from tests.made_up.judged import OPEN, RIGHT, WRONG, judged
from tests.made_up.profiles import OFFSETS, of_random_labels, one_image, profiles


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("RUD3", profiles(), RIGHT),
        ("RUD3", profiles(converge=1.2), WRONG),
        ("RUD3", profiles(converge=0.45, noise=0.05), OPEN),
        ("RUD3a", profiles(), RIGHT),
        ("RUD3a", profiles(converge=1.2), WRONG),
        ("RUD3b", profiles(early=1.0), RIGHT),
        ("RUD3b", profiles(converge=1.2), WRONG),
        ("RUD4", profiles(), RIGHT),
        ("RUD4", profiles(early=0.8), WRONG),
        ("RUD4", profiles(early=1.0), OPEN),
        ("RUD6", one_image(), RIGHT),
        ("RUD6", one_image(slope=0.05), WRONG),
        ("RUD6", one_image(slope=0.0), OPEN),
        ("RUD6a", one_image(), RIGHT),
        ("RUD6a", one_image(first=2.2), WRONG),
        ("RUD7", profiles(deeper=0.0), RIGHT),
        ("RUD7", profiles(tv=1.9), WRONG),
        ("RUD7", profiles(tv=1.82, deeper=0.0), OPEN),
        ("RUD7a", profiles(deeper=0.0), RIGHT),
        ("RUD7a", profiles(tv=1.84, deeper=0.0), WRONG),
        ("RUD8", profiles(), RIGHT),
        ("RUD8", profiles(deeper=-0.1), WRONG),
        ("RUD8", profiles(deeper=0.0), OPEN),
        ("RUD9", of_random_labels(), RIGHT),
        ("RUD9", of_random_labels(converge=0.0), WRONG),
        ("RUD9a", of_random_labels(), RIGHT),
        ("RUD9a", of_random_labels(spread=0.0), WRONG),
        ("RUD10", profiles(), RIGHT),
        ("RUD10", profiles(power=-0.5), WRONG),
    ],
)
def test_a_claim_is_what_its_results_are(id: str, results: Any, due: Verdict) -> None:
    found, said = judged(id, results)
    assert said is due, found


def test_numbers_are_those_of_the_results() -> None:
    exact = profiles(0.2, noise=1e-9)
    assert judged("RUD3", exact)[0].value == pytest.approx(0.2, rel=1e-6)
    found, _ = judged("RUD4", exact)
    assert found.value == pytest.approx(1.5, rel=1e-6)
    assert "conv1_2 with average" in found.text
    found, _ = judged("RUD7", exact)
    assert found.value == pytest.approx((1.8 + 0.04) / 1.86, rel=1e-6)
    assert "strided-ReLU, conv2_1" in found.text
    assert judged("RUD8", exact)[0].value == pytest.approx(1.0)
    assert judged("RUD6", one_image(noise=0.0))[0].value == pytest.approx(-0.05)
    wide = of_random_labels(noise=0.02)
    tv = wide.tv.sel(state="trained", labels="random")
    between = tv.mean("seed").var("down", ddof=1).sum()
    within = tv.var("seed", ddof=1).mean("down").sum()
    found, _ = judged("RUD9a", wide)
    assert found.value == pytest.approx(float(between / within))
    assert float(between) == pytest.approx(3 * 0.01 * OFFSETS.var(ddof=1), rel=0.2)
    assert found.low < found.value < found.high  # type: ignore[operator]
    assert np.isfinite([found.low, found.high]).all()  # type: ignore[list-item]
