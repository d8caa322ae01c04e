"""The store keeps whole entries, whatever happens to the process, the disk or the folder."""

import errno
import io
import json
import multiprocessing
import os
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from jamming.checks.errors import BadInput
from jamming.execution.compute import lacks
from jamming.training.spec import Job
from sweeps.engine.checkpoints import Running
from sweeps.engine.execute import execute
from sweeps.engine.progress import Work
from sweeps.engine.store import Store
from sweeps.engine.store import folder as store_module
from sweeps.engine.store import provenance as made_with_module
from sweeps.engine.store.provenance import provenance
from sweeps.phase_diagram.sweep import phase_diagram
from sweeps.shared.alpha_grid import Config
from sweeps.transition.effective import effective


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
        "import sys; from sweeps.engine.store import Store; store = Store(sys.argv[1])\n"
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


def test_a_store_leaves_no_folder_before_its_first_write(tmp_path: Path) -> None:
    store = Store(tmp_path / "a" / "b")
    assert (len(store), list(store), "k" in store) == (0, [], False)
    Running(store).drop("k")
    with pytest.raises(KeyError):
        store["k"]
    with pytest.raises(BadInput):
        store["k"] = {"job": {}, "trajectory": {"no JSON": object()}}
    assert files(tmp_path) == set()
    store["k"] = entry(1)
    assert "k" in Store(tmp_path / "a" / "b")


def test_the_home_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for folder in ("~/s", Path("~/s")):
        store = Store(folder)
        assert store.folder == tmp_path / "s"
        store["k"] = entry(1)
    assert {path.name for path in tmp_path.iterdir()} == {"s"}


@pytest.mark.parametrize("name", ["~nosuchuser/s", "a\0b", "\udcff\ud800"])
def test_a_name_that_no_folder_can_have_is_one_line(name: str) -> None:
    with pytest.raises(BadInput) as refusal:
        Store(name)
    assert len(str(refusal.value).splitlines()) == 1


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
        '{"format": "jamming trajectories", "version": 6}',
        '{"format": "jamming trajectories", "version": 4}',  # of the former layout of jobs
        '{"format": "jamming trajectories"}',
        '{"format": "something else", "version": 2}',
        '{"version": 2}',
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


def test_a_store_of_the_first_version_is_told_from_a_foreign_one(tmp_path: Path) -> None:
    for version in ("1", '"4"'):
        content = f'{{"format": "jamming trajectories", "version": {version}}}'
        (tmp_path / "store.json").write_text(content)
        said = refused(tmp_path)
        assert f"made by another version ({version.replace(chr(34), chr(39))}, this" in said
        assert "choose another folder" in said


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
    with monkeypatch.context() as locked:
        locked.setattr(os, "access", lambda *_: False)
        assert "cannot be written" in refused(tmp_path / "new")  # before any work begins
    store = Store(tmp_path / "new")
    monkeypatch.setattr(Path, "mkdir", failing(errno.EROFS))
    with pytest.raises(BadInput, match="Read-only"):
        store["k"] = entry(1)


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
        dying.setattr(store_module, "write_whole", killed)
        with pytest.raises(SystemExit):
            Store(tmp_path / "new").make()
    assert files(tmp_path) == {"new"}
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
    store.make()
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


# Arrays


def outputs(n: int) -> dict[str, np.ndarray]:
    """Arrays that belong to `entry(n)`."""
    return {
        "F_train": np.linspace(0, n, 50, dtype=np.float32),
        "F_test": np.full((3, n), np.nan),
        "kept": np.array([True, False]),
        "one": np.array(n),
        "none": np.zeros((0, 2), np.int8),
    }


def with_arrays(n: int) -> dict[str, Any]:
    """An entry with arrays."""
    return entry(n) | {"arrays": outputs(n)}


