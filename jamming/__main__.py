"""`python -m jamming`: all commands, in a line each.

They stand above this package, which finds them by name and imports nothing of them.
"""

import sys
from dataclasses import dataclass
from typing import ClassVar

from jamming.commands.command import commands, echo
from jamming.commands.said import Said
from jamming.commands.typed import Command

# modules that are commands, beside those of the chapters
OTHERS = {
    "python -m analysis": "Draw a figure of the results of a sweep.",
    "python -m analysis.phase_diagram": "Draw the phase diagram of a sweep.",
    "python -m analysis.figures": "Draw all that the stored experiments allow.",
    "python -m claims": "Put the published claims to the test; a table and a page with figures.",
    "python -m jamming.data": "Download and prepare a data set, once: download NAME.",
}


@dataclass(frozen=True, kw_only=True)
class Commands(Command):
    """List all commands; --help after one of them says more."""

    prog: ClassVar[str] = "jamming"

    def run(self) -> int:
        found = {each.called(): each.about() for each in commands()} | OTHERS
        width = max(map(len, found))
        lines = (f"{called:{width}}  {about}" for called, about in found.items())
        rows = [{"command": called, "about": about} for called, about in found.items()]
        echo(Said("\n".join(lines), rows))
        return 0


if __name__ == "__main__":
    sys.exit(Commands.main())
