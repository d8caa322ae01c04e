"""Stored trajectories as one labelled dataset: what came out, over what was varied.

    results = open_store("results/sweep")
    results.test_error.sel(P=1000, L=3).mean("seed").plot(x="h", hue="alpha")

A dimension is a field of the jobs, or made of some: `L` = len(widths), `h` = their mean, `seed` =
init_seed, `alpha_tilde` = sqrt(h) alpha. Runs that were not made are NaN, '' or not `done`.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.commands.command import echo
from jamming.commands.files import expanded
from jamming.training.parts import flat
from jamming.training.recorded import checked
from sweeps.engine.diverged import marked
from sweeps.engine.store import Store
from sweeps.engine.store.sealed import HEADER, sealed_netcdf

DIMS = ("P", "L", "h", "alpha", "seed")

# the outputs that runs may carry, and the dimension over which each has one number a point
OUTPUTS = {"F_train": "train", "F_test": "test"}

Entry = Mapping[str, Any]


def ended(store: Store, name: str, found: xr.Dataset, said: str) -> int:
    """The last lines of a sweep's command: the results into their file, and what to say of them.

    Runs that diverged are named. The exit code, 0.

    Raises:
        BadInput: the disk is full, or stdout cannot be written.
    """
    found, lost = marked(found, store)
    path = store.write(name, sealed_netcdf(found))
    echo(said, f"{lost}results: {path}", kept=path)
    return 0


def open_store(
    folder: str | Path,
    dims: Sequence[str] = DIMS,
    where: Mapping[str, Any] | None = None,
    *,
    arrays: bool = False,
    snapshots: bool = False,
) -> xr.Dataset:
    """All that a folder of trajectories holds; see `dataset`.

    Raises:
        BadInput: there is no store in `folder`, and as `dataset`.
    """
    if not (expanded(folder) / HEADER).is_file():
        raise BadInput(f"{folder} holds no trajectories: choose the folder that a run wrote to")
    return dataset(Store(folder), dims, where, arrays=arrays, snapshots=snapshots)


def dataset(
    store: Store,
    dims: Sequence[str] = DIMS,
    where: Mapping[str, Any] | None = None,
    *,
    arrays: bool = False,
    snapshots: bool = False,
) -> xr.Dataset:
    """The trajectories whose jobs have the values of `where`, laid out over `dims`.

    A dimension that no job sets (alpha, where all runs learn plain f) is left out. Coordinates are
    sorted. The variables, over `dims` where nothing else is said:

    - each number of a trajectory, as floats, NaN where there is no run; each text, '' likewise;
    - `done`, whether there is a run;
    - with `arrays`, the outputs F_train [*dims, train] and F_test [*dims, test], with an axis
      "class" behind where the networks have an output for each class;
    - with `snapshots`, each snapshot_* [*dims, snapshot], shorter ones padded with NaN.

    `alpha_tilde` = sqrt(h) alpha is a coordinate over h and alpha where both are dimensions. The
    attributes are the fields in which all jobs agree (those that are neither text nor number as
    JSON).

    Raises:
        BadInput: no trajectory fits, a dimension is unknown or set in some jobs only, two runs
            would share a cell, outputs differ in length, or a file is damaged.
    """
    where = {} if where is None else where
    if isinstance(dims, str) or len(set(dims)) < len(dims):
        raise BadInput(f"dims must be different names, not {dims!r}")
    entries = {key: _whole(key, entry) for key, entry in store.items()}
    if not entries:
        raise BadInput(f"{store.folder} holds no trajectory yet")
    chosen = {
        key: entry
        for key, entry in entries.items()
        if all(_value(entry["job"], name) == _plain(value) for name, value in where.items())
    }
    if not chosen:
        asked = ", ".join(f"{name} = {value}" for name, value in where.items())
        raise BadInput(f"none of the {len(entries)} trajectories in {store.folder} has {asked}")

    jobs = [entry["job"] for entry in chosen.values()]
    coords, index = _grid(jobs, dims)
    _one_run_a_cell(list(chosen), jobs, index, tuple(coords))
    shape = tuple(len(values) for values in coords.values())

    def fill(values: Sequence[Any] | np.ndarray, blank: Any, dtype: Any) -> np.ndarray:
        """[*dims, ...] of values [runs, ...], blank where there is no run."""
        rows = np.asarray(values, dtype)
        full = np.full(shape + rows.shape[1:], blank, rows.dtype)
        full[index or ...] = rows if index else rows[0]
        return full

    runs = [entry["trajectory"] for entry in chosen.values()]
    columns: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    over = tuple(coords)
    for name in sorted({name for run in runs for name in run}):
        column = [run.get(name) for run in runs]
        there = [value for value in column if value is not None]
        if all(isinstance(value, int | float) for value in there):
            columns[name] = over, fill(column, np.nan, float)
        elif all(isinstance(value, list | dict) for value in there):
            if snapshots and name.startswith("snapshot_"):
                columns[name] = (*over, "snapshot"), fill(_padded(name, column), np.nan, float)
        elif all(isinstance(value, str) for value in there):
            columns[name] = over, fill([value or "" for value in column], "", None)
        else:
            raise BadInput(f"'{name}' is not of one type in all trajectories of {store.folder}")
    columns["done"] = over, fill([True] * len(runs), False, bool)
    if arrays:
        for name, rows in _outputs(store, chosen).items():
            axes = (OUTPUTS[name], "class")[: rows.ndim - 1]
            columns[name] = (*over, *axes), fill(rows, np.nan, None)
    for name in coords:
        if name in columns:
            raise BadInput(f"'{name}' is a result too: leave it out of dims, pass where=")

    labelled = xr.Dataset(columns, coords, _agreed(jobs))
    if {"h", "alpha"} <= set(coords) and "alpha_tilde" not in coords:
        labelled = labelled.assign_coords(alpha_tilde=np.sqrt(labelled.h) * labelled.alpha)
    return labelled


def _whole(key: str, entry: Any) -> Entry:
    if all(isinstance(entry.get(part), dict) for part in ("job", "trajectory")):
        try:
            checked(entry["trajectory"])
        except BadInput as error:
            raise BadInput(f"the stored trajectory {key}.json is damaged: {error}") from error
        return entry | {"job": flat(entry["job"])}
    raise BadInput(
        f"the stored trajectory {key}.json is damaged: delete it, and the run will be made again"
    )


def _plain(value: Any) -> Any:
    """As values compare: lists are tuples."""
    return tuple(value) if isinstance(value, list | np.ndarray) else value


def _h(job: Entry) -> int | float:
    widths = job["widths"]
    return widths[0] if len(set(widths)) == 1 else sum(widths) / len(widths)


def _alpha_tilde(job: Entry) -> float | None:
    """sqrt(h) alpha to 12 digits, so that alpha chosen for one alpha_tilde gives it at any h."""
    alpha = job["alpha"]
    return None if alpha is None else float(f"{math.sqrt(_h(job)) * alpha:.12g}")


MADE: dict[str, Callable[[Entry], Any]] = {
    "L": lambda job: len(job["widths"]),
    "h": _h,
    "seed": lambda job: job["init_seed"],
    "alpha_tilde": _alpha_tilde,
}


def _value(job: Entry, name: str) -> Any:
    """A job's field, or what is made of some."""
    try:
        return _plain(MADE[name](job) if name in MADE else job[name])
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        known = ", ".join(sorted({*job, *MADE}))
        raise BadInput(f"a stored job does not say its '{name}', but {known}") from error


