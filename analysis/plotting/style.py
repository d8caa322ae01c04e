"""One look for all figures: print size, colour-blind safe, data never hidden by text."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.axes import Axes as Axes
from matplotlib.figure import Figure as Figure
from matplotlib.ticker import LogFormatterSciNotation

from jamming.checks.errors import BadInput
from jamming.commands.files import write_whole
from sweeps.engine.diverged import note

# Okabe and Ito, https://jfly.uni-koeln.de/color/: distinguishable with any colour vision
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
FORMATS = ("png", "svg", "pdf")
DATES = {"svg": ("Date",), "pdf": ("CreationDate",)}  # left out: equal figures are equal files
LEGEND = 7.5  # points
# a logarithmic axis within these, that spans less, has plain numbers
PLAIN, SPAN = (1e-3, 1e5), 30
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def line_style(i: int) -> dict[str, Any]:
    """Colour and marker of the i-th line."""
    return {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)]}


def legend_if_any(ax: Axes) -> None:
    """A legend where something has a name: Matplotlib warns of an empty one."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend()


def legend_above(ax: Axes, **options: Any) -> None:
    """A legend in the upper right, for which the y axis grows beyond the data."""
    legend = ax.legend(loc="upper right", **options)
    said = [text.get_text() for text in (legend.get_title(), *legend.get_texts())]
    lines = sum(1 + text.count("\n") for text in said if text)
    points = 72 * ax.bbox.height / ax.figure.dpi
    share = min(0.6, (1.4 * LEGEND * lines + LEGEND) / points)
    low, high = ax.get_ylim()
    more = 1 / (1 - share)
    logarithmic = ax.get_yscale() == "log"
    ax.set_ylim(top=low * (high / low) ** more if logarithmic else low + (high - low) * more)


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
        "axes.titlesize": 9,
        "legend.framealpha": 0.75,  # where it must lie on data, these show through
        "legend.edgecolor": "none",
        "legend.fontsize": LEGEND,
        "legend.title_fontsize": LEGEND,
        "lines.markersize": 4,
        "figure.constrained_layout.use": True,
        "pdf.fonttype": 42,  # letters stay letters, which journals ask for
        "svg.hashsalt": "jamming",  # names of parts are else random
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        # a panel may have nothing to show, which can be seen
        warnings.filterwarnings("ignore", "Data has no positive values|No artists with labels")
        yield


@contextmanager
def panels(
    rows: int = 1, columns: int = 1, *, figsize: Any, of: Any = None, title: str = "", **more: Any
) -> Iterator[tuple[Figure, Any]]:
    """A figure, to be drawn on inside, and its axes; `more` as of `Figure.subplots`.

    It says how many of the runs that it is `of` diverged. Pyplot has no part in it.
    """
    with style():
        figure = Figure(figsize=figsize)
        axes = figure.subplots(rows, columns, **more)
        if title:
            figure.suptitle(title, fontsize=9)
        yield figure, axes
        for ax in figure.axes:
            plain_numbers(ax)
        if lost := note(of):
            place: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": LEGEND}
            figure.text(0.995, 0.005, lost, color=COLOURS[1], **place)


class _Plain(LogFormatterSciNotation):
    """The ticks that Matplotlib would name, as 0.06 in place of 6 x 10^-2."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:g}" if super().__call__(x, pos) else ""


def plain_numbers(ax: Axes) -> None:
    """Plain numbers on logarithmic axes of about a decade, where ticks were left to Matplotlib."""
    for axis, (low, high) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        theirs = type(axis.get_major_formatter()) is LogFormatterSciNotation
        low, high = sorted((low, high))
        if theirs and PLAIN[0] <= low and high <= min(PLAIN[1], SPAN * low):
            axis.set_major_formatter(_Plain())
            axis.set_minor_formatter(_Plain(minor_thresholds=(1.5, 0.4)))


def save(figure: Figure, path: Path) -> None:
    """Write a figure, as PNG unless the name of the file says otherwise, whole or not at all.

    The same figure gives the same bytes. Raises BadInput if the file cannot be written, ValueError
    of a kind unknown to Matplotlib.
    """
    picture, kind = BytesIO(), path.suffix[1:].lower() or "png"
    with style():
        figure.savefig(picture, format=kind, metadata=dict.fromkeys(DATES.get(kind, ())))
    try:
        write_whole(path, picture.getvalue())
    except OSError as error:
        raise BadInput(
            f"cannot use {path}: {error.strerror or error}; make room or choose another place"
        ) from error
