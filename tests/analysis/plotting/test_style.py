"""The frame of all figures: no pyplot, and a file that is whole or not there."""

import itertools
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from analysis.plotting.axes import means, over_widths
from analysis.plotting.style import COLOURS, FORMATS, MARKERS, line_style, panels, save
from jamming.checks.errors import BadInput
from tests.made_up.artists import bars


def a_figure() -> Figure:
    with panels(1, 2, figsize=(2, 1)) as (page, axes):
        page.suptitle("title")
        axes[1].plot([0, 1])
    return page


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml"), ("a", b"\x89PNG")],
)
def test_the_name_says_what_kind_of_file_it_is(tmp_path: Path, name: str, start: bytes) -> None:
    found = set()
    for _ in "ab":
        save(a_figure(), tmp_path / name)
        found.add((tmp_path / name).read_bytes())
    (written,) = found  # the same figure is the same file
    assert written.startswith(start)
    for date in (b"CreationDate", b"<dc:date>", b"tIME"):
        assert date not in written
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_is_written_can_be_opened_and_has_the_size_of_the_figure(tmp_path: Path) -> None:
    for kind in FORMATS:
        save(a_figure(), tmp_path / f"a.{kind}")
    assert plt.imread(tmp_path / "a.png").shape[:2] == (200, 400)
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert root.tag.endswith("}svg")
    assert (root.get("width"), root.get("height")) == ("144pt", "72pt")
    page = (tmp_path / "a.pdf").read_bytes()
    assert b"/MediaBox [ 0 0 144 72 ]" in page
    assert page.rstrip().endswith(b"%%EOF")


def test_a_backend_that_is_not_there_is_not_asked_for(tmp_path: Path) -> None:
    with mpl.rc_context({"backend": "module://not.here"}):
        save(a_figure(), tmp_path / "a.png")
    assert "not.here" not in sys.modules


def test_where_it_fails_what_was_there_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "a.png").write_text("the last one")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(BadInput, match=r"a\.png: No space left on device"):
            save(a_figure(), tmp_path / "a.png")
    with pytest.raises(BadInput, match="No such file"):
        save(a_figure(), tmp_path / "no" / "a.png")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["the last one"]


@pytest.mark.filterwarnings("error")
def test_a_panel_with_nothing_to_show_is_not_worth_a_warning(tmp_path: Path) -> None:
    with panels(figsize=(2, 2)) as (page, ax):
        ax.plot([1, 2], [np.nan, np.nan])
        ax.set_yscale("log")
        ax.legend()
    save(page, tmp_path / "a.png")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (xr.Dataset({"result": ("run", ["FITTED", "NON_FINITE", ""])}), "1 of 2"),
        (xr.Dataset({"diverged": ("h", [0.0, 2.0, np.nan])}, attrs={"done": 7}), "2 of 7"),
        ([SimpleNamespace(trajectory=SimpleNamespace(result="NON_FINITE"))], "1 of 1"),
        ([xr.Dataset(), xr.Dataset(attrs={"diverged": 1, "runs": 4})], "1 of 4"),
    ],
)
def test_a_figure_says_how_many_runs_diverged(found: Any, said: str) -> None:
    texts = []
    for of in (found, xr.Dataset(), None):
        with panels(of=of, figsize=(2, 2)) as (page, _):
            pass
        texts.append([text.get_text() for text in page.texts])
    assert texts == [[f"{said} runs diverged (NON_FINITE)"], [], []]


def test_means_have_standard_errors_and_one_seed_has_none() -> None:
    """By hand: of 1, 2, 3 and 6 the mean is 3, the variance 14/3, of four seeds."""
    with panels(1, 2, figsize=(2, 2)) as (_, (several, one)):
        means(several, np.array([5.0, 7.0]), np.array([[1.0, 2, 3, 6], [1, np.nan, 3, 2]]), 1)
        means(one, np.array([5.0]), np.array([[2.0]]), 9, label="one", lw=3)
    (drawn,) = bars(several)
    error = np.sqrt(14 / 3) / 2
    np.testing.assert_allclose(drawn.x, [5, 7])
    np.testing.assert_allclose(drawn.y, [3, 2])  # what was not run is left out
    np.testing.assert_allclose(drawn.ends, [[3 - error, 3 + error], [2 - 3**-0.5, 2 + 3**-0.5]])
    assert drawn.colour == line_style(1)["color"] == COLOURS[1]
    (alone,) = bars(one)
    assert alone.label == "one"
    assert alone.ends.size == 0
    assert one.get_lines()[0].get_marker() == line_style(9)["marker"] == MARKERS[2]


@pytest.mark.parametrize("h", [[60, 102, 210, 432, 1230, 4260], [30, 31, 32, 33], [100]])
def test_numbers_on_an_axis_of_widths_leave_room_for_each_other(h: list[int]) -> None:
    with panels(1, 1, figsize=(2.4, 2.0)) as (page, axes):
        ax = np.ravel(axes)[0]
        ax.plot(h, h, "o")
        over_widths(ax, np.array(h), "$N$")
    page.draw_without_rendering()
    labels = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert labels
    for left, right in itertools.pairwise(labels):
        assert left.x1 + 0.2 * left.height < right.x0


@pytest.mark.parametrize(
    ("low", "high", "plain"),
    [
        *((1.05, 1.7, True), (0.03, 0.25, True), (50.0, 900.0, True)),
        *((1e-6, 5e-6, False), (0.01, 10.0, False)),
    ],
)
def test_a_logarithmic_axis_of_about_a_decade_has_plain_numbers(
    low: float, high: float, plain: bool
) -> None:
    with panels(figsize=(3, 2)) as (page, ax):
        ax.loglog([low, high], [low, high])
    page.draw_without_rendering()
    for axis in (ax.xaxis, ax.yaxis):
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        said = [tick.label1.get_text() for tick in ticks if tick.label1.get_text()]
        assert said
        assert all(("$" in text) is not plain for text in said)
        if plain:  # they are the numbers at which they stand
            places = {f"{tick.get_loc():g}" for tick in ticks}
            assert set(said) <= places
