"""What a figure shows, read back from its artists."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.lines import Line2D

from analysis.plotting.cli import run


def drawn_by(module: ModuleType, arguments: Sequence[str]) -> int:
    """The exit code of `python -m analysis` for the figure of this module."""
    return run(module.__name__.removeprefix("analysis."), arguments)


@dataclass(frozen=True)
class Bars:
    """Points with error bars; `ends` [n, 2] are those that can be seen, of n points or fewer."""

    label: str
    x: np.ndarray
    y: np.ndarray
    ends: np.ndarray
    colour: str


def bars(ax: Axes) -> list[Bars]:
    """All points with vertical error bars, in the order in which they were drawn."""
    found = []
    for one in ax.containers:
        if not isinstance(one, ErrorbarContainer) or one.lines[0] is None:
            continue
        line, _, collections = one.lines
        segments = [s[:, 1] for each in collections for s in each.get_segments() if len(s)]
        ends = np.array([s for s in segments if np.isfinite(s).all()]).reshape(-1, 2)
        found.append(Bars(str(one.get_label()), *xy(line), ends, line.get_color()))
    return found


def xy(line: Line2D) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of a line."""
    x, y = line.get_data()
    return np.asarray(x, float), np.asarray(y, float)


def lines(ax: Axes, style: str = "") -> list[tuple[np.ndarray, np.ndarray]]:
    """The numbers of all lines, or of those of this style, but for samples of the legend."""
    found = [line for line in ax.get_lines() if style in ("", line.get_linestyle())]
    return [xy(line) for line in found if np.size(line.get_xdata())]


def line(ax: Axes, label: str) -> Line2D:
    """The one line whose label begins so."""
    (found,) = [one for one in ax.get_lines() if str(one.get_label()).startswith(label)]
    return found


def legend(ax: Axes) -> list[str]:
    """What the legend says, without its title."""
    there = ax.get_legend()
    return [] if there is None else [text.get_text() for text in there.get_texts()]


def axis_labels(ax: Axes) -> tuple[str, str]:
    """Of x and y."""
    return ax.get_xlabel(), ax.get_ylabel()


def scales(ax: Axes) -> tuple[str, str]:
    """Of x and y."""
    return ax.get_xscale(), ax.get_yscale()


def mean_and_error(rows: Any) -> tuple[np.ndarray, np.ndarray]:
    """Means over the last axis and their standard errors, as plain as that."""
    y = np.asarray(rows, float)
    return y.mean(-1), y.std(-1, ddof=1) / np.sqrt(y.shape[-1])


def shows(one: Bars, x: Any, rows: Any) -> None:
    """That these are the means over the last axis, with their standard errors."""
    mean, error = mean_and_error(rows)
    np.testing.assert_allclose(one.x, x)
    np.testing.assert_allclose(one.y, mean)
    np.testing.assert_allclose(one.ends, np.stack([mean - error, mean + error], -1), rtol=1e-6)
