"""The figure of a search, and its command line."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from analysis.plotting import cli
from analysis.plotting.style import COLOURS, MARKERS, style
from analysis.transition.estimates import BOUND
from analysis.transition.nstar import CAP, figure
from tests.made_up.artists import axis_labels, bars, legend, line, lines, scales, xy
from tests.made_up.searches import SEARCHES

main = functools.partial(cli.run, "transition.nstar")
pytestmark = pytest.mark.usefixtures("coarse")


CASES = SEARCHES


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("case", CASES)
def test_a_figure_is_laid_out_without_a_warning(case: str) -> None:
    drawn = figure(CASES[case])
    if case not in ("several P", "nothing tried"):  # to arrange the axes takes longest
        drawn.set_layout_engine("none")
    with style():
        drawn.draw_without_rendering()
    assert len(drawn.axes) == (3 if CASES[case].sizes["P"] > 1 else 2)


@pytest.mark.parametrize("case", ["one P", "several P", "two depths", "some not bracketed"])
def test_every_run_is_a_point_and_those_that_fit_have_no_loss(case: str) -> None:
    found = CASES[case]
    jump, loss = figure(found).axes[:2]
    assert (scales(jump), scales(loss)) == (("linear", "linear"), ("log", "linear"))
    cells = [(L, P) for L in found.L.values for P in found.P.values]
    for (L, P), left, right in zip(cells, lines(jump, "None"), lines(loss), strict=True):
        mine = (found.run_L.values == L) & (found.run_P.values == P)
        share = np.minimum(found.n_delta.values[mine] / found.N.values[mine], CAP)
        np.testing.assert_allclose(left, [P / found.N.values[mine], share])
        unfitted = found.result.values[mine] != "FITTED"
        np.testing.assert_allclose(right, [found.loss.values[mine][unfitted], share[unfitted]])
    dotted = [x[0] for x, _ in lines(jump, ":")]
    star = found.n_star.transpose("L", "P")
    expected = (found.P / star).transpose("L", "P").values.ravel()
    np.testing.assert_allclose(dotted, expected[np.isfinite(expected)])
    fitted = int((found.result == "FITTED").sum())
    assert f"({fitted} fitted runs not shown)" in loss.get_xlabel()


@pytest.mark.parametrize("case", ["several P", "two depths", "some not bracketed"])
def test_n_star_has_its_interval_its_power_and_the_bound_of_the_papers(case: str) -> None:
    found = CASES[case]
    ax = figure(found).axes[2]
    assert axis_labels(ax) == ("$P$", "$N^*$")
    assert scales(ax) == ("log", "log")
    n = found.sizes["L"]
    for i, (L, drawn) in enumerate(zip(found.L.values, bars(ax), strict=True)):
        one = found.sel(L=L)
        known = np.isfinite(one.n_star.values)
        np.testing.assert_allclose(drawn.x, one.P.values[known] * 1.04 ** (i - (n - 1) / 2))
        np.testing.assert_allclose(drawn.y, one.n_star.values[known])
        ends = np.stack([one.n_star_low, one.n_star_high], -1)[known]
        np.testing.assert_allclose(drawn.ends, ends)
        assert drawn.label.startswith(f"L = {L}")
        power = float(one.exponent)
        assert ("sim" in drawn.label) == np.isfinite(power)
        if np.isfinite(power):  # N* = 0.4 P but for the steps of N
            assert power == pytest.approx(1, abs=0.15)
            assert f"P^{{{power:.2f}}}" in drawn.label
    P = found.P.values
    np.testing.assert_allclose(xy(line(ax, "bound"))[1], BOUND * P)
    np.testing.assert_allclose(xy(line(ax, "$P/2.8$"))[1], P / 2.8)
    assert legend(ax)[:2] == ["bound $N^* = 4P$", "$P/2.8$ (random data, papers)"]


def test_the_bound_is_that_of_the_results_or_not_drawn_where_there_is_none() -> None:
    found = CASES["several P"]
    ax = figure(found.assign_attrs(bound=3.5)).axes[2]
    np.testing.assert_allclose(xy(line(ax, "bound $N^* = 3.5P$"))[1], 3.5 * found.P.values)
    without = figure(found.assign_attrs(bound=np.inf)).axes[2]
    assert not any(label.startswith("bound") for label in legend(without))


def test_colours_tell_P_apart_and_markers_depths() -> None:
    found = CASES["two depths"]
    shown = figure(found)
    (words,) = shown.legends
    assert [text.get_text() for text in words.get_texts()] == [
        "P = 100",
        "P = 200",
        "L = 1",
        "L = 2",
    ]
    runs = [one for one in shown.axes[0].get_lines() if one.get_linestyle() == "None"]
    assert [one.get_color() for one in runs] == [COLOURS[0], COLOURS[1]] * 2
    assert [one.get_marker() for one in runs] == [m for m in MARKERS[:2] for _ in "PP"]


@pytest.mark.parametrize("case", ["several P", "some not bracketed"])
def test_the_command_draws_what_was_written(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results.nc").write_bytes(bytes(CASES[case].to_netcdf()))
    assert main([str(tmp_path / "results.nc")]) == 0
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")
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
