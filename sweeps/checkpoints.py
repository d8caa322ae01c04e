"""Where running trajectories stand, beside those of a store that have ended.

`running/<key>.npz` in the store's folder, written whole or not at all, replaced about every minute,
removed as the trajectory ends. One that cannot be read counts as none: the run begins anew.
"""

import io
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from jamming.dynamics.checkpoint import Checkpoint
from sweeps.store import Store, pack

EVERY = 60.0  # seconds


class Running:
    """The checkpoints of a store, by the keys of the jobs.

    Raises:
        BadInput: on writing, the disk is full.
    """

    def __init__(self, store: Store, every: float = EVERY) -> None:
        self.store, self.every = store, every
        self._folder = store.folder / "running"
        self._folder.mkdir(exist_ok=True)
        for path in self._folder.glob("[!.]*.npz"):
            if path.stem in store:  # killed between both
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.npz"

    def load(self, name: str) -> Checkpoint | None:
        """The last one of a job, or None."""
        try:
            with np.load(io.BytesIO(self._path(name).read_bytes()), allow_pickle=False) as file:
                found = {key: file[key] for key in file.files}
            return Checkpoint(
                tuple(found[f"state{i}"] for i in range(int(found["leaves"]))),
                {key[4:]: rows for key, rows in found.items() if key.startswith("seen")},
                float(found["seconds"]),
            )
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def save(self, name: str, checkpoint: Checkpoint) -> None:
        """Keep it in place of the last one."""
        arrays = {f"state{i}": leaf for i, leaf in enumerate(checkpoint.state)}
        arrays |= {f"seen{key}": rows for key, rows in checkpoint.snapshots.items()}
        arrays |= {
            "leaves": np.asarray(len(checkpoint.state)),
            "seconds": np.asarray(checkpoint.seconds),
        }
        self.store.write(f"running/{name}.npz", pack(arrays))

    def drop(self, name: str) -> None:
        """The job has ended."""
        with suppress(OSError):
            self._path(name).unlink(missing_ok=True)
