"""The store keeps whole entries, whatever happens to the process, the disk or the folder."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import pytest

from jamming.errors import BadInput
from sweeps.store import Store


def entry(n: int) -> dict[str, Any]:
    """What a search puts into the store, more or less."""
    return {"job": {"P": n}, "trajectory": {"loss": 0.1 * n, "inf": float("inf"), "all": [n] * n}}


def files(folder: Path) -> set[str]:
    """All that is in a folder, hidden files too."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*")}


def refused(folder: Path) -> str:
    """The one line with which a folder is refused."""
    with pytest.raises(BadInput) as refusal:
        Store(folder)
    assert "\n" not in str(refusal.value)
    assert str(folder) in str(refusal.value)
    return str(refusal.value)


def writer(folder: Path, code: str) -> subprocess.Popen:
    """Another process with `store` on this folder and `entry` as above."""
    prelude = (
        "import sys; from sweeps.store import Store; store = Store(sys.argv[1])\n"
        "def entry(n): return {'job': {'P': n}, 'trajectory': {'all': [n] * n}}\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", prelude + code, str(folder)], stderr=subprocess.PIPE, text=True
    )


def test_what_was_put_in_comes_out_also_of_a_store_opened_later(tmp_path: Path) -> None:
    store = Store(tmp_path / "a" / "b")
    for n in range(3):
        store[f"k{n}"] = entry(n)
    for again in (store, Store(tmp_path / "a" / "b")):
        assert sorted(again) == ["k0", "k1", "k2"]
        assert len(again) == 3
        assert "k1" in again
        assert "k9" not in again
        for n in range(3):
            found = again[f"k{n}"]
            assert {name: found[name] for name in entry(n)} == entry(n)


def test_an_entry_says_with_what_it_was_made(tmp_path: Path) -> None:
    import jax

    store = Store(tmp_path)
    store["k"] = entry(1)
    made_with = store["k"]["provenance"]
    assert made_with["jax"] == jax.__version__
    assert made_with["python"] == sys.version.split()[0]
    assert made_with["device"]


def test_putting_again_replaces_and_deleting_removes(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store["k"] = entry(1)
    store["k"] = entry(2)
    assert store["k"]["job"] == {"P": 2}
    assert len(store) == 1
    del store["k"]
    assert len(store) == 0
    assert "k" not in store


def test_a_missing_key_is_a_key_error_as_in_any_mapping(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(KeyError):
        store["k"]
    assert store.get("k") is None
    assert store.pop("k", 5) == 5
    with pytest.raises(KeyError):
        del store["k"]


def test_a_foreign_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    assert "holds other files" in refused(tmp_path)
    assert files(tmp_path) == {"thesis.tex"}


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("precious")
    assert "is a file" in refused(file)
    refused(file / "below")
    assert file.read_text() == "precious"


@pytest.mark.parametrize(
    "header",
    [
        '{"format": "jamming trajectories", "version": 2}',
        '{"format": "something else", "version": 1}',
        '{"version": 1}',
        "[]",
        "",
        '{"format": "jamming traj',
        "\x00\x01",
    ],
)
def test_another_version_or_a_damaged_header_is_refused(tmp_path: Path, header: str) -> None:
    store = Store(tmp_path)
    store["k"] = entry(1)
    (tmp_path / "store.json").write_text(header)
    before = files(tmp_path)
    assert "store.json" in refused(tmp_path)
    assert files(tmp_path) == before


def test_a_header_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.json").write_bytes(b"\xff\xfe\x80")
    refused(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\x80",
        b'{"key": "other", "trajectory": {}}',
        b'{"key": "k"}',
    ],
)
def test_a_damaged_entry_is_refused_and_the_others_stay(tmp_path: Path, content: bytes) -> None:
    store = Store(tmp_path)
    store["k"], store["l"] = entry(1), entry(2)
    path = tmp_path / "trajectories" / "k.json"
    path.write_bytes(content)
    with pytest.raises(BadInput) as refusal:
        store["k"]
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert store["l"]["job"] == {"P": 2}


def test_a_truncated_entry_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store["k"] = entry(50)
    path = tmp_path / "trajectories" / "k.json"
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(BadInput):
            store["k"]


def failing(number: int) -> Any:
    """A system call that fails with this error."""

    def fail(*_: Any, **__: Any) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_a_full_or_broken_disk_is_one_line_and_costs_nothing_that_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    store = Store(tmp_path)
    store["k"] = entry(1)
    before = files(tmp_path)
    with monkeypatch.context() as broken:
        if call == "fsync":
            broken.setattr(os, "fsync", failing(number))
        else:
            broken.setattr(Path, "replace", failing(number))
            broken.setattr(os, "replace", failing(number))
        for key in ("k", "l"):
            with pytest.raises(BadInput) as refusal:
                store[key] = entry(2)
            assert os.strerror(number) in str(refusal.value)
            assert "\n" not in str(refusal.value)
        with pytest.raises(BadInput):
            store.write("results.nc", b"x" * 1000)
    assert files(tmp_path) == before  # no temporary file is left either
    assert store["k"]["job"] == {"P": 1}
    store["l"] = entry(2)  # there is room again
    assert Store(tmp_path)["l"]["job"] == {"P": 2}


def test_a_folder_that_cannot_be_made_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "mkdir", failing(errno.EACCES))
    assert "Permission denied" in refused(tmp_path / "new")


