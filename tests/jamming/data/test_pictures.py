"""Images as they are: by name, own arrays, who is trained on, and channel statistics."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from jamming.checks.errors import BadInput
from jamming.data.names import IMAGES, side
from jamming.data.pictures import (
    Pictures,
    channels,
    chosen,
    from_images,
    padded,
    parts,
    pictures,
    random_labels,
    standardised,
)

RNG = np.random.default_rng(0)


def own(n: int = 12, m: int = 5, classes: int = 3, **changes: Any) -> tuple[Any, ...]:
    """Arrays of all classes, with changes."""
    given: dict[str, Any] = {
        "x": RNG.integers(0, 256, (n, 6, 5, 2)).astype(np.uint8),
        "y": np.arange(n) % classes,
        "x_test": RNG.integers(0, 256, (m, 6, 5, 2)).astype(np.uint8),
        "y_test": np.arange(m) % classes,
    }
    return tuple((given | changes).values())


def test_digits_are_all_there_a_fifth_of_them_to_test() -> None:
    data, all_of = pictures("digits"), load_digits()
    assert (data.train, data.test, data.classes) == (IMAGES["digits"].train, 359, 10)
    test = np.arange(1797) % 5 == 4
    np.testing.assert_array_equal(data.pixels[:1438, ..., 0], all_of.images[~test])
    np.testing.assert_array_equal(data.y[1438:], all_of.target[test])
    assert not data.pixels.flags.writeable


def test_own_images_keep_bytes_and_become_floats_where_they_are_others() -> None:
    arrays = own()
    data = from_images(arrays)
    assert data.pixels.dtype == np.uint8
    np.testing.assert_array_equal(data.pixels[:12], arrays[0])
    np.testing.assert_array_equal(data.y[12:], arrays[3])
    wide = from_images(own(x=arrays[0].astype(np.int16) * 100, y=arrays[1].astype(float)))
    np.testing.assert_array_equal(wide.pixels[:12], arrays[0] * 100.0)
    assert wide.y.dtype == np.int64
    words = (np.array(["ant", "bee", "cow"])[arrays[i]] for i in (1, 3))
    named_classes = from_images(own(x=arrays[0], **dict(zip(("y", "y_test"), words, strict=True))))
    np.testing.assert_array_equal(named_classes.y, data.y)
    grey = from_images(tuple(a[..., 0] if a.ndim == 4 else a for a in arrays))
    assert grey.pixels.shape == (17, 6, 5, 1)
    named = type("Named", (), dict(zip(("x_train", "y_train", "x_test", "y_test"), arrays)))  # noqa: B905
    np.testing.assert_array_equal(from_images(named()).pixels, data.pixels)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: own()[:3], "x_train, y_train, x_test, y_test"),
        (lambda: own(x=np.full((12, 6, 5, 2), np.nan)), "NaN in x_train"),
        (lambda: own(x=np.zeros((12, 30))), "shape"),
        (lambda: own(x=np.zeros((0, 6, 5, 2))), "at least one"),
        (lambda: own(x=np.zeros((12, 6, 5, 1))), "training images have shape"),
        (lambda: own(y=np.arange(11) % 3), "there are 12 images"),
        (lambda: own(y=np.arange(12) % 3 + 1), "test label 0, and training knows 3 classes: 1, 2"),
        (lambda: own(y=np.zeros(12)), "all of the 12 labels are 0"),
        (lambda: own(y=np.full(12, np.nan)), "NaN in labels"),
        (lambda: own(y_test=np.full(5, 3)), "there is a test label 3"),
        (lambda: own(x=np.zeros((12, 6, 5, 2), complex)), "real numbers"),
    ],
)
def test_images_that_do_not_fit_are_refused(wrong: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        from_images(wrong())


@settings(max_examples=60)
@given(st.integers(1, 30), st.integers(0, 30), st.integers(0, 3))
def test_parts_are_apart_and_nested(P: int, V: int, seed: int) -> None:
    data = Pictures("some", np.zeros((25, 2, 2, 1)), np.arange(25) % 2, 20, 2)
    if P > 20 or V >= 20:
        with pytest.raises(BadInput):
            parts(data, P, V, seed)
        return
    train, validation = parts(data, P, V, seed)
    assert (len(train), len(validation)) == (min(P, 20 - V), V)
    assert len({*train.tolist(), *validation.tolist()}) == len(train) + V
    assert max([*train.tolist(), *validation.tolist()]) < 20
    more, _ = parts(data, min(20, P + 3), V, seed)
    np.testing.assert_array_equal(more[: len(train)], train)
    other, _ = parts(data, 20, 0, seed + 10)
    assert not np.array_equal(other, parts(data, 20, 0, seed).train)


def test_padding_is_black_around() -> None:
    data = from_images(own())
    wide = padded(data, 9)
    np.testing.assert_array_equal(wide.pixels[:, 1:7, 2:7], data.pixels)
    assert wide.pixels.sum() == data.pixels.sum()
    assert padded(data, None) is data
    with pytest.raises(BadInput, match="do not fit in 5x5"):
        padded(data, 5)


def test_channels_have_the_statistics_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jamming.data.pictures.BLOCK", 4)
    pixels, rows = RNG.normal(size=(20, 3, 4, 2)) + 1e3, np.array([3, 1, 4, 15, 9, 2, 6])
    pixels[..., 1] = 0.1
    mean, std = channels(pixels, rows)
    np.testing.assert_allclose(mean, pixels[rows].mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(std, [pixels[rows][..., 0].std(), 1.0], rtol=1e-9)
    with pytest.raises(BadInput, match="nothing to learn"):
        channels(np.full((4, 2, 2, 1), 0.1), np.arange(4))


def test_random_labels_are_of_training_alone() -> None:
    data = pictures("digits")
    drawn = random_labels(data, 1)
    np.testing.assert_array_equal(drawn.y[data.train :], data.y[data.train :])
    right = (drawn.y == data.y)[: data.train].mean()
    assert 0.07 < right < 0.13
    assert drawn.pixels is data.pixels
    assert not np.array_equal(drawn.y, random_labels(data, 2).y)


def test_over_the_training_images_pixels_have_mean_0_and_variance_1() -> None:
    data = pictures("digits")
    train = data.pixels[: data.train].astype(float)
    x = standardised("digits", 359, 0)
    assert (x.shape, x.dtype) == ((359, 8, 8, 1), np.float32)
    rows = data.train + chosen(359, 359, 0)
    assert sorted(rows) == list(range(data.train, len(data.y)))
    np.testing.assert_allclose(x * train.std() + train.mean(), data.pixels[rows], atol=1e-4)


def test_larger_ones_are_enlarged_by_a_whole_number_and_framed() -> None:
    small, double, framed = (standardised("digits", 3, 1, size) for size in (0, 16, 19))
    assert double.shape == (3, 16, 16, 1)
    quarters = double.reshape(3, 8, 2, 8, 2, 1).mean((2, 4))
    assert np.corrcoef(quarters.ravel(), small.ravel())[0, 1] > 0.9
    np.testing.assert_array_equal(framed[:, 1:17, 1:17], double)
    black = np.delete(framed.reshape(3, -1), np.arange(361).reshape(19, 19)[1:17, 1:17], axis=1)
    assert (black == black[0, 0]).all()
    assert black[0, 0] == framed.min()


def test_each_seed_chooses_other_images_and_more_of_them_begin_with_fewer() -> None:
    few, many = chosen(10, 300, 0), chosen(50, 300, 0)
    assert len(set(many.tolist())) == 50
    np.testing.assert_array_equal(many[:10], few)
    assert len(set(few) & set(chosen(10, 300, 1))) < 5
    with pytest.raises(BadInput, match="more than the 300 test images"):
        chosen(301, 300, 0)


def test_pixels_a_side() -> None:
    assert (side("mnist"), side("mnist", 32), side("cifar10")) == (28, 32, 32)
    for name, size, says in (
        ("mnist", 16, "28 pixels a side"),
        ("stripe5", 0, "no pixels"),
        ("digits10pca", 0, "no pixels"),
        ("mnits", 0, "unknown data set"),
    ):
        with pytest.raises(BadInput, match=says):
            side(name, size)
