"""Limits with a stated correction: recovered, as independent fits find them, and refused."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from jamming.checks.errors import BadInput
from jamming.fits.limits import limit, scaling

H = np.array([5.0, 7.0, 10.0, 14.0, 20.0, 28.0])
X, C, A = 1 / H, 2.85, 8.0
ERROR = np.full(H.size, 0.03)


def law(x: np.ndarray, exponent: float = 2.0) -> np.ndarray:
    return C * (1 - A * x**exponent)


def drawn(seed: int) -> np.ndarray:
    return law(X) + ERROR * np.random.default_rng(seed).normal(size=X.size)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("error", [None, ERROR])
def test_an_exact_law_is_recovered(exponent: float, error: np.ndarray | None) -> None:
    found = limit(X[::-1], law(X, exponent)[::-1], error, exponent=exponent)
    assert found.limit.value == pytest.approx(C)
    assert found.a.value == pytest.approx(A)
    assert found.limit.low <= found.limit.value <= found.limit.high
    np.testing.assert_allclose(found.at(found.x), law(np.sort(X), exponent))
    if error is not None:
        assert (found.chi2, found.p) == pytest.approx((0.0, 1.0), abs=1e-12)


def test_a_weighted_fit_is_that_of_scipy() -> None:
    y, error = drawn(3), ERROR * np.array([1, 2, 1, 3, 1, 0.5])
    found = limit(X, y, error, exponent=2)
    best, covariance = optimize.curve_fit(
        lambda x, c, a: c * (1 - a * x**2), X, y, (3.0, 5.0), error, absolute_sigma=True
    )
    assert (found.limit.value, found.a.value) == pytest.approx(best, rel=1e-5)
    chi2 = float((((y - best[0] * (1 - best[1] * X**2)) / error) ** 2).sum()) / 4
    assert found.chi2 == pytest.approx(chi2, rel=1e-6)
    assert found.p == pytest.approx(stats.chi2.sf(4 * chi2, 4), rel=1e-5)
    half = stats.norm.ppf(0.975) * math.sqrt(covariance[0, 0] * max(1.0, chi2))
    assert found.limit.high - found.limit.value == pytest.approx(half, rel=1e-4)


def test_without_errors_the_interval_is_that_of_a_regression() -> None:
    y = drawn(4)
    found, line = limit(X, y, exponent=2), stats.linregress(X**2, y)
    assert found.limit.value == pytest.approx(line.intercept)
    half = stats.t.ppf(0.975, 4) * line.intercept_stderr
    assert found.limit.high - found.limit.value == pytest.approx(half)
    assert math.isnan(found.chi2)
    # in units of the scatter about the law, of n - 2 degrees of freedom
    assert float((found.residuals**2).sum()) == pytest.approx(4)


@pytest.mark.parametrize("error", [None, ERROR])
def test_intervals_cover_what_was_put_in(error: np.ndarray | None) -> None:
    found = [limit(X, drawn(seed), error, exponent=2) for seed in range(400)]
    for holds in ([f.limit.holds(C) for f in found], [f.a.holds(A) for f in found]):
        # 95 % to within three standard errors; where chi2 widens them a little more
        assert 0.95 - 3.3 / 20 * math.sqrt(0.0475) < np.mean(holds) < 0.995


def test_a_wrong_form_shows_in_chi2_and_moves_the_limit() -> None:
    y = law(X)
    found = scaling(X, y, ERROR / 2, exponents=(2, 1))
    (wrong,) = found.others
    assert found.stated.p > 0.99
    assert wrong.p < 1e-4
    assert (found.stated.exponent, wrong.exponent) == (2.0, 1.0)
    assert found.systematic.low == pytest.approx(C)
    assert found.systematic.high == wrong.limit.value > C + 0.2
    # residuals of a wrong form are ordered: both ends on one side, the middle on the other
    assert np.sign(wrong.residuals[[0, 2, -1]]).tolist() in ([1, -1, 1], [-1, 1, -1])


def test_units_do_not_matter() -> None:
    one, y = limit(X, drawn(0), ERROR, exponent=2), drawn(0)
    other = limit(1e-9 * X, 1e200 * y, 1e200 * ERROR, exponent=2)
    assert other.limit.low == pytest.approx(1e200 * one.limit.low)
    assert other.a.high == pytest.approx(1e18 * one.a.high)
    np.testing.assert_allclose(other.residuals, one.residuals, rtol=1e-9)


def test_what_is_not_known_is_left_out() -> None:
    y, error = np.append(drawn(0), np.nan), np.append(ERROR, 1.0)
    one = limit(np.append(X, 0.3), y, error, exponent=2)
    assert one.x.size == X.size
    assert one.limit == limit(X, drawn(0), ERROR, exponent=2).limit


def test_a_ratio_to_a_limit_that_may_be_zero_has_no_ends() -> None:
    found = limit(X, 0.01 * drawn(0) - 0.01 * C, exponent=2)
    assert (found.a.low, found.a.high) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"x": X[:2], "y": X[:2], "error": X[:2]}, "three different x, not 2"),
        ({"y": X[:3]}, "one value, and one error, for each x"),
        ({"error": 0 * X}, "x and errors must be positive"),
        ({"x": X - X[0]}, "x and errors must be positive"),
        ({"y": np.append(X[1:], np.inf)}, "leave out runs that diverged"),
        ({"exponents": (0.0,)}, "exponent"),
        ({"exponents": (1.0, 1.0)}, "each exponent of a correction once"),
        ({"exponents": ()}, "exponent"),
    ],
)
def test_what_has_no_limit_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        scaling(**({"x": X, "y": X, "error": X, "exponents": (1.0,)} | given))
