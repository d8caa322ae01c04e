"""Means over seeds, their errors, and their bootstrap."""

import numpy as np
import pytest
from scipy import stats

from jamming.checks.errors import BadInput
from jamming.fits.seeds import Points, points


def of(x: np.ndarray, y: np.ndarray, least: int = 1) -> Points:
    return points(x, y, least=least, samples=500, seed=0)


def noisy(n: int, seeds: int, spread: np.ndarray | float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 1 + np.broadcast_to(spread, n)[:, None] * rng.normal(size=(n, seeds))


def test_means_and_errors_of_many_seeds_are_the_plain_ones() -> None:
    x, y = np.arange(1.0, 7), noisy(6, 2000, np.geomspace(0.01, 0.1, 6))
    found = of(x, y)
    np.testing.assert_allclose(found.mean, y.mean(1), rtol=1e-12)
    np.testing.assert_allclose(found.error, stats.sem(y, axis=1), rtol=0.01)
    np.testing.assert_allclose(found.samples.std(0), found.error, rtol=0.15)
    assert found.seeds == 2000


@pytest.mark.parametrize(("spread", "share"), [(0.1, 0.7), (np.geomspace(0.03, 0.3, 8), 0.97)])
def test_errors_of_few_seeds_are_better_than_the_plain_ones(
    spread: np.ndarray | float, share: float
) -> None:
    true = np.broadcast_to(spread, 8) / np.sqrt(4)
    plain, better = [], []
    for seed in range(100):
        y = noisy(8, 4, spread, seed)
        found = of(np.arange(1.0, 9), y)
        plain.append(np.log(stats.sem(y, axis=1) / true))
        better.append(np.log(found.error / true))
    assert np.std(better) < share * np.std(plain)


def test_errors_that_differ_by_chance_alone_become_the_same() -> None:
    values = np.array([0.9, 1.0, 1.1])
    y = np.array([2.0, 3.0, 5.0])[:, None] * (1 + np.array([1.0, 1.1, 0.9])[:, None] * (values - 1))
    found = of(np.arange(1.0, 4), y)
    assert np.ptp(found.error / found.mean) < 1e-12
    expected = stats.sem(values) * np.sqrt((1.0 + 1.1**2 + 0.9**2) / 3)
    assert found.error[0] / 2 == pytest.approx(expected, rel=1e-9)


def test_a_point_whose_seeds_agree_by_chance_does_not_weigh_without_bound() -> None:
    y = noisy(6, 5, 0.1)
    y[2] = 1.0
    error = of(np.arange(1.0, 7), y).error
    assert 0.2 < error[2] / np.median(error) <= 1.0


@pytest.mark.parametrize("y", [noisy(4, 2, 0.1), np.ones((4, 5)) / 3, np.full((4, 1), 2.0)])
def test_there_are_no_errors_with_few_seeds_or_where_all_agree(y: np.ndarray) -> None:
    assert np.isnan(of(np.arange(1.0, 5), y).error).all()


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_what_diverged_is_not_left_out(value: float) -> None:
    x, y = np.arange(1.0, 6), noisy(5, 4, 0.1)
    y[3, 0] = value
    with pytest.raises(BadInput, match="infinite at x = 4, as of a run that diverged"):
        of(x, y)
    x[3], y[3, 0] = value, 1.0
    with pytest.raises(BadInput, match=r"infinite at x = -?inf"):
        of(x, y)


def test_what_is_not_there_is_left_out_and_so_are_points_without_any() -> None:
    x, y = np.arange(1.0, 6), noisy(5, 4, 0.1)
    y[1], y[3, 0], y[4, 2] = np.nan, np.nan, np.nan
    found = of(x, y)
    assert found.x.tolist() == [1.0, 3.0, 4.0, 5.0]
    np.testing.assert_allclose(found.mean[2:], [y[3, 1:].mean(), y[4, [0, 1, 3]].mean()])
    assert np.isfinite(found.error).all()
    assert np.isfinite(found.samples).mean() > 0.99


def test_seeds_are_resampled_together() -> None:
    y = np.array([1.0, 2.0, 3.0])[:, None] * np.random.default_rng(0).lognormal(0, 0.3, 6)
    found = of(np.arange(1.0, 4), y)
    np.testing.assert_allclose(found.samples[:, 1] / found.samples[:, 0], 2.0)
    assert found.samples[:, 0].std() > 0.03


def test_the_order_of_points_and_seeds_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.uniform(1, 9, 7), noisy(7, 6, 0.2)
    y[2, 3] = np.nan
    a, rows = of(x, y), rng.permutation(7)
    b = of(x[rows], y[rows][:, rng.permutation(6)])
    for name in ("x", "mean", "error", "samples"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_one_value_a_point_is_one_seed_wherever_it_stands() -> None:
    found = of(np.arange(1.0, 4), np.where(np.eye(3) > 0, 2.0, np.nan))
    assert found.seeds == 1
    assert (found.samples == 2.0).all()


def test_bad_input_is_named() -> None:
    x, y = np.arange(1.0, 4), noisy(3, 2, 0.1)
    with pytest.raises(BadInput, match="positive"):
        of(x - 1, y)
    with pytest.raises(BadInput, match="4 points"):
        of(x, y, 4)
    with pytest.raises(BadInput, match="3 points"):
        of(np.array([1.0, 1.0, 2.0]), y, 3)
    with pytest.raises(BadInput, match="at least 1"):
        points(x, y, least=1, samples=0, seed=0)
