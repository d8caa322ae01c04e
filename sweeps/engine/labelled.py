"""Stored trajectories as one labelled dataset: what came out, over what was varied.

    results = open_store("results/sweep")
    results.test_error.sel(P=1000, L=3).mean("seed").plot(x="h", hue="alpha")

A dimension is a field of the jobs, or made of some: `L` = len(widths), `h` = their mean, `seed` =
init_seed, `alpha_tilde` = sqrt(h) alpha. Runs that were not made are NaN, '' or not `done`.
"""

import json
import math
import shlex
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from jamming.checks.errors import BadInput, warn
from jamming.commands.command import echo, illustrate
from jamming.commands.files import expanded
from jamming.training.parts import flat
from jamming.training.trajectory import checked
from sweeps.engine.diverged import line, marked
from sweeps.engine.gather import gathered
from sweeps.engine.store import Store
from sweeps.engine.store.sealed import HEADER, read_results, sealed_netcdf

DIMS = ("P", "L", "h", "alpha", "seed")
MADE = ("L", "h", "seed", "alpha_tilde")  # of fields of a job

# the outputs that runs may carry, and the dimension over which each has one number a point
OUTPUTS = {"F_train": "train", "F_test": "test"}

Entry = Mapping[str, Any]


def ended(
    store: Store,
    name: str,
    found: xr.Dataset,
    said: str,
    figures: Mapping[str, str] | None = None,
    drawn_by: Sequence[str] = (),
) -> int:
    """Write the results of a sweep into a file, print `said`, and draw; the exit code, 0.

    Runs that diverged are named. `figures` maps files to modules of `analysis`; of those in
    `drawn_by` it says how to draw them (`to_draw`). Raises BadInput if the disk is full, or stdout
    cannot be written.
    """
    found = marked(found, store)
    path = written(store, name, found)
    files = {store.folder / file: figure for file, figure in (figures or {}).items()}
    try:
        for file, figure in files.items():
            illustrate(figure, found, file, path)
    finally:  # without figures there are still the numbers
        echo(said, *line(store).splitlines(), kept=path, results=path)
    if files:
        echo(kept=store.folder, figures=[*files])
    to_draw(drawn_by, store.folder)
    return 0


def written(store: Store, name: str, found: xr.Dataset) -> Path:
    """Write results into a file of the store; one line on stderr if another command's were there.

    Raises BadInput if the disk is full.
    """
    old = ""
    with suppress(BadInput):  # there is none, or none that can be read
        old = read_results(store.folder / name).attrs.get("command", "")
    path = store.write(name, sealed_netcdf(found))
    if old not in ("", found.attrs.get("command", "")):
        warn(f"{path}: replaced what was there, of {old}")
    return path


def to_draw(figures: Sequence[str], folder: Path) -> None:
    """Say how to draw what is in a folder: the command of the first figure, and other names."""
    if figures:
        others = f" (or {', '.join(figures[1:])})" if figures[1:] else ""
        line = f"python -m analysis {figures[0]} {shlex.quote(str(folder))}{others}"
        echo(f"to draw: {line}", kept=folder)


def open_store(
    folder: str | Path,
    dims: Sequence[str] = DIMS,
    where: Entry | None = None,
    *,
    arrays: bool = False,
    snapshots: bool = False,
) -> xr.Dataset:
    """The trajectories in a folder whose jobs have the values of `where`, laid out over `dims`.

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

    Raises BadInput if there is no store in `folder`, no trajectory fits, a dimension is unknown or
    set in some jobs only, two runs would share a cell, outputs differ in length, or a file is
    damaged.
    """
    if not (expanded(folder) / HEADER).is_file():
        raise BadInput(f"{folder} holds no trajectories: choose the folder that a run wrote to")
    if isinstance(dims, str) or len(set(dims)) < len(dims):
        raise BadInput(f"dims must be different names, not {dims!r}")
    store = Store(folder)
    chosen = _chosen(store, where or {})
    jobs = {key: entry["job"] for key, entry in chosen.items()}
    coords = {name: values for name in dims if (values := _axis(jobs.values(), name))}
    kinds = _kinds(store, [entry["trajectory"] for entry in chosen.values()], snapshots)
    outputs = _outputs(store, chosen) if arrays else {}
    cells = {
        at: _row(chosen[key]["trajectory"], kinds)
        | {name: rows[key] for name, rows in outputs.items() if key in rows}
        | {"done": True}
        for at, key in _one_run_a_cell(jobs, [*coords]).items()
    }
    inner: dict[str, tuple[str, ...]]
    inner = {name: ("snapshot",) for name, kind in kinds.items() if kind is list}
    for name, rows in outputs.items():
        inner[name] = (OUTPUTS[name], "class")[: next(iter(rows.values())).ndim]
    if clash := [name for name in coords if name in {*kinds, *outputs, "done"}]:
        raise BadInput(f"'{clash[0]}' is a result too: leave it out of dims, pass where=")
    labelled = gathered(cells, coords, inner, tuple(kinds)).assign_attrs(_agreed(jobs.values()))
    labelled["done"] = labelled.done.fillna(0).astype(bool)
    if {"h", "alpha"} <= set(coords) and "alpha_tilde" not in coords:
        labelled = labelled.assign_coords(alpha_tilde=np.sqrt(labelled.h) * labelled.alpha)
    return labelled


def _chosen(store: Store, where: Entry) -> dict[str, Entry]:
    """The entries whose jobs have these values, by their keys."""
    entries = {key: _whole(store, key) for key in store}
    if not entries:
        raise BadInput(f"{store.folder} holds no trajectory yet")
    chosen = {
        key: entry
        for key, entry in entries.items()
        if all(_value(entry["job"], name) == _plain(value) for name, value in where.items())
    }
    if not chosen:
        said = ", ".join(f"{name} = {value}" for name, value in where.items())
        raise BadInput(f"none of the {len(entries)} trajectories in {store.folder} has {said}")
    return chosen


