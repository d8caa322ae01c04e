"""Where a curve passes a level."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.fits.curves import crossing

X = np.geomspace(0.1, 100.0, 7)


def noisy(y: np.ndarray, spread: float, seeds: int, seed: int) -> np.ndarray:
    return y[:, None] * (1 + np.random.default_rng(seed).normal(0, spread, (len(y), seeds)))


@settings(deadline=None, max_examples=40)
@given(st.floats(-2.0, 2.0).filter(lambda b: abs(b) > 0.05), st.floats(0.11, 90.0))
def test_a_power_law_crosses_where_it_should(b: float, at: float) -> None:
    found = crossing(X, np.repeat(2 * X[:, None] ** b, 3, 1), 2 * at**b, samples=20)
    assert found.value == pytest.approx(at, rel=1e-6)
    assert (found.low, found.high) == pytest.approx((at, at), rel=1e-6)


def test_a_level_at_a_point_is_crossed_there() -> None:
    y = np.array([1.0, 2.0, 4.0, 2.0])[:, None]
    x = np.array([1.0, 2.0, 4.0, 8.0])
    for level, at in ((1.0, 1.0), (2.0, 2.0), (4.0, 4.0)):
        assert crossing(x, y, level).value == pytest.approx(at)


def test_of_several_crossings_it_is_the_first() -> None:
    x, y = np.array([1.0, 10.0, 100.0]), np.array([1.0, 100.0, 1.0])
    assert crossing(x, y[:, None], 10.0).value == pytest.approx(math.sqrt(10))
    assert crossing(x[::-1], y[:, None], 10.0).value == pytest.approx(math.sqrt(10))


@pytest.mark.parametrize("seeds", [2, 3, 5, 10])
def test_the_95_percent_interval_holds_the_truth_as_often_as_it_says(seeds: int) -> None:
    holds = [
        crossing(X, noisy(X**0.8, 0.15, seeds, 1000 * seeds + i), 3.0, samples=100).holds(3**1.25)
        for i in range(100)
    ]
    assert 0.85 <= np.mean(holds) <= 1.0


@settings(deadline=None, max_examples=20)
@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_it_scales_as_x_does_and_not_as_y_and_level_do(s: float, t: float) -> None:
    y = noisy(X**0.8, 0.2, 4, 1)
    one = crossing(X, y, 3.0, samples=50)
    two = crossing(s * X, t * y, t * 3.0, samples=50)
    assert (two.value, two.low, two.high) == pytest.approx(
        (s * one.value, s * one.low, s * one.high), rel=1e-6
    )


def test_the_order_of_points_and_seeds_does_not_matter() -> None:
    rng, y = np.random.default_rng(2), noisy(X**0.8, 0.2, 5, 2)
    y[3, 1] = np.nan
    rows, columns = rng.permutation(7), rng.permutation(5)
    assert crossing(X[rows], y[rows][:, columns], 3.0) == crossing(X, y, 3.0)


def test_it_is_nan_where_there_is_none() -> None:
    found = crossing(X, noisy(X**0.8, 0.05, 4, 3), 1e4)
    assert np.isnan([found.value, found.low, found.high]).all()
    assert not found.holds(1.0)


def test_its_ends_are_nan_where_fewer_than_half_of_the_samples_cross() -> None:
    # flat but for one seed of five
    y = np.ones((2, 5))
    y[1, 0] = 3.0
    often = crossing(X[:2], y, 1.1)  # wherever it is drawn: 1 - (4/5)^5
    assert often.low < often.value
    assert often.high == pytest.approx(often.value)
    # a mean that rests on a few large seeds is reached less often than not
    skewed = np.stack([np.ones(10), 2.0 ** np.arange(10)])
    seldom = crossing(X[:2], skewed, 0.9999 * float(skewed[1].mean()))
    assert math.isfinite(seldom.value)
    assert math.isnan(seldom.low)
    assert math.isnan(seldom.high)


def test_one_seed_has_no_interval() -> None:
    found = crossing(X, X[:, None], 3.0)
    assert found.value == pytest.approx(3.0)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_bad_input_is_named() -> None:
    y = noisy(X**0.8, 0.1, 3, 0)
    with pytest.raises(BadInput, match="level must be above 0"):
        crossing(X, y, 0.0)
    with pytest.raises(BadInput, match="positive means"):
        crossing(X, -y, 1.0)
    with pytest.raises(BadInput, match="2 points"):
        crossing(X[:1], y[:1], 1.0)
