"""Options that sweeps share, and those of a TOML file, below those of the command line."""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from typing import Any

from jamming.errors import BadInput


def add_dynamics(p: argparse.ArgumentParser) -> None:
    """How the networks of a sweep over alpha learn: their dynamics, and what each is told."""
    p.add_argument("--dynamics", default="flow", help="flow, euler (the papers'), adam, sgd")
    p.add_argument("--tol", type=float, default=1e-2, help="tolerance of the flow")
    p.add_argument(
        "--lr", type=float, default=1e-2, help="of adam and sgd, made to fit alpha (sweeps.rates)"
    )
    p.add_argument("--batch", type=int, help="of sgd (default: all points)")


def dynamics_of(a: argparse.Namespace) -> dict[str, Any]:
    """The fields of a job that `add_dynamics` asks for; rates and batches are those of descents."""
    flow = {"dynamics": a.dynamics, "tol": a.tol}
    if a.dynamics not in ("adam", "sgd"):
        return flow
    return flow | {"lr": a.lr, "batch": a.batch, "decay_every": None}


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
