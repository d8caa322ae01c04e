"""300 random changes to the files of a store: none is taken for numbers, or ends in a traceback."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jamming.checks.errors import BadInput
from jamming.training.trajectory import Trajectory
from sweeps.engine.checkpoints import Running
from sweeps.engine.execute import lacking, load_run
from sweeps.engine.store import Store
from sweeps.engine.store.sealed import read_results
from sweeps.phase_diagram.sweep import open_diagram
from tests.made_up.stores import JOBS, filled

CHANGES = 300


def plain(run: Trajectory) -> Any:
    arrays = {name: (a.shape, a.dtype, a.tobytes()) for name, a in run.arrays().items()}
    return run, arrays


def looks(folder: Path) -> dict[str, Callable[[], Any]]:
    """All that can be read; None of a checkpoint or a diagram that lacks something."""
    store, other = Store(folder), Store(folder / "kernels", "kernels")

    def diagram() -> Any:
        found = open_diagram(folder)
        return repr(found.to_dict()) if found.attrs["complete"] else None

    def checkpoint(name: str) -> Any:
        found = Running(store).load(name)
        if found is None:
            return None
        return [(name, a.shape, a.dtype, a.tobytes()) for name, a in found.items()]

    return {
        "diagram": diagram,
        "one": lambda: checkpoint("one"),
        "two": lambda: checkpoint("two"),
        "results": lambda: read_results(folder / "results.nc").to_dict(),
        "kernels": lambda: plain(load_run(other, JOBS[0])),
        **{job.key: lambda job=job: plain(load_run(store, job)) for job in JOBS},  # type: ignore[misc]
    }


def tried(look: Callable[[], Any]) -> Any:
    """What it finds; None where that is refused in one line, or there is no such entry."""
    try:
        return look()
    except KeyError:
        return None
    except BadInput as error:
        return "two lines" if "\n" in str(error) else None


def seen(folder: Path) -> dict[str, Any]:
    """What each look finds. What a sweep reads is there, or made again, or refused."""
    all_looks = tried(lambda: looks(folder)) or {}
    found = {name: tried(look) for name, look in all_looks.items()}
    for job in JOBS:
        if all_looks and found[job.key] is None:
            assert tried(lambda job=job: lacking(Store(folder), job)) in (None, True)  # type: ignore[misc]
    return found


def changed(rng: random.Random, paths: list[Path]) -> list[Path]:
    """One random change to one of the files, or two; which."""
    path, what = rng.choice(paths), rng.randrange(9)
    data = bytearray(path.read_bytes())
    if what < 2 and (digits := [i for i, byte in enumerate(data) if 48 <= byte < 58]):
        i = rng.choice(digits)
        data[i] = rng.choice([byte for byte in range(48, 58) if byte != data[i]])
    elif what < 4:
        data[rng.randrange(len(data))] ^= rng.randrange(1, 256)
    elif what == 4:
        del data[rng.randrange(len(data)) :]
    elif what == 5:
        other = rng.choice([each for each in paths if each != path])
        path.write_bytes(other.read_bytes())
        other.write_bytes(data)
        return [path, other]
    else:
        path.unlink()
        if what == 7:
            path.mkdir()
        elif what == 8:
            path.symlink_to(path.name)
        return [path]
    path.write_bytes(data)
    return [path]


def restore(paths: list[Path], whole: dict[Path, bytes]) -> None:
    """Make these files what they were."""
    for path in paths:
        if path.is_symlink():
            path.unlink()
        elif path.is_dir():
            path.rmdir()
        path.write_bytes(whole[path])


def test_no_random_change_is_taken_for_numbers_or_ends_in_a_traceback(tmp_path: Path) -> None:
    filled(tmp_path)
    files = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*.*"))}
    whole = seen(tmp_path)
    assert len(files) == 12
    assert None not in whole.values()
    rng, noticed = random.Random(0), 0
    for _ in range(CHANGES):
        touched = changed(rng, list(files))
        now = seen(tmp_path)
        assert all(found in (None, whole[name]) for name, found in now.items()), touched
        noticed += now != whole
        restore(touched, files)
    assert noticed > 0.97 * CHANGES
