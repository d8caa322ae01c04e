"""Splitting and loading: disjointness, balance, determinism, and what is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamming.checks.arguments import whole
from jamming.checks.errors import BadInput
from jamming.data import dataset
from jamming.data.dataset import Dataset, from_arrays, load, subsets
from jamming.data.sources import raw

Y = np.where(np.random.default_rng(0).random(60) < 0.6, 1.0, -1.0)


def arrays(data: Dataset) -> tuple[np.ndarray, ...]:
    return data.x_train, data.y_train, data.x_test, data.y_test


@settings(max_examples=200, deadline=None)
@given(
    plus=st.integers(0, 30),
    minus=st.integers(0, 30),
    P=st.integers(2, 40),
    P_test=st.none() | st.integers(0, 40),
    seed=st.integers(0, 2**40),
)
def test_subsets(plus: int, minus: int, P: int, P_test: int | None, seed: int) -> None:
    y = np.random.default_rng(seed).permutation(np.repeat([1.0, -1.0], [plus, minus]))
    # +1 comes first, hence ceil(P/2) of +1 and floor(P/2) of -1.
    possible = (P + 1) // 2 <= plus and P // 2 <= minus and P + (P_test or 0) <= len(y)
    if not possible:
        with pytest.raises(BadInput, match=f"P = {P} .*{len(y)} points") as refused:
            subsets(y, P, P_test, seed)
        assert "\n" not in str(refused.value)
        return
    train, test = subsets(y, P, P_test, seed)
    both = np.concatenate([train, test])
    assert len(train) == P
    assert len(test) == (len(y) - P if P_test is None else P_test)
    assert len(np.unique(both)) == len(both)
    assert y[train].tolist() == ([1.0, -1.0] * P)[:P]
    again = subsets(y, P, P_test, seed)
    np.testing.assert_array_equal(train, again[0])
    np.testing.assert_array_equal(test, again[1])


@settings(max_examples=200, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 8), min_size=2, max_size=5),
    P=st.integers(2, 20),
    seed=st.integers(0, 2**40),
)
def test_several_labels_take_turns(sizes: list[int], P: int, seed: int) -> None:
    kinds = range(len(sizes))
    y = np.random.default_rng(seed).permutation(np.repeat(kinds, sizes))
    possible = all(len(range(k, P, len(sizes))) <= sizes[k] for k in kinds)
    if not possible:
        with pytest.raises(BadInput, match="of each class"):
            subsets(y, P, None, seed, kinds)
        return
    train, test = subsets(y, P, None, seed, kinds)
    assert y[train].tolist() == [*kinds] * (P // len(sizes)) + [*kinds][: P % len(sizes)]
    assert sorted([*train, *test]) == [*range(len(y))]
    # they go on taking turns: no label is further ahead than its neighbours have points for
    for n in range(len(test)):
        seen = np.bincount(y[np.concatenate([train, test[:n]])], minlength=len(sizes))
        behind = [seen[k] for k in kinds if seen[k] < sizes[k]]
        assert max(seen) - min(behind) <= 1


def test_the_largest_P_named_is_indeed_possible() -> None:
    y = np.repeat([1.0, -1.0], [30, 12])
    with pytest.raises(BadInput, match=r"largest P possible is 25$"):
        subsets(y, 26)
    assert len(subsets(y, 25)[0]) == 25
    with pytest.raises(BadInput, match=r"largest P possible is 22$"):
        subsets(y, 23, 20)
    assert len(subsets(y, 22, 20)[1]) == 20
    with pytest.raises(BadInput, match="no P is possible"):
        subsets(np.ones(5), 2)


def test_train_sets_of_one_seed_are_nested_and_seeds_differ() -> None:
    np.testing.assert_array_equal(subsets(Y, 10, seed=3)[0], subsets(Y, 20, seed=3)[0][:10])
    picks = [set(subsets(Y, 20, seed=seed)[0].tolist()) for seed in range(10)]
    assert len({frozenset(pick) for pick in picks}) == 10


def test_each_point_is_as_likely_as_the_others_of_its_label() -> None:
    y = np.repeat([1.0, -1.0], [20, 10])
    count = np.zeros(30)
    for seed in range(2000):
        count[subsets(y, 10, 0, seed)[0]] += 1
    # Binomial: 2000 draws with probability 5/20 or 5/10, standard deviation below 23.
    np.testing.assert_allclose(count[:20], 500, atol=110)
    np.testing.assert_allclose(count[20:], 1000, atol=110)


def test_digits() -> None:
    data = load("digits10pca", 500, seed=1)
    assert data.name == "digits10pca"
    assert data.x_train.shape == (500, 10)
    assert data.x_test.shape == (1297, 10)
    assert all(a.dtype == np.float64 and a.flags.writeable for a in arrays(data))
    assert data.y_train.sum() == 0
    np.testing.assert_allclose((data.x_test**2).sum(1), 10, rtol=1e-12)
    rows = np.concatenate([data.x_train, data.x_test])
    assert len(np.unique(rows, axis=0)) == 1797  # all different: none is in both


def test_labels_follow_the_points() -> None:
    digits = raw("digits")
    x, labels = digits.images.reshape(1797, -1), digits.labels
    data = load("digits", 100, positive=(3, 1))
    centred = x - x.mean(0)
    sphere = 8 * centred / np.linalg.norm(centred, axis=1, keepdims=True)
    nearest = (data.x_train @ sphere.T).argmax(1)
    assert (np.isin(labels[nearest], (1, 3)) == (data.y_train > 0)).all()


@pytest.mark.parametrize("name", ["digits10pca", "digits", "random5"])
def test_same_arguments_same_arrays_other_seed_other_arrays(name: str) -> None:
    one, two, other = load(name, 50), load(name, 50), load(name, 50, seed=1)
    for a, b in zip(arrays(one), arrays(two), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(one.x_train, other.x_train)
    assert not np.array_equal(one.x_test, other.x_test)


def test_the_pool_is_prepared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    load("digits7pca", 10)
    monkeypatch.setattr(dataset, "raw", lambda _: pytest.fail("prepared again"))
    one = load("digits7pca", 10, seed=5)
    one.x_train[:] = 0  # a caller's copy, which must not reach the shared pool
    assert (load("digits7pca", 10, seed=5).x_train != 0).any()


def test_random_points() -> None:
    data = load("random", 4000, d=6, P_test=3000)
    assert data.x_train.shape == (4000, 6)
    assert data.x_test.shape == (3000, 6)
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        np.testing.assert_allclose((x**2).sum(1), 6, rtol=1e-12)
        assert y.tolist() == [1.0, -1.0] * (len(y) // 2)
        # Uniform on the sphere: mean 0, covariance 1, fourth moment 3 d / (d + 2) of a coordinate.
        np.testing.assert_allclose(x.mean(0), 0, atol=0.1)
        np.testing.assert_allclose(x.T @ x / len(x), np.eye(6), atol=0.1)
        np.testing.assert_allclose((x**4).mean(), 3 * 6 / 8, atol=0.1)
    assert not np.array_equal(data.x_train[:3000], data.x_test)


def test_random_seeds_are_independent() -> None:
    one, two = (load("random30", 1000, seed=seed).x_train.ravel() for seed in (0, 1))
    assert abs(np.corrcoef(one, two)[0, 1]) < 5 / np.sqrt(one.size)


def test_random_sizes() -> None:
    assert load("random25", 7).x_test.shape == (7, 25)
    assert load("random", 8, d=1, P_test=0).x_test.shape == (0, 1)
    np.testing.assert_allclose(np.abs(load("random", 8, d=1).x_train), 1)
    assert load("digits10pca", 8, d=10).x_train.shape == (8, 10)


@pytest.mark.parametrize("name", ["digits10pca", "random8"])
def test_label_noise_flips_training_labels_alone(name: str) -> None:
    clean, noisy = (load(name, 400, seed=3, label_noise=p) for p in (0.0, 0.2))
    for a, b in zip(arrays(clean), arrays(noisy), strict=True):
        if a is not clean.y_train:
            np.testing.assert_array_equal(a, b)
    flipped = noisy.y_train != clean.y_train
    assert np.abs(noisy.y_train).tolist() == [1.0] * 400
    assert abs(flipped.mean() - 0.2) < 4 * np.sqrt(0.2 * 0.8 / 400)
    few = load(name, 100, seed=3, label_noise=0.2)
    np.testing.assert_array_equal(few.y_train, noisy.y_train[:100])
    np.testing.assert_array_equal(load(name, 9, label_noise=1.0).y_train, -load(name, 9).y_train)
    other = load(name, 400, seed=4, label_noise=0.2).y_train != load(name, 400, seed=4).y_train
    assert np.any(other != flipped)


def test_own_arrays() -> None:
    x = np.random.default_rng(0).standard_normal((60, 3))
    data = from_arrays(x, Y, 20, P_test=10, seed=2)
    train, test = subsets(Y, 20, 10, 2)
    for a, b in zip(arrays(data), (x[train], Y[train], x[test], Y[test]), strict=True):
        np.testing.assert_array_equal(a, b)
    assert from_arrays(x.astype(np.float32), Y.astype(int), 20).x_train.dtype == np.float64


def test_all_classes_of_the_digits() -> None:
    digits = raw("digits")
    data = load("digits", 105, multiclass=True, seed=2)
    assert data.y_train.tolist() == [*range(10)] * 10 + [*range(5)]
    assert data.y_train.dtype == data.y_test.dtype == np.int64
    centred = digits.images.reshape(1797, -1) - digits.images.reshape(1797, -1).mean(0)
    sphere = 8 * centred / np.linalg.norm(centred, axis=1, keepdims=True)
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        assert (digits.labels[(x @ sphere.T).argmax(1)] == y).all()
    np.testing.assert_array_equal(load("digits", 50, multiclass=True, seed=2).x_train,
                                  data.x_train[:50])  # fmt: skip


def test_images_are_the_vectors_in_rows_and_columns() -> None:
    flat, images = (load("digits", 20, images=i, multiclass=True) for i in (False, True))
    assert images.x_train.shape == (20, 8, 8, 1)
    np.testing.assert_array_equal(images.x_test.reshape(-1, 64), flat.x_test)
    # strokes come and go in the middle, while the border on the left is nearly always dark
    assert images.x_train[:, :, 3:5, 0].std() > 3 * images.x_train[:, :, 0, 0].std()


def test_label_noise_of_classes_takes_any_other_class() -> None:
    clean, noisy = (
        load("digits", 1500, seed=3, label_noise=p, multiclass=True) for p in (0.0, 1.0)
    )
    np.testing.assert_array_equal(clean.y_test, noisy.y_test)
    assert (clean.y_train != noisy.y_train).all()
    shift = np.bincount((noisy.y_train - clean.y_train) % 10, minlength=10)[1:]
    np.testing.assert_allclose(shift, 1500 / 9, atol=4 * np.sqrt(1500 / 9))
    some = load("digits", 1500, seed=3, label_noise=0.2, multiclass=True)
    wrong = some.y_train != clean.y_train
    assert abs(wrong.mean() - 0.2) < 4 * np.sqrt(0.2 * 0.8 / 1500)
    few = load("digits", 100, seed=3, label_noise=0.2, multiclass=True)
    np.testing.assert_array_equal(few.y_train, some.y_train[:100])


X = np.arange(180.0).reshape(60, 3)
REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: load("nothing", 10), "unknown data set"),
    (lambda: load("digits", 1), "P = 1 is too small"),
    (lambda: whole("P", 2.5, least=2), "P = 2.5 is not a whole number"),
    (lambda: load("digits", 10, P_test=-1), "P_test = -1"),
    (lambda: load("digits", 10, seed=-1), "seed = -1"),
    (lambda: load("digits", 1798), "P = 1798 .* 1797 points .* largest P possible is 1782"),
    (lambda: load("digits", 1000, P_test=1000), "P_test = 1000 .* largest P possible is 797"),
    (lambda: load("digits99pca", 10), "64 features: k = 99 is too large: it must be at most 64"),
    (lambda: load("digits10pca", 10, d=9), "dimension 10, not d = 9"),
    (lambda: load("digits", 10, positive=()), "no class"),
    (lambda: load("digits", 10, positive=(11,)), "there is no class"),
    (lambda: load("random", 10), "give d"),
    (lambda: load("random", 10, d=0), "d = 0"),
    (lambda: load("random5", 10, d=6), "dimension 5, not d = 6"),
    (lambda: load("random5", 1), "P = 1"),
    (lambda: load("random5", 10, positive=(1,)), "no classes"),
    (lambda: load("random5", 10, multiclass=True), "no classes"),
    (lambda: load("digits", 10, multiclass=True, positive=(1,)), "leave it out"),
    (lambda: load("digits", 1797, multiclass=True), "174 to 183 of each class.* P possible is 17"),
    (lambda: load("digits10pca", 10, images=True), "no pixels"),
    (lambda: load("random5", 10, images=True), "no pixels"),
    (lambda: from_arrays(X[0], Y, 10), r"give x as \[n, ...\]"),
    (lambda: from_arrays(X, Y[:3], 10), r"y as \[n\]"),
    (lambda: from_arrays(X[:, :0], Y, 10), r"give x as \[n, ...\]"),
    (lambda: from_arrays(X * np.nan, Y, 10), "NaN in data: 60 of 60"),
    (lambda: from_arrays(X, Y + np.arange(60) % 3, 10), "labels have 5 values .* by positive"),
    (lambda: from_arrays(X, Y * np.nan, 10), "NaN in labels: 60 of 60"),
    (lambda: from_arrays(np.full((60, 3), "a"), Y, 10), "real numbers"),
    (lambda: from_arrays(X * 1j, Y, 10), "real numbers"),
    (lambda: from_arrays(X, Y, 61), "P = 61"),
]


@pytest.mark.parametrize(("call", "says"), REFUSED, ids=[says for _, says in REFUSED])
def test_refused_in_one_line(call: Callable[[], Any], says: str) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        call()
    assert "\n" not in str(refused.value)
