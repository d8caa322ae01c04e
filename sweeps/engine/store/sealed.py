"""Seals: what is read back is what was written, to the last byte, and by that name.

A file that is read back carries the hash of its name and of all else that it holds. It is checked
before anything is parsed, so that damage is never taken for a number, nor for a traceback.

Arrays are npz files without pickles, of which no header is believed: nothing in them is compressed,
so that no array is larger than the file itself.
"""

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.commands.files import expanded, get

NAME = re.compile(r"[A-Za-z0-9_-]+")
HEADER = "store.json"  # what it is beside is part of a store

_LENGTH = 64
_JSON = re.compile(rb', "seal": "([0-9a-f]{64})"\}')
_JSON_LENGTH = len(b', "seal": ""}') + _LENGTH
# an attribute "seal" of 64 characters in the classic format of netCDF
_NETCDF = b"\0\0\0\4seal\0\0\0\2\0\0\0\x40"
_BLANK = b"0" * _LENGTH


def seal(name: str, data: bytes) -> str:
    """64 hexadecimal digits that no other name or content has."""
    return hashlib.sha256(name.encode() + b"\0" + data).hexdigest()


def sealed_json(name: str, fields: Mapping[str, Any]) -> str:
    """One JSON object, its seal as the last of its fields; TypeError where there is no JSON."""
    body = json.dumps(dict(fields))
    return f'{body[:-1]}, "seal": "{seal(name, body.encode())}"}}'


def opened_json(name: str, path: Path) -> dict[str, Any] | None:
    """The fields of a file that `sealed_json` has made; None of any other, or unreadable one."""
    try:
        data = get(path)
        body, tail = data[:-_JSON_LENGTH] + b"}", _JSON.fullmatch(data[-_JSON_LENGTH:])
        if tail is None or tail[1].decode() != seal(name, body):
            return None
        fields = json.loads(body, object_pairs_hook=_once)
    except (OSError, ValueError, RecursionError, MemoryError):
        return None
    return fields if isinstance(fields, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The fields of an object, each of which must be there once."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is given twice")
    return fields


def sealed_netcdf(found: xr.Dataset) -> bytes:
    """A file of netCDF 3, its seal an attribute; integers beyond its 32 bits become floats."""
    blank = found.copy().assign_attrs(seal=_BLANK.decode())
    for name, one in found.variables.items():
        large = one.dtype.kind in "iu" and np.abs(one.values.astype(float)).max(initial=0) >= 2**31
        if large:
            blank[name] = one.astype(float)
    data = bytes(blank.to_netcdf(engine="scipy"))
    head, mark, tail = data.partition(_NETCDF + _BLANK)
    return head + mark[:-_LENGTH] + seal("", data).encode() + tail


def read_results(file: str | Path, *required: str) -> xr.Dataset:
    """The dataset in a file that `sealed_netcdf` has made, with the variables that it must have.

    A file that is no part of a store may be anybody's, and need not be sealed. Raises BadInput if
    it cannot be read, is not what was written, or lacks a variable.
    """
    path = expanded(file)
    damaged = f"{path} is damaged or cannot be read: run the sweep again"
    try:
        data = get(path)
        head, mark, tail = data.partition(_NETCDF)
        if mark or os.path.lexists(path.with_name(HEADER)):
            blank = head + mark + _BLANK + tail[_LENGTH:]
            if seal("", blank).encode() != tail[:_LENGTH]:
                raise ValueError("another seal")
        found = xr.load_dataset(io.BytesIO(data))
    except Exception as error:  # the parsers raise whatever a foreign file makes of them
        raise BadInput(damaged) from error
    found.attrs.pop("seal", None)
    if lacking := [name for name in required if name not in found]:
        raise BadInput(f"{path} holds no {', '.join(lacking)}: run the sweep again")
    return found


def pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An npz file; equal arrays, equal bytes. BadInput for objects, masks, and names of no file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pack:
        for name, array in arrays.items():
            if not NAME.fullmatch(name):
                raise BadInput(f"{name!r} cannot name an array: use letters, digits, '-' and '_'")
            if np.ma.isMaskedArray(array):
                raise BadInput(f"the array '{name}' is masked, which is not stored: fill it first")
            if array.dtype.kind not in "biufcUSmM" or array.dtype.isbuiltin == 2:
                raise BadInput(f"the array '{name}' of {array.dtype} cannot be stored: convert it")
            with pack.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return file.getvalue()


def unpack(packed: bytes) -> dict[str, np.ndarray] | None:
    """What was packed; None where that is not known."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as file:
            return {one.filename.removesuffix(".npy"): _array(file, one) for one in file.infolist()}
    except Exception:  # the parsers of zip and npy raise whatever a crafted header makes of them
        return None


def kind(array: np.ndarray) -> dict[str, Any]:
    """Shape and type, JSON-ready."""
    return {"shape": list(array.shape), "dtype": array.dtype.str}


def _array(file: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """One of the arrays; ValueError or MemoryError where it is not of the size that it claims."""
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError("compressed")
    data = io.BytesIO(file.read(member))
    found: np.ndarray = np.lib.format.read_array(data, allow_pickle=False)
    if data.read():
        raise ValueError("there is more")
    return found
