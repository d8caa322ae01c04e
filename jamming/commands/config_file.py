"""Options of a TOML file, below those of the command line."""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jamming.checks.errors import BadInput

LARGEST = 1_000_000  # bytes; a device or a store's file is no list of options


def parsed(p: argparse.ArgumentParser, line: Sequence[str] | None) -> argparse.Namespace:
    """The arguments, those of the TOML file that `--config` names below those of the line.

    Raises:
        BadInput: the file cannot be read, has an option that does not exist or is there twice, or
            a value that is neither text, number nor truth, nor a list of texts and numbers.
    """
    given = list(sys.argv[1:] if line is None else line)
    a = p.parse_args(given)
    path = getattr(a, "config", None)
    return a if path is None else p.parse_args([*_words(p, path), *given])


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise BadInput(f"{path} is too large to be a file of options")
        return tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n"))
    except BadInput:
        raise
    except (OSError, ValueError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else error
        raise BadInput(f"cannot read {path}: {said}") from error


def _words(p: argparse.ArgumentParser, path: Path) -> list[str]:
    """What one would type."""
    actions = {action.dest: action for action in p._actions if action.option_strings}
    seen, words = set(), []
    for name, value in _read(path).items():
        dest = name.replace("-", "_")
        if dest not in actions.keys() - {"config", "help", "debug"}:
            raise BadInput(f"{path}: there is no option '{name}', see --help")
        if dest in seen:
            raise BadInput(f"{path}: '{name}' is there twice: leave one of them")
        seen.add(dest)
        words += _of(actions[dest], value, f"{path}: '{name}'")
    return words


def _of(action: argparse.Action, value: Any, what: str) -> list[str]:
    flag = action.option_strings[-1]
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise BadInput(f"{what} is true or false, not {value!r}")
        return [flag] * value
    many = action.nargs is not None
    values = value if many and isinstance(value, list) else [value]
    if any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in values):
        raise BadInput(f"{what} must be text or a number{' or a list of them' * many}")
    if not many:  # joined, as a text may begin with a minus, which argparse takes for an option
        return [f"{flag}={value}"]
    if any(isinstance(one, str) and one.startswith("-") for one in values):
        raise BadInput(f"{what}: no text of a list may begin with a minus")
    return [flag, *map(str, values)]
