"""Means over seeds: what was not run is left out, what diverged is not."""

import numpy as np
import pytest

from jamming.fits.seeds import mean_and_error, mean_over_seeds, nested

Y = np.array([[1.0, 3.0, 5.0], [2.0, np.nan, 4.0], [7.0, np.nan, np.nan], [np.nan] * 3])


def test_what_was_not_run_is_left_out() -> None:
    mean, error = mean_and_error(Y)
    np.testing.assert_array_equal(mean, [3.0, 3.0, 7.0, np.nan])
    np.testing.assert_allclose(error, [2 / np.sqrt(3), 1.0, np.nan, np.nan])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("place", [(0, 1), (1, 0), (2, 0)])
def test_with_a_run_that_diverged_there_is_no_number(place: tuple[int, int]) -> None:
    lost = Y.copy()
    lost[place] = np.inf
    mean, error = mean_and_error(lost)
    assert mean[place[0]] == np.inf
    assert np.isnan(error[place[0]])
    others = np.arange(4) != place[0]
    np.testing.assert_array_equal(mean[others], mean_over_seeds(Y)[others])


def test_networks_are_drawn_by_sets_first() -> None:
    """All of a draw's blocks are of one set; without sets the variance is that of all networks."""
    drawn = nested(5, 4, 4000, np.random.default_rng(0))
    blocks = drawn.reshape(4000, 5, 4) // 4
    assert (blocks == blocks[:, :, :1]).all()
    assert np.bincount(drawn.ravel()) / drawn.size == pytest.approx(np.full(20, 0.05), abs=0.003)
    # sets that differ, networks on one that do not: the variance is that of five, not of twenty
    x = np.repeat(np.arange(5.0), 4)
    assert x[drawn].mean(1).var() == pytest.approx(2.0 / 5, rel=0.1)
    alone = nested(1, 20, 4000, np.random.default_rng(0))
    assert x[alone].mean(1).var() == pytest.approx(2.0 / 20, rel=0.1)