def same(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    """Equal to the last bit, in shape and type too."""
    assert list(found) == list(expected)
    for name, array in expected.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def npz_of(folder: Path, key: str) -> Path:
    """The one file with this key's arrays."""
    (path,) = (folder / "arrays").glob(f"{key}.*")
    return path


def test_arrays_come_back_to_the_last_bit_also_from_a_store_opened_later(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for n in (2, 5):
        store[f"k{n}"] = with_arrays(n)
    store["plain"] = entry(1)
    for again in (store, Store(tmp_path)):
        for n in (2, 5):
            same(again.arrays(f"k{n}"), outputs(n))
            assert again[f"k{n}"]["trajectory"] == entry(n)["trajectory"]
        assert again.arrays("plain") == {}
        with pytest.raises(KeyError):
            again.arrays("k9")


def test_an_entry_tells_of_its_arrays_without_reading_them(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store["k"] = with_arrays(2)
    npz_of(tmp_path, "k").unlink()
    found = store["k"]
    assert "arrays" not in found
    assert found["npz"]["arrays"]["F_test"] == {"shape": [3, 2], "dtype": "<f8"}
    assert len(found["npz"]["sha256"]) == 64


def test_what_is_put_again_replaces_the_arrays_and_deleting_leaves_none(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store["k"], store["other"] = with_arrays(2), with_arrays(2)
    store["k"] = with_arrays(3)
    same(store.arrays("k"), outputs(3))
    store["k"] = entry(4)
    assert store.arrays("k") == {}
    store["k"] = with_arrays(5)
    del store["k"]
    assert "k" not in store
    assert [p.name.split(".")[0] for p in (tmp_path / "arrays").iterdir()] == ["other"]
    same(store.arrays("other"), outputs(2))


def test_equal_arrays_make_equal_files(tmp_path: Path) -> None:
    a, b = Store(tmp_path / "a"), Store(tmp_path / "b")
    a["k"], b["k"] = with_arrays(2), with_arrays(2)
    assert npz_of(tmp_path / "a", "k").read_bytes() == npz_of(tmp_path / "b", "k").read_bytes()
    with np.load(npz_of(tmp_path / "a", "k"), allow_pickle=False) as plain:
        same(dict(plain), outputs(2))  # anyone can read it


def flip(path: Path) -> None:
    """One bit in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def in_place_of(array: Any) -> Any:
    """Put another npz file there."""

    def write(path: Path) -> None:
        file = io.BytesIO()
        np.savez(file, F_train=array)
        path.write_bytes(file.getvalue())

    return write


@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        flip,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(b"\x80\x04cos\nsystem\n."),
        in_place_of(np.zeros(50)),
        in_place_of(np.array([object()])),
    ],
    ids=["gone", "one bit", "empty", "cut", "pickle", "other arrays", "objects"],
)
def test_damaged_arrays_are_refused_and_deleting_the_run_makes_it_absent(
    tmp_path: Path, damage: Any
) -> None:
    store = Store(tmp_path)
    store["k"], store["l"] = with_arrays(2), with_arrays(3)
    path = npz_of(tmp_path, "k")
    damage(path)
    with pytest.raises(BadInput) as refusal:
        store.arrays("k")
    entry_file = tmp_path / "trajectories" / "k.json"
    assert str(path) in str(refusal.value)
    assert f"delete {entry_file}, and the run will be made again" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    same(store.arrays("l"), outputs(3))
    entry_file.unlink()  # as told
    assert "k" not in Store(tmp_path)
    store["k"] = with_arrays(2)
    same(store.arrays("k"), outputs(2))


@pytest.mark.parametrize(
    "change",
    [
        lambda about: about.pop("sha256"),
        lambda about: about.update(sha256=3),
        lambda about: about.pop("arrays"),
        lambda about: about["arrays"].pop("one"),
        lambda about: about["arrays"]["F_test"].update(shape=[6]),
        lambda about: about["arrays"]["F_test"].update(dtype="<f4"),
        lambda about: about.update(sha256="../" * 20),
    ],
)
def test_arrays_other_than_the_entry_says_are_refused(tmp_path: Path, change: Any) -> None:
    store = Store(tmp_path)
    store["k"] = with_arrays(2)
    path = tmp_path / "trajectories" / "k.json"
    whole = json.loads(path.read_text())
    change(whole["npz"])
    path.write_text(json.dumps(whole))
    with pytest.raises(BadInput, match=r"delete .*k\.json, and the run will be made again"):
        store.arrays("k")


def bfloat16() -> Any:
    """An array whose type numpy cannot write down."""
    import jax.numpy as jnp

    return np.asarray(jnp.ones(3, jnp.bfloat16))


@pytest.mark.parametrize("array", [np.array([None]), np.array([{}, 1]), bfloat16()])
def test_objects_and_foreign_types_are_refused_and_nothing_is_written(
    tmp_path: Path, array: Any
) -> None:
    store = Store(tmp_path)
    before = files(tmp_path)
    with pytest.raises(BadInput, match=r"'bad' of .* cannot be stored"):
        store["k"] = entry(1) | {"arrays": {"bad": array}}
    assert files(tmp_path) == before


@pytest.mark.parametrize("name", ["", "../x", "a b", "a.npy", "a\0"])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    store = Store(tmp_path)
    before = files(tmp_path)
    with pytest.raises(BadInput, match="cannot name"):
        store["k"] = entry(1) | {"arrays": {name: np.zeros(1)}}
    with pytest.raises(BadInput, match="cannot name"):
        store[name] = entry(1)
    assert name not in store
    assert files(tmp_path) == before


def test_an_entry_read_is_not_put_back_without_its_arrays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store["k"] = with_arrays(2)
    with pytest.raises(BadInput, match="names arrays"):
        store["l"] = store["k"]


def killed_before_its_entry(store: Store, key: str, n: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write the arrays; what is given back writes the entry."""
    write = Store.write
    late: list[Any] = []

    def half(self: Store, name: str, content: str | bytes) -> Path:
        if name.startswith("arrays/"):
            return write(self, name, content)
        late.append(lambda: write(self, name, content))
        return self.folder

    with monkeypatch.context() as dying:
        dying.setattr(Store, "write", half)
        store[key] = with_arrays(n)
    return late[0]


def test_a_kill_between_both_files_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store["old"] = with_arrays(2)
    for key in ("old", "new"):
        killed_before_its_entry(store, key, 3, monkeypatch)
    again = Store(tmp_path)
    assert list(again) == ["old"]
    same(again.arrays("old"), outputs(2))  # those of the entry that is there
    again["new"] = with_arrays(4)
    same(again.arrays("new"), outputs(4))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_writers_of_one_key_in_any_order_leave_one_of_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: tuple[int, int]
) -> None:
    store = Store(tmp_path)
    late = [killed_before_its_entry(store, "k", n, monkeypatch) for n in (2, 3)]
    for i in order:
        late[i]()
        same(store.arrays("k"), outputs(2 + i))
        assert store["k"]["job"] == {"P": 2 + i}


def age(path: Path, seconds: float) -> None:
    """Make a file look older."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_what_killed_writers_left_is_removed_after_an_hour_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store["k"], store["plain"] = with_arrays(2), entry(1)
    store.write("results.nc", b"x")
    (tmp_path / "arrays" / "notes.npz").write_bytes(b"precious")
    (tmp_path / ".hidden").write_bytes(b"precious")
    (tmp_path / "running").mkdir()
    kept = files(tmp_path)
    for key in ("k", "gone"):
        killed_before_its_entry(store, key, 3, monkeypatch)
    for folder in ("", "trajectories", "arrays", "running"):
        (tmp_path / folder / f".k.json.{'0123456789abcdef' * 2}").write_bytes(b"{")
    left = files(tmp_path)
    assert len(left) == len(kept) + 6
    Store(tmp_path)
    assert files(tmp_path) == left  # another process may be writing them
    for name in left - kept:
        age(tmp_path / name, 3500)
    Store(tmp_path)
    assert files(tmp_path) == left
    for name in left:
        if (tmp_path / name).is_file():
            age(tmp_path / name, 4000)
    again = Store(tmp_path)
    assert files(tmp_path) == kept
    same(again.arrays("k"), outputs(2))


def test_a_disk_that_fills_up_in_the_middle_of_a_file_leaves_no_half_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path)
    store["k"] = with_arrays(2)
    before = files(tmp_path)
    opened = Path.open
    room = 0

    class Full(io.FileIO):
        def write(self, data: Any) -> int:
            nonlocal room
            if len(data) <= room:
                room -= len(data)
                return super().write(data)
            super().write(bytes(data)[:room])
            room = 0
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def full(self: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        return Full(self, mode) if "x" in mode else opened(self, mode, *args, **kwargs)

    size = npz_of(tmp_path, "k").stat().st_size
    with monkeypatch.context() as disk:
        disk.setattr(Path, "open", full)
        for key in ("k", "l"):
            for room in (0, size // 2, size + 20):  # noqa: B007 the disk's own
                with pytest.raises(BadInput) as refusal:
                    store[key] = with_arrays(3)
                assert "No space left" in str(refusal.value)
                assert "\n" not in str(refusal.value)
                assert store["k"]["job"] == {"P": 2}
                same(store.arrays("k"), outputs(2))
                assert list(store) == ["k"]
    # arrays that were whole may wait for their entry, which the next try writes
    assert all(name.endswith(".npz") for name in files(tmp_path) - before)
    store["l"] = with_arrays(3)
    same(Store(tmp_path).arrays("l"), outputs(3))


SHARED = 20


def write_all(folder: Path, process: int, start: Any) -> None:
    """What each of two processes does: 10 keys of its own, 10 that both write, three times over."""
    store = Store(folder)
    start.wait(60)
    for again in range(3):
        for i in range(SHARED // 2 * process, SHARED // 2 * process + SHARED):
            n = 1 + process + 2 * again
            store[f"k{i}"] = with_arrays(n)
            found = store.arrays(f"k{i}")
            same(found, outputs(int(found["one"])))


def test_two_processes_that_write_the_same_keys_leave_one_of_both_whole(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(2)
    both = [spawn.Process(target=write_all, args=(tmp_path, i, start)) for i in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(120)
        assert process.exitcode == 0
    store = Store(tmp_path)
    assert set(store) == {f"k{i}" for i in range(SHARED // 2 * 3)}
    for i in range(SHARED // 2 * 3):
        n = store[f"k{i}"]["job"]["P"]
        assert n in ((5,) if i < SHARED // 2 else (5, 6) if i < SHARED else (6,))
        same(store.arrays(f"k{i}"), outputs(n))
    assert not list(tmp_path.rglob(".*"))


names = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=20)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=10,
)
kinds = st.sampled_from(["f2", "f4", "f8", ">f4", "c8", "i1", "i8", "u4", "?", "U3", "S2", "M8[s]"])
any_array = kinds.flatmap(lambda kind: nps.arrays(np.dtype(kind), nps.array_shapes(min_dims=0)))
entries = st.fixed_dictionaries(
    {"job": st.dictionaries(st.text(), plain, max_size=4), "trajectory": plain},
    optional={"arrays": st.dictionaries(names, any_array, max_size=3)},
)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(names, entries, max_size=4))
def test_any_entries_come_back_exactly(written: dict[str, Any]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        store = Store(folder)
        for key, value in written.items():
            store[key] = value
        again = Store(folder)
        assert set(again) == set(written)
        for key, value in written.items():
            for part in ("job", "trajectory"):
                # repr: -0.0 is not 0.0, and nan is nan
                assert repr(again[key][part]) == repr(value[part])
            same(again.arrays(key), value.get("arrays", {}))
    finally:
        shutil.rmtree(folder)


# What made it


def git(folder: Path, *args: str) -> str:
    """Run git there, as nobody in particular."""
    who = ("-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", "-C", str(folder), *who, *args], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def code_at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The commit that is found for code in a folder."""
    if shutil.which("git") is None:
        pytest.skip("no git")

    def commit(folder: Path) -> str:
        monkeypatch.setattr(made_with_module, "__file__", str(folder / "store.py"))
        return made_with_module.commit.__wrapped__()

    return commit


def test_an_entry_says_of_which_commit_it_is(tmp_path: Path, code_at: Any) -> None:
    (tmp_path / "store.py").write_text("1")
    assert code_at(tmp_path) == "unknown"  # no checkout
    git(tmp_path, "init")
    assert code_at(tmp_path) == "unknown"  # below a checkout, but no part of it
    git(tmp_path, "add", "store.py")
    assert code_at(tmp_path) == "unknown"  # no commit yet
    git(tmp_path, "commit", "-m", "one")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert code_at(tmp_path) == head
    (tmp_path / "untracked").write_text("")
    assert code_at(tmp_path) == head
    (tmp_path / "store.py").write_text("2")
    assert code_at(tmp_path) == head + "+dirty"


def test_without_git_the_commit_is_unknown_and_nothing_fails(
    tmp_path: Path, code_at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert code_at(tmp_path) == "unknown"


def test_another_checkout_in_the_environment_is_not_taken_for_the_codes_own(
    tmp_path: Path, code_at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init")
    (tmp_path / "store.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    head = git(tmp_path, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert code_at(tmp_path) == head


def test_the_commit_is_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path)
    monkeypatch.setattr(subprocess, "run", failing(errno.EIO))
    store["k"] = entry(1)
    made_with = store["k"]["provenance"]
    assert made_with == provenance()
    assert made_with["commit"]
    assert made_with["devices"] >= 1
    assert made_with["platform"]


@pytest.mark.usefixtures("unannotated")
def test_the_name_of_a_folder_is_no_store() -> None:
    job = Job("random5", 10, (3,))
    for refused in (
        lambda folder: phase_diagram(Config(job, (3,), (1.0,)), folder),
        lambda folder: execute([job], folder, Work()),
        lambda folder: effective([job], folder),
        Running,
    ):
        for no_store in ("folder", Path("folder"), None):
            with pytest.raises(BadInput, match=r"give Store\(folder\)"):
                refused(no_store)
    assert lacks({}, job.key, dict)
