"""The steps from images to points on the sphere, against independent computations."""

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.data.preprocess import (
    binary_labels,
    class_labels,
    consistent,
    prepare,
    principal_components,
    to_sphere,
)
from jamming.data.sources import raw


def digits() -> tuple[np.ndarray, np.ndarray]:
    data = raw("digits")
    return data.images.reshape(len(data.images), -1), data.labels


def svd(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Principal directions in rows and their variances, by another route than the one tested."""
    _, s, vt = np.linalg.svd(x - x.mean(0), full_matrices=False)
    return vt, s**2 / (len(x) - 1)


def test_whitened_components_agree_with_an_svd() -> None:
    x, _ = digits()
    z = principal_components(x, 10)
    vt, variance = svd(x)
    expected = (x - x.mean(0)) @ vt[:10].T / np.sqrt(variance[:10])
    expected *= np.sign((expected * z).sum(0))
    np.testing.assert_allclose(z, expected, atol=1e-9)
    np.testing.assert_allclose(z.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(np.cov(z.T), np.eye(10), atol=1e-9)


def test_without_whitening_variances_keep_their_ratios() -> None:
    x, _ = digits()
    z = principal_components(x, 10, whiten=False)
    variance = svd(x)[1][:10]
    np.testing.assert_allclose(z.var(0, ddof=1), variance / variance.mean(), rtol=1e-9)


def test_signs_are_fixed() -> None:
    x, _ = digits()
    z = principal_components(x, 10)
    # Each direction recovered from its projection: its largest entry must be positive.
    directions = z.T @ (x - x.mean(0))
    peak = np.abs(directions).argmax(1)
    assert (directions[np.arange(10), peak] > 0).all()
    np.testing.assert_array_equal(z, principal_components(x.copy(), 10))


@pytest.mark.parametrize("k", [-1, 0, 65])
def test_number_of_components(k: int) -> None:
    with pytest.raises(BadInput, match=r"64 features: k = .* at (least 1|most 64)$") as refused:
        principal_components(digits()[0], k)
    assert "\n" not in str(refused.value)


def test_constant_pixels_cannot_be_whitened() -> None:
    x, _ = digits()  # three of the 64 pixels never change
    with pytest.raises(BadInput, match="choose at most 61"):
        principal_components(x, 62)
    assert principal_components(x, 61).shape == (1797, 61)
    with pytest.raises(BadInput, match="all inputs are the same"):
        principal_components(np.ones((5, 3)), 2)


@pytest.mark.parametrize("pca", [None, 10])
def test_points_lie_on_the_sphere(pca: int | None) -> None:
    x, labels = digits()
    pool = prepare(x, labels, pca=pca)
    d = pca or 64
    assert pool.x.shape == (1797, d)
    assert pool.x.dtype == pool.y.dtype == np.float64
    np.testing.assert_allclose((pool.x**2).sum(1), d, rtol=1e-12)
    assert not pool.x.flags.writeable
    assert not pool.y.flags.writeable


def test_directions_without_pca_are_those_of_the_centred_pixels() -> None:
    x, labels = digits()
    centred = x - x.mean(0)
    expected = 8 * centred / np.linalg.norm(centred, axis=1, keepdims=True)
    np.testing.assert_allclose(prepare(x, labels).x, expected, atol=1e-12)


def test_integer_images_with_channels_are_flattened_without_overflow() -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 3), dtype=np.uint8)
    before = images.copy()
    labels = np.arange(20) % 10
    pool = prepare(images, labels)
    assert pool.x.shape == (20, 48)
    as_float = prepare(images.astype(float).reshape(20, 48), labels)
    np.testing.assert_array_equal(pool.x, as_float.x)
    np.testing.assert_array_equal(images, before)


def test_label_rule() -> None:
    labels = np.arange(10)
    assert binary_labels(labels).tolist() == [1, -1] * 5
    assert binary_labels(labels, (0, 7)).tolist() == [1, -1, -1, -1, -1, -1, -1, 1, -1, -1]


@pytest.mark.parametrize(
    ("positive", "says"),
    [((), "no class"), ((3, 10), "no class .10."), (range(10), "all classes")],
)
def test_bad_choice_of_classes(positive: tuple[int, ...], says: str) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        binary_labels(np.arange(10), positive)
    assert "\n" not in str(refused.value)


def test_inputs_with_both_labels_are_dropped_and_only_those() -> None:
    x = np.array([[1.0, 2], [0, 1], [1, 2], [3, 0], [3, 0], [-0.0, 1], [1, 2]])
    y = np.array([1.0, 1, -1, -1, -1, -1, 1])
    assert consistent(x, y).tolist() == [False, False, False, True, True, False, False]
    # 2 and 4 are the same label here: the copies of an input agree, and stay.
    labels = np.array([2, 0, 3, 5, 1, 2, 4])
    far = np.array([[1.0, 2], [0, 1], [1, 2], [3, 0], [3, 0], [5, 1], [1, 2]])
    pool = prepare(far, labels)
    assert pool.y.tolist() == [1, -1, -1, 1]
    np.testing.assert_array_equal(pool.x[1], pool.x[2])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite(value: float) -> None:
    x, labels = digits()
    x = x.copy()
    x[[3, 5], 7] = value
    with pytest.raises(BadInput, match="NaN in data: 2 of 1797") as refused:
        prepare(x, labels)
    assert "\n" not in str(refused.value)


def test_nothing_to_prepare() -> None:
    with pytest.raises(BadInput, match="at least one"):
        prepare(np.empty((0, 3)), np.empty(0, int))
    with pytest.raises(BadInput, match="5 images with 4 labels"):
        prepare(np.ones((5, 3)), np.zeros(4, int))


def test_an_input_at_the_mean_has_no_direction() -> None:
    with pytest.raises(BadInput, match="1 of 3 inputs are zero after centring"):
        to_sphere(np.array([[-1.0, 0], [1, 0], [0, 0]]))
    # 0.1 is not the rounded mean of many 0.1: what remains is noise, not a direction.
    with pytest.raises(BadInput, match="1000 of 1000"):
        to_sphere(np.full((1000, 3), 0.1))


def test_classes_are_numbered_from_zero_and_copies_that_differ_are_dropped() -> None:
    letters = np.array([3, 1, 2, 3, 1])
    assert class_labels(letters, 3).tolist() == [2, 0, 1, 2, 0]
    with pytest.raises(BadInput, match="3 classes occur instead of 4"):
        class_labels(letters, 4)
    x = np.array([[1.0, 2], [0, 1], [1, 2], [3, 0], [3, 0], [2, 7]])
    labels = np.array([1, 2, 3, 1, 1, 3])
    assert consistent(x, labels).tolist() == [False, True, False, True, True, True]
    # +1 for 1 and 3 alike: with labels +-1 the copies agree
    assert consistent(x, binary_labels(labels)).all()
    pool = prepare(x, labels, classes=3)
    assert pool.y.tolist() == [1, 0, 0, 2]
    assert pool.y.dtype == np.int64
    assert not pool.y.flags.writeable
