"""Images as they are, with the number of their class, for networks of images.

`pictures` reads a data set by its name, `from_images` takes arrays, `framed` makes them larger;
`parts` chooses which images to train on and which to validate with. Nothing is projected or centred
there: pixels remain bytes, or numbers, and `channels` has the statistics by which they are
standardised. `standardised` gives test images in these units, for networks that do not train.
"""

from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Num

from jamming.checks.arguments import LARGEST_SEED, shown, whole
from jamming.checks.arrays import finite
from jamming.checks.errors import BadInput
from jamming.data.labels import classes, say
from jamming.data.names import IMAGES, image_set, side
from jamming.data.preprocess import class_labels
from jamming.data.sources import find_prepared, raw

# Streams of one seed, apart from those of `jamming.data.dataset`.
_PARTS, _LABELS, _TESTS = 0x9A27, 0x1ABE, 0x1A6E
FIFTH = 5  # of the digits, which have no test images of their own
BLOCK = 1000  # images that become float64 at a time


@dataclass(frozen=True, eq=False)
class Pictures:
    """Images [n, H, W, C], bytes or floating point, the first `train` to train on, others to test.

    Or voxels [n, X, Y, Z, C]. Labels are whole numbers from 0 to `classes` - 1.
    """

    name: str
    pixels: Num[np.ndarray, "n *sides C"]
    y: Int[np.ndarray, " n"]
    train: int
    classes: int

    @property
    def test(self) -> int:
        """The number of test images."""
        return len(self.y) - self.train


class Parts(NamedTuple):
    """Rows of the images to train on, and of those to validate with."""

    train: Int[np.ndarray, " P"]
    validation: Int[np.ndarray, " V"]


@lru_cache(maxsize=2)
def pictures(name: Any) -> Pictures:
    """A data set by name, one of `names.IMAGES`; every fifth of the digits is a test image.

    Raises BadInput for another name, and where the files are missing or cannot be read.
    """
    about, data = IMAGES[image_set(name)], raw(name)
    y = class_labels(data.labels, about.classes)
    if about.tfds:
        parts = find_prepared(name).sizes.items()
        tests = np.concatenate([np.full(size, part == "test") for part, size in parts])
    else:
        tests = np.arange(len(y)) % FIFTH == FIFTH - 1
    order = np.argsort(tests, kind="stable")
    pixels = data.images[order].reshape(-1, *about.pixels)
    return _frozen(Pictures(name, pixels, y[order], int((~tests).sum()), about.classes))


def from_images(data: Any, name: str = "own") -> Pictures:
    """User-supplied images: x_train, y_train, x_test, y_test, in this order or by attribute.

    Images are [n, H, W, C], or [n, H, W] of one channel, or voxels [n, X, Y, Z, C], in bytes or
    other real numbers. Labels are of any kind (`jamming.data.labels.coded`): the different ones, in
    sorted order, are classes 0 to c - 1; what became of others than these is said once.
    Raises BadInput where they are not, for a label that training has not, a NaN among the pixels,
    and for no images.
    """
    names = ("x_train", "y_train", "x_test", "y_test")
    if all(hasattr(data, each) for each in names):
        data = tuple(getattr(data, each) for each in names)
    if not isinstance(data, tuple | list) or len(data) != len(names):
        raise BadInput(f"own images are {', '.join(names)}, not {shown(data)}: give these four")
    x = _images(data[0], "train"), _images(data[2], "test")
    y, coding = classes(data[1], data[3])
    for part, images, labels in zip(("train", "test"), x, y, strict=True):
        if len(images) != len(labels):
            raise BadInput(
                f"y_{part} has shape {list(labels.shape)}, and there are {len(images)} images"
            )
    if x[0].shape[1:] != x[1].shape[1:]:
        one, other = (list(each.shape[1:]) for each in x)
        raise BadInput(f"training images have shape {one}, test images {other}: give one kind")
    if not coding.unchanged:
        say(str(coding))
    kind = np.result_type(*x)
    pixels = np.concatenate([each.astype(kind) for each in x])
    return _frozen(Pictures(name, pixels, np.concatenate(y), len(x[0]), len(coding.codes)))


def enlarged(of: Pictures, times: int) -> Pictures:
    """The images with so many times the pixels a side, interpolated linearly."""
    if times == 1:
        return of
    if of.pixels.ndim != 4:
        raise BadInput("voxels are not enlarged here: give them as large as they are wanted")
    n, height, width, channels = of.pixels.shape
    shape = height * times, width * times, channels
    blocks = [np.asarray(_resized(of.pixels[i : i + BLOCK], shape)) for i in range(0, n, BLOCK)]
    return _frozen(replace(of, pixels=np.concatenate(blocks)))


@partial(jax.jit, static_argnames="shape")
def _resized(x: Array, shape: tuple[int, int, int]) -> Array:
    return jax.image.resize(x.astype(jnp.float32), (len(x), *shape), "linear")


