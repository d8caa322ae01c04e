"""Claims on foundations, on made-up results, true and false."""

from typing import Any

import numpy as np
import pytest
import xarray as xr

from claims.core.register import Verdict
from tests.made_up.foundations import bounded, checked, gabors, inverted, lazy, separated
from tests.made_up.judged import OPEN, RIGHT, WRONG, judged


@pytest.mark.parametrize(
    ("id", "results", "due"),
    [
        ("LAZ1", lazy(), RIGHT),
        ("LAZ1", lazy(moved=-0.9), WRONG),
        ("LAZ1", lazy(moved=-0.98), OPEN),
        ("LAZ1a", lazy(), RIGHT),
        ("LAZ1a", lazy(apart=-1.5), WRONG),
        ("LAZ1b", lazy(gap=-2.0), RIGHT),
        ("LAZ1b", lazy(gap=-0.5), WRONG),
        ("LAZ2", lazy(), RIGHT),
        ("LAZ2", lazy(kappa=-0.2), WRONG),
        ("LAZ2a", lazy(), RIGHT),
        ("LAZ2a", lazy(stays=-0.5), WRONG),
        ("LAZ3", lazy(), RIGHT),
        ("LAZ3", lazy(ntk=-0.2), WRONG),
        ("LAZ4", lazy(off=1.0), RIGHT),
        ("LAZ4", lazy(off=6.0), WRONG),
        ("LEC1", separated(), RIGHT),
        ("LEC1", separated(worse=0.05), WRONG),
        ("LEC1", separated(worse=0.01), OPEN),
        ("LEC1a", separated(), RIGHT),
        ("LEC1a", separated(contracted=0.9), WRONG),
        ("LEC3", bounded(), RIGHT),
        ("LEC3", bounded(fitted=0.8), WRONG),
        ("LEC3a", bounded(), RIGHT),
        ("LEC3a", bounded(margin=0.5), WRONG),
        ("LEC3a", bounded(margin=1.07), OPEN),
        ("LEC4", bounded(), RIGHT),
        ("LEC4", bounded(slope=1.1), WRONG),
        ("LEC4a", bounded(), RIGHT),
        ("LEC4a", bounded(change=0.9), WRONG),
        ("LEC6", gabors(), RIGHT),
        ("LEC6", gabors(trained=0.4), WRONG),
        ("LEC6", gabors(trained=0.5), OPEN),
        ("LEC6a", gabors(), RIGHT),
        ("LEC6a", gabors(init=0.65), WRONG),
        ("INV1", inverted(), RIGHT),
        ("INV1", inverted(behind=0.05), WRONG),
        ("INV1", inverted(behind=0.02), OPEN),
        ("INV1a", inverted(), RIGHT),
        ("INV1a", inverted(off=1e-4), WRONG),
        ("INV1b", inverted(), RIGHT),
        ("INV1c", inverted(off=1e-3), WRONG),
        ("ABC1", checked(), RIGHT),
        ("ABC1", checked(mfp=-0.5), WRONG),
        ("ABC1", checked(mfp=0.15), OPEN),
        ("ABC1a", checked(), RIGHT),
        ("ABC1a", checked(ntp=0.0), WRONG),
        ("ABC1b", checked(), RIGHT),
        ("ABC1b", checked(output=0.5), WRONG),
        ("ABC3", checked(), RIGHT),
        ("ABC3", checked(adam=1.0), WRONG),
        ("ABC3a", checked(), RIGHT),
        ("ABC3a", checked(grows=0.0), WRONG),
    ],
)
def test_a_claim_is_what_its_results_are(id: str, results: Any, due: Verdict) -> None:
    found, said = judged(id, results)
    assert said is due, found


@pytest.mark.parametrize("id", ["LEC2", "INV1d", "INV2"])
def test_what_needs_no_training(id: str) -> None:
    found, said = judged(id, None)
    assert said is RIGHT, found


def test_information_falls_through_layers() -> None:
    found, _ = judged("INV2", None)
    bits = [float(each) for each in str(found.said["bits"]).split(", ")]
    assert bits[0] == 8.0
    assert (np.diff(bits) < 0).all()


def test_numbers_are_those_of_the_results() -> None:
    assert judged("LAZ1", lazy(noise=0.0))[0].value == pytest.approx(-1)
    assert judged("LAZ2", lazy(kappa=-0.45, noise=0.0))[0].value == pytest.approx(-0.45)
    assert judged("LAZ4", lazy(off=2.0))[0].value == pytest.approx(2)
    assert judged("LEC3", bounded(fitted=0.9))[0].value == pytest.approx(0.9)
    assert judged("LEC4", bounded())[0].value == pytest.approx(0.8)
    assert judged("LEC4a", bounded())[0].value == pytest.approx(3.0)
    assert judged("INV1", inverted(0.05, noise=0.0))[0].value == pytest.approx(0.05)
    assert judged("INV1a", inverted())[0].value == pytest.approx(1e-7)
    assert judged("LEC1", separated(0.05))[0].value == pytest.approx(0.05, abs=2e-3)


@pytest.mark.parametrize(("at", "due"), [(2.0, RIGHT), (30.0, WRONG), (10.0, OPEN)])
def test_the_crossover_of_mfp(at: float, due: Verdict) -> None:
    """The kernel changes as 1 / (2 alpha / at)."""
    alpha, seeds = np.array([0.01, 1.0, 100.0]), 6
    noise = np.exp(0.1 * np.random.default_rng(0).standard_normal((2, 3, seeds)))
    change = 0.5 * (at / alpha)[None, :, None] * noise
    dims = ("dataset", "P", "L", "h", "alpha", "seed")
    ensemble = xr.DataArray(np.ones((1, 1, 1, 2, 3)), dims=dims[:-1])
    found = xr.Dataset(
        {
            "kernel_change": (dims, change[None, None, None]),
            "ensemble_error": ensemble,
            "ensemble_without": ensemble.expand_dims(seed=range(seeds)),
        },
        {"dataset": ["digits"], "P": [100], "L": [2], "h": [64, 256], "alpha": alpha},
    ).assign_coords(alpha_tilde=("alpha", alpha))
    measured, said = judged("ABC2", found)
    assert said is due, measured
    assert measured.value == pytest.approx(at, rel=0.2)
