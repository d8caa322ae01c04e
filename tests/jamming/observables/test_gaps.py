"""Exponents of power laws: recovered from samples of known laws, with honest intervals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from jamming.checks.errors import BadInput
from jamming.observables.gaps import exponent, gaps, overlaps

LO, HI = 1e-3, 1.0


def sample(a: float, n: int, rng: np.random.Generator) -> np.ndarray:
    """Values of density ~ x^a between LO and HI."""
    u = rng.random(n)
    if a == -1:
        return LO * (HI / LO) ** u
    return (LO ** (a + 1) + u * (HI ** (a + 1) - LO ** (a + 1))) ** (1 / (a + 1))


@settings(max_examples=40, deadline=None)
@given(a=st.floats(-2.5, 2.5), seed=st.integers(0, 1000))
def test_the_exponent_of_a_known_law_is_found(a: float, seed: int) -> None:
    x = sample(a, 5000, np.random.default_rng(seed))
    found = exponent([x], LO, HI)
    assert found.n == 5000
    error = (found.high - found.low) / 2 / 1.96
    assert abs(found.value - a) < 5 * error
    assert found.distance < 2.2 / np.sqrt(found.n)


@pytest.mark.parametrize("a", [-0.4, 0.0, 0.42, -1.0])
def test_it_is_the_maximum_of_the_likelihood(a: float) -> None:
    x = sample(a, 300, np.random.default_rng(1))

    def minus_log_likelihood(b: float) -> float:
        grid = np.geomspace(LO, HI, 20001)
        return float(np.log(np.trapezoid(grid**b, grid)) - b * np.log(x).mean())

    best = optimize.minimize_scalar(minus_log_likelihood, bracket=(a - 0.5, a + 0.5))
    assert exponent([x], LO, HI).value == pytest.approx(best.x, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("a", [0.4, -0.4])
def test_intervals_hold_the_truth_as_often_as_they_say(a: float) -> None:
    rng = np.random.default_rng(0)
    trials, alone, together = 300, 0, 0
    for _ in range(trials):
        runs = [sample(a, 40, rng) for _ in range(25)]
        one, many = exponent([np.concatenate(runs)], LO, HI), exponent(runs, LO, HI)
        assert one.value == pytest.approx(many.value)
        alone += one.low <= a <= one.high
        together += many.low <= a <= many.high
    for held in (alone, together):
        assert stats.binomtest(held, trials, 0.95).pvalue > 1e-3


def test_values_beyond_the_range_do_not_count() -> None:
    x = sample(0.4, 500, np.random.default_rng(2))
    far = np.concatenate([x, [1e-9, 7.0, 1e9]])
    assert exponent([far], LO, HI) == exponent([x], LO, HI)


def test_another_law_is_seen_in_the_distance() -> None:
    x = np.abs(np.random.default_rng(3).normal(0.5, 0.05, 3000))
    assert exponent([x], LO, HI).distance > 10 / np.sqrt(x.size)


def test_gaps_and_overlaps_are_two_sides_of_delta() -> None:
    delta = np.array([-0.5, 0.0, 0.2, -0.1, 0.4])
    np.testing.assert_array_equal(gaps(delta), [0.5, 0.1])
    loss = float(np.mean(np.maximum(delta, 0) ** 2) / 2)
    scaled = overlaps(delta, loss)
    assert np.mean(scaled**2) == pytest.approx(2 * delta.size / scaled.size)


def test_refusals() -> None:
    with pytest.raises(BadInput, match="range"):
        exponent([np.ones(20)], 1.0, 0.5)
    with pytest.raises(BadInput, match="only 2 values"):
        exponent([np.array([0.1, 0.2, 5.0])], LO, HI)
    with pytest.raises(BadInput, match="only 0"):
        exponent([], LO, HI)
    with pytest.raises(BadInput, match="above 0"):
        overlaps(np.array([0.1]), 0.0)
