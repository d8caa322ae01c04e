"""What holds for every figure, whatever it shows."""

import copy
import dataclasses
import functools
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.figures import FIGURES
from analysis.plotting.figure import Figure as Described
from analysis.plotting.style import COLOURS, save, style
from tests.made_up.figures import kind, results
from tests.made_up.runs import a_run

# one of those that have the same function and the same results
DIFFERENT = list({(each.figure, kind(each.experiment)): each for each in FIGURES.values()}.values())
each_figure = pytest.mark.parametrize("each", DIFFERENT, ids=lambda each: each.name)


@functools.cache
def shown(each: Described) -> Figure:
    """The figure of made-up results."""
    return each.figure(results(each.name, each.experiment))


def said(figure: Figure) -> set[str]:
    """By all legends together."""
    legends = [*figure.legends, *filter(None, (ax.get_legend() for ax in figure.axes))]
    return {text.get_text() for legend in legends for text in legend.get_texts()}


SCALES = ("viridis", "cividis")


def grid(figure: Figure) -> dict[tuple[int, int], Axes]:
    """Axes with ticks by row and column: neither bars of colours nor images nor empty places."""
    found = {}
    for ax in figure.axes:
        at = ax.get_subplotspec()
        if at is not None and ax.axison and not ax.images and not hasattr(ax, "_colorbar"):
            found[at.rowspan.start, at.colspan.start] = ax
    return found


@pytest.mark.filterwarnings("error")
@each_figure
def test_axes_have_names_and_lines_that_differ_a_legend(each: Described) -> None:
    figure = shown(each)
    axes = grid(figure)
    assert axes or all(ax.images or hasattr(ax, "_colorbar") for ax in figure.axes)
    for column in {at[1] for at in axes}:
        assert axes[max(at for at in axes if at[1] == column)].get_xlabel()
    for row in {at[0] for at in axes}:
        assert axes[min(at for at in axes if at[0] == row)].get_ylabel()
    for ax in figure.axes:
        assert np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all()
        named = set(ax.get_legend_handles_labels()[1])
        assert len(named) < 2 or named <= said(figure)
        assert ax.has_data() or not ax.axison or hasattr(ax, "_colorbar")


@each_figure
def test_letters_can_be_read_and_colours_told_apart(each: Described) -> None:
    """In print, and with any colour vision: Okabe and Ito, greys, or cividis and viridis."""
    figure = shown(each)
    for text in figure.findobj(Text):
        assert text.get_fontsize() >= 7 or not text.get_text().strip(), (text, text.get_fontsize())
    maps = {"viridis", "cividis", "gray", "gray_r", "RdBu_r"}
    ordered = np.concatenate([mpl.colormaps[name](np.arange(256))[:, :3] for name in SCALES])
    known = np.concatenate([to_rgba_array(COLOURS)[:, :3], ordered])
    for ax in figure.axes:
        for line in ax.get_lines():
            with style():  # C0, C1, ... are those of its cycle
                rgb = np.array(to_rgb(line.get_color()))
            assert np.ptp(rgb) < 1e-9 or np.abs(known - rgb).max(1).min() < 1e-2, line
        for image in [*ax.images, *ax.collections]:
            if image.get_array() is not None:
                assert image.get_cmap().name in maps, image.get_cmap().name


def same(a: Any, b: Any) -> bool:
    """Whether results are the same; runs cannot be compared, and are of frozen classes."""
    if isinstance(a, xr.Dataset):
        return a.identical(b)
    return all(same(x, y) for x, y in zip(a, b, strict=True) if isinstance(x, xr.Dataset))


def numbers(figure: Figure) -> list[np.ndarray]:
    """All that its lines show."""
    return [np.asarray(line.get_xydata()) for ax in figure.axes for line in ax.get_lines()]


def with_three_that_diverged(found: Any) -> tuple[Any, int]:
    """The same with a word of them, or with them, and how many runs there are."""
    lost = {"diverged": 3, "runs": 999}
    if isinstance(found, xr.Dataset):
        return found.assign_attrs(lost), 999
    if isinstance(found[0], xr.Dataset):
        return [one.assign_attrs(lost) for one in found], 999
    run = dataclasses.replace(a_run(1, 8, result="NON_FINITE", loss=float("inf")), at=None)
    return [*found, run, run, run], len(found) + 3


@each_figure
def test_a_figure_is_a_function_of_its_results_alone(each: Described) -> None:
    """Neither they nor Matplotlib's settings change, nothing stays open, twice is the same.

    But for a word of the runs that diverged.
    """
    found = results(each.name, each.experiment)
    before, settings, there = copy.deepcopy(found), dict(mpl.rcParams), plt.get_fignums()
    once = shown(each)
    marked, total = with_three_that_diverged(found)
    again = each.figure(marked)
    assert same(found, before)
    assert dict(mpl.rcParams) == settings
    assert plt.get_fignums() == there
    if "jump" not in each.name:  # which shows those runs
        for a, b in zip(numbers(once), numbers(again), strict=True):
            np.testing.assert_array_equal(a, b)
    word = f"3 of {total} runs diverged (NON_FINITE)"
    assert word in [text.get_text() for text in again.texts]
    assert not any("diverged" in text.get_text() for text in once.texts)


@pytest.mark.parametrize(("kind", "start"), [("png", b"\x89PNG\r\n\x1a\n"), ("pdf", b"%PDF")])
def test_a_figure_is_written_as_the_name_of_its_file_says(
    kind: str, start: bytes, tmp_path: Any
) -> None:
    save(shown(FIGURES["effective"]), tmp_path / f"a.{kind}")
    assert (tmp_path / f"a.{kind}").read_bytes().startswith(start)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["regimes", "descent", "jump-random", "phase-digits", "stripe"])
def test_what_is_laid_out_lies_on_the_page(name: str) -> None:
    figure = shown(FIGURES[name])
    with style():
        figure.draw_without_rendering()
    for ax in figure.axes:
        box = ax.get_tightbbox()
        assert box is None or (box.x0 >= -1 and box.y0 >= -1)
        assert box is None or (box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1)
