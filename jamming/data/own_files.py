"""Data of the user's own from a file: a .npz of x [n, ...] and y [n].

Its name may end in options, each after a colon: `cats.npz:10pca` are ten principal components on
the sphere, as of data sets by name, `:sphere` the inputs on it, and `:drop` or `:keep` what becomes
of points that occur with several labels (`jamming.data.own.points`). The name that a job has ends
in @ and a hash of what the file holds: a changed file is other data.
"""

import hashlib
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from jamming.checks.errors import BadInput
from jamming.commands import files
from jamming.data import names
from jamming.data.labels import Plain, chosen, each, levels
from jamming.data.own import Points, features, points

DIGITS = 12  # of a hash


class Contents(NamedTuple):
    """Inputs x and labels y of a file, the different labels in sorted order, and a hash of all."""

    x: Float[np.ndarray, "..."]
    y: Shaped[np.ndarray, "..."]
    values: tuple[Plain, ...]
    digest: str


def canonical(name: str, positive: Any) -> tuple[str, tuple[Any, ...] | None]:
    """The name of a file with the hash of what it holds, and `positive` by the labels there.

    `positive` that says what is so without it becomes None. A name that has a hash, and one of
    another kind than a file, stay as they are, without `positive` being looked at. Raises BadInput
    as `jamming.commands.files.arrays`, `features` and `chosen`.
    """
    file = names.own_file(name)
    if file is None or file.digest:
        return name, positive
    held = _contents(file)
    if positive is not None:
        positive = chosen(held.values, positive)
    if positive is not None:  # truth values give the keys of 0 and 1
        positive = tuple(int(v) if isinstance(v, bool) else v for v in positive)
    return f"{file.name}@{held.digest}", positive


def of_file(
    name: str,
    *,
    positive: Any = None,
    whiten: bool = True,
    multiclass: bool = False,
    images: bool = False,
) -> Points:
    """The points of a file: vectors [n, d], or with `images` [n, H, W, C].

    Raises BadInput as `points` and `jamming.commands.files.arrays`, if the file holds other data
    than the hash in its name says, and for images that are none.
    """
    file = _file(name)
    known = None if positive is None else tuple(each(positive))
    if file.digest and (now := _contents(file).digest) != file.digest:
        raise BadInput(
            f"{file.path} holds other data than {name} did: give the name {file.name} for what it"
            f" holds now ({now}), or bring the old file back"
        )
    return _points(file, files.stamp(file.path), known, whiten, multiclass, images)


def class_count(name: str) -> int:
    """As `names.class_count`, also of files."""
    file = names.own_file(name)
    return names.class_count(name) if file is None else len(_contents(file).values)


def _file(name: str) -> names.File:
    file = names.own_file(name)
    if file is None:
        raise BadInput(f"{name} is no file of x and y: give a name that ends in .npz")
    return file


@lru_cache(maxsize=2)  # as of data sets by name: a search asks for the same ones every time
def _points(
    file: names.File, stamp: Any, positive: Any, whiten: bool, multiclass: bool, images: bool
) -> Points:
    held = _contents(file)
    x = held.x
    if images:
        x = x[..., None] if x.ndim == 3 else x
        if x.ndim != 4 or file.pca or file.sphere:
            raise BadInput(
                f"{file.name} gives inputs of shape {list(x.shape[1:])}: a convolution takes images"
                " [n, H, W] or [n, H, W, C], as they are"
            )
    elif x.ndim > 1:
        x = x.reshape(len(x), -1)
    return points(
        x,
        held.y,
        positive=positive,
        multiclass=multiclass,
        pca=file.pca,
        sphere=file.sphere,
        whiten=whiten,
        duplicates=file.duplicates,
    )


def _contents(file: names.File) -> Contents:
    return _read(file.path, files.stamp(file.path))


@lru_cache(maxsize=2)
def _read(path: str, stamp: Any) -> Contents:
    found = files.arrays(path, "x", "y")
    x, (values, which) = features(found["x"]), levels(found["y"])
    digest = hashlib.sha256(repr((x.shape, values)).encode())
    for array in (x, which):
        digest.update(array.data)
    return Contents(x, found["y"], values, digest.hexdigest()[:DIGITS])
