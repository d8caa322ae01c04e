"""Power laws: recovered from data that have them, and as independent fits find them."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from jamming.checks.errors import BadInput
from jamming.fits.power import corrected, power_law, with_floor
from jamming.fits.seeds import Interval, points

X = np.geomspace(10.0, 1000.0, 8)
untimed = settings(deadline=None, max_examples=25)


def noisy(y: np.ndarray, spread: float, seeds: int, seed: int) -> np.ndarray:
    """y (1 + noise) for every seed: [n, seeds]."""
    noise = np.random.default_rng(seed).normal(0.0, spread, (len(y), seeds))
    return y[:, None] * (1 + noise)


def errors(y: np.ndarray) -> np.ndarray:
    return points(X, y, least=1, samples=1, seed=0).error


def scaled(one: Interval, factor: float) -> Any:
    return pytest.approx((one.value * factor, one.low * factor, one.high * factor), rel=1e-3)


def ends(one: Interval) -> tuple[float, float, float]:
    return one.value, one.low, one.high


@untimed
@given(st.floats(-2.0, 2.0), st.floats(0.01, 100.0), st.integers(0, 1000))
def test_a_power_law_is_recovered(b: float, A: float, seed: int) -> None:
    found = power_law(X, noisy(A * X**b, 0.1, 10, seed))
    error = 0.1 / math.sqrt(10) / math.sqrt(((np.log(X) - np.log(X).mean()) ** 2).sum())
    assert abs(found.exponent.value - b) < 5 * error
    assert 0.3 < (found.exponent.high - found.exponent.low) / (4 * error) < 3
    assert abs(math.log(found.prefactor.value / A)) < 5 * error * math.sqrt(22.0 + 2.3)
    assert 0 < found.chi2 < 10
    assert (found.x_min, found.x_max) == pytest.approx((10.0, 1000.0))


@untimed
@given(st.floats(-2.0, 2.0), st.floats(0.01, 100.0), st.integers(1, 5))
def test_an_exact_power_law_is_exact(b: float, A: float, seeds: int) -> None:
    found = power_law(X, np.repeat(A * X[:, None] ** b, seeds, 1))
    for end in ends(found.exponent):
        assert end == pytest.approx(b, abs=1e-9)
    for end in ends(found.prefactor):
        assert end == pytest.approx(A, rel=1e-8)
    assert math.isnan(found.chi2)


@pytest.mark.parametrize("seeds", [1, 2])
def test_with_fewer_than_three_seeds_it_is_the_line_of_polyfit(seeds: int) -> None:
    y = noisy(3 * X**-0.7, 0.2, seeds, 1)
    found = power_law(X, y)
    b, ln_a = np.polyfit(np.log(X), np.log(y.mean(1)), 1)
    assert found.exponent.value == pytest.approx(b, rel=1e-10)
    assert found.prefactor.value == pytest.approx(math.exp(ln_a), rel=1e-10)
    assert found.exponent.low < b < found.exponent.high
    assert math.isnan(found.chi2)


def test_with_more_it_is_that_of_curve_fit() -> None:
    y = noisy(3 * X**-0.7, 0.05, 6, 2) * (1 + 0.02 * np.arange(6))
    found, error = power_law(X, y), errors(y) / y.mean(1)
    theirs, covariance = optimize.curve_fit(
        lambda t, a, b: a + b * t, np.log(X), np.log(y.mean(1)), sigma=error, absolute_sigma=True
    )
    assert found.exponent.value == pytest.approx(theirs[1], rel=1e-6)
    assert found.prefactor.value == pytest.approx(math.exp(theirs[0]), rel=1e-6)
    left = (np.log(y.mean(1)) - theirs[0] - theirs[1] * np.log(X)) / error
    assert found.chi2 == pytest.approx((left**2).sum() / 6, rel=1e-6)
    width = found.exponent.high - found.exponent.low
    assert width == pytest.approx(2 * 2.571 * math.sqrt(covariance[1, 1]), rel=0.6)


@pytest.mark.parametrize("seeds", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("shared", [0.0, 0.1])
def test_the_95_percent_interval_holds_the_truth_as_often_as_it_says(
    seeds: int, shared: float
) -> None:
    """Noise of each point, and noise of a seed that all points share."""
    rng, holds = np.random.default_rng(seeds), []
    for i in range(150):
        y = noisy(3 * X**-0.7, 0.1, seeds, 1000 * seeds + i) * (1 + shared * rng.normal(size=seeds))
        found = power_law(X, y, samples=100)
        holds.append(found.exponent.holds(-0.7))
    assert 0.85 <= np.mean(holds) <= 1.0


def test_goodness_of_fit_tells_a_law_from_none() -> None:
    def chi2(y: np.ndarray) -> list[float]:
        return [power_law(X, noisy(y, 0.05, 10, seed), samples=10).chi2 for seed in range(30)]

    holds, bends = chi2(3 * X**-0.7), chi2(3 * X**-0.7 + 0.05)
    assert 0.7 < np.mean(holds) < 1.5
    assert min(bends) > max(holds)


@untimed
@given(st.floats(0.01, 100.0), st.floats(0.01, 100.0), st.sampled_from([1, 2, 4]))
def test_laws_scale_as_x_and_y_do(s: float, t: float, seeds: int) -> None:
    y = noisy(3 * X**-0.7, 0.05, seeds, 3) + 0.1
    law, other = power_law(X, y, samples=50), power_law(t * X, s * y, samples=50)
    assert ends(other.exponent) == scaled(law.exponent, 1.0)
    assert other.prefactor.value == pytest.approx(
        law.prefactor.value * s * t**-law.exponent.value, rel=1e-6
    )
    assert other.chi2 == pytest.approx(law.chi2, rel=1e-6, nan_ok=True)
    floor, higher = with_floor(X, y, samples=50), with_floor(t * X, s * y, samples=50)
    assert ends(higher.exponent) == scaled(floor.exponent, 1.0)
    assert ends(higher.floor) == scaled(floor.floor, s)
    assert higher.chi2 == pytest.approx(floor.chi2, rel=1e-4, nan_ok=True)
    sums, more = corrected(X, y, samples=50), corrected(t * X, s * y, samples=50)
    assert ends(more.floor) == scaled(sums.floor, s)
    for e, a, b in zip(sums.exponents, sums.prefactors, more.prefactors, strict=True):
        assert ends(b) == scaled(a, s * t**-e)


@pytest.mark.parametrize("fit", [power_law, with_floor, corrected])
@pytest.mark.parametrize("seeds", [1, 4])
@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_laws_do_not_depend_on_the_range_of_numbers(fit: Any, seeds: int, scale: float) -> None:
    y = noisy(3 * X**-0.7 + 0.1, 0.05, seeds, 3)
    law, other = fit(X, y, samples=50), fit(X, scale * y, samples=50)
    assert other.chi2 == pytest.approx(law.chi2, rel=1e-4, nan_ok=True)
    assert (seeds == 1) == math.isnan(law.chi2)
    if fit is not corrected:
        assert ends(other.exponent) == scaled(law.exponent, 1.0)
    if fit is not power_law:
        np.testing.assert_allclose(np.divide(ends(other.floor), scale), ends(law.floor), 1e-3)


@pytest.mark.parametrize("fit", [power_law, with_floor, corrected])
@pytest.mark.parametrize("seeds", [1, 5])
def test_the_order_of_points_and_seeds_does_not_matter(fit: Any, seeds: int) -> None:
    rng = np.random.default_rng(5)
    y = noisy(3 * X**-0.7, 0.1, seeds, 4)
    y[3, seeds - 1 :] = np.nan
    rows = rng.permutation(len(X))
    there = repr(fit(X, y))  # all digits, and NaN is NaN
    assert repr(fit(X, y)) == there
    assert repr(fit(X[rows], y[rows][:, rng.permutation(seeds)])) == there
    gone = np.full(1, np.nan)
    more = np.append(X, 5.0), np.vstack([y, np.repeat(gone, seeds)])
    assert repr(fit(*more)) == there


@pytest.mark.parametrize("b", [-1.3, -0.5, 0.4, 2.0])
def test_a_floor_is_recovered_within_its_interval(b: float) -> None:
    A = 0.5 if b > 0 else 3.0
    found = with_floor(X, 0.2 * 10**b * A + noisy(A * X**b, 0.02, 10, 7))
    assert found.exponent.holds(b)
    assert found.floor.holds(0.2 * 10**b * A)
    assert found.prefactor.holds(A)
    assert found.exponent.high - found.exponent.low < 0.3
    assert found.chi2 < 3


@pytest.mark.parametrize("floor", [0.0, 0.2, -0.5])
def test_an_exact_law_above_an_exact_floor_is_exact(floor: float) -> None:
    found = with_floor(X, (floor + 3 * X**-0.7)[:, None])
    assert found.exponent.value == pytest.approx(-0.7, abs=1e-5)
    assert found.floor.value == pytest.approx(floor, abs=1e-5)
    assert found.prefactor.value == pytest.approx(3.0, rel=1e-4)


@pytest.mark.parametrize("seeds", [1, 6])
def test_a_floor_is_that_of_curve_fit(seeds: int) -> None:
    y = 0.3 + noisy(3 * X**-0.7, 0.1, seeds, 8)
    found, error = with_floor(X, y), errors(y)
    theirs, _ = optimize.curve_fit(
        lambda x, c, A, b: c + A * x**b,
        X,
        y.mean(1),
        p0=(0.3, 3.0, -0.7),
        sigma=error if seeds > 2 else None,
        ftol=1e-12,
        xtol=1e-12,
    )
    values = [found.floor.value, found.prefactor.value, found.exponent.value]
    assert values == pytest.approx(theirs.tolist(), rel=1e-4)


def test_a_scan_answers_whatever_the_data_are() -> None:
    for seed in range(20):
        y = np.random.default_rng(seed).normal(size=(8, 4))
        found = with_floor(X, y, exponents=(-2.0, 0.0), samples=20)
        assert np.isfinite([found.floor.value, found.prefactor.value, found.chi2]).all()
        assert -2 <= found.exponent.value <= 0


def test_the_law_of_the_test_error_is_recovered() -> None:
    """Geiger et al., Scaling description of generalization, 2020, Fig. 2."""
    N = np.geomspace(2e4, 6e6, 10)
    y = noisy(0.054 + 6.4 * N**-0.5 - 49 * N**-0.75, 0.01, 20, 9)
    found = corrected(N, y)
    assert found.floor.holds(0.054)
    assert found.prefactors[0].holds(6.4)
    assert found.prefactors[1].holds(-49.0)
    assert found.floor.high - found.floor.low < 0.004
    assert found.exponents == (-0.5, -0.75)
    assert found.chi2 < 3
    exact = corrected(N, (0.054 + 6.4 * N**-0.5 - 49 * N**-0.75)[:, None])
    assert exact.floor.value == pytest.approx(0.054, rel=1e-9)
    assert [a.value for a in exact.prefactors] == pytest.approx([6.4, -49.0], rel=1e-8)


@untimed
@given(st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3), st.sampled_from([1, 5]))
def test_corrections_are_those_of_weighted_linear_least_squares(
    terms: list[float], seeds: int
) -> None:
    y = np.array([1.0, 1 / X[0], 1 / X[0] ** 2]) * terms @ np.stack([X**0, X, X**2])
    y = y[:, None] + np.random.default_rng(10).normal(size=(8, seeds))
    found = corrected(X, y, (1.0, 2.0), samples=50)
    weights = 1 / errors(y) if seeds > 2 else None
    theirs = np.polyfit(X, y.mean(1), 2, w=weights)[::-1]
    mine = [found.floor.value, *(a.value for a in found.prefactors)]
    assert mine == pytest.approx(theirs.tolist(), rel=1e-6, abs=1e-9)


def test_the_intervals_of_floors_and_corrections_hold_the_truth_as_often_as_they_say() -> None:
    holds: list[list[bool]] = []
    for seed in range(60):
        y = 0.2 + noisy(3 * X**-0.5, 0.05, 6, seed)
        floor, sums = with_floor(X, y, samples=60), corrected(X, y, (-0.5, -1.0), samples=200)
        holds.append([floor.floor.holds(0.2), floor.exponent.holds(-0.5), sums.floor.holds(0.2)])
    assert (np.mean(holds, 0) >= 0.85).all()


def test_bad_input_is_named() -> None:
    y = noisy(3 * X**-0.7, 0.1, 2, 0)
    for fit, least in ((power_law, 3), (with_floor, 4), (corrected, 4)):
        with pytest.raises(BadInput, match=f"{least} points"):
            fit(X[: least - 1], y[: least - 1])
        fit(X[:least], y[:least], samples=10)
        with pytest.raises(BadInput, match="positive"):
            fit(X - 10, y)
    with pytest.raises(BadInput, match="positive means"):
        power_law(X, y - 1)
    with pytest.raises(BadInput, match="ascending"):
        with_floor(X, y, exponents=(1.0, 1.0))
    with pytest.raises(BadInput, match="differ"):
        corrected(X, y, (-0.5, 0.0))
    with pytest.raises(BadInput, match="share"):
        power_law(X, y, level=95.0)
