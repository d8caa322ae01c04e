"""Points and labels of a data set by name, as kernels of the distance take them."""

import dataclasses
from typing import Any

import numpy as np

from jamming.checks.errors import BadInput
from jamming.data import Dataset, load, parse_name, subsets
from jamming.data.invariant import MODELS, seen
from jamming.data.names import IMAGES, own_file
from jamming.data.preprocess import binary_labels
from jamming.data.sources import raw

WHITE = 255.0  # of the brightest pixel
GREYS = 16.0  # that of the digits of scikit-learn


def drawn(name: str, P: int, P_test: int, seed: int, positive: Any = None) -> Dataset:
    """P training points and P_test others, [n, d] in float64; another seed draws others.

    Images are their pixels as they are, from 0 to 255, neither centred nor scaled to one norm; the
    grey levels of the digits, 0 to 16, are brought to that range. Labels are +1 for the even
    classes and -1 for the odd ones: of MNIST the parity of the digit; of CIFAR-10 airplane, bird,
    deer, frog, ship against automobile, cat, dog, horse, truck. All else (principal components,
    random points) is as `jamming.load` gives it; stripes and cylinders have a constant coordinate
    beside theirs, as where networks learn them (`jamming.data.invariant.seen`). A file of the
    user's own is as `jamming.load` gives it, with the labels `positive` as +1. Raises BadInput for
    an unknown name, data that are not there, `positive` of others than a file, or more points than
    there are.
    """
    if own_file(name):
        return load(name, P, P_test=P_test, seed=seed, positive=positive)
    if positive is not None:
        raise BadInput(f"`positive` is of files here, and {name} is none: leave it out")
    spec = parse_name(name)
    if spec.base in MODELS:
        of = load(name, P, P_test=P_test, seed=seed)
        train, test = (seen(spec.base, x, 1.0, constant=True) for x in (of.x_train, of.x_test))
        return dataclasses.replace(of, x_train=train, x_test=test)
    if spec.base not in IMAGES or spec.pca is not None:
        return load(name, P, P_test=P_test, seed=seed)
    images, classes = raw(spec.base)
    y = binary_labels(classes)
    scale = WHITE / GREYS if spec.base == "digits" else 1.0
    train, test = subsets(y, P, P_test, seed)

    def pixels(rows: np.ndarray) -> np.ndarray:
        return scale * images[rows].reshape(len(rows), -1).astype(np.float64)

    return Dataset(name, pixels(train), y[train], pixels(test), y[test])
