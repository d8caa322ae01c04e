"""Means over seeds: what was not run is left out, what diverged is not."""

import numpy as np
import pytest

from jamming.fits.seeds import mean_and_error, mean_over_seeds

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
