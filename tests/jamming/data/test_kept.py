"""Points of principal components that are kept in the cache folder."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from jamming.data import dataset
from jamming.data.dataset import Dataset, load
from jamming.data.preprocess import Pool


def points(name: str = "mnist1pca", **how: Any) -> Dataset:
    """As another process would load them."""
    dataset._pool.cache_clear()
    return load(name, 2, P_test=3, **how)


def files(of: SimpleNamespace) -> list[Path]:
    return sorted(of.cache.glob("*pca*"))


@pytest.fixture
def prepared(small: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The same with a count of how often points were prepared."""
    small.prepared, usual = 0, dataset.prepare

    def counted(*args: Any, **named: Any) -> Pool:
        small.prepared += 1
        return usual(*args, **named)

    monkeypatch.setattr(dataset, "prepare", counted)
    yield small
    dataset._pool.cache_clear()


def test_they_come_back_as_they_were_prepared(prepared: SimpleNamespace) -> None:
    first, again = points(), points()
    for name in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(again, name), getattr(first, name))
    assert prepared.prepared == 1
    assert len(files(prepared)) == 1


@pytest.mark.parametrize("how", [{"whiten": False}, {"positive": 1}, {"multiclass": True}])
def test_other_options_have_a_file_of_their_own(
    prepared: SimpleNamespace, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "class_count", lambda base: 3)
    points()
    points(**how)
    assert len(files(prepared)) == prepared.prepared == 2


def test_other_code_prepares_them_anew(
    prepared: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    points()
    changed = tmp_path / "preprocess.py"
    changed.write_text("another")
    monkeypatch.setattr(dataset.preprocess, "__file__", str(changed))
    points()
    assert prepared.prepared == 2


@pytest.mark.parametrize("damage", ["half", "foreign", "other shapes"])
def test_a_damaged_file_is_made_anew(prepared: SimpleNamespace, damage: str) -> None:
    first = points()
    (file,) = files(prepared)
    if damage == "half":
        file.write_bytes(file.read_bytes()[:-100])
    elif damage == "foreign":
        file.write_bytes(b"not an archive")
    else:
        np.savez(file, x=np.ones((4, 1)), y=np.ones(3))
    np.testing.assert_array_equal(points().x_train, first.x_train)
    assert prepared.prepared == 2
    points()
    assert prepared.prepared == 2


def test_a_folder_that_cannot_be_written_only_warns(
    prepared: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points()
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("JAMMING_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(UserWarning, match="prepared again next time.*set JAMMING_CACHE"):
        points()
