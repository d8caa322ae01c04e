"""The command line of figures: open the results of a sweep, draw them, say where."""

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar

import analysis
from analysis.plotting.style import FORMATS, save
from jamming.checks.arguments import one_of
from jamming.checks.errors import BadInput, one_line
from jamming.commands.command import echo
from jamming.commands.said import Said
from jamming.commands.typed import Command, Help


class TooEarly(BadInput):
    """There is nothing to draw yet, but there is nothing wrong with what is there."""


def figures() -> dict[str, str]:
    """The figures by name, chapter.module, and the first line of each docstring."""
    found = {}
    for path in sorted(Path(analysis.__file__).parent.glob("*/*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if any(isinstance(each, ast.FunctionDef) and each.name == "figure" for each in tree.body):
            doc = ast.get_docstring(tree) or ""
            found[f"{path.parent.name}.{path.stem}"] = doc.split("\n")[0]
    return found


@dataclass(frozen=True, kw_only=True)
class Drawing(Command):
    """Draw a figure of the results of a sweep."""

    store: Annotated[Path | None, Help("folder of the sweep, or its results")] = None
    out: Annotated[Path | None, Help(".png, .svg or .pdf (default: beside the results)")] = None
    format: Annotated[str | None, Help("png, svg, pdf (default: that of --out, or png)")] = None

    bare: ClassVar[str] = "store"
    module: ClassVar[Any]

    def run(self) -> int:
        """Open the results, draw them, write the figure and say where."""
        if self.store is None:
            raise BadInput("give the folder of a sweep, or its results")
        kind = one_of("format", self.format or "png", FORMATS)
        beside = self.store / self.prog if self.store.is_dir() else self.store.with_suffix("")
        target = self.out or beside.with_name(f"{beside.name}.{kind}")
        if (written := target.suffix[1:].lower()) not in FORMATS:
            raise BadInput(f"{target} is no name for a figure: end it with .png, .svg or .pdf")
        if self.format not in (None, written):
            raise BadInput(f"{target} is no {self.format}: leave out --format, or rename it")
        own = {field.name for field in fields(self)} - {field.name for field in fields(Drawing)}
        with readable(self.store):
            found = self.module.opened(self.store)
            if not target.parent.is_dir():
                raise BadInput(f"there is no folder {target.parent}: make it, or choose another")
            save(self.module.figure(found, **{name: getattr(self, name) for name in own}), target)
        echo(Said(target, {"figures": [target]}), kept=target)
        return 0


def run(name: str, line: Sequence[str] | None = None, prog: str = "") -> int:
    """``STORE [--out FIGURE]`` for the figure of this name; the exit code.

    The module has `figure(found)` and `opened(store)`, and, where `figure` takes more, a `Drawing`
    of its own, with fields of those names.
    """
    module = import_module(f"analysis.{name}")
    about = (module.__doc__ or "").split("\n")[0]
    own = {"__doc__": about, "prog": prog or name.split(".")[1], "module": module}
    kind: type[Drawing] = type("Drawing", (getattr(module, "Drawing", Drawing),), own)
    return kind.main(line)


@contextmanager
def readable(source: Path) -> Iterator[None]:
    """Around what opens and draws results, which may be foreign or change: BadInput if it fails."""
    try:
        yield
    except (BadInput, OSError, MemoryError):
        raise
    except Exception as error:
        raise BadInput(
            f"{source} cannot be drawn ({type(error).__name__}: {one_line(error)}): it is damaged,"
            " not whole or of another version; run the sweep again, or see --debug"
        ) from error
