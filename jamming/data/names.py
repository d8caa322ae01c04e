"""The names of data sets: a base, and how many principal components are kept of it."""

import re
from dataclasses import dataclass

from jamming.errors import BadInput

IMAGES = ("digits", "mnist", "fashion_mnist", "emnist", "cifar10")
"""Image data sets; the first ships with scikit-learn, the others come through TFDS."""

KNOWN = (
    f"{', '.join(IMAGES)}; any of these with <k>pca (mnist10pca, cifar30pca, cifar10_30pca); "
    "random, random<d>"
)

_ALIASES = {"cifar": "cifar10"}
_BASES = "|".join(sorted((*IMAGES, *_ALIASES), key=len))
# The underscore is optional, and the lazy order of _BASES makes `cifar10pca` ten components of
# CIFAR-10 rather than a base followed by no number at all.
_PCA = re.compile(rf"({_BASES})_?([0-9]{{1,9}})pca")
_RANDOM = re.compile(r"random(?:_?([0-9]{1,9}))?")
_AMBIGUOUS = re.compile(r"cifar10([1-9][0-9]*)pca")


@dataclass(frozen=True)
class Spec:
    """What a name asks for: `base`, `pca` components (None: pixels), `d` (only for `random`)."""

    base: str
    pca: int | None = None
    d: int | None = None


def parse_name(name: str) -> Spec:
    """Read a data set name such as `mnist`, `mnist10pca`, `cifar10_30pca` or `random25`.

    Raises:
        BadInput: the name is unknown, ambiguous (`cifar1030pca`), or its number is zero.
    """
    if name in IMAGES or name in _ALIASES:
        return Spec(_ALIASES.get(name, name))
    if ambiguous := _AMBIGUOUS.fullmatch(name):
        k = ambiguous[1]
        raise BadInput(
            f"the name {name!r} can be read in two ways: write cifar10_{k}pca for {k} components "
            f"or cifar_10{k}pca for 10{k}"
        )
    if found := _PCA.fullmatch(name):
        base, k = found[1], int(found[2])
        if k < 1:
            raise BadInput(f"{name!r} keeps no principal component: ask for 1 or more")
        return Spec(_ALIASES.get(base, base), pca=k)
    if found := _RANDOM.fullmatch(name):
        d = None if found[1] is None else int(found[1])
        if d == 0:
            raise BadInput(f"{name!r} has dimension 0: ask for 1 or more")
        return Spec("random", d=d)
    raise BadInput(f"unknown data set {name!r}: choose one of {KNOWN}")
