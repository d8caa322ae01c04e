"""`python -m analysis.figures`: every figure that the stored experiments allow.

What cannot be drawn is listed with the command that fills it. A figure is a PNG in the folder of
its experiment. Exit code 0, or 2 with one line where a store is damaged.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.plotting.cli import TooEarly, readable
from analysis.plotting.figure import Figure
from jamming.checks.errors import BadInput
from jamming.commands.chapters import of_chapters
from jamming.commands.command import Parser, exit_code, tell
from jamming.commands.files import folder_for
from sweeps.engine.discover import Scale, experiment

FIGURES: dict[str, Figure] = {
    each.name: each
    for chapter in of_chapters("analysis", "figures").values()
    for each in chapter.FIGURES
}


def drawn(name: str, root: Path, scale: Scale) -> Path | None:
    """Draw one figure; None where its experiment has left nothing to draw.

    Raises:
        BadInput: what it left is damaged, or there is no such figure.
    """
    if name not in FIGURES:
        raise BadInput(f"unknown figure '{name}': choose {', '.join(FIGURES)}")
    figure = FIGURES[name]
    source = experiment(figure.experiment)
    if not source.there(root, scale):
        return None
    folder, target = source.folder(root, scale), figure.path(root, scale)
    try:
        with readable(folder):
            figure.draw(figure.opened(folder), target)
    except TooEarly:  # the sweep has only begun
        return None
    return target


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = Parser(
        prog="figures",
        description="Draw all that the stored experiments allow.",
        allow_abbrev=False,
    )
    p.add_argument("--root", type=Path, default=Path("results"), help="folder of the experiments")
    p.add_argument("--scale", type=Scale, default=Scale.LAPTOP, choices=list(Scale))
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw and list; the exit code."""

    def run(a: argparse.Namespace) -> int:
        folder_for(a.root, written=False)
        missing: dict[str, list[str]] = {}
        for name, figure in FIGURES.items():
            target = drawn(name, a.root, a.scale)
            if target is None:
                missing.setdefault(figure.experiment, []).append(name)
            else:
                tell(f"{figure.about}: {target}", kept=target)
        for name, figures in missing.items():
            command = experiment(name).command(a.root, a.scale)
            tell(f"missing: {', '.join(figures)}; fill with\n  {command}")
        return 0

    return exit_code(parser(), run, arguments)


if __name__ == "__main__":
    sys.exit(main())