def _grid(
    jobs: Sequence[Entry], dims: Sequence[str]
) -> tuple[dict[str, np.ndarray], tuple[np.ndarray, ...]]:
    """(sorted values of each dimension, for each dimension the place of every job in it)."""
    coords, index = {}, []
    for name in dims:
        values = [_value(job, name) for job in jobs]
        unset = [value is None or value != value for value in values]
        if all(unset):
            continue
        if any(unset):
            kinds = "plain and scaled runs" if name == "alpha" else f"runs with and without {name}"
            one = next(value for value, none in zip(values, unset, strict=True) if not none)
            raise BadInput(
                f"{kinds} cannot be mixed in one view: pass"
                f" where={{'{name}': None}} or, for example, where={{'{name}': {one!r}}}"
            )
        try:
            ordered = sorted(set(values))
        except TypeError as error:
            raise BadInput(f"'{name}' cannot be a dimension: its values have no order") from error
        place = {value: i for i, value in enumerate(ordered)}
        index.append(np.array([place[value] for value in values]))
        coords[name] = np.array([str(v) if isinstance(v, tuple) else v for v in ordered])
    return coords, tuple(index)


def _one_run_a_cell(
    keys: Sequence[str],
    jobs: Sequence[Entry],
    index: tuple[np.ndarray, ...],
    dims: tuple[str, ...],
) -> None:
    seen: dict[tuple[int, ...], int] = {}
    cells = zip(*(place.tolist() for place in index), strict=True) if index else [()] * len(jobs)
    for i, cell in enumerate(cells):
        j = seen.setdefault(cell, i)
        if j == i:
            continue
        a, b = jobs[j], jobs[i]
        differ = [name for name in sorted({*a, *b}) if a.get(name) != b.get(name)]
        if not differ:
            raise BadInput(f"{keys[j]}.json and {keys[i]}.json are of one job: delete one of them")
        at = ", ".join(f"{name} = {_value(a, name)}" for name in dims)
        raise BadInput(
            f"two runs at {at or 'once'} differ in {', '.join(differ)}: pass"
            f" where={{'{differ[0]}': {_plain(a.get(differ[0]))!r}}},"
            f" or add '{differ[0]}' to dims"
        )


