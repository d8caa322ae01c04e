"""Arrays that take seconds to make, kept in the cache folder from one process to the next."""

import io
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from jamming.checks.errors import described
from jamming.commands.files import write_whole


def read(path: Path, like: Mapping[str, tuple[Any, int]]) -> dict[str, np.ndarray] | None:
    """The arrays of a file, if they have these (dtype, ndim) and equal lengths, else None."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in like}
    except Exception:  # a damaged archive makes zipfile and NumPy raise almost anything
        return None
    wanted = {name: (np.dtype(kind), ndim) for name, (kind, ndim) in like.items()}
    if {name: (array.dtype, array.ndim) for name, array in arrays.items()} != wanted:
        return None
    return arrays if len({len(array) for array in arrays.values()}) == 1 else None


def write(path: Path, arrays: Mapping[str, np.ndarray], otherwise: str) -> None:
    """Write them at once or not at all, with a warning of what happens `otherwise`."""
    archive = io.BytesIO()
    np.savez(archive, allow_pickle=False, **arrays)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, archive.getbuffer())
    except OSError as error:
        warnings.warn(
            f"{otherwise}: {path.parent} cannot be written ({described(error)});"
            " set JAMMING_CACHE to a folder that can",
            stacklevel=4,
        )
