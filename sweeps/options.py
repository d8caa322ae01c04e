"""Options of a sweep from a TOML file, below those of the command line."""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from typing import Any

from jamming.errors import BadInput


def parsed(p: argparse.ArgumentParser, line: Sequence[str] | None) -> argparse.Namespace:
    """The arguments, those of the TOML file that `--config` names below those of the line.

    Raises:
        BadInput: the file cannot be read, or has an option that does not exist.
    """
    path = p.parse_args(line).config
    if path is not None:
        try:
            options = tomllib.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise BadInput(f"cannot read {path}: {error}") from error
        known = {action.dest for action in p._actions}
        for name in options:
            if name.replace("-", "_") not in known - {"config", "help"}:
                raise BadInput(f"{path}: there is no option '{name}', see --help")
        words = [word for name, value in options.items() for word in _words(name, value)]
        given = list(sys.argv[1:] if line is None else line)
        return p.parse_args(words + given)
    return p.parse_args(line)


def _words(name: str, value: Any) -> list[str]:
    flag = f"--{name.replace('_', '-')}"
    if isinstance(value, bool):
        return [flag] if value else []
    return [flag, *map(str, value if isinstance(value, list) else [value])]
