"""The frame of all figures: no pyplot, and a file that is whole or not there."""

import os
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from analysis.plotting.style import drawing
from jamming.checks.errors import BadInput


def draw(target: Any) -> None:
    with drawing(target, 1, 2, figsize=(2, 1)) as (figure, axes):
        figure.suptitle("title")
        axes[1].plot([0, 1])


@pytest.mark.parametrize(
    ("name", "start"), [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a", b"\x89PNG")]
)
def test_the_name_says_what_kind_of_file_it_is(tmp_path: Path, name: str, start: bytes) -> None:
    draw(tmp_path / name)
    draw(str(tmp_path / name))
    assert (tmp_path / name).read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_backend_that_is_not_there_is_not_asked_for() -> None:
    picture = BytesIO()
    with mpl.rc_context({"backend": "module://not.here"}):
        draw(picture)
    assert picture.getvalue().startswith(b"\x89PNG")
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
            draw(tmp_path / "a.png")
    with pytest.raises(BadInput, match="No such file"):
        draw(tmp_path / "no" / "a.png")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["the last one"]


@pytest.mark.filterwarnings("error")
def test_a_panel_with_nothing_to_show_is_not_worth_a_warning() -> None:
    with drawing(BytesIO(), figsize=(2, 2)) as (_, ax):
        ax.plot([1, 2], [np.nan, np.nan])
        ax.set_yscale("log")
        ax.legend()
