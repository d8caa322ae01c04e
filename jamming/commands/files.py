"""Files at the edges: paths as people write them, contents written whole or not at all."""

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from jamming.checks.errors import BadInput, described


def expanded(path: Any) -> Path:
    """The path with ~ and ~user replaced by home directories; what names no file is refused."""
    if path == "":  # which is the current folder to pathlib
        raise BadInput("an empty name is no path: write . for this folder")
    try:
        found = Path(path).expanduser()
        if b"\0" in os.fsencode(found):
            raise BadInput(f"{str(path)!r} is no path: leave out the NUL character")
    except (TypeError, UnicodeError) as error:
        raise BadInput(f"{path!r} cannot name a file or folder: give another name") from error
    except RuntimeError as error:  # "Could not determine home directory."
        raise BadInput(f"there is no home directory for {path}: write the path in full") from error
    return found


def stamp(path: Any) -> tuple[str, int, int] | None:
    """By which a changed file is known: place, time and size; None where there is none."""
    try:
        file = expanded(path).resolve()
        about = file.stat()
    except OSError:
        return None
    return str(file), about.st_mtime_ns, about.st_size


def arrays(path: Any, *names: str, optional: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    """The arrays of a .npz file by these names, and the `optional` ones that it has.

    A .npy file is the one array that is asked for. Raises BadInput for a file that is not there or
    cannot be read, that has pickled objects, or lacks a name.
    """
    file = expanded(path)
    if not file.is_file():
        some = ", ".join(names or optional)
        raise BadInput(f"there is no file {path}: give a .npz of arrays {some}")
    try:
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            asked = names or optional
            if len(asked) > 1:
                raise BadInput(f"{path} is one array: give a .npz of {', '.join(asked)}")
            return {asked[0]: loaded}
        with loaded as found:
            if lacking := [name for name in names if name not in found]:
                have = ", ".join(found) or "none"
                raise BadInput(
                    f"{path} has no array {', '.join(lacking)} but {have}: save them as these names"
                )
            return {name: found[name] for name in (*names, *optional) if name in found}
    except BadInput:
        raise
    except Exception as error:  # a damaged archive makes zipfile and NumPy raise almost anything
        said = described(error)
        if "pickle" in str(error):  # so NumPy calls whatever it does not know
            said = "it is no file of NumPy, or holds objects of Python"
        raise BadInput(
            f"{path} cannot be read as arrays ({said}): save it with numpy.savez, of numbers or"
            " texts, not of objects"
        ) from error


def cache_dir() -> Path:
    """Of what can be made again: $JAMMING_CACHE, $XDG_CACHE_HOME/jamming, or ~/.cache/jamming."""
    if own := os.environ.get("JAMMING_CACHE"):
        return expanded(own)
    return expanded(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "jamming"


def folder_for(path: Path, *, written: bool = True) -> None:
    """Refuse a path that is no folder and cannot become one, or that cannot be `written`."""
    above = next(each for each in (path, *path.absolute().parents) if os.path.lexists(each))
    if not above.is_dir():
        raise BadInput(f"{above} is no folder: choose another")
    if written and not os.access(above, os.W_OK | os.X_OK):
        raise BadInput(f"{path} cannot be written: choose another folder")


def get(path: Path) -> bytes:
    """What is in a file; OSError where it is none, as pipes and devices have no end."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no file")
    return path.read_bytes()


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


def write_whole(path: Path, data: bytes | memoryview) -> None:
    """Write beside the place and rename: at any moment the file is there whole, or not at all."""
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
