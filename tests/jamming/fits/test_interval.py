"""Intervals from bootstrap samples: those of Student where noise is normal."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jamming.checks.errors import BadInput
from jamming.fits.seeds import Interval, interval, small_sample_factor


@pytest.mark.parametrize("n", [2, 3, 5, 20, 1000])
@pytest.mark.parametrize("level", [0.68, 0.95])
def test_stretched_it_is_the_interval_of_student(n: int, level: float) -> None:
    values = np.random.default_rng(n).normal(3.0, 2.0, n)
    spread = values.std(ddof=0) / math.sqrt(n)  # that of a bootstrap of the mean
    samples = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000, values.mean(), spread)
    found = interval(float(values.mean()), samples, small_sample_factor(n, 1, level), level)
    low, high = stats.t.interval(level, n - 1, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high), rel=3e-3)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(0.1, 10.0), min_size=1, max_size=30),
    st.floats(0.1, 10.0),
    st.floats(0.5, 10.0),
)
def test_the_logarithm_of_an_interval_is_that_of_the_logarithm(
    values: list[float], value: float, factor: float
) -> None:
    samples = np.array(values)
    # the quantiles of logarithms are the logarithms of quantiles only where these are samples
    samples = np.repeat(samples, 1 if len(samples) == 1 else 1000)
    plain = interval(math.log(value), np.log(samples), factor, 0.95)
    logs = interval(value, samples, factor, 0.95, log=True)
    assert math.log(logs.low) == pytest.approx(plain.low, abs=0.02 * factor)
    assert math.log(logs.high) == pytest.approx(plain.high, abs=0.02 * factor)
    assert logs.low <= logs.value <= logs.high


def test_it_knows_nothing_where_fewer_than_half_of_the_samples_do() -> None:
    nan, some = np.nan, np.array([1.0, 1.0, 2.0])
    known = interval(1.5, np.concatenate([some, np.full(3, nan)]), 1.0, 0.95)
    assert known.low < 1.5 < known.high
    assert known == interval(1.5, some, 1.0, 0.95)
    unknown = interval(1.5, np.concatenate([some, np.full(4, nan)]), 1.0, 0.95)
    assert unknown.value == 1.5
    assert math.isnan(unknown.low)
    assert math.isnan(unknown.high)
    assert not unknown.holds(1.5)


def test_it_holds_its_ends_and_what_is_between() -> None:
    one = Interval(1.0, 0.5, 2.0)
    assert [one.holds(x) for x in (0.4, 0.5, 1.7, 2.0, 2.1, math.nan)] == [
        *(False, True, True, True, False, False)
    ]


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, math.nan])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(BadInput, match="share"):
        interval(1.0, np.ones(3), 1.0, level)
