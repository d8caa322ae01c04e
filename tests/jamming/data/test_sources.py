"""Names, the reading of prepared data sets, the cache, and the download entry point."""

import os
import shutil
import socket
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.commands.files import cache_dir
from jamming.data import __main__ as entry
from jamming.data import sources
from jamming.data.names import Spec, parse_name
from jamming.data.sources import Raw, raw

MNIST_COUNTS = [6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958]


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("digits", Spec("digits")),
        ("digits10pca", Spec("digits", pca=10)),
        ("mnist", Spec("mnist")),
        ("mnist10pca", Spec("mnist", pca=10)),
        ("mnist_10pca", Spec("mnist", pca=10)),
        ("emnist8pca", Spec("emnist", pca=8)),
        ("fashion_mnist", Spec("fashion_mnist")),
        ("fashion_mnist_5pca", Spec("fashion_mnist", pca=5)),
        ("cifar", Spec("cifar10")),
        ("cifar10", Spec("cifar10")),
        ("cifar30pca", Spec("cifar10", pca=30)),
        ("cifar10pca", Spec("cifar10", pca=10)),
        ("cifar100pca", Spec("cifar10", pca=100)),
        ("cifar10_30pca", Spec("cifar10", pca=30)),
        ("cifar_1030pca", Spec("cifar10", pca=1030)),
        ("random", Spec("random")),
        ("random25", Spec("random", d=25)),
        ("random_25", Spec("random", d=25)),
    ],
)
def test_names(name: str, spec: Spec) -> None:
    assert parse_name(name) == spec


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "choose one of"),
        ("mnits", "random<d>"),
        ("MNIST", "unknown"),
        ("mnistpca", "unknown"),
        ("mnist-3pca", "unknown"),
        ("random10pca", "unknown"),
        ("mnist\n10pca", "unknown"),
        ("mnist10pca\n", "unknown"),
        ("mnist" + "9" * 5000 + "pca", "unknown"),
        ("mnist0pca", "1 or more"),
        ("random0", "1 or more"),
        ("digits010pca", "unknown"),
        ("random_05", "unknown"),
        ("random٣", "unknown"),
        ("cifar1030pca", "cifar10_30pca"),
    ],
)
def test_bad_names_get_one_line(name: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as refused:
        parse_name(name)
    assert "\n" not in str(refused.value)


def test_digits_are_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    data = raw("digits")
    assert data.images.shape == (1797, 8, 8)
    assert np.bincount(data.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_no_image_set_of_that_name() -> None:
    with pytest.raises(BadInput, match="choose digits, mnist"):
        raw("random")


def prepared_folder(name: str) -> Path:
    """The folder TFDS prepared, or skip."""
    if not os.environ.get("TFDS_DATA_DIR"):
        pytest.skip("TFDS_DATA_DIR is not set")
    pytest.importorskip("tensorflow_datasets")
    try:
        return sources.find_prepared(name).folder
    except BadInput as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def mnist_cache(tmp_path_factory: pytest.TempPathFactory) -> tuple[Raw, Path]:
    """MNIST decoded once, and the cache folder that holds it; other tests find it in theirs."""
    prepared_folder("mnist")
    cache, usual = tmp_path_factory.mktemp("cache"), cache_dir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAMMING_CACHE", str(cache))
        decoded = raw("mnist"), cache
    usual.mkdir(parents=True, exist_ok=True)
    for file in cache.iterdir():
        part = usual / f"{file.name}.{os.getpid()}"
        shutil.copy2(file, part)
        part.rename(usual / file.name)
    return decoded


def test_mnist_is_all_there(mnist_cache: tuple[Raw, Path]) -> None:
    data, _ = mnist_cache
    assert data.images.shape == (70000, 28, 28, 1)
    assert data.images.dtype == np.uint8
    assert np.bincount(data.labels).tolist() == MNIST_COUNTS


def test_mnist_comes_back_from_the_cache_without_tfds(
    mnist_cache: tuple[Raw, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, cache = mnist_cache
    monkeypatch.setenv("JAMMING_CACHE", str(cache))
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)  # import would fail
    again = raw("mnist")
    np.testing.assert_array_equal(again.images, data.images)
    np.testing.assert_array_equal(again.labels, data.labels)
    assert [f.suffix for f in cache.iterdir()] == [".npz"]


def test_prepared_cifar_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    prepared_folder("cifar10")
    size = sum(sources.find_prepared("cifar10").sizes.values())
    monkeypatch.setenv("JAMMING_CACHE", str(tmp_path))
    data = raw("cifar10")
    assert data.images.shape == (size, 32, 32, 3)
    assert set(data.labels) == set(range(10))
    assert len(recwarn) == 0


def test_train_and_test_are_pooled_and_decoded_once(small: SimpleNamespace) -> None:
    first, second = raw("mnist"), raw("mnist")
    assert first.images[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4, 100, 101]
    assert first.labels.tolist() == [0, 1, 2, 0, 1, 0, 1]
    assert small.decoded == 2  # each split once
    np.testing.assert_array_equal(first.images, second.images)


@pytest.mark.parametrize("damage", [b"", b"not an archive", b"PK\x03\x04 cut", "half", "flipped"])
def test_a_corrupt_cache_is_rebuilt(small: SimpleNamespace, damage: bytes | str) -> None:
    first = raw("mnist")
    (file,) = small.cache.iterdir()
    content = bytearray(file.read_bytes())
    if damage == "half":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[content.index(bytes([0, 0, 0, 0, 1, 1, 1, 1]))] ^= 255
    else:
        assert isinstance(damage, bytes)
        content = bytearray(damage)
    file.write_bytes(content)
    again = raw("mnist")
    np.testing.assert_array_equal(again.images, first.images)
    assert small.decoded == 4
    raw("mnist")
    assert small.decoded == 4


def test_another_prepared_part_has_another_cache(small: SimpleNamespace) -> None:
    raw("mnist")
    small.describe(4, 3)  # as many in all
    assert raw("mnist").images[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 100, 101, 102]
    (small.folder / "mnist-train.array_record-00000-of-00001").write_bytes(b"other content")
    raw("mnist")
    assert len(list(small.cache.iterdir())) == 3


def test_the_newest_version_is_read(small: SimpleNamespace) -> None:
    shutil.copytree(small.folder, small.folder.parent / "3.0.10")
    assert sources.find_prepared("mnist").folder.name == "3.0.10"


def test_an_unwritable_cache_only_warns(
    small: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("JAMMING_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(UserWarning, match="set JAMMING_CACHE") as caught:
        data = raw("mnist")
    assert len(data.images) == 7
    assert "\n" not in str(caught[0].message)


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("JAMMING_CACHE", str(tmp_path / "own"))
    assert cache_dir() == tmp_path / "own"
    monkeypatch.delenv("JAMMING_CACHE")
    assert cache_dir() == tmp_path / "xdg" / "jamming"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_dir() == tmp_path / "home" / ".cache" / "jamming"


@pytest.mark.parametrize("base", ["mnist", "fashion_mnist", "emnist", "cifar10"])
def test_missing_data_is_said_in_one_line_and_never_downloaded(
    base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    with pytest.raises(BadInput) as refused:
        raw(base)
    line = str(refused.value)
    assert "\n" not in line
    for part in ("jamming[download]", f"jamming.data download {base}", "TFDS_DATA_DIR", "digits"):
        assert part in line
    assert list(tmp_path.iterdir()) == []


def test_tfds_not_installed(small: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(BadInput, match=r"jamming\[download\]") as refused:
        raw("mnist")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["{", "{}", '{"splits": [{"name": "train"}]}'])
def test_a_broken_description(small: SimpleNamespace, text: str) -> None:
    (small.folder / "dataset_info.json").write_text(text)
    with pytest.raises(BadInput, match="cannot be read from") as refused:
        raw("mnist")
    assert "\n" not in str(refused.value)


def test_nothing_in_either_split(small: SimpleNamespace) -> None:
    small.describe(0, 0)
    with pytest.raises(BadInput, match="neither train nor test"):
        raw("mnist")


def test_unreadable_records(small: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    small.describe(60, 2)  # more than the source holds
    with pytest.raises(BadInput, match="IndexError") as refused:
        raw("mnist")
    assert "\n" not in str(refused.value)


def fake_tfds(monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> list[Any]:
    calls: list[Any] = []

    def download_and_prepare() -> None:
        if error is not None:
            raise error

    def builder(name: str, **options: Any) -> SimpleNamespace:
        calls.append((name, options["file_format"]))
        return SimpleNamespace(download_and_prepare=download_and_prepare)

    fake = SimpleNamespace(builder=builder, disable_progress_bar=lambda: None)
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", fake)
    return calls


def test_download(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    calls = fake_tfds(monkeypatch, None)
    assert entry.main(["download", "emnist10pca"]) == 0
    assert entry.main(["download", "digits"]) == 0
    assert calls == [("emnist/letters", "array_record")]
    out, err = capsys.readouterr()
    assert "emnist is prepared" in out
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ([], None, "usage"),
        (["fetch", "mnist"], None, "usage"),
        (["download", "imagenet"], None, "not read by name"),
        (["download", "mnist"], ConnectionError("no route\nto host"), "check the network"),
        (["download", "mnist"], ImportError("no tensorflow"), "jamming[download]"),
    ],
)
def test_failed_download_is_one_line_and_exit_code_2(
    arguments: list[str],
    error: Exception | None,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_tfds(monkeypatch, error)
    assert entry.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1
