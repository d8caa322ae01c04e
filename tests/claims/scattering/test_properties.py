"""The claims on what scattering proves, on made-up results, true and false."""

from typing import Any

import jax
import pytest

from claims.core.register import Verdict
from tests.made_up.judged import CLAIMS, OPEN, RIGHT, WRONG, judged
from tests.made_up.properties import properties

IDENTITIES = ("SCT7", "SCT8", "SCT14", "PCS2", "PCS4")


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("SCT1", {}, RIGHT),
        ("SCT1", {"fourier": 0.5}, WRONG),
        ("SCT1", {"fourier": 0.86, "noise": 0.02}, OPEN),
        ("SCT2", {}, RIGHT),
        ("SCT2", {"ripple": 2.0}, WRONG),
        ("SCT2", {"ripple": 1.39}, OPEN),
        ("SCT3", {}, RIGHT),
        ("SCT3", {"expansion": 1.1}, WRONG),
        ("SCT4", {}, RIGHT),
        ("SCT4", {"slope": 0.5}, WRONG),
        ("SCT4", {"slope": 1.15}, OPEN),
        ("SCT4a", {}, RIGHT),
        ("SCT4a", {"spread": 5.0}, WRONG),
        ("SCT5", {}, RIGHT),
        ("SCT5", {"gain": 1.2}, WRONG),
        ("SCT5", {"gain": 2.5}, OPEN),
        ("SCT5a", {}, RIGHT),
        ("SCT5a", {"average": 1.2}, WRONG),
        ("SCT6", {}, RIGHT),
        ("SCT6", {"commutator": 2.0}, WRONG),
        ("SCT6a", {"commutator": 1.0}, RIGHT),
        ("SCT6a", {}, WRONG),
        ("SCT9", {}, RIGHT),
        ("SCT9", {"energy": 0.8}, WRONG),
        ("SCT9", {"energy": 0.95}, OPEN),
        ("SCT9a", {}, Verdict.REPORTED),
        ("SCT10", {}, RIGHT),
        ("SCT10", {"outer": 0.02}, WRONG),
        ("SCT10", {"outer": 0.01}, OPEN),
        ("SCT10a", {}, RIGHT),
        ("SCT10a", {"inner": 0.001}, WRONG),
        ("SCT12", {}, RIGHT),
        ("SCT12", {"shift": 20.0}, WRONG),
        ("SCT13", {}, RIGHT),
        ("SCT13", {"turned": 1e-3}, WRONG),
        ("SCT13a", {}, RIGHT),
        ("SCT13a", {"between": 0.3}, WRONG),
        ("PCS1", {}, RIGHT),
        ("PCS1", {"shift": 1.1}, WRONG),
        ("PCS1a", {}, RIGHT),
        ("PCS1a", {"shift": 0.5}, WRONG),
        ("PCS3", {}, RIGHT),
        ("PCS3", {"mixed": 0.7}, WRONG),
        ("PCS3", {"mixed": 0.88}, OPEN),
        ("PCS11", {}, RIGHT),
        ("PCS11", {"linear": 0.3}, WRONG),
        ("PCS11", {"linear": 0.48}, OPEN),
        ("PCS11a", {}, RIGHT),
        ("PCS11a", {"moduli": 0.3}, WRONG),
        ("PCS11a", {"moduli": 0.1}, OPEN),
    ],
)
def test_a_claim_is_what_its_results_are(id: str, results: dict[str, Any], due: Verdict) -> None:
    found, said = judged(id, properties(**results))
    assert said is due, found
    assert found.worded(CLAIMS[id].statement).text


@pytest.mark.parametrize("id", IDENTITIES)
def test_what_is_exact_is_true(id: str) -> None:
    with jax.numpy_rank_promotion("allow"):
        found, said = judged(id)
    assert said is RIGHT, found


def test_numbers_are_those_of_the_results() -> None:
    exact = properties(noise=0.0)
    assert judged("SCT2", exact)[0].value == pytest.approx(1.05 ** (4 / 5))
    assert judged("SCT4", exact)[0].value == pytest.approx(1.0)
    assert judged("SCT5", exact)[0].value == pytest.approx(2.0)
    assert judged("SCT6a", exact)[0].value == pytest.approx(4.0)
    assert judged("SCT6", exact)[0].value == pytest.approx(0.5)
    assert judged("SCT3", exact)[0].n == 6 * (16 + 64)
    found, _ = judged("SCT4a", exact)
    assert found.value == pytest.approx(1.2 ** (4 / 5))
    assert found.said["fourier"] == pytest.approx(6 / 2)
    assert judged("SCT10", properties(outer=1e-3))[0].value == pytest.approx(1e-3)
    assert judged("PCS11", properties(linear=0.45, noise=0.0))[0].value == pytest.approx(0.45)
