"""A folder of trajectories: one JSON file each, named by the key of its job.

Arrays of a trajectory are in `arrays/<key>.<hash of the content>.npz`, written before the JSON
file, whose presence alone says that the trajectory is there. As the name carries the hash, a JSON
file never meets arrays of another run of its job, even if two processes write one key or one is
killed between both files.

Every JSON file is sealed (`sealed`), and its job must have the key that it is named by. What does
not verify is refused, or, in a sweep, made again with a warning (`doubt`).

Every file is written beside its place and renamed into it, so that a kill at any moment leaves each
trajectory whole or not at all, and two processes on one folder cannot corrupt it. What else a kill
leaves (half-written files, arrays of no trajectory) is harmless, and removed when the store is
opened an hour later. Nothing is pickled. `store.json` says what the folder is; another format or
version is refused. The folder is made with the first file that is written.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from jamming.checks.arguments import shown
from jamming.checks.errors import BadInput, warn
from jamming.commands.files import disk_errors, expanded, folder_for, get, names, write_whole
from sweeps.engine.store.provenance import commit, key_of, provenance
from sweeps.engine.store.sealed import HEADER, NAME, kind, opened_json, pack, sealed_json, unpack

FORMAT = "jamming trajectories"
VERSION = 5
STALE = 3600.0  # seconds after which no living process can still need a file left over

_NPZ = re.compile(r"([A-Za-z0-9_-]+)\.[0-9a-f]{16}\.npz")
_ASIDE = re.compile(r"\..+\.[0-9a-f]{32}")


class Damaged(BadInput):
    """A file of a store is not what was written; `what` says so, the message also what to do."""

    def __init__(self, what: str, entry: Path) -> None:
        super().__init__(f"{what}: delete {entry}, and the run will be made again")
        self.what = what


class Store(MutableMapping[str, Any]):
    """Job key -> {"job": ..., "trajectory": ...}; each entry read back has its "provenance" too.

    A value may have "arrays", a dict of names to arrays of any shapes; `store[key]` then has their
    names, shapes and types under "npz", and `arrays(key)` the arrays themselves. `holds` names what
    the folder of another store holds of the same jobs, so that one is not taken for the other.

    Raises BadInput if `folder` is a file, cannot be written, or holds something else, another
    version, or a damaged file; on writing, if the disk is full, or an array has objects.
    """

    def __init__(self, folder: str | Path, holds: str = "") -> None:
        self.folder, self.holds = expanded(folder), holds
        self._entries, self._arrays = self.folder / "trajectories", self.folder / "arrays"
        self._doubted = set[tuple[str, str]]()
        with disk_errors(self.folder):
            if not self._look():
                folder_for(self.folder)
            self._sweep()
        commit()  # now, as the code may be edited while it runs

    def _look(self) -> bool:
        """Whether the folder is a store already; refuse it where it is something else."""
        if os.path.lexists(self.folder) and not self.folder.is_dir():
            raise BadInput(f"{self.folder} is a file: choose a folder for --out")
        for folder in (self._entries, self._arrays):
            if os.path.lexists(folder) and not folder.is_dir():
                raise BadInput(f"{folder} is no folder, the store is damaged: choose another")
        if os.path.lexists(self.folder / HEADER):
            self._check_header(self.folder / HEADER)
            return True
        # dot-files are what a killed writer may leave
        if any(not name.startswith(".") for name in names(self.folder)):
            raise BadInput(f"{self.folder} holds other files: choose a new or empty folder")
        return False

    def _check_header(self, header: Path) -> None:
        """Refuse what is not a store of this version, or holds something else; note what."""
        try:
            said = json.loads(get(header))
        except (ValueError, OSError, RecursionError, MemoryError) as error:
            said = f"{header} is damaged or cannot be read: choose another folder"
            raise BadInput(said) from error
        if not isinstance(said, dict) or said.get("format") != FORMAT:
            raise BadInput(f"{header} is not of '{FORMAT}': choose another folder")
        if said.get("version") != VERSION:
            raise BadInput(
                f"{header} was made by another version ({shown(said.get('version'))}, this one"
                f" makes {VERSION}): choose another folder"
            )
        asked, self.holds = self.holds, said.get("holds", "")
        own = isinstance(self.holds, str) and said == self._header()
        if not own or asked not in ("", self.holds):
            raise BadInput(f"{header} is damaged, or of another store: choose another folder")

    def _header(self) -> dict[str, Any]:
        said = {"format": FORMAT, "version": VERSION}
        return said | ({"holds": self.holds} if self.holds else {})

    def make(self) -> None:
        """Make the folder, unless it is there."""
        with disk_errors(self.folder):
            if not self._look():
                self.folder.mkdir(parents=True, exist_ok=True)
                write_whole(self.folder / HEADER, json.dumps(self._header()).encode())
            for folder in (self._entries, self._arrays):
                folder.mkdir(exist_ok=True)

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file into the folder, whole or not at all."""
        path = self.folder / name
        if not path.parent.is_dir() or not (self.folder / HEADER).exists():
            self.make()
        with disk_errors(path):
            write_whole(path, content.encode() if isinstance(content, str) else content)
        return path

    def note(self, name: str, fields: Mapping[str, Any]) -> None:
        """Write one JSON object into the folder, to be read by `noted`."""
        self.write(name, sealed_json(self.holds + name, fields))

    def noted(self, name: str) -> dict[str, Any]:
        """What was written by `note`; BadInput where it is not there, or damaged."""
        path = self.folder / name
        found = opened_json(self.holds + name, path)
        if found is None:
            raise BadInput(f"{path} is damaged or of another version: run the sweep again")
        return found

    def _path(self, key: str) -> Path:
        return self._entries / f"{key}.json"

    def damaged(self, key: str, how: str, file: Path | None = None) -> Damaged:
        """The error for an entry; `how` says what is wrong with it, or with another `file`."""
        return Damaged(f"{file or self._path(key)} {how}", self._path(key))

    def __getitem__(self, key: str) -> Any:
        if key not in self:
            raise KeyError(key)
        entry = opened_json(f"{self.holds}trajectories/{key}", self._path(key))
        if entry is None or entry.get("key") != key or "trajectory" not in entry:
            raise self.damaged(key, "is damaged")
        try:
            named = key_of(entry.get("job"))
        except BadInput as error:
            raise self.damaged(key, f"is of no run that there can be ({error})") from error
        if named not in (None, key):
            raise self.damaged(key, "is of another run than its name says")
        return entry

    def __setitem__(self, key: str, value: Mapping[str, Any]) -> None:
        if not NAME.fullmatch(key):
            raise BadInput(f"{key!r} cannot name a trajectory: use letters, digits, '-' and '_'")
        if "npz" in value:
            raise BadInput(f"the entry {key} names arrays: give them, under 'arrays', not 'npz'")
        if key_of(value.get("job")) not in (None, key):
            raise BadInput(f"the entry {key} is of a job of another key: give it by its own")
        entry = {"key": key} | {name: what for name, what in value.items() if name != "arrays"}
        arrays = {name: np.asanyarray(a) for name, a in (value.get("arrays") or {}).items()}
        packed = pack(arrays)
        if arrays:
            kinds = {name: kind(a) for name, a in arrays.items()}
            entry["npz"] = {"sha256": hashlib.sha256(packed).hexdigest(), "arrays": kinds}
        name = f"{self.holds}trajectories/{key}"
        try:
            text = sealed_json(name, entry | {"provenance": provenance()})
        except (TypeError, ValueError, RecursionError) as error:
            raise BadInput(f"the entry {key} is not what JSON can hold: {error}") from error
        if arrays:  # first, as the other one says that the trajectory is there
            self.write(f"arrays/{self._npz(key, entry['npz']).name}", packed)
        self.write(f"trajectories/{key}.json", text)

    def arrays(self, key: str) -> dict[str, np.ndarray]:
        """The arrays of a run, {} if it has none; KeyError or BadInput if it is gone or damaged."""
        about = self[key].get("npz")
        if about is None:
            return {}
        try:
            path, sha256, kinds = self._npz(key, about), about["sha256"], about["arrays"]
        except (KeyError, TypeError) as error:
            raise self.damaged(key, "is damaged") from error
        try:
            packed = get(path)
        except OSError as error:
            raise self.damaged(key, f"cannot be read ({error.strerror})", path) from error
        found = unpack(packed) if hashlib.sha256(packed).hexdigest() == sha256 else None
        if found is None or {name: kind(a) for name, a in found.items()} != kinds:
            raise self.damaged(key, "is damaged", path)
        return found

    def _npz(self, key: str, about: Mapping[str, Any]) -> Path:
        return self._arrays / f"{key}.{about['sha256'][:16]}.npz"

    def __delitem__(self, key: str) -> None:
        if key not in self:
            raise KeyError(key)
        with disk_errors(self._path(key)):
            self._path(key).unlink()
            for path in self._arrays.glob(f"{key}.*.npz"):
                path.unlink(missing_ok=True)

    def __iter__(self) -> Iterator[str]:
        with disk_errors(self._entries):
            found = sorted(names(self._entries))
        stems = (name.removesuffix(".json") for name in found if name.endswith(".json"))
        return (stem for stem in stems if NAME.fullmatch(stem))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        """Whether there is a file of that name, whatever it may be."""
        named = isinstance(key, str) and bool(NAME.fullmatch(key))
        return named and os.path.lexists(self._path(str(key)))

    def sound(self, read: Callable[[str], Any] | None = None) -> Iterator[Any]:
        """All entries that verify, as returned by `read`; the others are skipped with a warning.

        An entry that does not verify may be a stray file, which no run is going to replace.
        """
        for key in self:
            try:
                entry = (read or self.__getitem__)(key)
            except KeyError:  # it was deleted meanwhile
                continue
            except BadInput as error:
                self._say(key, error, "it does not count")
            else:
                yield entry

    def doubt(self, key: str, error: BadInput) -> None:
        """Say, once, that a run is made again; BadInput if a folder is where a file would be."""
        for path in (self._path(key), *self._arrays.glob(f"{key}.*.npz")):
            if path.is_dir() and not path.is_symlink():
                raise BadInput(f"{path} is a folder: delete it, and the run will be made again")
        self._say(key, error, "the run is made again")

    def _say(self, key: str, error: BadInput, then: str) -> None:
        if (key, then) not in self._doubted:
            self._doubted.add((key, then))
            warn(f"{getattr(error, 'what', error)}: {then}")

    def _sweep(self) -> None:
        """Remove what killed writers left, unless it is so young that they may be alive."""
        left = [
            folder / name
            for folder in (self.folder, self._entries, self._arrays, self.folder / "running")
            if folder.is_dir()
            for name in names(folder)
            if _ASIDE.fullmatch(name)
        ]
        packs: dict[str, list[Path]] = {}
        for name in names(self._arrays):
            if named := _NPZ.fullmatch(name):
                packs.setdefault(named[1], []).append(self._arrays / name)
        for key, paths in packs.items():
            if key not in self:
                left += paths
            elif len(paths) > 1:  # written twice: the JSON file says which is its own
                with suppress(BadInput, KeyError, TypeError):
                    own = self._npz(key, self[key].get("npz") or {"sha256": ""})
                    left += [path for path in paths if path != own]
        for path in left:
            with suppress(OSError):
                if path.stat().st_mtime < time.time() - STALE:
                    path.unlink()


def a_store(store: Any) -> Store:
    """The store itself; BadInput if it is none, for example the path of its folder."""
    if not isinstance(store, Store):
        raise BadInput(f"runs are kept in a store, not in {shown(store)}: give Store(folder)")
    return store
