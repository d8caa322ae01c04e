"""Fluctuations over an ensemble: identities, and against ensembles of which all is known."""

import itertools
import math

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.objectives.losses import misclassified
from jamming.observables import ensembles
from jamming.observables.ensembles import ensemble


def outputs(n: int, points: int, seed: int = 0, spread: float = 1.0) -> np.ndarray:
    """A mean function and independent deviations of variance spread^2 around it."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=points) + spread * rng.normal(size=(n, points))


def labels(points: int) -> np.ndarray:
    return np.where(np.arange(points) % 3 == 0, 1.0, -1.0)


def test_the_norm_is_that_of_a_measure_with_weight_one() -> None:
    F = outputs(3, 50)
    np.testing.assert_allclose(ensembles.norm(2 * F), 2 * np.sqrt((F**2).mean(1)))
    np.testing.assert_allclose(ensembles.norm(np.full((2, 7), -3.0)), 3.0)


def test_the_mean_deviation_is_the_unbiased_variance_averaged_over_points() -> None:
    F = outputs(5, 40)
    assert ensembles.deviations(F).mean() == pytest.approx(F.var(0, ddof=1).mean())
    assert ensembles.deviations(F).mean() == pytest.approx(ensemble(F, labels(40)).variance)


def test_deviations_do_not_depend_on_how_many_networks_there_are() -> None:
    """Of two networks as of twenty: s^2."""
    for n in (2, 3, 20):
        found = ensembles.deviations(outputs(n, 40_000, seed=n, spread=0.7))
        assert found.mean() == pytest.approx(0.49, rel=0.03)


def test_deviations_do_not_see_what_all_networks_share() -> None:
    F = outputs(4, 30).astype(np.float32)
    moved = F.astype(np.float64) + 1e4 * np.sin(np.arange(30))
    np.testing.assert_allclose(ensembles.deviations(moved), ensembles.deviations(F), rtol=1e-6)


def test_errors_are_the_shares_of_points_that_a_loss_counts() -> None:
    F, y = outputs(3, 60), labels(60)
    F[0, 5] = 0.0
    expected = [float(misclassified(jnp.asarray(row), jnp.asarray(y)).mean()) for row in F]
    np.testing.assert_allclose(ensembles.error(F, y), expected)


@given(n=st.integers(1, 9), data=st.data())
def test_subsets_are_averages_of_different_networks(n: int, data: st.DataObject) -> None:
    size, draws = data.draw(st.integers(1, n)), data.draw(st.integers(1, 6))
    rows = ensembles.subsets(n, size, draws)
    assert rows.shape[1] == n
    assert ((rows == 0) | (rows == 1 / size)).all()
    assert ((rows > 0).sum(1) == size).all()


def test_averages_of_one_and_of_all_are_the_single_and_the_ensemble_error() -> None:
    F, y = outputs(6, 500, spread=2.0), labels(500)
    whole = ensemble(F, y)
    found = ensembles.average_error(F, y, (1, 6))
    np.testing.assert_allclose(found, [whole.single.mean(), whole.error])


def test_the_error_of_averages_is_the_mean_over_all_subsets() -> None:
    F, y = outputs(7, 300, spread=2.0), labels(300)
    each = [
        ensembles.error(F[list(some)].mean(0), y) for some in itertools.combinations(range(7), 3)
    ]
    found = ensembles.average_error(F, y, (3,), draws=3000)
    assert found[0] == pytest.approx(np.mean(each), abs=4 * np.std(each) / math.sqrt(3000))


@given(floor=st.floats(0, 0.5), gain=st.floats(0, 0.5), n=st.integers(2, 100))
def test_the_limit_of_what_goes_as_one_over_n_is_exact(floor: float, gain: float, n: int) -> None:
    found = ensembles.limit(np.array([floor + gain]), np.array([floor + gain / n]), n)
    assert found[0] == pytest.approx(floor, abs=1e-12)


@pytest.mark.parametrize(("size", "others"), [(1, 3), (2, 2), (4, 12), (3, 1)])
def test_the_distance_to_the_mean_of_others_becomes_that_to_the_mean_of_all(
    size: int, others: int
) -> None:
    deviations = np.random.default_rng(size).normal(size=(size + others, 60_000))
    apart = ensembles.norm(deviations[:size].mean(0) - deviations[size:].mean(0))
    found = float(apart) * ensembles.inflation(size, others)
    assert found == pytest.approx(1 / math.sqrt(size), rel=0.02)


@given(size=st.integers(1, 20), more=st.integers(1, 20))
def test_both_references_say_the_same(size: int, more: int) -> None:
    """The distance to the mean of all is that to the mean of the others, times their share."""
    share = more / (size + more)
    a, b = ensembles.inflation(size, more), ensembles.inflation(size, of=size + more)
    assert b * share == pytest.approx(a)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(BadInput, match="two networks"):
        ensembles.deviations(outputs(1, 5))
    for size in (0, 4):
        with pytest.raises(BadInput, match="size = "):
            ensembles.subsets(3, size, 2)
    with pytest.raises(BadInput, match="at least 2"):
        ensembles.limit(np.ones(1), np.ones(1), 1)
    with pytest.raises(BadInput, match="no distance"):
        ensembles.inflation(3, of=3)
    with pytest.raises(BadInput, match="either"):
        ensembles.inflation(3)
