"""Ranges and statistics as they are frozen: what a claim was to be judged by before it was.

`claims/frozen.toml` has a line for each claim: its range, its statistic, and a hash of how that is
computed. An entry that differs from its line has been changed since, which `changes` logs.
"""

import ast
import hashlib
import inspect
import io
import json
import re
import textwrap
import tokenize
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from claims.core.entries import FOLDERS, place, tables
from jamming.checks.errors import BadInput
from jamming.commands.files import write_whole

FROZEN = Path(__file__).parents[1] / "frozen.toml"
# of an entry, what else than the statistic itself decides its verdict
RULES = ("with", "exact", "training_sets", "experiments")
# whose functions decide a number; those of the library are what tests hold to truths
OURS = ("claims.", "analysis.")

Range = tuple[float, float] | None


@dataclass(frozen=True)
class Frozen:
    """The range, None where there is none; the statistic's name; and a hash of all but the range.

    The hash is of the parameters and experiments, whether it is exact and of how many training
    sets, and of the statistic's source with that of what it calls (`source_of`).
    """

    accepted: Range
    statistic: str
    hash: str

    def line(self, id: str) -> str:
        """Of the file."""
        accepted = f"accepted = {written(self.accepted)}, " if self.accepted else ""
        return f'{id} = {{{accepted}statistic = "{self.statistic}", hash = "{self.hash}"}}'


def current() -> dict[str, Frozen]:
    """What the entries say now, by id, in the order of the register."""
    found = {
        id: _of(table, folder.name)
        for folder in FOLDERS.values()
        for id, table, _ in tables(folder)
    }
    return {id: found[id] for id in sorted(found, key=place)}


def _of(table: Mapping[str, Any], chapter: str) -> Frozen:
    name, source = table.get("statistic", ""), ""
    if name:
        module, _, function = name.rpartition(".")
        source = source_of(getattr(import_module(f"claims.{chapter}.{module}"), function))
    said = json.dumps([name, *(table.get(key) for key in RULES), source], sort_keys=True)
    return Frozen(
        range_of(table.get("accepted")),
        f"{chapter}.{name}" if name else "none",
        hashlib.sha256(said.encode()).hexdigest()[:12],
    )


def source_of(function: Callable[..., Any]) -> str:
    """The source of a function and of all functions of claims/ and analysis/ that it calls, each as
    `normal` has it, with the values of the numbers and texts that they name."""
    found: dict[tuple[str, str], str] = {}
    todo = [inspect.unwrap(function)]
    while todo:
        one = todo.pop()
        place = one.__module__, one.__qualname__
        if place not in found:
            found[place], called = _part(one)
            todo += called
    return "\n".join(found[place] for place in sorted(found))


@cache
def _part(function: Callable[..., Any]) -> tuple[str, list[FunctionType]]:
    """Of one function: its source and its constants as text, and the functions to go on with."""
    text = textwrap.dedent(inspect.getsource(function))
    nodes = [*ast.walk(ast.parse(text))]
    names = {node.id for node in nodes if isinstance(node, ast.Name)} & {*function.__globals__}
    named = {name: function.__globals__[name] for name in names}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = named.get(node.value.id)
            if isinstance(module, ModuleType) and module.__name__.startswith(OURS):
                named[f"{node.value.id}.{node.attr}"] = getattr(module, node.attr)
    constants = [f"{name}={named[name]!r}" for name in sorted(named) if _constant(named[name])]
    called = [inspect.unwrap(of) for of in named.values() if callable(of)]
    near = (*OURS, function.__module__)
    ours = [of for of in called if isinstance(of, FunctionType) and of.__module__.startswith(near)]
    return "\n".join([normal(text), *constants]), ours


def _constant(x: object) -> bool:
    if isinstance(x, tuple):
        return all(map(_constant, x))
    return isinstance(x, (int, float, str))


def normal(source: str) -> str:
    """The source without what does not count: docstrings, comments, spaces, trailing commas."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node, clean=False) is not None:
            said = node.body[0]
            last = said.end_lineno or said.lineno
            lines[said.lineno - 1 : last] = [""] * (last - said.lineno + 1)
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    return re.sub(r",(?=[)\]}])", "", re.sub(r"\s+", "", "".join(lines)))


def written(accepted: Range) -> str:
    """As a list of TOML; empty without a range."""
    return f"[{', '.join(f'{float(end)!r}' for end in accepted or ())}]"


def read(path: Path = FROZEN) -> dict[str, Frozen]:
    """What is frozen, by id; BadInput where the file is damaged."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        return {id: _read(table) for id, table in found.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} cannot be read: {error}: restore it") from error


def _read(table: Mapping[str, Any]) -> Frozen:
    return Frozen(range_of(table.get("accepted")), table["statistic"], table["hash"])


def range_of(ends: Sequence[float] | None) -> Range:
    """The two ends in a file, or None for none."""
    return (float(ends[0]), float(ends[1])) if ends else None


def write(found: Mapping[str, Frozen], path: Path = FROZEN) -> None:
    """Freeze these."""
    said = (
        "# Changed by `python -m claims --freeze ID --reason ...` alone, which logs the change.\n"
    )
    lines = [found[id].line(id) for id in sorted(found, key=place)]
    write_whole(path, (said + "\n".join(lines) + "\n").encode())
