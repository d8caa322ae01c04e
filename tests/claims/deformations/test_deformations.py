"""The claims of the chapter on made-up results, true and false, and on what needs no results."""

import math
from typing import Any

import numpy as np
import pytest

from claims.core.discover import CHAPTERS
from claims.core.register import Verdict
from claims.deformations import fields, stability
from jamming.images.fields import coefficients
from tests.made_up.deformations import (
    augmented,
    halved,
    learnt,
    over_points,
    random_fields,
    related,
    stabilities,
    stripes,
    transferred,
)
from tests.made_up.diagrams import an_observed_diagram
from tests.made_up.judged import OPEN, RIGHT, WRONG, judged


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("DIF1", random_fields(), RIGHT),
        ("DIF1", random_fields(sums=1.1), WRONG),
        ("DIF1", random_fields(sums=1.03), OPEN),
        ("DIF1a", random_fields(), RIGHT),
        ("DIF1a", random_fields(sums=1.2), WRONG),
        ("DIF1b", random_fields(), OPEN),
        ("DIF1b", random_fields(sums=0.95), WRONG),
        ("DIF2", random_fields(), RIGHT),
        ("DIF2", random_fields(sums=0.9), WRONG),
        ("DIF2a", random_fields(), WRONG),
        ("DIF2b", random_fields(), RIGHT),
        ("DIF2b", random_fields(sums=1.5), WRONG),
        ("DIF3", random_fields(), RIGHT),
        ("DIF3", random_fields(formula=0.93), WRONG),
        ("DIF3a", random_fields(formula=0.93), RIGHT),
        ("DIF3a", random_fields(formula=0.7), WRONG),
        ("DIF4", random_fields(formula=0.93), RIGHT),
        ("DIF4", random_fields(formula=0.8), WRONG),
        ("DIF4a", random_fields(formula=0.85), WRONG),
        ("DIF5", random_fields(fold=1.0), RIGHT),
        ("DIF5", random_fields(fold=1.01), WRONG),
        ("DIF8", stabilities(), RIGHT),
        ("DIF8", stabilities(bilinear=2.0), WRONG),
        ("DIF8", stabilities(bilinear=1.25, noise=0.1), OPEN),
        ("REL5", stabilities(), RIGHT),
        ("REL5", stabilities(R=0.05), WRONG),
        ("REL5", stabilities(R=3.0, noise=0.3), OPEN),
        ("REL6", learnt(), RIGHT),
        ("REL6", learnt(R=0.4), WRONG),
        ("REL6", learnt(R=0.3), OPEN),
        ("REL6a", learnt(), RIGHT),
        ("REL6a", learnt(R=0.4), WRONG),
        ("REL7", learnt(), RIGHT),
        ("REL7", learnt(R=0.01), WRONG),
        ("REL7a", an_observed_diagram(), RIGHT),
        ("REL7a", an_observed_diagram(rise=0.0), WRONG),
        ("REL7a", an_observed_diagram(error=0.5), OPEN),
        ("REL8", learnt(), RIGHT),
        ("REL8", learnt(R=0.01), WRONG),
        ("REL7b", learnt(), RIGHT),
        ("REL7b", learnt(R=0.01), WRONG),
        ("REL8a", an_observed_diagram(), RIGHT),
        ("REL8a", an_observed_diagram(rise=-0.3), WRONG),
        ("REL8b", learnt(R=0.6 / 40, slope=0.0), RIGHT),
        ("REL8b", learnt(), WRONG),
        ("REL8b", learnt(R=0.9 / 40, slope=0.0), OPEN),
        ("REL11", learnt(), RIGHT),
        ("REL11", learnt(growth=-0.2), WRONG),
        ("REL11", learnt(growth=0.0), OPEN),
        ("REL10", stabilities(), RIGHT),
        ("REL10", stabilities(deepest=0.1), WRONG),
        ("REL10a", learnt(), RIGHT),
        ("REL10a", learnt(R=30.0), WRONG),
        ("REL10a", learnt(R=1.0, slope=0.0), OPEN),
        ("REL1", related(), RIGHT),
        ("REL1", related(slope=1.0), WRONG),
        ("REL1", related(noise=0.8), OPEN),
        ("REL2", related(), RIGHT),
        ("REL2", related(slope=-0.5), WRONG),
        ("REL2", related(noise=1.5), OPEN),
        ("REL3", related(), RIGHT),
        ("REL3", related(by_R=0.0), WRONG),
        ("REL4", related(slope=-0.5), WRONG),
        ("REL4", related(by_R=0.8, scatter=0.5, networks=400), RIGHT),
        ("REL4", related(), OPEN),
        ("REL14", related(), RIGHT),
        ("REL14", related(slope=-0.5), WRONG),
        ("REL15", related(), RIGHT),
        ("REL15", related(by_R=0.0), WRONG),
        ("REL12", related(noise=0.0), RIGHT),
        ("REL12", related(bend=0.01), WRONG),
        ("REL12a", related(bend=3.0, noise=0.001), RIGHT),
        ("REL12a", related(bend=20.0, noise=0.001), WRONG),
        ("REL9", over_points(), RIGHT),
        ("REL9", over_points(slope=0.2), WRONG),
        ("REL9", over_points(flat=500), OPEN),
        ("REL9a", over_points(), RIGHT),
        ("REL9a", over_points(slope=-0.2), WRONG),
        ("REL13", augmented(), RIGHT),
        ("REL13", augmented(translate=10.0), WRONG),
        ("REL13a", augmented(), RIGHT),
        ("REL13a", augmented(deform=2.0), WRONG),
        ("REL13a", augmented(deform=0.8), OPEN),
        ("REL16", transferred(), RIGHT),
        ("REL16", transferred(R=1.5), WRONG),
        ("REL16", transferred(error=1.2), WRONG),
        ("REL16", transferred(R=1.0, noise=0.3), OPEN),
        ("RUD2", halved(), RIGHT),
        ("RUD2", halved({"max": 0.9}), WRONG),
        ("RUD2", halved({"max": 0.75}), OPEN),
        ("RUD2a", halved(), RIGHT),
        ("RUD2a", halved({"average": 0.7}), WRONG),
        ("RUD2b", halved(), RIGHT),
        ("RUD2b", halved({"strided": 0.5}), WRONG),
        ("RUD5", halved(), RIGHT),
        ("RUD5", halved(smoothing=1.1), WRONG),
        ("RUD5a", halved(smoothing=1.0), OPEN),
        ("STR5", stripes(), RIGHT),
        ("STR5", stripes(slope=-0.4), WRONG),
        ("STR5", stripes(noise=2.0), OPEN),
        ("STR5a", stripes(), RIGHT),
        ("STR5a", stripes(radius=1.5), WRONG),
    ],
)
def test_a_claim_is_what_its_results_are(id: str, results: Any, due: Verdict) -> None:
    found, said = judged(id, results)
    assert said is due, found


