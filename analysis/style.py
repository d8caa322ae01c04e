"""One look for all figures: print size, colour-blind safe, data never hidden by text."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from cycler import cycler

# Okabe and Ito, https://jfly.uni-koeln.de/color/: distinguishable with any colour vision
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib settings for the figures drawn inside; draws to files, needs no display."""
    settings: dict[Any, Any] = {
        "backend": "Agg",
        "figure.dpi": 150,
        "savefig.dpi": 200,
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=COLOURS),
        "legend.framealpha": 0.75,  # where it must lie on data, these show through
        "legend.edgecolor": "none",
        "legend.fontsize": 7.5,
        "lines.markersize": 4,
        "figure.constrained_layout.use": True,
    }
    with mpl.rc_context(settings):
        yield
