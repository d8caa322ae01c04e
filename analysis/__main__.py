"""`python -m analysis CHAPTER.FIGURE STORE [--out FILE]`: draw one figure of a sweep's results.

Without arguments, the figures that there are. Exit code 0, or 2 with one line on bad input.
"""

import argparse
import sys
from collections.abc import Sequence

from analysis.plotting.cli import figures, run
from jamming.checks.errors import BadInput
from jamming.commands.command import Parser, exit_code, tell


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code."""
    name, *rest = (sys.argv[1:] if arguments is None else arguments) or [""]
    known = figures()
    if name in known:
        return run(name, rest)
    p = Parser(
        prog="analysis",
        description="Draw a figure of the results of a sweep.",
        epilog="figures: " + ", ".join(known),
        allow_abbrev=False,
    )
    p.add_argument("figure", nargs="?", help="chapter.figure, of those below")

    def listed(a: argparse.Namespace) -> int:
        if a.figure:
            raise BadInput(f"unknown figure '{a.figure}': choose {', '.join(known)}")
        tell(*(f"{each:36} {about}" for each, about in known.items()))
        return 0

    return exit_code(p, listed, [name, *rest] if name else [])


if __name__ == "__main__":
    sys.exit(main())
