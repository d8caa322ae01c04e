"""Where trajectories go as they end: a folder with one JSON file each, named by the job's key.

Arrays that go with a trajectory lie beside it as `arrays/<key>.<hash>.npz`, written before the JSON
file, whose presence alone says that the trajectory is there. The name carries the content's hash,
so that a JSON file never meets arrays of another run of its job: not when two processes write one
key, and not when one is killed between both files.

Every file is written beside its place and renamed into it, so that a kill at any moment leaves each
trajectory there whole or not at all, and two processes on one folder cannot corrupt it. What a kill
leaves otherwise (files half written, arrays of no trajectory) is harmless, and removed by the first
opening an hour later. Nothing is ever pickled or unpickled. The folder says in `store.json` what it
is; one of another format or version is refused.
"""

import functools
import hashlib
import io
import json
import os
import platform
import re
import subprocess
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jamming.errors import BadInput
from jamming.threads import processor, program_threads

FORMAT = "jamming trajectories"
VERSION = 3

STALE = 3600.0  # seconds after which no living process can still need a file left over

_KEY = re.compile(r"[A-Za-z0-9_-]+")
_NPZ = re.compile(r"([A-Za-z0-9_-]+)\.[0-9a-f]{16}\.npz")
_ASIDE = re.compile(r"\..+\.[0-9a-f]{32}")


