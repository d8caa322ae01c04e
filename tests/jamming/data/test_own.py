"""Own arrays, tables and files are the same points, whatever holds them; what cannot be is said."""

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.sparse import csr_matrix

from jamming.checks.errors import BadInput
from jamming.data import from_arrays, load, prepare
from jamming.data.labels import say
from jamming.data.names import own_file
from jamming.data.own import features, points
from jamming.data.own_files import canonical, class_count, of_file

X = np.random.default_rng(0).integers(0, 100, (30, 4)) / 4  # exact in half precision, too
Y = np.where(np.arange(30) % 2, "dog", "cat")
COLUMNS = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "d": X[:, 3]}


def frozen() -> np.ndarray:
    x = X.copy()
    x.setflags(write=False)
    return x


class Tensor:
    """As torch's are, with a gradient."""

    def __array__(self, *kinds: Any, **more: Any) -> Any:
        raise RuntimeError("call detach")


HOLDERS: dict[str, Any] = {
    "list": X.tolist(),
    "fortran": np.asfortranarray(X),
    "strided": np.repeat(X, 2, axis=1)[:, ::2],
    "backwards": X[::-1][::-1],
    "read-only": frozen(),
    "half": X.astype(np.float16),
    "jax": jnp.asarray(X),
    "bfloat16": jnp.asarray(X[:, :]).astype(jnp.bfloat16),
    "objects": X.astype(object),
    "big-endian": X.astype(">f8"),
}


@pytest.mark.parametrize("name", HOLDERS)
def test_points_are_the_same_in_any_array(name: str) -> None:
    x = HOLDERS[name]
    exact = X if name != "bfloat16" else np.asarray(x.astype(jnp.float64))
    found, expected = (from_arrays(a, Y, 10, seed=3) for a in (x, exact))
    np.testing.assert_array_equal(found.x_train, expected.x_train)
    np.testing.assert_array_equal(found.x_test, expected.x_test)
    assert found.x_train.dtype == np.float64


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_points_are_the_same_in_tables(library: str) -> None:
    table = pytest.importorskip(library).DataFrame(COLUMNS | {"e": X[:, 0] > 9, "y": Y.tolist()})
    x = table[["a", "b", "c", "d", "e"]]
    found = from_arrays(x, table["y"], 10)
    expected = from_arrays(np.column_stack([X, X[:, 0] > 9]), Y == "dog", 10)
    for part in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))
    with pytest.raises(BadInput, match=r"no real numbers \(column 1\)|texts among"):
        from_arrays(table[["a", "y"]], table["y"], 10)


def test_what_was_given_cannot_change_what_is_learnt() -> None:
    x = X.copy()
    data = points(x, Y)
    x[:] = 0
    np.testing.assert_array_equal(data.pool.x, X)


def test_components_are_those_of_data_by_name() -> None:
    y = np.arange(30) % 3
    found = points(X, y, multiclass=True, pca=3)
    expected = prepare(X, y, pca=3, classes=3)
    np.testing.assert_array_equal(found.pool.x, expected.x)
    np.testing.assert_array_equal(found.pool.y, expected.y)
    assert found.kinds == range(3)
    np.testing.assert_array_equal(points(X, Y, sphere=True).pool.x, prepare(X, y).x)


def test_constant_features_are_said() -> None:
    x = np.column_stack([X[:, :2], np.ones(30), X[:, 2], np.zeros(30)])
    found = points(x, Y, pca=3)
    assert "2 of 5 features are constant (columns 2, 4)" in found.notes[-1]
    np.testing.assert_allclose(found.pool.x, points(X[:, :3], Y, pca=3).pool.x, atol=1e-12)
    assert len(points(x, Y).notes) == 1
    with pytest.raises(
        BadInput, match=r"only 3 of 4 .*columns 2, 4 of the inputs constant.* most 3"
    ):
        points(x, Y, pca=4)
    assert points(x, Y, pca=4, whiten=False).pool.x.shape == (30, 4)


