"""The names of data sets: a base, and how many principal components are kept of it."""

import re
from typing import Any, NamedTuple

from jamming.checks.arguments import one_of, shown
from jamming.checks.errors import BadInput


class Images(NamedTuple):
    """Of an image data set: (height, width, channels), classes, training images, name in TFDS."""

    pixels: tuple[int, int, int]
    classes: int
    train: int
    tfds: str = ""


IMAGES = {
    "digits": Images((8, 8, 1), 10, 1438),  # ships with scikit-learn
    "mnist": Images((28, 28, 1), 10, 60_000, "mnist"),
    "fashion_mnist": Images((28, 28, 1), 10, 60_000, "fashion_mnist"),
    "emnist": Images((28, 28, 1), 26, 88_800, "emnist/letters"),
    "cifar10": Images((32, 32, 3), 10, 50_000, "cifar10"),
    "svhn": Images((32, 32, 3), 10, 73_257, "svhn_cropped"),
}

KNOWN = (
    f"{', '.join(IMAGES)}; any of these with <k>pca (mnist10pca, cifar30pca, cifar10_30pca); "
    "random, random<d>, stripe<d>, cylinder<d>"
)

# files of the user's own (`jamming.data.own_files`): path, options after colons, a hash
_FILE = re.compile(r"(.+\.npz)((?::[^:@]*)*)(?:@([0-9a-f]+))?")
_OWN = re.compile(r"own([1-9][0-9]{0,4})")

_ALIASES = {"cifar": "cifar10"}
_BASES = "|".join(sorted((*IMAGES, *_ALIASES), key=len))
# The underscore is optional; by the order of _BASES `cifar10pca` has ten components of CIFAR-10.
_NUMBER = "0|[1-9][0-9]{0,8}"  # so that no two names, and stores, are of one number
_NAME = re.compile(rf"({_BASES})(?:_?({_NUMBER})pca)?|(random|stripe|cylinder)(?:_?({_NUMBER}))?")
_AMBIGUOUS = re.compile(r"cifar10([1-9][0-9]*)pca")


# what is not read by name, and what people do who have it
ELSEWHERE = {
    "imagenet": "images of ImageNet (image-net.org, with an account) are not read by name: put them"
    " into arrays [P, height, width, C], with labels, and train on these by"
    " jamming.train_images(jobs, data=(x_train, y_train, x_test, y_test))"
}


class Spec(NamedTuple):
    """What a name asks for: `base`, `pca` components (None: pixels), `d` (of points)."""

    base: str
    pca: int | None = None
    d: int | None = None


class File(NamedTuple):
    """A file of x and y by its name `path`, with options, and the `digest` of what it held."""

    path: str
    pca: int | None = None
    sphere: bool = False
    duplicates: str = "refuse"
    digest: str = ""

    @property
    def name(self) -> str:
        """Without the digest."""
        pca = "" if self.pca is None else f":{self.pca}pca"
        kept = "" if self.duplicates == "refuse" else f":{self.duplicates}"
        return f"{self.path}{pca}{':sphere' * self.sphere}{kept}"


def own_file(name: str) -> File | None:
    """Read the name of a file, as cats.npz or cats.npz:10pca:drop; None for a data set by name.

    Raises BadInput for an option that there is not, or that is there twice.
    """
    found = _FILE.fullmatch(name)
    if found is None:
        return None
    path, options, digest = found.groups()
    file = File(path, digest=digest or "")
    for option in options.split(":")[1:]:
        k = re.fullmatch(f"({_NUMBER})pca", option)
        if k and k[1] != "0" and file.pca is None and not file.sphere:
            file = file._replace(pca=int(k[1]))
        elif option == "sphere" and file.pca is None and not file.sphere:
            file = file._replace(sphere=True)
        elif option in ("drop", "keep") and file.duplicates == "refuse":
            file = file._replace(duplicates=option)
        else:
            raise BadInput(
                f"{shown(path)} cannot have ':{shown(option)[1:-1]}' here: a file takes one of"
                " :<k>pca and :sphere, and one of :drop and :keep"
            )
    return file


def parse_name(name: str) -> Spec:
    """Read a data set name such as `mnist10pca`, `cifar10_30pca`, `random25` or `stripe10`."""
    if ambiguous := _AMBIGUOUS.fullmatch(name):
        k = ambiguous[1]
        raise BadInput(
            f"the name {name!r} can be read in two ways: write cifar10_{k}pca for {k} components "
            f"or cifar_10{k}pca for 10{k}"
        )
    found = _NAME.fullmatch(name)
    if found is None:
        _refuse_elsewhere(name)
        file = "a file of your own cannot be taken here" if own_file(name) else "unknown data set"
        raise BadInput(f"{file} {shown(name)}: choose one of {KNOWN}")
    base, pca, points, d = found.groups()
    if "0" in (pca, d):
        raise BadInput(f"{name!r} has dimension 0: ask for 1 or more")
    if points:
        return Spec(points, d=None if d is None else int(d))
    return Spec(_ALIASES.get(base, base), None if pca is None else int(pca))


def of_images(name: str) -> bool:
    """Whether it is a name of images, or of components of them."""
    found = _NAME.fullmatch(name)
    return found is not None and found[1] is not None


def components(name: str) -> int | None:
    """How many principal components are kept, None for other inputs."""
    file = own_file(name)
    return parse_name(name).pca if file is None else file.pca


def image_set(name: Any) -> str:
    """A name of `IMAGES`; BadInput for others, with what to do about those of `ELSEWHERE`."""
    _refuse_elsewhere(name)
    return one_of("image data set", name, IMAGES)


def _refuse_elsewhere(name: Any) -> None:
    if (said := ELSEWHERE.get(str(name).lower())) is not None:
        raise BadInput(said)


def class_count(name: str) -> int:
    """The number of classes of an image data set; no file is read. Others are refused.

    Of arrays of the user's own it is k where they are called own<k>.
    """
    if found := _OWN.fullmatch(name):
        return int(found[1])
    base = parse_name(name).base
    if base not in IMAGES:
        raise BadInput(f"{name} has no classes, only labels +-1: choose {', '.join(IMAGES)}")
    return IMAGES[base].classes


def pixels(name: str) -> tuple[int, int, int]:
    """(height, width, channels) of images; no file is read. Other inputs are refused."""
    spec = parse_name(name)
    if spec.base not in IMAGES or spec.pca is not None:
        raise BadInput(f"{name} has no pixels for a convolution: choose {', '.join(IMAGES)}")
    return IMAGES[spec.base].pixels


def side(name: str, size: int = 0) -> int:
    """The pixels a side of images that are made larger: `size`, or for 0 their own.

    No file is read. Raises BadInput for what is no image, and for a size below their own.
    """
    own = max(pixels(name)[:2])
    if size and own > size:
        raise BadInput(f"{name} has {own} pixels a side: give a size of {own} at least, or 0")
    return size or own