def padded(of: Pictures, size: Any) -> Pictures:
    """The images in the middle of black ones, of pixels 0, with `size` pixels a side."""
    if size is None:
        return of
    sides = of.pixels.shape[1:-1]
    if max(sides) > size:
        both = ("x".join(map(str, each)) for each in (sides, (size,) * len(sides)))
        raise BadInput(f"images of {' do not fit in '.join(both)}: raise pad")
    frame = [((size - side) // 2, size - side - (size - side) // 2) for side in sides]
    return _frozen(replace(of, pixels=np.pad(of.pixels, [(0, 0), *frame, (0, 0)])))


def framed(of: Pictures, enlarge: int = 1, pad: Any = None) -> Pictures:
    """The images `enlarged`, then `padded`."""
    return padded(enlarged(of, enlarge), pad)


def parts(of: Pictures, P: Any, validation: Any, seed: Any) -> Parts:
    """P random training images and others to validate with; those of a smaller P are among them.

    Where too few others are left, they are split off: fewer than P are trained on then. Raises
    BadInput where there are fewer than P, or none would be left to train on.
    """
    P, validation = whole("P", P), whole("validation", validation, least=0)
    if P > of.train:
        raise BadInput(f"P = {P} is more than the {of.train} training images of {of.name}: lower P")
    trained = min(P, of.train - validation)
    if trained < 1:
        raise BadInput(
            f"validation = {validation} leaves none of the {of.train} training images of {of.name}"
            " to train on: lower it"
        )
    order = _rng(seed, _PARTS).permutation(of.train)
    return Parts(order[:trained], order[trained : trained + validation])


def chosen(n: Any, of: int, seed: Any) -> Int[np.ndarray, " n"]:
    """Rows of n of so many test images, at random by the seed; those of a smaller n come first.

    Raises BadInput where n is below 2, or more than there are.
    """
    if whole("images", n, least=2) > of:
        raise BadInput(f"images = {n} is more than the {of} test images: lower it")
    return _rng(seed, _TESTS).permutation(of)[:n]


def standardised(name: str, n: Any, seed: Any, size: int = 0) -> Float[np.ndarray, "n H W C"]:
    """The `chosen` n test images of a data set, in single precision.

    Each channel has mean 0 and variance 1 over the training images; a deformation commutes with
    that, as the weights of an interpolation add up to 1. `size`, if it is not 0: pixels a side, to
    which images are `enlarged` by a whole number and then `padded` with black. Raises BadInput as
    `side`, `pictures` and `chosen` do.
    """
    size, of, (mean, std) = side(name, size), pictures(name), _of_training(name)
    rows = of.train + chosen(n, of.test, seed)
    few = replace(of, pixels=of.pixels[rows], y=of.y[rows], train=0)
    seen = framed(few, size // max(of.pixels.shape[1:3]), size).pixels
    return ((seen - mean) / std).astype(np.float32)


@lru_cache(maxsize=2)
def _of_training(name: str) -> tuple[Float[np.ndarray, " C"], Float[np.ndarray, " C"]]:
    of = pictures(name)
    return channels(of.pixels, np.arange(of.train))


def random_labels(of: Pictures, seed: Any) -> Pictures:
    """With labels of the training images drawn anew, uniform among classes."""
    drawn = _rng(seed, _LABELS).integers(0, of.classes, of.train)
    return _frozen(replace(of, y=np.concatenate([drawn, of.y[of.train :]])))


def channels(
    pixels: Num[np.ndarray, "n *sides C"], rows: Int[np.ndarray, " P"]
) -> tuple[Float[np.ndarray, " C"], Float[np.ndarray, " C"]]:
    """Mean and standard deviation of each channel over these images; 1 where a channel is constant.

    Of voxels 0 and the root of the mean square: their 0 is empty space, as it is outside of them.
    Raises BadInput where all are constant.
    """
    blocks = [rows[i : i + BLOCK] for i in range(0, len(rows), BLOCK)]

    places = tuple(range(pixels.ndim - 1))

    def mean(of: Any) -> np.ndarray:
        sums = [of(pixels[at].astype(np.float64)).sum(axis=places) for at in blocks]
        return np.sum(sums, axis=0) / (len(rows) * pixels[0, ..., 0].size)

    centre = mean(lambda x: x)
    std = np.sqrt(mean(lambda x: (x - centre) ** 2))
    # rounding of the mean is no variation
    constant = std <= 1e-12 * np.abs(centre)
    if constant.all():
        raise BadInput("all pixels of the training images are the same: there is nothing to learn")
    if pixels.ndim == 5:
        std, centre = np.hypot(std, centre), np.zeros_like(centre)
    return centre, np.where(constant, 1.0, std)


def _images(x: Any, part: str) -> np.ndarray:
    """Pixels [n, H, W, C] as bytes, float32 or float64."""
    bytes_already = isinstance(x, np.ndarray) and x.dtype == np.uint8
    x = x if bytes_already else np.asarray(finite(x, f"x_{part}"))
    x = x[..., None] if x.ndim == 3 else x
    if x.ndim not in (4, 5) or not x.size:
        raise BadInput(
            f"x_{part} has shape {list(x.shape)}: give images [n, H, W, C], at least one, or"
            " voxels [n, X, Y, Z, C]"
        )
    return x


def _frozen(of: Pictures) -> Pictures:
    for array in (of.pixels, of.y):
        array.setflags(write=False)
    return of


def _rng(seed: Any, stream: int) -> np.random.Generator:
    seed = whole("seed", seed, least=0, most=LARGEST_SEED)
    return np.random.default_rng(np.random.SeedSequence([seed, stream]))
