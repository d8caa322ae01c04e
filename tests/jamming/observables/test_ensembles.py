"""Ensembles: against brute force, known variances, and the jackknife of a mean."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.observables.ensembles import ensemble, jackknife, pseudo_values


def test_errors_of_single_networks_and_of_their_mean() -> None:
    """The mean output, not the vote: one network that is sure outweighs two."""
    F = np.array([[1.0, -0.1], [1.0, -0.1], [-1.0, 5.0]])
    found = ensemble(F, np.array([1.0, 1.0]))
    np.testing.assert_array_equal(found.single, [0.5, 0.5, 0.5])
    assert found.error == 0.0
    np.testing.assert_array_equal(found.without, [0.5, 0.5, 0.5])


def test_of_two_classes_it_is_the_sign_of_the_difference() -> None:
    F, y = np.random.default_rng(1).normal(size=(4, 50, 2)), np.arange(50) % 2
    found, difference = ensemble(F, y), ensemble(F[..., 1] - F[..., 0], 2 * y - 1)
    for name in ("single", "error", "without"):
        np.testing.assert_array_equal(getattr(found, name), getattr(difference, name))
    rows = F.reshape(4, -1)
    assert found.variance == pytest.approx(rows.var(0, ddof=1).mean())
    F[0, :, 1] = np.nan
    assert ensemble(F, y).single[0] == ensemble(F, y).error == 1.0
    with pytest.raises(BadInput, match="there is a label 2, and 2 outputs"):
        ensemble(F, y + 1)


def test_an_output_of_zero_is_wrong_for_either_label() -> None:
    assert ensemble(np.zeros((2, 2)), np.array([1.0, -1.0])).error == 1.0


def test_the_variance_does_not_depend_on_the_number_of_networks() -> None:
    rng = np.random.default_rng(0)
    y = np.ones(4000)
    for n in (2, 5, 20):
        F = 3.0 + 0.5 * rng.normal(size=(n, 4000))
        assert ensemble(F, y).variance == pytest.approx(0.25, rel=0.1)


@settings(max_examples=50, deadline=None)
@given(n=st.integers(2, 6), Q=st.integers(1, 20), seed=st.integers(0, 1000))
def test_against_their_definitions(n: int, Q: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    F, y = rng.normal(size=(n, Q)), rng.choice([-1.0, 1.0], Q)
    found = ensemble(F, y)
    assert found.variance == pytest.approx(F.var(0, ddof=1).mean())
    assert found.error == np.mean(np.sign(F.sum(0)) != y)
    for i in range(n):
        assert found.without[i] == ensemble(np.delete(F, i, 0), y).error
        assert found.single[i] == np.mean(np.sign(F[i]) != y)
    # an order of networks has no meaning
    again = ensemble(F[::-1], y)
    assert (again.error, again.error_se) == pytest.approx((found.error, found.error_se))


def test_one_network_has_an_error_and_no_spread() -> None:
    found = ensemble(np.array([[1.0, -1.0]]), np.array([1.0, 1.0]))
    assert found.error == 0.5
    assert math.isnan(found.variance)
    assert math.isnan(found.error_se)


@settings(max_examples=50, deadline=None)
@given(values=st.lists(st.floats(-5, 5), min_size=2, max_size=10))
def test_the_jackknife_of_a_mean_is_its_standard_error(values: list[float]) -> None:
    x = np.array(values)
    without = np.array([np.delete(x, i).mean() for i in range(x.size)])
    want = x.std(ddof=1) / math.sqrt(x.size)
    assert jackknife(without) == pytest.approx(want, abs=1e-12)
    pseudo = pseudo_values(np.asarray(x.mean()), without)
    np.testing.assert_allclose(pseudo, x, atol=1e-9)


def test_pseudo_values_scatter_as_the_jackknife_says() -> None:
    rng = np.random.default_rng(3)
    whole, without = rng.normal(size=(2, 3)), rng.normal(size=(2, 3, 7))
    pseudo = pseudo_values(whole, without)
    np.testing.assert_allclose(pseudo.mean(-1), whole)
    spread = pseudo.std(-1, ddof=1) / math.sqrt(7)
    np.testing.assert_allclose(spread[1, 2], jackknife(without[1, 2]))


def test_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="at least"):
        ensemble(np.empty((0, 3)), np.ones(3))


def test_the_mean_of_the_largest_numbers_is_one() -> None:
    F = np.array([[3e38, -3e38], [3e38, -3e38], [3e38, 3e38]], np.float32)
    found = ensemble(F, [1, -1])
    assert found.error == 0
    assert found.without.tolist() == [0.5, 0.5, 0]  # a mean of exactly 0 is wrong
    assert np.isfinite(found.deviation).all()
