"""`python -m analysis.figures`: every figure that the stored experiments allow.

What cannot be drawn is listed with the command that fills it. A figure is a file in the folder of
its experiment, a PNG by default.
"""

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from analysis.plotting.cli import TooEarly, readable
from analysis.plotting.figure import Figure
from analysis.plotting.style import FORMATS, save
from jamming.checks.arguments import one_of
from jamming.checks.errors import BadInput
from jamming.commands.command import echo, of_chapters
from jamming.commands.files import folder_for
from jamming.commands.said import Said
from jamming.commands.typed import Command, Help
from sweeps.engine.discover import Scale, experiment

FIGURES: dict[str, Figure] = {
    each.name: each
    for chapter in of_chapters("analysis", "figures").values()
    for each in chapter.FIGURES
}


def drawn(name: str, root: Path, scale: Scale, kind: str = "png") -> Path | None:
    """Draw one figure; None where there is nothing yet, BadInput if it is damaged or unknown."""
    if name not in FIGURES:
        raise BadInput(f"unknown figure '{name}': choose {', '.join(FIGURES)}")
    figure = FIGURES[name]
    source = experiment(figure.experiment)
    if not source.there(root, scale):
        return None
    folder, target = source.folder(root, scale), figure.path(root, scale, kind)
    with suppress(TooEarly), readable(folder):  # the sweep may have only begun
        save(figure.figure(figure.opened(folder)), target)
        return target
    return None


@dataclass(frozen=True, kw_only=True)
class Figures(Command):
    """Draw all that the stored experiments allow."""

    root: Annotated[Path, Help("folder of the experiments")] = Path("results")
    scale: Annotated[Scale, Help("size of the experiments", name_transform=str.lower)] = (
        Scale.LAPTOP
    )

    format: Annotated[str, Help("png, svg, pdf")] = "png"

    prog: ClassVar[str] = "figures"

    def run(self) -> int:
        one_of("format", self.format, FORMATS)
        folder_for(self.root, written=False)
        missing: dict[str, list[str]] = {}
        for name, figure in FIGURES.items():
            if target := drawn(name, self.root, self.scale, self.format):
                echo(Said(f"{figure.about}: {target}", {"figures": [target]}), kept=target)
            else:
                missing.setdefault(figure.experiment, []).append(name)
        for name, figures in missing.items():
            command = experiment(name).command(self.root, self.scale)
            text = f"missing: {', '.join(figures)}; fill with\n  {command}"
            echo(Said(text, [{"missing": each, "command": command} for each in figures]))
        return 0


main = Figures.main

if __name__ == "__main__":
    sys.exit(main())
