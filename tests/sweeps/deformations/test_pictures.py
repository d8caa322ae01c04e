"""Images of a data set: their units, their size, and which of them are chosen."""

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.data.sources import raw
from sweeps.deformations.pictures import chosen, pictures, side


def test_over_the_whole_data_set_pixels_have_mean_0_and_variance_1() -> None:
    every = np.arange(len(raw("digits").images))
    x = np.asarray(pictures("digits", every))
    assert x.shape == (1797, 8, 8, 1)
    assert x.dtype == np.float32
    assert x.mean() == pytest.approx(0, abs=1e-4)
    assert x.std() == pytest.approx(1, abs=1e-4)
    images = raw("digits").images
    np.testing.assert_allclose(x[:, :, :, 0] * images.std() + images.mean(), images, atol=1e-4)


def test_larger_ones_are_enlarged_by_a_whole_number_and_framed() -> None:
    rows = np.array([3, 5])
    small, double = (np.asarray(pictures("digits", rows, size)) for size in (0, 16))
    assert double.shape == (2, 16, 16, 1)
    quarters = double.reshape(2, 8, 2, 8, 2, 1).mean((2, 4))
    assert np.corrcoef(quarters.ravel(), small.ravel())[0, 1] > 0.9
    framed = np.asarray(pictures("digits", rows, 19))
    np.testing.assert_array_equal(framed[:, 1:17, 1:17], double)
    np.testing.assert_array_equal(framed[:, 0, 1:17], double[:, 0])
    np.testing.assert_array_equal(framed[:, 17:, 1:17], double[:, [-1, -1]])


def test_each_seed_chooses_other_images_and_more_of_them_begin_with_fewer() -> None:
    few, many = chosen("digits", 10, 0), chosen("digits", 50, 0)
    assert len(set(many.tolist())) == 50
    np.testing.assert_array_equal(many[:10], few)
    assert len(set(few) & set(chosen("digits", 10, 1))) < 5


def test_what_is_refused() -> None:
    assert (side("mnist"), side("mnist", 32), side("cifar10")) == (28, 32, 32)
    for name, size, says in (
        ("mnist", 16, "28 pixels a side"),
        ("stripe5", 0, "no pixels"),
        ("digits10pca", 0, "no pixels"),
        ("mnits", 0, "unknown data set"),
    ):
        with pytest.raises(BadInput, match=says):
            side(name, size)
    with pytest.raises(BadInput, match="images"):
        chosen("digits", 1798, 0)
