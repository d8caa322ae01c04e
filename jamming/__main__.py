"""`python -m jamming`: all commands, in a line each.

They stand above this package, which finds them by name and imports nothing of them.
"""

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar

from jamming.commands.chapters import of_chapters
from jamming.commands.command import echo
from jamming.commands.typed import Command

# modules that are commands, beside those of the chapters
OTHERS = {
    "python -m analysis": "Draw a figure of the results of a sweep.",
    "python -m analysis.figures": "Draw all that the stored experiments allow.",
    "python -m claims": "Put the published claims to the test; a table and a page with figures.",
    "python -m jamming.data": "Prepare a data set with TFDS, once.",
}


def commands() -> dict[str, str]:
    """How each command is called -> what it does, in a sentence."""
    import_module("sweeps")
    chapters = of_chapters("sweeps", "commands").values()
    return {
        each.called(): each.about() for chapter in chapters for each in chapter.COMMANDS
    } | OTHERS


@dataclass(frozen=True, kw_only=True)
class Commands(Command):
    """List all commands; --help after one of them says more."""

    prog: ClassVar[str] = "jamming"

    def run(self) -> int:
        """Print them."""
        found = commands()
        width = max(map(len, found))
        echo(*(f"{called:{width}}  {about}" for called, about in found.items()))
        return 0


if __name__ == "__main__":
    sys.exit(Commands.main())
