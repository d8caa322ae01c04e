"""`python -m jamming`: all commands by chapter, in a line each.

They stand above this package, which finds them by name and imports nothing of them.
"""

import sys
from dataclasses import dataclass
from itertools import groupby
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
    """List all commands by chapter; --help after one of them says more."""

    prog: ClassVar[str] = "jamming"

    def run(self) -> int:
        rows = [
            {"chapter": chapter(each), "command": each.called(), "about": each.about()}
            for each in commands()
        ]
        rows += [{"chapter": "all", "command": name, "about": of} for name, of in OTHERS.items()]
        width = max(len(row["command"]) for row in rows)
        lines = []
        for heading, of in groupby(rows, lambda row: row["chapter"]):
            lines += [f"{heading}:", *(f"  {x['command']:{width}}  {x['about']}" for x in of)]
        echo(Said("\n".join(lines), rows))
        return 0


def chapter(command: type[Command]) -> str:
    """That of the module of a sweep."""
    return command.__module__.split(".")[1].replace("_", " ")


if __name__ == "__main__":
    sys.exit(Commands.main())
