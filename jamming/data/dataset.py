"""Train and test sets: a pooled set split by label, random points, or one's own arrays."""

import operator
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from jamming.data.names import parse_name
from jamming.data.preprocess import Pool, prepare, to_sphere
from jamming.data.sources import raw
from jamming.errors import BadInput

# Streams of one seed: a user's `seed=0` elsewhere (initial weights) must not reuse these numbers.
_SPLIT_STREAM = 0xDA7A
_RANDOM_STREAM = 0x5F3E
_NOISE_STREAM = 0x401E


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs x [P, d] and labels y [P] = +-1 in float64, for training and for testing.

    Loaded by name, inputs are vectors that lie on the sphere sum_i x_i^2 = d.
    """

    name: str
    x_train: Float[np.ndarray, "P *d"]
    y_train: Float[np.ndarray, " P"]
    x_test: Float[np.ndarray, "P_test *d"]
    y_test: Float[np.ndarray, " P_test"]


def load(
    name: str,
    P: int,
    *,
    P_test: int | None = None,
    seed: int = 0,
    d: int | None = None,
    positive: Collection[int] | None = None,
    whiten: bool = True,
    label_noise: float = 0.0,
) -> Dataset:
    """P training points of a data set by name, and P_test others.

    Args:
        name: see `parse_name`: `digits10pca`, `mnist`, `cifar30pca`, `random`, `random25`, ...
        P: training points; their labels alternate +1, -1, ...
        P_test: test points; by default all that remain of an image data set, or P random ones.
        seed: which points; for the same seed a smaller training set is the start of a larger
            one (of images; random points are centred over the training set).
        d: dimension of `random`; elsewhere it may be given if it is that of the data.
        positive: the classes labelled +1; by default the even ones.
        whiten: whether principal components are brought to equal variance.
        label_noise: probability with which the label of a training point is flipped; those of
            the test points are true.

    Random points: Gaussian, centred over the training set, projected on the sphere, with labels
    +1, -1, ... (*The jamming transition as a paradigm ...*, Geiger et al., 2019, Section III,
    and Spigler et al., 2019, Appendix B.1; exact balance is from the authors' public code).
    Images: see `prepare` and `subsets`.

    Raises:
        BadInput: an unknown name, a data set that is not there, or numbers that do not fit.
    """
    spec = parse_name(name)
    P, seed = whole("P", P, least=2), whole("seed", seed, least=0)
    P_test = None if P_test is None else whole("P_test", P_test, least=0)
    d = None if d is None else whole("d", d, least=1)
    if not 0 <= label_noise <= 1:
        raise BadInput(f"label_noise must be between 0 and 1, not {label_noise}")
    if spec.base == "random":
        if positive is not None:
            raise BadInput(f"{name} has no classes to choose from: leave `positive` out")
        P_test = P if P_test is None else P_test
        data = _random(name, P, P_test, seed, _agree(name, spec.d, d))
        return _noisy(data, label_noise, seed)
    chosen = None if positive is None else tuple(sorted({int(c) for c in positive}))
    pool = _pool(spec.base, spec.pca, chosen, whiten)
    _agree(name, pool.x.shape[1], d)
    return _noisy(_cut(name, pool, P, P_test, seed), label_noise, seed)


def from_arrays(
    x: Any,
    y: Any,
    P: int,
    *,
    P_test: int | None = None,
    seed: int = 0,
    name: str = "own",
) -> Dataset:
    """One's own inputs x [n, ...] and labels y [n] = +-1, split as in `subsets`.

    They are taken as they are, without preprocessing.

    Raises:
        BadInput: shapes that do not fit, values that are not finite, other labels, too few points.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind not in "buif" or y.dtype.kind not in "buif":
        raise BadInput(
            f"x and y must be arrays of real numbers, not {x.dtype} and {y.dtype}: convert them"
        )
    x, y = x.astype(np.float64), y.astype(np.float64)
    if x.ndim < 2 or x.size == 0 or y.shape != x.shape[:1]:
        raise BadInput(
            f"x has shape {x.shape} and y has shape {y.shape}: give x as [n, ...] and y as [n]"
        )
    bad = int((~np.isfinite(x).reshape(len(x), -1).all(axis=1)).sum())
    if bad:
        raise BadInput(f"NaN in data: {bad} of {len(x)} inputs are not finite, remove them first")
    if not np.isin(y, (-1.0, 1.0)).all():
        raise BadInput("labels must be +1 or -1: convert y, for instance with 2 * (y > 0) - 1")
    return _cut(name, Pool(x, y), P, P_test, seed)


def subsets(
    y: Float[np.ndarray, " n"], P: int, P_test: int | None = None, seed: int = 0
) -> tuple[Int[np.ndarray, " P"], Int[np.ndarray, " P_test"]]:
    """Disjoint indices of P training and P_test test points among labels y [n] = +-1.

    The points of each label are shuffled by themselves, then interleaved +1, -1, ...; what one
    label has more than the other follows at the end. The first P are for training (balanced
    within one), the next P_test for testing (by default all the others).

    Raises:
        BadInput: P < 2, P_test < 0, seed < 0, or more points than there are.
    """
    P, seed = whole("P", P, least=2), whole("seed", seed, least=0)
    P_test = None if P_test is None else whole("P_test", P_test, least=0)
    rng = np.random.default_rng(np.random.SeedSequence([seed, _SPLIT_STREAM]))
    plus = rng.permutation(np.flatnonzero(y > 0))
    minus = rng.permutation(np.flatnonzero(y < 0))
    paired = min(len(plus), len(minus))
    # With more +1 than -1 the alternation can go on for one more.
    balanced = 2 * paired + (len(plus) > paired)
    most = max(0, min(balanced, len(y) - (P_test or 0)))
    if most < P:
        asked = f"P = {P}" if P_test is None else f"P = {P} with P_test = {P_test}"
        hint = f"the largest P possible is {most}" if most >= 2 else "no P is possible"
        raise BadInput(
            f"{asked} asks for more than the {len(y)} points available ({len(plus)} labelled +1, "
            f"{len(minus)} labelled -1): {hint}"
        )
    pairs = np.stack([plus[:paired], minus[:paired]], axis=1).ravel()
    order = np.concatenate([pairs, plus[paired:], minus[paired:]])
    return order[:P], order[P : None if P_test is None else P + P_test]


def whole(what: str, value: Any, *, least: int) -> int:
    """`value` as an int.

    Raises:
        BadInput: it is no whole number, or below `least`.
    """
    try:
        number = operator.index(value)
    except TypeError as error:
        raise BadInput(f"{what} = {value!r} is not a whole number: give one") from error
    if number < least:
        raise BadInput(f"{what} = {number} is too small: it must be at least {least}")
    return number


# Few entries, since one of pixels may take a gigabyte; a search asks for the same one every time.
@lru_cache(maxsize=2)
def _pool(base: str, pca: int | None, positive: tuple[int, ...] | None, whiten: bool) -> Pool:
    data = raw(base)
    return prepare(data.images, data.labels, pca=pca, positive=positive, whiten=whiten)


def _cut(name: str, pool: Pool, P: int, P_test: int | None, seed: int) -> Dataset:
    train, test = subsets(pool.y, P, P_test, seed)
    return Dataset(name, pool.x[train], pool.y[train], pool.x[test], pool.y[test])


def _noisy(data: Dataset, probability: float, seed: int) -> Dataset:
    """With flipped training labels; which ones does not depend on how many points follow."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, _NOISE_STREAM]))
    flipped = rng.random(len(data.y_train)) < probability
    return replace(data, y_train=np.where(flipped, -data.y_train, data.y_train))


def _random(name: str, P: int, P_test: int, seed: int, d: int) -> Dataset:
    streams = np.random.SeedSequence([seed, _RANDOM_STREAM]).spawn(2)
    train, test = (
        np.random.default_rng(stream).standard_normal((size, d))
        for stream, size in zip(streams, (P, P_test), strict=True)
    )
    # Test points go through the map of the training points, as unseen data would.
    mean = train.mean(axis=0)
    x_test = to_sphere(test, mean) if P_test else test
    return Dataset(name, to_sphere(train, mean), _alternating(P), x_test, _alternating(P_test))


def _alternating(n: int) -> Float[np.ndarray, " n"]:
    return np.where(np.arange(n) % 2 == 0, 1.0, -1.0)


def _agree(name: str, own: int | None, given: int | None) -> int:
    if own is not None and given is not None and own != given:
        raise BadInput(f"{name} has dimension {own}, not d = {given}: leave d out")
    d = given if own is None else own
    if d is None:
        raise BadInput(f"{name} has no dimension of its own: give d, or write it as {name}25")
    return d
