"""Train and test sets: a pooled set split by label, random points, or user-supplied arrays."""

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Num

from jamming.checks.arguments import LARGEST_SEED, number, whole, wholes
from jamming.checks.arrays import ArrayLike, as_float
from jamming.checks.errors import BadInput
from jamming.commands.files import cache_dir
from jamming.data import kept, own, own_files, preprocess
from jamming.data.invariant import TEST_POINTS, gaussian, labels
from jamming.data.labels import say
from jamming.data.names import IMAGES, Spec, class_count, own_file, parse_name, pixels
from jamming.data.preprocess import Pool, prepare, shared, to_sphere
from jamming.data.sources import identity, raw
from jamming.execution.memory import fits

# Streams of one seed: a user's `seed=0` elsewhere (initial weights) must not reuse these numbers.
_SPLIT_STREAM, _RANDOM_STREAM, _NOISE_STREAM = 0xDA7A, 0x5F3E, 0x401E

BINARY = (1.0, -1.0)
Kinds = tuple[float, ...] | range  # the labels that there are, in the order in which they alternate


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs x [P, ...] in float64 and labels y [P], for training and for testing.

    Labels are +-1 in float64, or classes 0, 1, ... as integers. Loaded by name, inputs lie on the
    sphere sum_i x_i^2 = d (but for a stripe or cylinder): [P, d], or images [P, H, W, channels].
    `notes` say what was made of the user's own data; `contradictory`, that there are points with
    several labels among them, which no network fits.
    """

    name: str
    x_train: Float[np.ndarray, "P *d"]
    y_train: Num[np.ndarray, " P"]
    x_test: Float[np.ndarray, "P_test *d"]
    y_test: Num[np.ndarray, " P_test"]
    notes: tuple[str, ...] = ()
    contradictory: bool = False


def load(
    name: str,
    P: int,
    *,
    P_test: int | None = None,
    seed: int = 0,
    d: int | None = None,
    positive: Any = None,
    whiten: bool = True,
    label_noise: float = 0.0,
    multiclass: bool = False,
    images: bool = False,
) -> Dataset:
    """P training points of a data set by name, and P_test others.

    Args:
        name: see `parse_name`: `digits10pca`, `mnist`, `cifar30pca`, `random`, `random25`, ..., or
            a file of x and y, as `cats.npz` or `cats.npz:10pca` (`jamming.data.own_files`)
        P: training points; their labels alternate: +1, -1, ..., or 0, 1, ... of several classes
        P_test: test points; by default all other images, P random points, or `TEST_POINTS`
        seed: which points; a smaller training set is the start of a larger one, but for `random`
        d: dimension of points whose name has none (`random`, `stripe`, `cylinder`), else None
        positive: the classes labelled +1; by default the even ones, and of the two labels of a file
            the later one
        whiten: whether principal components are brought to equal variance
        label_noise: probability that the label of a training point is another one
        multiclass: whether labels are the classes, numbered from 0, rather than +-1
        images: whether inputs are images rather than vectors of their pixels

    Random points: Gaussian, centred over the training set, on the sphere, with labels +1, -1, ...
    (*The jamming transition as a paradigm*, Section III; Spigler et al., 2019, Appendix B.1; exact
    balance as in the authors' code). Others: see `prepare` and `jamming.data.invariant`.

    Example:
        >>> data = jamming.load("digits10pca", P=100)
        >>> data.x_train.shape, sorted(set(data.y_train.tolist()))
        ((100, 10), [-1.0, 1.0])
    """
    P, P_test, seed = _sizes(P, P_test, seed)
    d = None if d is None else whole("d", d)
    label_noise = number("label_noise", label_noise, least=0.0, most=1.0)
    if own_file(name):
        found = own_files.of_file(
            name, positive=positive, whiten=whiten, multiclass=multiclass, images=images
        )
        _agree(name, found.pool.x.shape[1], d)
        data = cut(found, P, P_test=P_test, seed=seed, name=name)
        return _noisy(data, label_noise, seed, found.kinds)
    spec = parse_name(name)
    kinds = range(class_count(name)) if multiclass else BINARY
    shape = pixels(name) if images else None
    if multiclass and positive is not None:
        raise BadInput("`positive` makes two labels of the classes: leave it out to learn them all")
    if spec.base not in IMAGES:
        if positive is not None:
            raise BadInput(f"{name} has no classes to choose from: leave `positive` out")
        return _noisy(_points(name, spec, P, P_test, seed, d), label_noise, seed)
    if positive is not None:
        positive = tuple(sorted(set(wholes("positive", positive, least=0))))
    pool = _pool(spec.base, spec.pca, positive, whiten, multiclass)
    _agree(name, pool.x.shape[1], d)
    if shape is not None:
        pool = pool._replace(x=pool.x.reshape(-1, *shape))
    return _noisy(_cut(name, pool, P, P_test, seed, kinds), label_noise, seed, kinds)


def from_arrays(
    x: Any,
    y: Any,
    P: int,
    *,
    P_test: int | None = None,
    seed: int = 0,
    name: str = "own",
    positive: Any = None,
    multiclass: bool = False,
    pca: int | None = None,
    whiten: bool = True,
    duplicates: str = "refuse",
) -> Dataset:
    """User-supplied inputs x [n, ...], labels y [n]: P to train on, balanced, P_test (all) others.

    Labels are of any kind: numbers, truth values or texts. Of two values the later in sorted order
    is +1, else those in `positive`; with `multiclass` they are classes 0 to k - 1, in sorted order.
    Inputs become float64, as they are, or with `pca` so many principal components on the sphere.
    The other arguments, and what is refused: see `jamming.data.own.points`. What was made of labels
    other than these is said once, on stderr, and is in `notes` of the result.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(50, 3))
        >>> data = jamming.from_arrays(x, np.where(x[:, 0] > 0, "right", "left"), P=20)
        >>> data.x_train.shape, sorted(set(data.y_train.tolist()))
        ((20, 3), [-1.0, 1.0])
        >>> data.notes
        ("labels: 'left' (26) -> -1, 'right' (24) -> +1",)
    """
    P, P_test, seed = _sizes(P, P_test, seed)
    found = own.points(
        x,
        y,
        positive=positive,
        multiclass=multiclass,
        pca=pca,
        whiten=whiten,
        duplicates=duplicates,
    )
    data = cut(found, P, P_test=P_test, seed=seed, name=name)
    for note in data.notes:
        say(note)
    return data


def cut(
    found: own.Points, P: int, *, P_test: int | None = None, seed: int = 0, name: str = "own"
) -> Dataset:
    """Of own points P to train on, balanced, and P_test (all) others, as `from_arrays`."""
    data = _cut(name, found.pool, P, P_test, seed, found.kinds)
    return replace(data, notes=found.notes, contradictory=found.contradictory)


def subsets(
    y: ArrayLike, P: int, P_test: int | None = None, seed: int = 0, kinds: Kinds = BINARY
) -> tuple[Int[np.ndarray, " P"], Int[np.ndarray, " P_test"]]:
    """Disjoint indices of P training and P_test test points among labels y [n].

    The points of each label are shuffled, then labels take turns in the order of `kinds`; where one
    has no point left the others go on. P are balanced within one; P_test are by default all others.
    """
    y = np.asarray(as_float(y, "y"))
    if y.ndim != 1 or not np.isin(y, kinds).all():
        named = "+1 or -1" if kinds == BINARY else f"classes 0 to {len(kinds) - 1}"
        raise BadInput(f"labels must be {named}, in an array [n]: convert them")
    P, P_test, seed = _sizes(P, P_test, seed)
    rng = np.random.default_rng(np.random.SeedSequence([seed, _SPLIT_STREAM]))
    groups = [rng.permutation(np.flatnonzero(y == kind)) for kind in kinds]
    sizes = [len(group) for group in groups]
    turns = min(sizes)
    # After the last round of all labels the first of them may have one more.
    balanced = turns * len(kinds) + sizes.index(turns)
    most = max(0, min(balanced, len(y) - (P_test or 0)))
    if most < P:
        asked = f"P = {P}" if P_test is None else f"P = {P} with P_test = {P_test}"
        there = f"{sizes[0]} labelled +1, {sizes[1]} labelled -1"
        if kinds != BINARY:
            there = f"{min(sizes)} to {max(sizes)} of each class"
        hint = f"the largest P possible is {most}" if most >= 2 else "no P is possible"
        raise BadInput(f"{asked} is more than the {len(y)} points there are ({there}): {hint}")
    turn = np.concatenate([np.arange(size) for size in sizes])
    # stable: within a turn the labels keep their order
    order = np.concatenate(groups)[np.argsort(turn, kind="stable")]
    return order[:P], order[P : None if P_test is None else P + P_test]


# Few entries, since one of pixels may take a gigabyte; a search asks for the same one every time.
@lru_cache(maxsize=2)
def _pool(
    base: str, pca: int | None, positive: tuple[int, ...] | None, whiten: bool, multiclass: bool
) -> Pool:
    classes = class_count(base) if multiclass else None

    def made() -> Pool:
        return prepare(*raw(base), pca=pca, positive=positive, whiten=whiten, classes=classes)

    if pca is None or base == "digits":  # reading it would take as long
        return made()
    path = cache_dir() / f"{identity(base)}-pca{pca}-{_how(positive, whiten, classes)}.npz"
    like = {"x": (np.float64, 2), "y": (np.int64 if multiclass else np.float64, 1)}
    found = kept.read(path, like)
    pool = made() if found is None else shared(**found)
    if found is None:
        kept.write(path, pool._asdict(), f"{base} will be prepared again next time")
    return pool


def _how(*options: Any) -> str:
    """Names options, and what else points depend on: the code that prepares them."""
    code = Path(preprocess.__file__).read_bytes()
    versions = [version(package) for package in ("numpy", "scikit-learn")]
    return hashlib.sha256(code + repr((options, versions)).encode()).hexdigest()[:12]


def _cut(
    name: str, pool: Pool, P: int, P_test: int | None, seed: int, kinds: Kinds = BINARY
) -> Dataset:
    train, test = subsets(pool.y, P, P_test, seed, kinds)
    return Dataset(name, pool.x[train], pool.y[train], pool.x[test], pool.y[test])


def _sizes(P: Any, P_test: Any, seed: Any) -> tuple[int, int | None, int]:
    P_test = None if P_test is None else whole("P_test", P_test, least=0)
    return whole("P", P, least=2), P_test, whole("seed", seed, least=0, most=LARGEST_SEED)


def _noisy(data: Dataset, probability: float, seed: int, kinds: Kinds = BINARY) -> Dataset:
    """With wrong training labels; which ones does not depend on how many points follow."""
    streams = ([seed, _NOISE_STREAM], [seed, _NOISE_STREAM, 1])
    which, what = (np.random.default_rng(np.random.SeedSequence(stream)) for stream in streams)
    n, y = len(data.y_train), data.y_train
    wrong = -y if kinds == BINARY else (y + what.integers(1, len(kinds), n)) % len(kinds)
    return replace(data, y_train=np.where(which.random(n) < probability, wrong, y))


def _points(name: str, spec: Spec, P: int, P_test: int | None, seed: int, d: int | None) -> Dataset:
    """Random points, a stripe or a cylinder."""
    random = spec.base == "random"
    if random and spec.d == 1:  # a search may pass d = h = 1
        raise BadInput("random1 has two points alone, each with both labels: raise d")
    d = _agree(name, spec.d, d)
    if P_test is None:
        P_test = P if random else TEST_POINTS
    fits(f"{P} points and {P_test} others of d = {d}", 2 * 8 * (P + P_test) * d, "P or d")
    if not random:
        train, test = gaussian(seed, P, P_test, d)
        return Dataset(name, train, labels(spec.base, train), test, labels(spec.base, test))
    train, test = gaussian(seed, P, P_test, d, _RANDOM_STREAM)
    # Test points go through the map of the training points, as unseen data would.
    mean = train.mean(axis=0)
    x_test = to_sphere(test, mean) if P_test else test
    y_train, y_test = (np.resize(BINARY, size) for size in (P, P_test))
    return Dataset(name, to_sphere(train, mean), y_train, x_test, y_test)


def _agree(name: str, own: int | None, given: int | None) -> int:
    if own is not None and given is not None and own != given:
        raise BadInput(f"{name} has dimension {own}, not d = {given}: leave d out")
    d = given if own is None else own
    if d is None:
        raise BadInput(f"{name} has no dimension of its own: give d, or write it as {name}25")
    return d