def test_points_with_both_labels_are_refused_left_out_or_kept() -> None:
    x, y = np.vstack([X, X[:3], X[:1]]), np.append(Y, ["dog", "cat", "dog", "cat"])
    bad = [0, 2, 30, 32, 33]  # 1 has one label, 2 and its copy two; 0 three times
    y[1], y[31] = "dog", "dog"
    with pytest.raises(BadInput, match=r"5 points .* both .* 2 without their copies.*keep"):
        from_arrays(x, y, 10)
    dropped = from_arrays(x, y, 10, duplicates="drop")
    assert "5 points that occur with several labels are left out" in dropped.notes
    expected = from_arrays(np.delete(x, bad, 0), np.delete(y, bad), 10)
    np.testing.assert_array_equal(dropped.x_train, expected.x_train)
    kept = from_arrays(x, y, 10, duplicates="keep")
    assert kept.contradictory
    assert not dropped.contradictory
    assert len(kept.x_train) + len(kept.x_test) == 34
    with pytest.raises(BadInput, match="unknown duplicates 'perhaps'"):
        from_arrays(x, y, 10, duplicates="perhaps")
    with pytest.raises(BadInput, match="none of one label"):
        points([[0.0], [0.0], [1.0]], [1, 2, 2], duplicates="drop")
    # of several classes, too; as one of two kinds they do not contradict each other
    with pytest.raises(BadInput, match="2 points occur with several labels"):
        points([[0.0], [0.0], [1.0]], [1, 2, 3], multiclass=True)
    assert points([[0.0], [0.0], [1.0]], [1, 2, 3], positive=3).pool.y.tolist() == [-1, -1, 1]


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (X[:29], r"x has shape \(29, 4\), y \(30,\)"),
        (X[:, 0], "give x as"),
        (np.where(X > 20, np.nan, X), "NaN in data: .* rows are not finite"),
        (np.where(X > 20, np.inf, X), "NaN in data"),
        (np.where(X > 20, None, X), "NaN in data"),
        (X * 1j, "real numbers"),
        (X.astype(str).tolist(), "texts among its features"),
        (np.column_stack([X.astype(object), Y]), r"no real numbers \(column 4\): encode"),
        (np.column_stack([X.astype(object), [10**400] * 30]), r"no real numbers \(column 4\)"),
        ([[1.0, 2.0], [3.0]] * 15, "different lengths"),
        (None, "x is a NoneType"),
        ({"a": X}, "x is a dict, where real numbers"),
        (csr_matrix(X), "x is a csr_matrix, where"),
        (X.astype("timedelta64[s]"), "real numbers"),
        (Tensor(), "cannot be made an array of NumPy: RuntimeError: call detach"),
    ],
)
def test_inputs_that_are_none(x: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        from_arrays(x, Y, 10)
    assert "\n" not in str(refused.value)


def test_few_points_have_few_components() -> None:
    with pytest.raises(BadInput, match=r"of 4 inputs .* k = 4 is too large: it must be at most 3"):
        points(X[:4], Y[:4], pca=4, whiten=False)
    assert points(X[:5], Y[:5], pca=4).pool.x.shape == (5, 4)


# --- files ---


def saved(path: Path, x: Any = X, y: Any = Y, **more: Any) -> str:
    np.savez(path, x=x, y=y, **more)
    return str(path)


def test_a_file_is_its_arrays(tmp_path: Path) -> None:
    name = saved(tmp_path / "cats.npz")
    for options, how in ((":3pca", {"pca": 3}), ("", {})):
        found = load(name + options, 10, seed=2)
        expected = from_arrays(X, Y, 10, seed=2, **how)  # type: ignore[arg-type]
        for part in ("x_train", "y_train", "x_test", "y_test", "notes"):
            np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))
    np.testing.assert_array_equal(of_file(name, positive="cat").pool.y, -of_file(name).pool.y)
    assert sorted(load(name, 10, positive="cat").y_test) == sorted(found.y_test)
    assert class_count(name) == 2
    assert load(name, 10, multiclass=True).y_train.dtype == np.int64
    noisy = load(name, 10, label_noise=1.0)
    np.testing.assert_array_equal(noisy.y_train, -load(name, 10).y_train)
    images = saved(tmp_path / "images.npz", x=X.reshape(30, 2, 2))
    assert load(images, 10, images=True).x_train.shape == (10, 2, 2, 1)
    np.testing.assert_array_equal(load(images, 10).x_train, load(name, 10).x_train)
    options = (":3pca:drop", ":drop:3pca")
    (renamed,) = {canonical(name + option, None)[0] for option in options}
    assert len(load(renamed, 10).y_test) == 20
    twice = saved(tmp_path / "twice.npz", x=np.vstack([X, X[:1]]), y=np.append(Y, "dog"))
    assert len(load(f"{twice}:drop:sphere", 10).x_test) == 19
    assert load(f"{twice}:keep", 10).contradictory


def test_loading_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say.cache_clear()
    assert load(saved(tmp_path / "cats.npz"), 10).notes
    assert capsys.readouterr().err == ""
    from_arrays(X, Y, 10)
    from_arrays(X, Y, 12)
    assert capsys.readouterr().err == "labels: 'cat' (15) -> -1, 'dog' (15) -> +1\n"


def test_names_of_files() -> None:
    for name in ("a.npz", "dir/a.npz:10pca", "a b.npz:sphere:keep", "a.npz:3pca:drop"):
        file = own_file(f"{name}@0123456789ab")
        assert file is not None
        assert file.name == name
        assert file.digest == "0123456789ab"
    assert own_file("mnist10pca") is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.npz", "there is no file missing.npz"),
        ("cats.npz:0pca", "cannot have ':0pca' here"),
        ("cats.npz:3pca:3pca", "cannot have ':3pca' here"),
        ("cats.npz:drop:keep", "cannot have ':keep' here"),
        ("cats.npz:", "cannot have ':' here"),
        ("cats.npz@00000000", "holds other data than cats.npz@00000000 did"),
        ("cats.npz:5pca", "k = 5 is too large"),
        ("damaged.npz", "cannot be read as arrays"),
        ("objects.npz", "not of objects"),
        ("named.npz", r"has no array y but x, labels: save"),
        ("cats.txt", "unknown data set"),
        ("single.npz", "all of the 30 labels"),
        ("cats.npz:3pca", "d = 9"),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    saved(Path("cats.npz"))
    saved(Path("objects.npz"), y=Y.astype(object))
    np.savez("named.npz", x=X, labels=Y)
    saved(Path("single.npz"), y=np.ones(30))
    Path("damaged.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(BadInput, match=said) as refused:
        load(name, 10, d=9 if "d = " in said else None)
    assert "\n" not in str(refused.value)


def test_files_of_no_images(tmp_path: Path) -> None:
    for options in ("", ":3pca"):
        with pytest.raises(BadInput, match="a convolution takes images"):
            load(saved(tmp_path / "cats.npz") + options, 10, images=True)


def test_features_have_no_size_of_their_own() -> None:
    assert features(np.ones((2, 3, 4, 1), np.uint8)).shape == (2, 3, 4, 1)
