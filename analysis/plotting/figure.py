"""What a figure of a named experiment is."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib.figure

from sweeps.engine.discover import Scale, experiment


@dataclass(frozen=True)
class Figure:
    """A figure of one experiment's results; `opened` reads its folder, `figure` shows them."""

    name: str
    experiment: str
    about: str
    opened: Callable[[Path], Any]
    figure: Callable[[Any], matplotlib.figure.Figure]

    def path(self, root: Path, scale: Scale, kind: str = "png") -> Path:
        """Where it goes."""
        return experiment(self.experiment).folder(root, scale) / f"{self.name}.{kind}"


def chapter(path: str) -> Callable[..., Figure]:
    """What makes the figures of a chapter, of the experiment of their names unless one is given."""

    def of(module: str, name: str, about: str, experiment: str = "", opened: Any = None) -> Figure:
        drawn = import_module(f"analysis.{path}.{module}")
        return Figure(name, experiment or name, about, opened or drawn.opened, drawn.figure)

    return of
