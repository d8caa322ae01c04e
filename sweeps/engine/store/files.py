"""Files of a store: reading them, and what the operating system says of them in one line."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jamming.checks.errors import BadInput


def get(path: Path) -> bytes:
    """What is in a file; OSError where it is none, as pipes and devices have no end."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no file")
    return path.read_bytes()


def writable(folder: Path) -> None:
    """Say now that a folder cannot be made, not at the first file; OSError where it cannot."""
    above = next(path for path in (folder, *folder.resolve().parents) if os.path.lexists(path))
    if not os.access(above, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def names(folder: Path) -> list[str]:
    """Of the files in a folder; none where there is no folder."""
    try:
        return [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about a path into one line."""
    try:
        yield
    except OSError as error:
        if isinstance(error, IsADirectoryError) and path.is_dir():
            said = f"cannot use {path}: it is a folder: delete it and run the same command again"
            raise BadInput(said) from error
        raise BadInput(
            f"cannot use {path}: {error.strerror or error}; what had ended before is kept,"
            " make room or choose another --out and run the same command again"
        ) from error
