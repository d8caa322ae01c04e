"""Stripe and cylinder: half of the mass, invariance, and training sets that are nested."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jamming.checks.errors import BadInput
from jamming.data import load, parse_name
from jamming.data.invariant import (
    MODELS,
    RADIUS,
    STRIPE,
    TEST_POINTS,
    beta_feature,
    beta_lazy,
    gaussian,
    labels,
)
from jamming.training.spec import Job

NAMES = ("stripe5", "cylinder5")


def test_half_of_the_mass_is_positive() -> None:
    """By the distribution functions of the normal and of chi^2 with two degrees of freedom."""
    assert stats.norm.cdf(STRIPE[1]) - stats.norm.cdf(STRIPE[0]) == pytest.approx(0.5, abs=1e-6)
    assert stats.chi2.cdf(RADIUS**2, 2) == pytest.approx(0.5, rel=1e-12)
    for name in NAMES:
        y = load(name, 2, seed=3).y_test
        assert abs(y.mean()) < 4 / np.sqrt(y.size)


@pytest.mark.parametrize(
    ("model", "point", "label"),
    [
        ("stripe", [0.0, 9.0], 1.0),
        ("stripe", [-0.31, 0.0], -1.0),
        ("stripe", [1.19, 0.0], -1.0),
        ("cylinder", [0.0, 1.17, 9.0], -1.0),
        ("cylinder", [0.0, -1.18, 0.0], 1.0),
        ("cylinder", [0.9, 0.9, 0.0], 1.0),
    ],
)
def test_labels_by_hand(model: str, point: list[float], label: float) -> None:
    assert labels(model, np.array([point])).tolist() == [label]


@settings(deadline=None)
@given(
    model=st.sampled_from(list(MODELS)),
    d=st.integers(3, 12),
    seed=st.integers(0, 2**32),
    other=st.integers(0, 2**32),
)
def test_labels_do_not_depend_on_the_other_coordinates(
    model: str, d: int, seed: int, other: int
) -> None:
    x = np.random.default_rng(seed).standard_normal((20, d))
    d_par = MODELS[model].d_par
    moved = x.copy()
    moved[:, d_par:] = 5 * np.random.default_rng(other).standard_normal((20, d - d_par))
    np.testing.assert_array_equal(labels(model, x), labels(model, moved))
    if model == "cylinder":  # nor on the direction within the plane
        c, s = np.cos(1.0), np.sin(1.0)
        moved[:, :2] = x[:, :2] @ np.array([[c, -s], [s, c]])
        np.testing.assert_array_equal(labels(model, x), labels(model, moved))


@settings(deadline=None)
@given(
    P=st.integers(2, 60),
    more=st.integers(0, 60),
    P_test=st.integers(0, 50),
    seed=st.integers(0, 2**31),
)
def test_training_sets_are_nested_and_test_points_are_their_own(
    P: int, more: int, P_test: int, seed: int
) -> None:
    few = load("stripe4", P, P_test=P_test, seed=seed)
    many = load("stripe4", P + more, P_test=P_test + 1, seed=seed)
    np.testing.assert_array_equal(few.x_train, many.x_train[:P])
    np.testing.assert_array_equal(few.y_train, many.y_train[:P])
    np.testing.assert_array_equal(few.x_test, many.x_test[:P_test])
    assert not np.isin(few.x_train, few.x_test).any()


def test_points_are_gaussian_and_not_on_a_sphere() -> None:
    data = load("cylinder6", 20_000, seed=1)
    assert data.x_test.shape == (TEST_POINTS, 6)
    for x in (data.x_train, data.x_test):
        np.testing.assert_allclose(x.T @ x / len(x), np.eye(6), atol=0.05)
        assert stats.kstest(x.ravel(), "norm").pvalue > 1e-4
    assert not np.array_equal(data.x_train[:100], load("cylinder6", 100, seed=2).x_train)
    train, _ = gaussian(1, 100, 0, 6)
    np.testing.assert_array_equal(train, data.x_train[:100])


def test_a_job_can_ask_for_them() -> None:
    job = Job("stripe10", 30, (4,), test_points=7000, data_seed=5, label_noise=1.0)
    data = job.data()
    assert data.x_train.shape == (30, 10)
    assert data.x_test.shape == (7000, 10)
    np.testing.assert_array_equal(data.y_train, -labels("stripe", data.x_train))
    np.testing.assert_array_equal(data.y_test, labels("stripe", data.x_test))
    assert parse_name("stripe_10") == parse_name("stripe10")


@pytest.mark.parametrize(
    ("d", "lazy", "stripe", "cylinder"),
    [(10, 10 / 28, 19 / 28, 14 / 28), (5, 5 / 13, 9 / 13, 0.5)],
)
def test_predicted_exponents(d: int, lazy: float, stripe: float, cylinder: float) -> None:
    assert beta_lazy(d) == pytest.approx(lazy)
    assert beta_feature(d, 1) == pytest.approx(stripe)
    assert beta_feature(d, 2) == pytest.approx(cylinder)


@settings(deadline=None)
@given(d=st.integers(3, 200), d_par=st.integers(1, 2))
def test_features_help_at_every_dimension(d: int, d_par: int) -> None:
    assert 1 / 3 < beta_lazy(d) < beta_feature(d, d_par) < 1


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: load("stripe", 10), "give d, or write it as stripe25"),
    (lambda: load("stripe0", 10), "dimension 0"),
    (lambda: load("cylinder1", 10), "d = 1 is too small"),
    (lambda: load("stripe5", 10, d=6), "dimension 5, not d = 6"),
    (lambda: load("stripe5", 10, positive=(1,)), "no classes"),
    (lambda: load("stripe5", 10, multiclass=True), "no classes"),
    (lambda: load("stripes5", 10), "unknown data set"),
]


@pytest.mark.parametrize(("call", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_refused_in_one_line(call: Callable[[], Any], says: str) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        call()
    assert "\n" not in str(refused.value)
