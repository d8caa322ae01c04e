"""The command line of figures: open the results of a sweep, draw them, say where."""

import argparse
import ast
import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import analysis
from jamming.checks.errors import BadInput
from jamming.commands.command import Parser, exit_code, one_line, tell

FORMATS = (".png", ".pdf")
_OURS = ("store", "out", "debug")


class TooEarly(BadInput):
    """There is nothing to draw yet, but there is nothing wrong with what is there."""


def figures() -> dict[str, str]:
    """The figures by name, chapter.module, and the first line of each docstring."""
    found = {}
    for path in sorted(Path(analysis.__file__).parent.glob("*/*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if any(isinstance(each, ast.FunctionDef) and each.name == "draw" for each in tree.body):
            doc = ast.get_docstring(tree) or ""
            found[f"{path.parent.name}.{path.stem}"] = doc.split("\n")[0]
    return found


def run(name: str, line: Sequence[str] | None = None, prog: str = "") -> int:
    """``STORE [--out FIGURE]`` for the figure of this name; the exit code.

    The module has `draw(found, target)`, `opened(store)`, and, where it takes more options,
    `options(parser)`, whose values `draw` takes by name.
    """
    module = import_module(f"analysis.{name}")
    prog = prog or name.split(".")[1]
    p = Parser(prog=prog, description=figures()[name], allow_abbrev=False)
    p.add_argument("store", type=Path, metavar="STORE", help="folder of the sweep, or its results")
    p.add_argument("--out", type=Path, help=f"PNG or PDF (default: STORE/{prog}.png)")
    if hasattr(module, "options"):
        module.options(p)

    def execute(a: argparse.Namespace) -> int:
        given = {key: value for key, value in vars(a).items() if key not in _OURS}
        beside = a.store / f"{prog}.png" if a.store.is_dir() else a.store.with_suffix(".png")
        draw = functools.partial(module.draw, **given)
        return write(a.store, a.out or beside, draw, module.opened)

    return exit_code(p, execute, line)


def write(
    source: Path,
    target: Path,
    drawing: Callable[[Any, Path], None],
    opened: Callable[[Path], Any],
) -> int:
    """Open the results, draw them and say where; 0.

    `opened` reads `source`.

    Raises:
        BadInput: there is nothing to draw, or `target` is no place for a figure.
    """
    if target.suffix.lower() not in FORMATS:
        raise BadInput(f"{target} is no name for a figure: end it with .png or .pdf")
    with readable(source):
        found = opened(source)
        if not target.parent.is_dir():
            raise BadInput(f"there is no folder {target.parent}: make it, or choose another")
        drawing(found, target)
    tell(target, kept=target)
    return 0


@contextmanager
def readable(source: Path) -> Iterator[None]:
    """Around what opens and draws stored results: they may be foreign, or change meanwhile.

    Raises:
        BadInput: they cannot be drawn, whatever that shows by.
    """
    try:
        yield
    except (BadInput, OSError, MemoryError):
        raise
    except Exception as error:
        raise BadInput(
            f"{source} cannot be drawn ({type(error).__name__}: {one_line(error)}): it is damaged,"
            " not whole or of another version; run the sweep again, or see --debug"
        ) from error
