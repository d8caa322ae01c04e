"""What a figure of a named experiment is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweeps.engine.discover import Scale, experiment


@dataclass(frozen=True)
class Figure:
    """A drawing of one experiment's results; `opened` reads its folder."""

    name: str
    experiment: str
    about: str
    opened: Callable[[Path], Any]
    draw: Callable[[Any, Path], None]

    def path(self, root: Path, scale: Scale) -> Path:
        """Where it goes."""
        return experiment(self.experiment).folder(root, scale) / f"{self.name}.png"
