"""Smoothness of filters, and filters made smooth."""

import jax
import numpy as np
import pytest
from scipy.ndimage import correlate1d

from jamming.images.filters import smoothed, total_variation

LAWS = {"gaussian": (12 * 2**0.5 / 9, 0.01), "truncated": (1.857, 0.01), "uniform": (1.780, 0.01)}


def drawn(law: str, *shape: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    if law == "truncated":
        return np.asarray(jax.random.truncated_normal(jax.random.key(0), -2, 2, shape))
    return rng.normal(size=shape) if law == "gaussian" else rng.uniform(-1, 1, shape)


@pytest.mark.parametrize("law", LAWS)
def test_the_total_variation_of_random_filters(law: str) -> None:
    """RUD-1."""
    value, within = LAWS[law]
    assert total_variation(drawn(law, 3, 3, 64, 128)) == pytest.approx(value, abs=within)


def test_its_spread_in_a_first_layer() -> None:
    """RUD-1."""
    W = drawn("truncated", 200, 3, 3, 3, 32)
    each = np.array([total_variation(w) for w in W])
    assert each.mean() == pytest.approx(1.86, abs=0.03)
    assert each.std() == pytest.approx(0.034, abs=0.006)


def test_it_is_a_sum_of_differences_at_any_scale() -> None:
    W = np.array([[1.0, 2.0, 4.0], [1.0, -2.0, 4.0]])[..., None, None]
    assert total_variation(W) == pytest.approx((1 + 2 + 3 + 6 + 4) / 14)
    assert total_variation(1e200 * W) == pytest.approx(total_variation(W), rel=1e-12)
    assert total_variation(np.ones((3, 3, 2, 2))) == 0


def test_smoothing_is_a_convolution_that_keeps_the_size() -> None:
    W, sigma = drawn("gaussian", 3, 3, 4, 5), 0.7
    np.testing.assert_array_equal(smoothed(W, 0), W)
    kernel = np.exp(-((np.arange(-2, 3) / sigma) ** 2) / 2)
    kernel /= kernel.sum()
    expected = correlate1d(correlate1d(W, kernel, 0, mode="constant"), kernel, 1, mode="constant")
    np.testing.assert_allclose(smoothed(W, sigma), expected, atol=1e-14)
    assert smoothed(W.astype(np.float32), sigma).dtype == np.float32


def test_smoothed_filters_vary_less() -> None:
    W = drawn("truncated", 3, 3, 16, 16)
    each = [total_variation(smoothed(W, sigma)) for sigma in (0, 0.5, 1, 2)]
    assert each == sorted(each, reverse=True)
    assert each[-1] < 0.5 * each[0]