def test_a_folder_that_cannot_be_looked_into_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "iterdir", failing(errno.EACCES))
    refused(tmp_path)


def test_a_name_that_is_too_long_is_one_line(tmp_path: Path) -> None:
    refused(tmp_path / ("x" * 300))


def test_an_interruption_while_writing_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    before = files(tmp_path)

    def interrupt(_: int) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        store["k"] = entry(1)
    assert files(tmp_path) == before


def test_a_process_that_ended_before_its_header_was_there_leaves_a_usable_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any) -> NoReturn:
        raise SystemExit(137)

    with monkeypatch.context() as dying:
        dying.setattr(Store, "write", killed)
        with pytest.raises(SystemExit):
            Store(tmp_path / "new")
    # the same moment seen by a second process that starts beside the first
    store = Store(tmp_path / "new")
    store["k"] = entry(1)
    assert Store(tmp_path / "new")["k"]["job"] == {"P": 1}


def test_a_temporary_file_left_by_a_kill_is_no_entry(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store["k"] = entry(1)
    (tmp_path / "trajectories" / ".tmpabc.json").write_text('{"key": ".tmpa')
    assert list(Store(tmp_path)) == ["k"]
    assert len(store) == 1


def test_two_processes_on_one_folder_corrupt_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    Store(folder)
    other = writer(
        folder,
        "for i in range(150):\n"
        "    store[f'both{i % 5}'] = entry(500 + i)\n"
        "    store[f'theirs{i}'] = entry(i)\n",
    )
    mine, i = Store(folder), 0
    while other.poll() is None:
        mine[f"both{i % 5}"] = entry(700)
        mine[f"mine{i}"] = entry(3)
        seen = mine[f"both{i % 5}"]  # never half of it
        assert len(seen["trajectory"]["all"]) == seen["job"]["P"]
        i += 1
    assert other.communicate()[1] == ""
    assert other.returncode == 0
    assert i > 5
    keys = set(Store(folder))
    assert {f"theirs{n}" for n in range(150)} | {f"mine{n}" for n in range(i)} <= keys
    for key in keys:
        found = mine[key]
        assert len(found["trajectory"]["all"]) == found["job"]["P"]
    assert not list(folder.rglob(".*"))


def test_a_kill_while_writing_leaves_only_whole_entries(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    other = writer(
        folder, "i = 0\nwhile True:\n    i += 1\n    store[f'k{i % 40}'] = entry(20000)\n"
    )
    end = time.monotonic() + 60
    entries = folder / "trajectories"
    while time.monotonic() < end and len(list(entries.glob("k*.json"))) < 25:
        time.sleep(0.01)
    other.send_signal(signal.SIGKILL)
    other.communicate()
    store = Store(folder)
    assert len(store) >= 25
    for key in store:
        assert store[key]["trajectory"]["all"] == [20000] * 20000


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (tmp_path / "trajectories" / "k.json").write_bytes(b"cos\nsystem\n(S'echo'\ntR.")
    with pytest.raises(BadInput):
        store["k"]


def test_a_written_file_is_as_readable_as_any_other(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    store = Store(tmp_path / "store")
    path = store.write("results.nc", b"numbers")
    assert path.read_bytes() == b"numbers"
    # others of a group can read what a plain open() would have let them read
    assert path.stat().st_mode & 0o777 == plain.stat().st_mode & 0o777


def test_an_entry_is_plain_json(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store["k"] = entry(2)
    assert json.loads((tmp_path / "trajectories" / "k.json").read_text())["job"] == {"P": 2}
