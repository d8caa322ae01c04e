"""Experiments run and opened for claims, what they cost, and the claims judged by them."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.figures import drawn
from claims.core.register import Claim, Measured, Row
from jamming.checks.errors import BadInput, NotPrepared, one_line
from jamming.commands.command import aside, complain
from jamming.commands.files import write_whole
from jamming.commands.signals import Terminated
from jamming.execution.memory import clear_programs
from sweeps.engine.discover import Experiment, Scale, experiment
from sweeps.engine.store.provenance import provenance
from sweeps.engine.store.sealed import opened_json, read_results, sealed_json
from sweeps.transition.landscape import CONFIG, open_landscape

# find_nstar ends with 3 where a P is not bracketed; what is known is in its results
_ENDED = (0, 3)


@dataclass
class Evidence:
    """By experiment: opened results, why others are missing, and the note of what was run."""

    results: dict[str, Any] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)


def gather(names: Sequence[str], root: Path, scale: Scale, *, run: bool = True) -> Evidence:
    """Run what has not ended of the experiments, in their order, and open them all.

    With `run` off, only what is there. An experiment that refuses its input (a data set that is
    not prepared) is missing, with a word why; the others go on. Raises BadInput if what one left
    is damaged.
    """
    found = Evidence()
    for name in names:
        each = experiment(name)
        why = _run(each, root, scale) if run and not _ended(each, root, scale) else ""
        if why or not _ended(each, root, scale):
            found.missing[name] = why or "it was not run to its end"
            continue
        clear_programs()  # one experiment's programs hardly serve another
        folder = each.folder(root, scale)
        try:  # the runs of a sweep of landscapes, the dataset of any other
            if each.result == CONFIG:
                found.results[name] = open_landscape(folder)
            else:
                found.results[name] = read_results(folder / each.result)
            found.notes[name] = _noted(each, root, scale)
        except NotPrepared as problem:  # the size of a network follows from its inputs
            found.missing[name] = str(problem)
    return found


def tested(claim: Claim, scale: Scale) -> bool:
    """Whether there is an experiment of this size for it."""
    return claim.laptop or scale is Scale.PAPER


def judge(claim: Claim, evidence: Evidence, root: Path, scale: Scale) -> Row:
    """The claim's number and verdict, as far as there are data."""
    missing = [name for name in claim.experiments if name in evidence.missing]
    notes = [evidence.notes[name] for name in claim.experiments if name in evidence.notes]
    seconds = sum(note["seconds"] for note in notes)
    measured: Measured | None = None
    figure: Path | None = None
    error = ""
    if not missing and tested(claim, scale):
        begin = time.perf_counter()
        try:
            measured = claim.statistic(evidence.results)
        except Exception as problem:  # one statistic that fails is no reason to lose the others
            error = f"{type(problem).__name__}: {one_line(problem)}"
        seconds += time.perf_counter() - begin
    if claim.figure and not missing:
        try:
            figure = drawn(claim.figure, root, scale)
        except Exception as problem:  # the verdicts do not depend on it
            complain(f"claims: there is no figure {claim.figure}: {one_line(problem)}")
    commits = ", ".join(sorted({note["commit"] for note in notes}))
    return Row(
        claim=claim,
        measured=measured,
        commands=tuple(experiment(name).command(root, scale) for name in claim.experiments)
        or (f"python -m claims --only {claim.id}",) * claim.laptop,
        commit=commits or str(provenance()["commit"]),
        seconds=seconds,
        figure=figure,
        missing=tuple(f"{name} ({evidence.missing[name]})" for name in missing),
        error=error,
    )


def _noted(each: Experiment, root: Path, scale: Scale) -> dict[str, Any]:
    """What was noted beside the folder: command, seconds, commit, and whether it ended."""
    folder = each.folder(root, scale)
    note = folder.with_name(f"{folder.name}.json")
    nothing = {"command": "", "seconds": 0.0, "commit": "unknown", "ended": False}
    if not note.is_file():
        return nothing
    if (read := opened_json(note.name, note)) is not None and set(read) == set(nothing):
        return read if read["command"] == each.command(root, scale) else nothing
    raise BadInput(f"{note} is damaged: delete it, and the experiment goes on")


def _ended(each: Experiment, root: Path, scale: Scale) -> bool:
    return bool(_noted(each, root, scale)["ended"]) and each.there(root, scale)


def _run(each: Experiment, root: Path, scale: Scale) -> str:
    """Run it and note its cost, also where it is interrupted; why it did not end, or ""."""
    command, folder = each.command(root, scale), each.folder(root, scale)
    aside(f"== about {each.cost(scale)}: {command}")
    note = folder.with_name(f"{folder.name}.json")
    spent = float(_noted(each, root, scale)["seconds"])
    begin, code = time.perf_counter(), 130
    try:
        code = each.run(root, scale)
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        if folder.is_dir():
            seconds = spent + time.perf_counter() - begin
            noted = {"command": command, "seconds": seconds, "ended": code in _ENDED}
            noted["commit"] = provenance()["commit"]
            try:
                write_whole(note, sealed_json(note.name, noted).encode())
            except OSError as error:
                said = error.strerror or error
                raise BadInput(f"cannot write {note}: {said}; make room") from error
    if code in (130, 143):
        raise KeyboardInterrupt if code == 130 else Terminated
    return "" if code in _ENDED else f"it ended with exit code {code}"