@pytest.mark.parametrize("id", [one.id for one in CHAPTERS["deformations"] if not one.experiments])
def test_what_is_exact_is_true(id: str) -> None:
    found, said = judged(id)
    assert said is RIGHT, found
    assert found.text


def test_numbers_are_those_of_the_results() -> None:
    found, _ = judged("DIF1", random_fields(sums=1.1))
    assert found.value == pytest.approx(1.1, abs=1e-6)
    found, _ = judged("DIF2a", random_fields())
    assert found.value == pytest.approx(0.71, abs=1e-3)
    assert "0.710, 0.743, 0.791" in found.text
    found, _ = judged("DIF4", random_fields(formula=0.9))
    assert found.value == pytest.approx(0.9**-2, rel=0.01)
    assert f"up to {0.81**-2:.2f}, {0.81**-2:.2f} times" in found.text
    found, _ = judged("DIF2b", random_fields())
    assert found.value == pytest.approx((2.2027 - 1.3981) / (math.pi / 4 * math.log(3)), abs=1e-3)
    found, _ = judged("STR5", stripes(noise=0.0))
    assert found.value == pytest.approx(-1.0)
    assert "alpha~ = 1000 -0.40" in found.text
    found, _ = judged("REL5", stabilities(R=0.1, noise=0.0))
    assert found.value == pytest.approx(-1.0)
    found, _ = judged("REL13", augmented(noise=0.0))
    assert found.value == pytest.approx(1 / 0.6)
    assert found.said["network"] == "strided"
    assert found.said["each"] == "none 0.1, translate 0.08, deform 0.06"
    found, _ = judged("RUD2a", halved(noise=0.0))
    assert found.value == pytest.approx(2.0)
    assert found.n == 5


def test_the_least_certain_of_several_decides() -> None:
    """A network that scatters more than all others, at the same mean."""
    found = stabilities(R=1.0, noise=0.01)
    wild = found.R.copy()
    wild.loc[{"network": "resnet18"}] = 10.0 ** np.array([-1, -0.5, 0, 0.5, 1])[:, None, None, None]
    number, said = judged("REL5", found.assign(R=wild))
    assert said is OPEN
    assert number.value == pytest.approx(0.0)
    assert "resnet18 on mnist" in number.text


def test_a_field_that_does_not_vanish_on_the_frame_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert fields.on_the_frame().value < 1e-6  # type: ignore[operator]

    def shifted(key: Any, n: int, c: int, T: float) -> np.ndarray:
        return 1e-3 + 0 * np.asarray(coefficients(key, n, T))

    monkeypatch.setattr(fields.fields, "sample_field", shifted)
    assert fields.on_the_frame().value == pytest.approx(1.0)


def test_a_network_of_other_parameters_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(stability.COUNTED, "lenet", 62_000)
    assert stability.counted().value == 6
    assert "209802, 62006" in str(stability.counted().said["ours"])
