"""Checkpoints of running trajectories, beside those of a store that have ended, and their leases.

`running/<key>.npz` in the store's folder is replaced about every minute, whole or not at all, and
removed as the trajectory ends. It begins with its seal; where that does not verify the run begins
anew, with a warning. `running/<key>.lock` is locked by the process that runs the job; the system
unlocks it when that process ends, and others take the run over.
"""

import os
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

from jamming.checks.errors import BadInput, warn
from jamming.commands.files import disk_errors, get, names
from jamming.execution.checkpoint import Saved
from sweeps.engine.store import Store, a_store
from sweeps.engine.store.sealed import NAME, pack, seal, unpack

try:
    import fcntl
except ImportError:  # there are no such locks here
    fcntl = None  # type: ignore[assignment]

EVERY = 60.0  # seconds
_SEAL = 64  # bytes
_FREE = ExitStack()  # in place of an open file where nothing can be locked


class Running:
    """The checkpoints of a store, by the keys of the jobs, and the leases of jobs.

    Raises BadInput for no store, or if its `running` is no folder; on writing, if the disk is full.
    """

    def __init__(self, store: Store, every: float = EVERY) -> None:
        self.store, self.every = store, every
        self._folder = a_store(store).folder / "running"
        self._held: dict[str, ExitStack] = {}
        self._lock = threading.Lock()
        if os.path.lexists(self._folder) and not self._folder.is_dir():
            raise BadInput(f"{self._folder} is no folder: delete it, what ran begins anew")
        with disk_errors(self._folder):
            for path in (self._folder / name for name in sorted(names(self._folder))):
                if not NAME.fullmatch(path.stem):
                    continue
                if path.suffix == ".lock":  # of a process that was killed, unless it is held
                    _unlock(path, _locked(path))
                elif path.suffix == ".npz" and path.stem in store:  # killed between both
                    with suppress(OSError):
                        path.unlink()

    def _path(self, name: str, suffix: str = ".npz") -> Path:
        return self._folder / f"{name}{suffix}"

    def _make(self) -> None:
        if not self._folder.is_dir():
            self.store.make()
            with disk_errors(self._folder):
                self._folder.mkdir(exist_ok=True)

    def load(self, name: str) -> Saved | None:
        path = self._path(name)
        if not os.path.lexists(path):
            return None
        with suppress(OSError, MemoryError):
            data = get(path)
            own, packed = data[:_SEAL], data[_SEAL:]
            if own == seal(name, packed).encode() and (found := unpack(packed)) is not None:
                return found
        warn(f"{path} is damaged: the run begins anew")
        return None

    def save(self, name: str, saved: Saved) -> None:
        packed = pack(saved)
        self._make()
        self.store.write(f"running/{name}.npz", seal(name, packed).encode() + packed)

    def drop(self, name: str) -> None:
        with suppress(OSError):
            self._path(name).unlink(missing_ok=True)
        self.give_back(name)

    def take(self, name: str) -> bool:
        """Whether this one may run the job: nobody else does, or that cannot be known here."""
        with self._lock:
            if name not in self._held:
                self._make()
                if (lock := _locked(self._path(name, ".lock"))) is None:
                    return False
                self._held[name] = lock
        return True

    def give_back(self, name: str) -> None:
        with self._lock:
            _unlock(self._path(name, ".lock"), self._held.pop(name, None))


def _locked(path: Path) -> ExitStack | None:
    """What closes the file, locked; None where another has it."""
    if fcntl is None:
        return _FREE
    try:
        while True:
            with ExitStack() as opened:
                file = opened.enter_context(path.open("a"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # whoever had it may have removed it in between
                if os.path.lexists(path) and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                    return opened.pop_all()
    except BlockingIOError:
        return None
    except OSError:  # a file system without locks
        return _FREE


def _unlock(path: Path, lock: ExitStack | None) -> None:
    if lock is None or lock is _FREE:
        return
    with suppress(OSError):
        path.unlink(missing_ok=True)  # first, so that nobody else has locked it
    lock.close()
