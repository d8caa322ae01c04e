"""What a figure that was written must be, whatever it shows."""

from pathlib import Path

import numpy as np
from matplotlib.image import imread


def is_a_picture(path: Path) -> None:
    """A PNG with something on it."""
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    pixels = (255 * imread(path)).round().astype(np.uint8)
    assert min(pixels.shape[:2]) > 200
    # as one number a pixel: whole rows take ten times as long to sort
    assert len(np.unique(pixels.reshape(-1, 4).view(np.uint32))) > 10
