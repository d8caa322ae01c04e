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
from types import FunctionType
from typing import Any

from claims.core.entries import FOLDERS, place, tables
from jamming.checks.errors import BadInput
from jamming.commands.files import write_whole

FROZEN = Path(__file__).parents[1] / "frozen.toml"
# of an entry, what else than the statistic itself decides its verdict
RULES = ("with", "exact", "training_sets", "experiments")

Range = tuple[float, float] | None


@dataclass(frozen=True)
class Frozen:
    """The range, None where there is none; the statistic's name; and a hash of all but the range.

    The hash is of the parameters and experiments, whether it is exact and of how many training
    sets, and of the statistic's source with that of functions of its module that it calls.
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


@cache
def source_of(function: Callable[..., Any]) -> str:
    """The source of a function and of those of its module that it calls, as `normal` has it."""
    found: dict[str, str] = {}
    todo = [inspect.unwrap(function)]
    while todo:
        one = todo.pop()
        if one.__name__ in found or not isinstance(one, FunctionType):
            continue
        text = textwrap.dedent(inspect.getsource(one))
        found[one.__name__] = normal(text)
        names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        called = (
            inspect.unwrap(one.__globals__[n]) for n in names if callable(one.__globals__.get(n))
        )
        todo += [each for each in called if getattr(each, "__module__", "") == one.__module__]
    return "\n".join(found[name] for name in sorted(found))


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
