"""Test images as pixels are those that `load` prepares."""

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.data import load
from jamming.data.unprepared import unprepared


@pytest.mark.parametrize("multiclass", [False, True])
def test_prepared_they_are_the_inputs_of_the_test_set(multiclass: bool) -> None:
    of = unprepared("digits", 100, 50, seed=3, multiclass=multiclass)
    data = load("digits", 100, seed=3, multiclass=multiclass, images=True)
    np.testing.assert_allclose(of.inputs(of.images), data.x_test[:50], atol=1e-10)
    assert of.images.min() == 0
    assert of.images.max() == 16  # as scikit-learn has them


def test_a_change_of_pixels_is_scaled_and_nothing_else() -> None:
    """Distances between inputs are those between images, at one scale for each image."""
    of = unprepared("digits", 100, 20)
    change = np.random.default_rng(0).normal(size=of.images.shape)
    moved = of.inputs(of.images + change) - of.inputs(of.images)
    np.testing.assert_allclose(moved, change * of.scale[:, None, None, None], atol=1e-10)
    with pytest.raises(BadInput, match="images"):
        of.inputs(of.images[:5])


@pytest.mark.parametrize("name", ["digits10pca", "random25", "stripe5"])
def test_what_is_no_image_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="no set of images"):
        unprepared(name, 100, 20)
