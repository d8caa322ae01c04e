"""Where trajectories go as they end: a folder with one JSON file each, named by the job's key.

Every file is written beside its place and renamed into it, so that a kill at any moment leaves each
trajectory there whole or not at all, and two processes on one folder cannot corrupt it. Nothing is
ever unpickled. The folder says in `store.json` what it is; one of another format or version is
refused.
"""

import json
import os
import platform
import uuid
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import jax

from jamming.errors import BadInput

FORMAT = "jamming trajectories"
VERSION = 1


class Store(MutableMapping[str, Any]):
    """Job key -> {"job": ..., "trajectory": ...}; what is stored also says with what it was made.

    Raises:
        BadInput: `folder` is a file, cannot be written, or holds something else, another
        version, or
            a damaged file; on writing: the disk is full.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._entries = self.folder / "trajectories"
        header = self.folder / "store.json"
        with _disk_errors(self.folder):
            if self.folder.exists() and not self.folder.is_dir():
                raise BadInput(f"{self.folder} is a file: choose a folder for --out")
            self.folder.mkdir(parents=True, exist_ok=True)
            if not header.exists():
                # dot-files are what a killed writer may leave
                if any(not path.name.startswith(".") for path in self.folder.iterdir()):
                    raise BadInput(f"{self.folder} holds other files: choose a new or empty folder")
                self.write(header.name, json.dumps({"format": FORMAT, "version": VERSION}))
            if _read(header) != {"format": FORMAT, "version": VERSION}:
                raise BadInput(
                    f"{header} is not of '{FORMAT}' version {VERSION}: choose another folder"
                )
            self._entries.mkdir(exist_ok=True)

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file into the folder, whole or not at all."""
        path = self.folder / name
        data = content.encode() if isinstance(content, str) else content
        aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        with _disk_errors(path):
            try:
                with aside.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                aside.replace(path)
            except BaseException:
                aside.unlink(missing_ok=True)
                raise
        return path

    def _path(self, key: str) -> Path:
        return self._entries / f"{key}.json"

    def __getitem__(self, key: str) -> Any:
        path = self._path(key)
        if not path.exists():
            raise KeyError(key)
        entry = _read(path)
        if not isinstance(entry, dict) or entry.get("key") != key or "trajectory" not in entry:
            raise BadInput(f"{path} is damaged: delete it, and the run will be made again")
        return entry

    def __setitem__(self, key: str, value: Any) -> None:
        entry = {"key": key} | value | {"provenance": provenance()}
        self.write(f"trajectories/{key}.json", json.dumps(entry))

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        self._path(key).unlink()

    def __iter__(self) -> Iterator[str]:
        return (path.stem for path in sorted(self._entries.glob("[!.]*.json")))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._path(key).exists()


def provenance() -> dict[str, str]:
    """Versions and device of this process."""
    packages = ("jamming", "jax", "jaxlib", "flax", "optax", "numpy")
    versions = {name: _version(name) for name in packages}
    return versions | {"python": platform.python_version(), "device": jax.devices()[0].device_kind}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return "unknown"


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (ValueError, OSError) as error:
        raise BadInput(
            f"{path} is damaged or cannot be read: delete it, or choose another folder"
        ) from error


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about a path into one line."""
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"cannot use {path}: {error.strerror or error}; what had ended before is kept,"
            " make room or choose another --out and run the same command again"
        ) from error
