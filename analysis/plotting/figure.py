"""What a figure of a named experiment is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
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

    def path(self, root: Path, scale: Scale) -> Path:
        """Where it goes."""
        return experiment(self.experiment).folder(root, scale) / f"{self.name}.png"


def of(module: ModuleType, name: str, about: str, experiment: str = "") -> Figure:
    """The figure of a module, of the experiment of the same name unless it is said."""
    return Figure(name, experiment or name, about, module.opened, module.figure)
