"""The figure of a search, and its command line."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import xarray as xr

from analysis.plotting import cli
from analysis.transition.nstar import draw
from jamming.fits.logistic import transition
from jamming.nstar.report import to_dataset
from jamming.nstar.search import Config, Transition, Width
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from tests.made_up.pictures import is_a_picture

main = functools.partial(cli.run, "transition.nstar")


def run(N: int, fitted: bool, seed: int) -> Trajectory:
    """A made-up end."""
    return Trajectory(
        "FITTED" if fitted else "CONVERGED_UNFITTED",
        N,
        N + 3,
        50,
        49.0,
        0.0 if fitted else 1e-3 * (seed + 1),
        0 if fitted else N // 2 + seed,
        0,
        0.4,
        (1,),
        (1.0,),
        (9,),
        0.1,
    )


def made_up(P: int, L: int, n_star: float) -> Transition:
    """Widths of N = 10, 20, ... around n_star; not bracketed where it is beyond 400."""
    widths = tuple(
        Width(float(h), 10 * h, tuple(run(10 * h, 10 * h >= n_star, s) for s in range(3)))
        for h in range(1, 41)
    )
    fitted = np.array([w.fits for w in widths])
    if fitted.all() or not fitted.any():
        return Transition(P, L, widths, why="not bracketed")
    at = int(fitted[:, 0].argmax())
    n = transition(np.array([w.N for w in widths]), fitted, samples=20)
    return Transition(P, L, widths, n, widths[at].h, widths[at - 1])


def results(*found: Transition) -> xr.Dataset:
    """As a search gives them."""
    config = Config(Job("random5", 2, (1,)), P=(100,))
    return to_dataset(config, found)


UNTRIED = Transition(100, 1, (), why="the time limit of 1 s ended the search")
CASES = {
    "one P": results(made_up(100, 1, 45)),
    "several P": results(*(made_up(P, 1, 0.4 * P) for P in (100, 200, 400))),
    "two depths": results(*(made_up(P, L, 0.4 * P) for L in (1, 2) for P in (100, 200))),
    "some not bracketed": results(made_up(100, 1, 45), made_up(200, 1, 1e9)),
    "one P, not bracketed": results(made_up(100, 1, 1e9)),
    "all fit": results(made_up(100, 1, 1), made_up(200, 1, 1)),
    "none bracketed": results(made_up(100, 1, 1e9), made_up(200, 1, 1e9)),
    "nothing tried": results(UNTRIED),
    "nothing tried at several P": results(*(Transition(P, 1, (), why="-") for P in (100, 200))),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", CASES)
def test_a_figure_is_drawn_without_a_warning(case: str, tmp_path: Path) -> None:
    path = tmp_path / "nstar.png"
    draw(CASES[case], path)
    is_a_picture(path)


def test_colours_tell_two_P_apart(tmp_path: Path) -> None:
    draw(CASES["several P"], tmp_path / "n.png")
    pixels = matplotlib.image.imread(tmp_path / "n.png")[..., :3]
    for colour in ("0072B2", "D55E00", "009E73"):
        rgb = np.array([int(colour[i : i + 2], 16) for i in (0, 2, 4)]) / 255
        assert (np.abs(pixels - rgb).max(-1) < 0.02).sum() > 20


def test_drawing_twice_gives_the_same_picture_and_leaves_the_style_alone(tmp_path: Path) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    for name in ("a.png", "b.png"):
        draw(CASES["one P"], tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert dict(mpl.rcParams) == before


def test_no_figure_stays_open(tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    plt.close("all")
    draw(CASES["one P"], tmp_path / "a.png")
    assert plt.get_fignums() == []


@pytest.mark.parametrize("case", ["several P", "some not bracketed"])
def test_the_command_draws_what_was_written(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results.nc").write_bytes(bytes(CASES[case].to_netcdf()))
    assert main([str(tmp_path / "results.nc")]) == 0
    is_a_picture(tmp_path / "results.png")
    assert capsys.readouterr().out == f"{tmp_path / 'results.png'}\n"
    assert main([str(tmp_path / "results.nc"), "--out", str(tmp_path / "other.pdf")]) == 0
    assert (tmp_path / "other.pdf").read_bytes().startswith(b"%PDF")


def bad_files(folder: Path) -> dict[str, list[str]]:
    """Arguments that cannot work, by name."""
    whole = bytes(CASES["several P"].to_netcdf())
    (folder / "good.nc").write_bytes(whole)
    (folder / "text.nc").write_text("no netCDF\nat all\n")
    (folder / "empty.nc").write_bytes(b"")
    (folder / "foreign.nc").write_bytes(bytes(xr.Dataset({"a": ("x", [1.0])}).to_netcdf()))
    other = xr.Dataset({"a": ("P", [1.0])}, coords={"P": [1], "L": 2})
    (folder / "like.nc").write_bytes(bytes(other.to_netcdf()))
    for share in (0.3, 0.6, 0.95):
        (folder / f"cut{share}.nc").write_bytes(whole[: int(share * len(whole))])
    names = ["missing", "text", "empty", "foreign", "like", "cut0.3", "cut0.6", "cut0.95"]
    return {name: [str(folder / f"{name}.nc")] for name in names} | {
        "a folder": [str(folder)],
        "target in no folder": [str(folder / "good.nc"), "--out", str(folder / "no" / "a.png")],
        "target of no kind": [str(folder / "good.nc"), "--out", str(folder / "a.xyz")],
    }


@pytest.mark.parametrize(
    "name",
    [
        "missing",
        "text",
        "empty",
        "foreign",
        "like",
        "cut0.3",
        "cut0.6",
        "cut0.95",
        "a folder",
        "target in no folder",
        "target of no kind",
    ],
)
def test_a_file_that_cannot_be_drawn_is_one_line_and_exit_code_two(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = bad_files(tmp_path)[name]
    before = set(tmp_path.iterdir())
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert set(tmp_path.iterdir()) == before


def test_as_a_process_a_missing_file_is_one_line_and_exit_code_two(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analysis", "transition.nstar", "missing.nc"],
        cwd=tmp_path,
        env=os.environ | {"MPLBACKEND": "module://not.here"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "missing.nc" in done.stderr
