"""Figures by their command, and what one that was written must be, whatever it shows."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from matplotlib.image import imread

from analysis.plotting.cli import run


def drawn_by(module: ModuleType, arguments: Sequence[str]) -> int:
    """The exit code of `python -m analysis` for the figure of this module."""
    return run(module.__name__.removeprefix("analysis."), arguments)


def is_a_picture(path: Path) -> None:
    """A PNG with something on it."""
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    pixels = (255 * imread(path)).round().astype(np.uint8)
    assert min(pixels.shape[:2]) > 200
    # as one number a pixel: whole rows take ten times as long to sort
    assert len(np.unique(pixels.reshape(-1, 4).view(np.uint32))) > 10
