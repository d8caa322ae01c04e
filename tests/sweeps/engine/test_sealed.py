"""What is sealed, and yet no entry, no arrays or no results: no text and no header is believed."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.execution.compute import lacks
from sweeps.engine.checkpoints import Running
from sweeps.engine.store import Store
from sweeps.engine.store.sealed import kind, read_results, seal, sealed_netcdf, unpack
from tests.made_up.stores import JOBS, TABLE, filled


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return filled(tmp_path / "s")


TEXTS = {
    "a field twice": '{"key": "k", "trajectory": {}, "trajectory": {}}',
    "a field of the run twice": '{"key": "k", "trajectory": {"N": 1, "N": 2}}',
    "nested": '{"key": "k", "trajectory": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "5000 digits": '{"key": "k", "trajectory": {"N": ' + "9" * 5000 + "}}",
    "no object": '["key", "trajectory"]}',
    "no text": '{"\xff": "\udcff"}',
    "cut": '{"key": "k", "traj}',
    "another key": '{"key": "l", "trajectory": {}}',
    "no trajectory": '{"key": "k"}',
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_sealed_and_no_entry(store: Store, text: str) -> None:
    body = text.encode(errors="surrogateescape")
    name = seal("trajectories/k", body)
    path = store.folder / "trajectories" / "k.json"
    path.write_bytes(body[:-1] + f', "seal": "{name}"}}'.encode())
    with pytest.raises(BadInput, match=r"k\.json is damaged: delete"):
        store["k"]
    assert lacks(store, "k", lambda: store["k"])


def an_npz(header: str | bytes, data: bytes = b"", compression: int = zipfile.ZIP_STORED) -> bytes:
    """A file of one array `a`, of any header."""
    file = io.BytesIO()
    text = header.encode() if isinstance(header, str) else header
    npy = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data
    with zipfile.ZipFile(file, "w", compression) as pack:
        pack.writestr("a.npy", npy)
    return file.getvalue()


def header(shape: str, descr: str = "'<f8'") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n"


PACKS = {
    "enormous": an_npz(header("(1000000000000,)")),
    "beyond 64 bits": an_npz(header(f"({2**63}, {2**63})")),
    "negative": an_npz(header("(-1,)"), b"12345678"),
    "wraps to nothing": an_npz(header(f"({2**32}, {2**32})")),
    "too little": an_npz(header("(2,)"), bytes(8)),
    "too much": an_npz(header("(1,)"), bytes(16)),
    "objects": an_npz(header("(1,)", "'|O'"), bytes(8)),
    "a wide type": an_npz(header("(1,)", "'|V999999999'")),
    "foreign header": an_npz("__import__('os')\n"),
    "nested header": an_npz("(" * 5000 + ")" * 5000),
    "no header": an_npz(b""),
    "compressed": an_npz(header("(1,)"), bytes(8), zipfile.ZIP_DEFLATED),
    "no zip": b"PK\x03\x04 half of one",
    "broken": an_npz(header("(1,)"), bytes(800), zipfile.ZIP_DEFLATED).replace(b"\x04", b"\x05"),
    "nothing": b"",
}


@pytest.mark.parametrize("packed", PACKS.values(), ids=PACKS)
def test_no_header_of_arrays_is_believed(store: Store, packed: bytes) -> None:
    assert unpack(packed) is None
    key = JOBS[0].key
    about = store[key]["npz"]
    (store.folder / "arrays" / f"{key}.{about['sha256'][:16]}.npz").write_bytes(packed)
    with pytest.raises(BadInput, match=r"npz is damaged: delete .*\.json"):
        store.arrays(key)
    running = Running(store)
    path = store.folder / "running" / "one.npz"
    path.write_bytes(seal("one", packed).encode() + packed)
    assert running.load("one") is None


def test_a_pack_as_it_should_be_is_read() -> None:
    found = unpack(an_npz(header("(2,)"), np.array([1.0, 2.0]).tobytes()))
    assert found is not None
    assert found["a"].tolist() == [1.0, 2.0]
    assert kind(found["a"]) == {"shape": [2], "dtype": "<f8"}


def test_results_of_a_store_are_sealed_and_others_need_not_be(tmp_path: Path) -> None:
    data = sealed_netcdf(TABLE)
    alone, beside = tmp_path / "alone.nc", tmp_path / "s" / "results.nc"
    Store(beside.parent).write(beside.name, data)
    alone.write_bytes(data)
    for path in (alone, beside):
        xr.testing.assert_identical(read_results(path), TABLE)
        path.write_bytes(
            data.replace(np.array(2.5, ">f8").tobytes(), np.array(2.6, ">f8").tobytes())
        )
        with pytest.raises(BadInput, match="damaged"):
            read_results(path)
        path.write_bytes(bytes(TABLE.to_netcdf()))
    xr.testing.assert_identical(read_results(alone), TABLE)
    with pytest.raises(BadInput, match="damaged"):
        read_results(beside)


def test_masked_arrays_are_not_stored_without_their_mask(store: Store) -> None:
    masked = np.ma.array([1.0, 2.0], mask=[False, True])
    with pytest.raises(BadInput, match="'a' is masked"):
        store["k"] = {"job": {}, "trajectory": {}, "arrays": {"a": masked}}


def test_integers_beyond_32_bits_are_kept_as_numbers(tmp_path: Path) -> None:
    large = 2**32 - 1
    found = xr.Dataset({"n": ("seed", [1, 2**40])}, {"seed": [0, large]})
    (tmp_path / "a.nc").write_bytes(sealed_netcdf(found))
    back = read_results(tmp_path / "a.nc")
    assert back.n.values.tolist() == [1, 2**40]
    assert back.n.sel(seed=large) == 2**40
