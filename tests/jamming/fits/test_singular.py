"""Power laws that diverge at a point that is not known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.fits.power import singular

X = np.array([130.0, 150.0, 180.0, 220.0, 280.0, 370.0, 500.0])


def law(
    at: float, exponent: float, seeds: int = 1, noise: float = 0.0, seed: int = 0
) -> np.ndarray:
    """[n, seeds] of 3 (x / at - 1)^exponent, with lognormal noise of mean 1."""
    rng = np.random.default_rng(seed)
    factor = np.exp(noise * rng.normal(size=(len(X), seeds)) - noise**2 / 2)
    return 3 * ((X / at - 1) ** exponent)[:, None] * factor


@settings(max_examples=20, deadline=None)
@given(at=st.floats(60, 120), exponent=st.floats(-3, -0.5), scale=st.floats(1e-3, 1e3))
def test_an_exact_law_is_found(at: float, exponent: float, scale: float) -> None:
    found = singular(X, scale * law(at, exponent), (40.0, 128.0), samples=2)
    assert found.at.value == pytest.approx(at, rel=0.03)
    assert found.exponent.value == pytest.approx(exponent, rel=0.1)
    assert math.isnan(found.chi2)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    hits = 0
    for seed in range(40):
        found = singular(X, law(100.0, -2.0, 10, 0.2, seed), (40.0, 128.0), samples=200)
        hits += found.exponent.holds(-2.0) and found.at.holds(100.0)
    assert hits >= 33


def test_a_law_that_holds_has_a_chi2_of_order_one_and_another_a_large_one() -> None:
    good = singular(X, law(100.0, -2.0, 20, 0.1), (40.0, 128.0), samples=2)
    assert 0.1 < good.chi2 < 4
    bent = law(100.0, -2.0, 20, 0.1) + 3 * np.exp(-(((X - 220) / 30) ** 2))[:, None]
    assert singular(X, bent, (40.0, 128.0), samples=2).chi2 > 10


def test_values_that_are_not_there_are_left_out() -> None:
    y = law(100.0, -2.0, 4)
    y[2, 1] = np.nan
    y[4] = np.nan
    found = singular(X, y, (40.0, 128.0), samples=20)
    assert found.exponent.value == pytest.approx(-2.0, rel=0.05)
    assert (found.x_min, found.x_max) == (130.0, 500.0)


def test_what_cannot_be_fitted_is_refused() -> None:
    y = law(100.0, -2.0)
    with pytest.raises(BadInput, match="below all x"):
        singular(X, y, (40.0, 140.0))
    with pytest.raises(BadInput, match="points"):
        singular(X[:3], y[:3], (40.0, 128.0))
    with pytest.raises(BadInput, match="positive means"):
        singular(X, -y, (40.0, 128.0))
