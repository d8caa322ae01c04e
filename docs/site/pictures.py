"""Small pictures for the gallery, of experiments that have been run: python docs/site/pictures.py.

Of each figure whose experiment has ended in `--root`, with the options that it has now, a WebP of
at most `LARGEST` bytes goes to docs/pictures/gallery, and what made it into made.json there.
"""

import json
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, ClassVar

from PIL import Image

sys.path.insert(0, ".")
from analysis.figures import FIGURES
from analysis.plotting.figure import Figure
from analysis.plotting.style import save
from jamming.checks.errors import BadInput, one_line
from jamming.commands.command import complain, echo
from jamming.commands.said import Said
from jamming.commands.typed import Command, Help
from sweeps.engine.discover import Scale, experiment

HOME = Path("docs/pictures/gallery")
MADE = HOME / "made.json"
LARGEST = 60_000  # bytes
# pixels and quality, of which the first counts that has room
SIZES = ((1000, 90), (1000, 80), (800, 80), (800, 60), (640, 50))


@dataclass(frozen=True, kw_only=True)
class Pictures(Command):
    """Draw small pictures for the gallery, of the experiments that have ended."""

    names: Annotated[tuple[str, ...] | None, Help("figures (default: all)")] = None
    root: Annotated[Path, Help("folder of the experiments")] = Path("results")

    prog: ClassVar[str] = "pictures"
    bare: ClassVar[str] = "names"

    def run(self) -> int:
        chosen = [FIGURES[name] for name in self.names or FIGURES if name in FIGURES]
        if unknown := set(self.names or ()) - set(FIGURES):
            raise BadInput(f"unknown figure {min(unknown)}: choose {', '.join(FIGURES)}")
        HOME.mkdir(exist_ok=True)
        made = known()
        for figure in chosen:
            if (note := ended(figure, self.root)) is None:
                continue
            folder = experiment(figure.experiment).folder(self.root, Scale.LAPTOP)
            try:
                picture = small(figure, folder)
            except Exception as error:  # of one figure: the others are drawn
                complain(f"pictures: {figure.name}: {one_line(error)}")
                continue
            target = HOME / f"{figure.name}.webp"
            target.write_bytes(picture)
            command = experiment(figure.experiment).command(Path("results"), Scale.LAPTOP)
            made[figure.name] = {"command": command, "commit": note["commit"]}
            echo(Said(f"{target}: {len(picture) / 1000:.0f} kB", {"figures": [target]}))
        MADE.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n")
        return 0


def known() -> dict[str, Any]:
    """What is known of the pictures that are there: the command and the commit that ran them."""
    found: dict[str, Any] = json.loads(MADE.read_text()) if MADE.is_file() else {}
    return found


def ended(figure: Figure, root: Path) -> dict[str, Any] | None:
    """The note of its experiment, where that has ended and has the options of today."""
    one = experiment(figure.experiment)
    folder = one.folder(root, Scale.LAPTOP)
    note = folder.with_name(f"{folder.name}.json")
    if not (note.is_file() and one.there(root, Scale.LAPTOP)):
        return None
    found: dict[str, Any] = json.loads(note.read_text())
    same = bool(found["command"] == one.command(root, Scale.LAPTOP))
    return found if found["ended"] and same else None


def small(figure: Figure, folder: Path) -> bytes:
    """Its picture, as wide and as good as has room."""
    with TemporaryDirectory() as scratch:
        save(figure.figure(figure.opened(folder)), whole := Path(scratch) / "whole.png")
        image = Image.open(whole).convert("RGB")
    for width, quality in SIZES:
        size = min(width, image.width)
        shrunk = image.resize((size, round(image.height * size / image.width)), Image.LANCZOS)
        out = BytesIO()
        shrunk.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= LARGEST:
            break
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(Pictures.main())
