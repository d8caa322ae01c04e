"""Random changes of training images: what they may make of each."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.images.augment import Deform, Translate
from jamming.images.warp import augmentation

KEY = jax.random.key(3)
X = jnp.asarray(np.random.default_rng(0).uniform(1, 2, (60, 5, 4, 2)))


def crops(image: np.ndarray, shift: int) -> list[np.ndarray]:
    """Every place that a frame of black pixels leaves for the image."""
    wide = np.pad(image, ((shift, shift), (shift, shift), (0, 0)))
    ends = range(2 * shift + 1)
    return [wide[i : i + image.shape[0], j : j + image.shape[1]] for i in ends for j in ends]


@pytest.mark.parametrize("flip", [False, True])
def test_images_are_moved_in_black_and_mirrored(flip: bool) -> None:
    found, mirrored, places = np.asarray(Translate(1, flip)(KEY, X)), 0, set()
    for image, new in zip(np.asarray(X), found, strict=True):
        straight = [np.array_equal(new, crop) for crop in crops(image, 1)]
        over = [np.array_equal(new[:, ::-1], crop) for crop in crops(image, 1)]
        assert sum(straight) + sum(over) == 1
        mirrored += sum(over)
        places.add(int(np.argmax(np.add(straight, over))))
    assert len(places) == 9
    assert (15 < mirrored < 45) if flip else mirrored == 0


def test_no_shift_changes_nothing_and_the_key_decides() -> None:
    np.testing.assert_array_equal(Translate(0)(KEY, X), X)
    one, other = Translate()(KEY, X), Translate()(jax.random.key(4), X)
    assert one.dtype == X.dtype
    assert not np.array_equal(one, other)


def test_deformations_are_those_of_images() -> None:
    np.testing.assert_array_equal(Deform(0.1, 2)(KEY, X), augmentation(KEY, X, T=0.1, c=2))
    assert Deform(0.1, 2) == Deform((0.1,), (2,))


def test_what_is_out_of_range_is_refused() -> None:
    for make in (
        lambda: Translate(-1),
        lambda: Translate(1, flip=1),
        lambda: Deform(T=0),
        lambda: Deform(T=(2, 1)),
        lambda: Deform(c=(1, 2, 3)),
    ):
        with pytest.raises(BadInput):
            make()