def _whole(store: Store, key: str) -> Entry:
    """The entry, its job with what is made of some of its fields."""
    entry: Entry = store[key]
    try:
        checked(entry["trajectory"])
        job = {name: _plain(value) for name, value in flat(entry["job"]).items()}
        if "init_seed" in job:
            job["seed"] = job["init_seed"]
        if widths := job.get("widths"):
            h = widths[0] if len(set(widths)) == 1 else sum(widths) / len(widths)
            job |= {"L": len(widths), "h": h, "alpha_tilde": job.get("alpha")}
            if job["alpha_tilde"] is not None:
                # to 12 digits, so that alpha chosen for one alpha_tilde gives it at any h
                job["alpha_tilde"] = float(f"{math.sqrt(h) * job['alpha']:.12g}")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise store.damaged(key, f"is damaged ({error})") from error
    return {**entry, "job": job}


def _plain(value: Any) -> Any:
    """As values compare: lists are tuples."""
    return tuple(value) if isinstance(value, list | np.ndarray) else value


def _value(job: Entry, name: str) -> Any:
    if name not in job:
        raise BadInput(f"a stored job does not say its '{name}', but {', '.join(sorted(job))}")
    return job[name]


def _axis(jobs: Collection[Entry], name: str) -> list[Any]:
    """The sorted values of a dimension; none where no job sets it."""
    values = [_value(job, name) for job in jobs]
    there = [value for value in values if value is not None and value == value]
    if there and len(there) < len(values):
        kinds = "plain and scaled runs" if name == "alpha" else f"runs with and without {name}"
        raise BadInput(
            f"{kinds} cannot be mixed in one view: pass"
            f" where={{'{name}': None}} or, for example, where={{'{name}': {there[0]!r}}}"
        )
    try:
        return sorted(set(there))
    except TypeError as error:
        raise BadInput(f"'{name}' cannot be a dimension: its values have no order") from error


def _one_run_a_cell(jobs: Mapping[str, Entry], dims: Sequence[str]) -> dict[tuple[Any, ...], str]:
    cells: dict[tuple[Any, ...], str] = {}
    for key, job in jobs.items():
        cell = tuple(job[name] for name in dims)
        other = cells.setdefault(cell, key)
        if other == key:
            continue
        a = jobs[other]
        differ = [name for name in sorted({*a, *job} - {*MADE}) if a.get(name) != job.get(name)]
        if not differ:
            raise BadInput(f"{other}.json and {key}.json are of one job: delete one of them")
        at = ", ".join(f"{name} = {value}" for name, value in zip(dims, cell, strict=True))
        raise BadInput(
            f"two runs at {at or 'once'} differ in {', '.join(differ)}: pass"
            f" where={{'{differ[0]}': {a.get(differ[0])!r}}}, or add '{differ[0]}' to dims"
        )
    return cells


def _kinds(store: Store, runs: Sequence[Entry], snapshots: bool) -> dict[str, type]:
    """float, str or list for each variable of trajectories; of lists, those of snapshots alone."""
    found: dict[str, type] = {}
    for name in sorted({name for run in runs for name in run}):
        there = [run[name] for run in runs if run.get(name) is not None]
        if all(isinstance(value, int | float) for value in there):
            found[name] = float
        elif all(isinstance(value, str) for value in there):
            found[name] = str
        elif not all(isinstance(value, list | dict) for value in there):
            raise BadInput(f"'{name}' is not of one type in all trajectories of {store.folder}")
        elif snapshots and name.startswith("snapshot_"):
            found[name] = list
    return found


def _row(run: Entry, kinds: Mapping[str, type]) -> dict[str, Any]:
    there = {name: run[name] for name in kinds if run.get(name) is not None}
    try:
        return {
            name: np.array(value, float).reshape(len(value))
            if kinds[name] is list
            else kinds[name](value)
            for name, value in there.items()
        }
    except (TypeError, ValueError) as error:
        raise BadInput("a snapshot of a stored trajectory is no list of numbers") from error


def _outputs(store: Store, entries: Mapping[str, Entry]) -> dict[str, dict[str, np.ndarray]]:
    """name -> key of a run -> its outputs, [points] or [points, c]."""
    loaded = {key: store.arrays(key) for key, entry in entries.items() if "npz" in entry}
    found = {
        name: {key: run[name] for key, run in loaded.items() if name in run}
        for name in OUTPUTS
        if any(name in run for run in loaded.values())
    }
    if not found:
        raise BadInput(f"no run in {store.folder} was stored with its outputs")
    for name, rows in found.items():
        shapes = sorted({row.shape for row in rows.values()})
        if len(set(map(len, shapes))) > 1:
            said = f"{name} has one output in some runs, one a class in others"
            raise BadInput(f"{said}: pass where=")
        if len(shapes) > 1 or len(shapes[0]) not in (1, 2):
            lengths = ", ".join(str(n[0] if len(n) == 1 else n) for n in shapes)
            said = f"{name} must have one length in all runs, not {lengths}"
            raise BadInput(f"{said}: pass where={{'P': ...}}")
    return found


def _agreed(jobs: Collection[Entry]) -> dict[str, Any]:
    """The fields in which all jobs agree, as netCDF can store them."""
    first = next(iter(jobs))
    return {
        name: value if type(value) in (str, int, float) else json.dumps(value)
        for name, value in sorted(first.items())
        if name not in MADE and all(name in job and job[name] == value for job in jobs)
    }