class Store(MutableMapping[str, Any]):
    """Job key -> {"job": ..., "trajectory": ...}; what is stored also says with what it was made.

    A value may have "arrays", a dict of names to arrays of any shapes; `store[key]` then has their
    names, shapes and types under "npz", and `arrays(key)` the arrays themselves.

    Raises:
        BadInput: `folder` is a file, cannot be written, or holds something else, another
            version, or a damaged file; on writing: the disk is full, or an array has objects.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._entries, self._arrays = self.folder / "trajectories", self.folder / "arrays"
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
            _check(header)
            self._entries.mkdir(exist_ok=True)
            self._arrays.mkdir(exist_ok=True)
            self._sweep()
        _commit()  # now, as the code may be edited while it runs

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
        if key not in self:
            raise KeyError(key)
        entry = _read(path)
        if not isinstance(entry, dict) or entry.get("key") != key or "trajectory" not in entry:
            raise BadInput(f"{path} is damaged: delete it, and the run will be made again")
        return entry

    def __setitem__(self, key: str, value: Mapping[str, Any]) -> None:
        if not _KEY.fullmatch(key):
            raise BadInput(f"{key!r} cannot name a trajectory: use letters, digits, '-' and '_'")
        if "npz" in value:
            raise BadInput(f"the entry {key} names arrays: give them, under 'arrays', not 'npz'")
        entry = {"key": key} | {name: what for name, what in value.items() if name != "arrays"}
        arrays = {name: np.asarray(a) for name, a in (value.get("arrays") or {}).items()}
        packed = pack(arrays) if arrays else b""
        if arrays:
            entry["npz"] = {
                "sha256": hashlib.sha256(packed).hexdigest(),
                "arrays": {name: _kind(a) for name, a in arrays.items()},
            }
        text = json.dumps(entry | {"provenance": provenance()})
        if arrays:  # first, as the other one says that the trajectory is there
            self.write(f"arrays/{self._npz(key, entry['npz']).name}", packed)
        self.write(f"trajectories/{key}.json", text)

    def arrays(self, key: str) -> dict[str, np.ndarray]:
        """The arrays of one trajectory, of the shapes they were stored with; {} if it has none.

        Raises:
            KeyError: there is no such trajectory.
            BadInput: the trajectory's file or that of its arrays is damaged, or the latter missing.
        """
        about = self[key].get("npz")
        if about is None:
            return {}
        again = f"delete {self._path(key)}, and the run will be made again"
        try:
            path, sha256, kinds = self._npz(key, about), about["sha256"], about["arrays"]
        except (KeyError, TypeError) as error:
            raise BadInput(f"{self._path(key)} is damaged: {again}") from error
        try:
            packed = path.read_bytes()
        except OSError as error:
            raise BadInput(f"{path} cannot be read ({error.strerror}): {again}") from error
        damaged = BadInput(f"{path} is damaged: {again}")
        if hashlib.sha256(packed).hexdigest() != sha256:
            raise damaged
        try:
            with np.load(io.BytesIO(packed), allow_pickle=False) as file:
                found = {name: file[name] for name in file.files}
        except (ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise damaged from error
        if {name: _kind(a) for name, a in found.items()} != kinds:
            raise damaged
        return found

    def _npz(self, key: str, about: Mapping[str, Any]) -> Path:
        return self._arrays / f"{key}.{about['sha256'][:16]}.npz"

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        with _disk_errors(self._path(key)):
            self._path(key).unlink()
            for path in self._arrays.glob(f"{key}.*.npz"):
                path.unlink(missing_ok=True)

    def __iter__(self) -> Iterator[str]:
        stems = (path.stem for path in sorted(self._entries.glob("[!.]*.json")))
        return (stem for stem in stems if _KEY.fullmatch(stem))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and bool(_KEY.fullmatch(key)) and self._path(key).exists()

    def _sweep(self) -> None:
        """Remove what killed writers left, unless it is so young that they may be alive."""
        before = time.time() - STALE
        left = [
            path
            for folder in (self.folder, self._entries, self._arrays)
            for path in folder.iterdir()
            if _ASIDE.fullmatch(path.name)
        ]
        packs: dict[str, list[Path]] = {}
        for path in self._arrays.iterdir():
            if named := _NPZ.fullmatch(path.name):
                packs.setdefault(named[1], []).append(path)
        for key, paths in packs.items():
            if key not in self:
                left += paths
            elif len(paths) > 1:  # written twice: the JSON file tells which is its own
                with suppress(BadInput, KeyError, TypeError):
                    own = self._npz(key, self[key].get("npz") or {"sha256": ""})
                    left += [path for path in paths if path != own]
        for path in left:
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()


def provenance() -> dict[str, str | int]:
    """All that bits may depend on beside the job: versions, commit, processor, threads, devices."""
    device = jax.devices()[0]  # first, as JAX makes its threads with the devices
    return _software() | {
        "commit": _commit(),
        "device": device.device_kind,
        "devices": jax.device_count(),
        "cpu": processor(),
        "threads": program_threads() or "unknown",
        "XLA_FLAGS": os.environ.get("XLA_FLAGS", ""),
    }


@functools.cache
def _software() -> dict[str, str | int]:
    packages = ("jamming", "jax", "jaxlib", "flax", "optax", "numpy")
    versions: dict[str, str | int] = {name: _version(name) for name in packages}
    return versions | {"python": platform.python_version(), "platform": platform.platform()}


@functools.cache
def _commit() -> str:
    """Commit of the checkout that this code lies in, '+dirty' if it was modified, or 'unknown'."""
    here = Path(__file__).resolve()
    other = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")  # as a hook of another checkout has
    env = {name: value for name, value in os.environ.items() if name not in other}

    def git(*args: str) -> str:
        command = ["git", "--no-optional-locks", "-C", str(here.parent), *args]
        return subprocess.run(
            command, capture_output=True, check=True, text=True, timeout=10, env=env
        ).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", here.name)  # not installed below another's checkout
        commit = git("rev-parse", "HEAD")
        return commit + ("+dirty" if git("status", "--porcelain", "-uno") else "")
    except (OSError, ValueError, subprocess.SubprocessError):
        return "unknown"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return "unknown"


def _kind(array: np.ndarray) -> dict[str, Any]:
    return {"shape": list(array.shape), "dtype": array.dtype.str}


def pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An npz file without pickles; equal arrays, equal bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pack:
        for name, array in arrays.items():
            if not _KEY.fullmatch(name):
                raise BadInput(f"{name!r} cannot name an array: use letters, digits, '-' and '_'")
            if array.dtype.kind not in "biufcUSmM" or array.dtype.isbuiltin == 2:
                raise BadInput(f"the array '{name}' of {array.dtype} cannot be stored: convert it")
            with pack.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return file.getvalue()


def _check(header: Path) -> None:
    """Refuse what is not a store of this version."""
    said = _read(header)
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise BadInput(f"{header} is not of '{FORMAT}': choose another folder")
    if said != {"format": FORMAT, "version": VERSION}:
        raise BadInput(
            f"{header} was made by another version ({said.get('version')}, this one makes"
            f" {VERSION}): choose another folder"
        )


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