def _padded(name: str, column: Sequence[Any]) -> np.ndarray:
    """[runs, snapshot] of lists of different lengths."""
    rows = np.full((len(column), max(len(row or ()) for row in column)), np.nan)
    for i, row in enumerate(column):
        try:
            rows[i, : len(row or ())] = row or ()
        except (TypeError, ValueError) as error:
            raise BadInput(f"'{name}' of a stored trajectory is no list of numbers") from error
    return rows


def _outputs(store: Store, entries: Mapping[str, Entry]) -> dict[str, np.ndarray]:
    """{name: [runs, points] or [runs, points, c]}, with NaN for runs that lack what others have."""
    loaded = [store.arrays(key) if "npz" in entry else {} for key, entry in entries.items()]
    found: dict[str, np.ndarray] = {}
    for name in OUTPUTS:
        rows = [run[name] for run in loaded if name in run]
        if not rows:
            continue
        shapes = sorted({row.shape for row in rows})
        if len({len(shape) for shape in shapes}) > 1:
            raise BadInput(
                f"{name} has one output in some runs, one a class in others: pass where="
            )
        if len(shapes) > 1 or len(shapes[0]) not in (1, 2):
            lengths = ", ".join(str(n[0] if len(n) == 1 else n) for n in shapes)
            raise BadInput(
                f"{name} must have one length in all runs, not {lengths}: pass where={{'P': ...}}"
            )
        dtype = np.result_type(np.float32, *{row.dtype for row in rows})
        none = np.full(shapes[0], np.nan, dtype)
        found[name] = np.stack([run.get(name, none) for run in loaded]).astype(dtype)
    if not found:
        raise BadInput(f"no run in {store.folder} was stored with its outputs")
    return found


def _agreed(jobs: Sequence[Entry]) -> dict[str, Any]:
    """The fields in which all jobs agree, as netCDF can keep them."""
    first = jobs[0]
    same = [name for name in first if all(name in j and j[name] == first[name] for j in jobs)]
    return {
        name: value if type(value := first[name]) in (str, int, float) else json.dumps(value)
        for name in sorted(same)
    }
