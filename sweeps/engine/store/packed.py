"""Arrays as bytes: npz files without pickles, of which no header is believed.

What is read was written by `pack`: nothing in it is compressed, so that no array is larger than the
file itself, and nothing is allocated before that is known.
"""

import io
import math
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from jamming.checks.errors import BadInput
from sweeps.engine.store.sealed import NAME


def pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An npz file without pickles; equal arrays, equal bytes.

    Raises BadInput for a name that no file can have, an array of objects, or one that is masked.
    """
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
    """One of the arrays; ValueError where it is not of the size that it claims."""
    if member.compress_type != zipfile.ZIP_STORED:
        raise ValueError("compressed")
    data = io.BytesIO(file.read(member))
    npy: Any = np.lib.format
    version = npy.read_magic(data)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = header(data)
    size = dtype.itemsize * math.prod(shape)
    if size != len(data.getbuffer()) - data.tell() or min(shape, default=0) < 0:
        raise ValueError("another size")
    data.seek(0)
    found: np.ndarray = npy.read_array(data, allow_pickle=False)
    return found
