"""Files at the edges: paths as people write them, contents written whole, JSON read or refused."""

import json
import os
import uuid
from pathlib import Path
from typing import Any

from jamming.errors import BadInput


def expanded(path: str | Path) -> Path:
    """The path with ~ and ~user in place of their home directories.

    Raises:
        BadInput: there is no such user, or the path holds a character that no path can.
    """
    if "\0" in str(path):
        raise BadInput(f"{str(path)!r} is no path: leave out the NUL character")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:  # "Could not determine home directory."
        raise BadInput(f"there is no home directory for {path}: write the path in full") from error


def write_whole(path: Path, data: bytes) -> None:
    """Write beside the place and rename: at any moment the file is there whole, or not at all.

    Raises:
        OSError: the folder is not there or cannot be written, the disk is full.
    """
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def read_json(path: Path, otherwise: str) -> Any:
    """What a JSON file holds.

    Raises:
        BadInput: it cannot be read; `otherwise` says what to do.
    """
    try:
        return json.loads(path.read_bytes())
    # nested too deeply, or a number too long: whatever it was, our own writers left no such thing
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise BadInput(f"{path} is damaged or cannot be read: {otherwise}") from error
