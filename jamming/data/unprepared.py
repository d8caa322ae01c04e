"""Test images of a data set before they are inputs: to be deformed, or moved by noise, as pixels.

An input is an image less the mean of all, scaled to the sphere sum_i x_i^2 = d (`preprocess`).
Deformed images keep the scale of the original, so that what is inside of a network is one affine
map of the pixels: the distance between inputs is that between images.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from jamming.checks.arrays import finite, shaped
from jamming.checks.errors import BadInput
from jamming.data.dataset import BINARY, subsets
from jamming.data.names import IMAGES, class_count, parse_name, pixels
from jamming.data.preprocess import binary_labels, class_labels, consistent
from jamming.data.sources import raw


@dataclass(frozen=True, eq=False)
class Unprepared:
    """Images [n, H, W, C] in their own units, and what is taken away and multiplied."""

    images: Float[np.ndarray, "n H W C"]
    mean: Float[np.ndarray, "H W C"]
    scale: Float[np.ndarray, " n"]

    def inputs(self, images: Any) -> Float[np.ndarray, "n H W C"]:
        """What the network sees of these images, each at the scale of the one in its place."""
        images = shaped(finite(images, "images", dtype=np.float64), "images", *self.images.shape)
        return (np.asarray(images) - self.mean) * self.scale[:, None, None, None]


def unprepared(name: str, P: int, n: int, *, seed: int = 0, multiclass: bool = False) -> Unprepared:
    """The first n test images that `jamming.load` gives with the same P and seed (or all).

    Raises BadInput if the data are no images, or principal components of them, and as `load`.
    """
    spec = parse_name(name)
    if spec.base not in IMAGES or spec.pca is not None:
        raise BadInput(f"{name} is no set of images, and only images are deformed: choose mnist")
    found, y = raw(spec.base)
    x = np.asarray(finite(found, "data", dtype=np.float64)).reshape(len(y), -1)
    classes = class_count(name) if multiclass else None
    y = binary_labels(y) if classes is None else class_labels(y, classes)
    keep = consistent(x, y)
    x, y = x[keep], y[keep]
    mean = x.mean(axis=0)
    _, test = subsets(y, P, None, seed, BINARY if classes is None else range(classes))
    x = x[test[:n]]
    scale = np.sqrt(x.shape[1]) / np.linalg.norm(x - mean, axis=1)
    shape = pixels(name)
    return Unprepared(x.reshape(-1, *shape), mean.reshape(shape), scale)
