"""Passages and powers of curves known at a few times, against the curves themselves."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.fits.curves import curve, falls_to, first_power, value_at


@settings(max_examples=100, deadline=None)
@given(
    ratio=st.floats(1.05, 2.0),
    shift=st.floats(0.0, 1.0),
    scale=st.floats(1e-6, 1e6),
    power=st.floats(0.5, 2.0),
)
def test_the_half_of_a_smooth_decay_is_found_between_two_looks(
    ratio: float, shift: float, scale: float, power: float
) -> None:
    """L = 1 / (1 + (t / scale)^p) halves at t = scale, wherever the looks lie."""
    t = np.concatenate([[0.0], scale * ratio ** (np.arange(-40, 40) + shift)])
    found = falls_to(t, 3.0 / (1 + (t / scale) ** power))
    assert found.t == pytest.approx(scale, rel=0.02)
    assert found.gap == pytest.approx(ratio, rel=1e-9)


def test_exactly_on_a_look() -> None:
    found = falls_to((0.0, 1.0, 2.0, 4.0, 8.0), (1.0, 0.9, 0.7, 0.5, 0.1))
    assert found.t == pytest.approx(4.0, rel=1e-3)
    assert found.gap == 2.0


def test_of_another_share_and_units_of_time() -> None:
    t = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 16.0])
    y = 2.0 - 0.1 * t
    assert falls_to(t, y, 0.9).t == pytest.approx(2.0, rel=1e-3)
    assert falls_to(1e5 * t, y, 0.9).t == pytest.approx(2e5, rel=1e-3)


def test_a_fall_before_the_second_look_is_a_line() -> None:
    found = falls_to((0.0, 2.0, 4.0), (1.0, 0.25, 0.1))
    assert found.t == pytest.approx(4 / 3)
    assert math.isinf(found.gap)


def test_a_curve_that_never_falls_has_no_time() -> None:
    for t, y in (((0.0, 1.0, 2.0), (1.0, 0.9, 0.8)), ((), ()), ((0.0,), (1.0,))):
        found = falls_to(t, y)
        assert math.isnan(found.t)
        assert math.isnan(found.gap)


def test_looks_at_one_time_count_once_and_the_last_counts() -> None:
    t, y = curve((0.0, 0.0, 1.0, 1.0, 2.0, math.nan), (5.0, 4.0, 3.0, 2.0, 1.0, 0.0))
    np.testing.assert_array_equal(t, [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(y, [4.0, 2.0, 1.0])


@settings(max_examples=50, deadline=None)
@given(power=st.floats(-2.0, 2.0), factor=st.floats(1e-3, 1e3))
def test_powers_are_found_from_their_points(power: float, factor: float) -> None:
    t = np.concatenate([[0.0], np.geomspace(1e-3, 10.0, 30)])
    y = np.where(t > 0, factor * np.where(t > 0, t, 1.0) ** power, 0.0)
    assert first_power(t, y, 10.0) == pytest.approx(power, abs=1e-9)
    assert value_at(t, y, 0.37) == pytest.approx(factor * 0.37**power, rel=1e-9)


def test_a_power_is_that_of_its_range() -> None:
    """y = t + t^3 is linear up to 0.1."""
    t = np.geomspace(1e-6, 10.0, 50)
    assert first_power(t, t + t**3, 0.1) == pytest.approx(1.0, abs=0.01)
    assert first_power(t, t + t**3, 10.0, decades=0.5) > 2.5
    assert math.isnan(first_power(t, t, 1e-6))


def test_values_outside_the_looks_are_not_known() -> None:
    assert math.isnan(value_at((1.0, 2.0), (1.0, 2.0), 3.0))
    assert math.isnan(value_at((1.0, 2.0), (1.0, 2.0), 0.5))
    assert math.isnan(value_at((), (), 1.0))


def test_what_is_refused() -> None:
    with pytest.raises(BadInput, match="a value for each time"):
        falls_to((0.0, 1.0), (1.0,))
    with pytest.raises(BadInput, match="ascend"):
        falls_to((0.0, 2.0, 1.0), (1.0, 0.5, 0.2))
    with pytest.raises(BadInput, match="ascend"):
        falls_to((-1.0, 2.0), (1.0, 0.5))
    with pytest.raises(BadInput, match="share"):
        falls_to((0.0, 1.0), (1.0, 0.5), 1.0)
