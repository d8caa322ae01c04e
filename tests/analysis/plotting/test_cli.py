"""`python -m analysis`: the file that is written is of the kind that was asked for."""

from pathlib import Path

import pytest

from analysis.figures import Figures
from analysis.plotting.cli import run
from sweeps.engine.store.sealed import sealed_netcdf
from tests.made_up.kernel_curves import neighbours

NAME = "kernel_curves.neighbours"
STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder of a sweep that has ended."""
    folder = tmp_path / "results" / "neighbours-images-laptop"
    folder.mkdir(parents=True)
    (folder / "neighbours.nc").write_bytes(sealed_netcdf(neighbours()))
    return folder


@pytest.mark.parametrize("kind", STARTS)
def test_the_format_is_an_option_or_the_end_of_the_name(store: Path, kind: str) -> None:
    assert run(NAME, [str(store), "--format", kind]) == 0
    beside, named = store / f"neighbours.{kind}", store / f"mine.{kind.upper()}"
    assert run(NAME, [str(store), "--out", str(named)]) == 0
    assert beside.read_bytes() == named.read_bytes()
    assert beside.read_bytes().startswith(STARTS[kind])
    whole = store / f"whole.{kind}"
    assert run(NAME, [str(store), "--out", str(whole), "--format", kind]) == 0


@pytest.mark.parametrize("kind", STARTS)
def test_all_figures_can_be_of_one_format(store: Path, kind: str) -> None:
    assert Figures.main(["--root", str(store.parent), "--format", kind]) == 0
    (drawn,) = (path for path in store.iterdir() if path.suffix != ".nc")
    assert drawn.name == f"neighbours-images.{kind}"
    assert drawn.read_bytes().startswith(STARTS[kind])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "jpg"), "unknown format 'jpg': choose png, svg, pdf"),
        (("--out", "a.jpg"), "end it with .png, .svg or .pdf"),
        (("--out", "a.png", "--format", "pdf"), "a.png is no pdf"),
    ],
)
def test_another_format_is_refused(
    store: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(NAME, [str(store), *words]) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in store.iterdir()] == ["neighbours.nc"]
