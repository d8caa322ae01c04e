"""Own data as it is given: small types, masks, both labels, constants, values beyond squares."""

from typing import Any

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.data import from_arrays, prepare, subsets
from jamming.data.invariant import labels
from jamming.data.preprocess import class_labels, principal_components, to_sphere

X = np.random.default_rng(0).integers(0, 200, (20, 3))
Y = np.where(np.arange(20) % 2, 1, -1)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float16, np.float32])
def test_own_inputs_of_any_type_are_the_same_numbers(dtype: Any) -> None:
    found = from_arrays(X.astype(dtype), Y.astype(np.int8), 10)
    np.testing.assert_array_equal(found.x_train, from_arrays(X, Y, 10).x_train)
    assert found.x_train.dtype == found.y_train.dtype == np.float64
    assert from_arrays(X.tolist(), Y.tolist(), 10).y_train.tolist() == found.y_train.tolist()


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.vstack([X, X]), np.append(Y, -Y), r"40 points occur with both labels \(rows 0, 1, 2"),
        (np.vstack([X, X[3:4] + 0.0]), np.append(Y, -Y[3]), r"2 points .*\(rows 3, 20\).*remove"),
        (np.ma.array(X, mask=X == X[4, 1]), Y, r"NaN in data: .*4"),
        (X.astype(str), Y, "texts among its features, where real numbers"),
        (X, np.ones(20), "all of the 20 labels are 1: two different ones"),
        (X, Y[:, None], r"labels have shape \[20, 1\], where \[n\]"),
    ],
)
def test_own_data_that_cannot_be_learnt_is_refused(x: Any, y: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        from_arrays(x, y, 10)


def test_points_that_occur_twice_with_one_label_stay() -> None:
    found = from_arrays(np.vstack([X, X]), np.append(Y, Y), 10)
    assert len(found.x_train) + len(found.x_test) == 40


def test_subsets_know_their_labels() -> None:
    for y in ((Y + 1) // 2, Y > 0, Y[:, None], np.append(Y, np.nan)):
        with pytest.raises(BadInput, match="labels must be"):
            subsets(y, 4)
    with pytest.raises(BadInput, match="classes 0 to 2"):
        subsets([0, 1, 2, 3], 3, kinds=range(3))


def test_data_of_which_nothing_is_left() -> None:
    with pytest.raises(BadInput, match="nothing is left of 10 inputs"):
        prepare(np.full((10, 3), 7), np.arange(10))
    with pytest.raises(BadInput, match="give one at least"):
        to_sphere(np.empty((0, 3)))
    with pytest.raises(BadInput, match="zero after centring"):
        prepare(np.full((10, 3), 7), np.zeros(10, int))


@pytest.mark.parametrize("scale", [2.0**-600, 2.0**600])
def test_the_sphere_and_components_have_no_scale(scale: float) -> None:
    x, mean = X * 1.0, X.mean(0)
    np.testing.assert_array_equal(to_sphere(scale * x), to_sphere(x))
    np.testing.assert_array_equal(to_sphere(scale * x, scale * mean), to_sphere(x, mean))
    found = principal_components(scale * x, 2)
    np.testing.assert_allclose(found, principal_components(x, 2), rtol=1e-9)


def test_small_integers_have_squares() -> None:
    x = X.astype(np.uint8)
    np.testing.assert_array_equal(to_sphere(x), to_sphere(X.astype(float)))
    np.testing.assert_array_equal(principal_components(x, 2), principal_components(X * 1.0, 2))
    np.testing.assert_array_equal(prepare(x, np.arange(20)).x, prepare(X, np.arange(20)).x)
    np.testing.assert_array_equal(labels("cylinder", x), labels("cylinder", X.astype(float)))


@pytest.mark.parametrize("given", [[0.5, 1.0], [[0], [1]], [np.nan, 1.0], ["a", "b"]])
def test_classes_are_whole_numbers(given: Any) -> None:
    for of in (lambda: class_labels(given, 2), lambda: prepare(X[:2], given)):
        with pytest.raises(BadInput, match="labels"):
            of()
    np.testing.assert_array_equal(class_labels([3.0, 1.0, 3.0], 2), [1, 0, 1])


def test_labels_of_points_that_are_none() -> None:
    with pytest.raises(BadInput, match="NaN in x"):
        labels("stripe", np.array([[np.nan, 0.0]]))
    with pytest.raises(BadInput, match="unknown model"):
        labels("spiral", X)
