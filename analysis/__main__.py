"""`python -m analysis CHAPTER.FIGURE STORE [--out FILE]`: draw one figure of a sweep's results.

Without arguments, the figures that there are.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, ClassVar

from analysis.plotting.cli import figures, run
from jamming.checks.errors import BadInput
from jamming.commands.command import echo
from jamming.commands.said import Said
from jamming.commands.typed import Command, Help


@dataclass(frozen=True, kw_only=True)
class Analysis(Command):
    """Draw a figure of the results of a sweep; without one, list the figures."""

    figure: Annotated[str | None, Help("chapter.figure, and the folder of the sweep")] = None

    prog: ClassVar[str] = "analysis"
    example: ClassVar[str] = "python -m analysis lazy_feature.regimes results/regimes --help"
    bare: ClassVar[str] = "figure"

    def run(self) -> int:
        known = figures()
        if self.figure is not None:
            alone = {each.partition(".")[2]: each for each in known}
            near = get_close_matches(self.figure, [*known, *alone], n=1)
            meant = f"did you mean {alone.get(near[0], near[0])}? " if near else ""
            raise BadInput(f"unknown figure '{self.figure}': {meant}`python -m analysis` lists all")
        text = "\n".join(f"{each:36} {about}" for each, about in known.items())
        echo(Said(text, [{"figure": each, "about": about} for each, about in known.items()]))
        return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or [""]
    if name in figures():
        return run(name, rest)
    if name and not name.startswith("-"):  # what follows a name is for its figure
        return Analysis.main([name])
    return Analysis.main([name, *rest] if name else [])


if __name__ == "__main__":
    sys.exit(main())
