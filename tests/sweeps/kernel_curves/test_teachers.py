"""The commands on teachers, tiny: what they find is what the library finds; bad input."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jamming.kernels.distance import squared_distances
from jamming.kernels.fields import Covariance
from jamming.kernels.lattice import lattice_mse
from jamming.kernels.sphere import uniform
from jamming.kernels.teacher import taught
from sweeps.engine import labelled
from sweeps.engine.store import Store
from sweeps.kernel_curves.commands import COMMANDS
from sweeps.kernel_curves.lattice import RESULTS as LATTICE
from sweeps.kernel_curves.teacher_command import JITTERS, Lattice, TeacherStudent
from sweeps.kernel_curves.teacher_student import RESULTS, summary, teacher_student
from tests.made_up.runs import mtimes

TINY = ("--n", "10", "20", "40", "--tests", "30", "--draws", "3")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules whose figures were asked for: what they show has tests of its own."""
    asked: list[str] = []
    monkeypatch.setattr(labelled, "illustrate", lambda figure, *_: asked.append(figure))
    return asked


def test_teacher_student(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], drawn: list[str]
) -> None:
    line = [*TINY, "--teacher", "matern", "--nu", "0.5", "1", "--d", "1"]
    assert TeacherStudent.main([*line, "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "theorem" in said
    assert drawn == ["analysis.kernel_curves.teacher"]
    with xr.open_dataset(tmp_path / RESULTS) as found:
        found.load()
    np.testing.assert_array_equal(found.theorem, [1.0, 2.0])
    x = uniform(70, 1, 2)
    r2, r2_test = squared_distances(x[:40]), squared_distances(x[:40], x[40:])
    T, S = Covariance("matern", 1.0, 1.0), Covariance("laplace", 1.0)
    direct = taught(T.kernel(r2), T.kernel(r2_test), S.kernel(r2), S.kernel(r2_test), (10, 20, 40))
    one = found.isel(case=1, jitter=0).sel(seed=2)
    np.testing.assert_allclose(one.mse, direct.mse, rtol=1e-9)
    # nothing is run again
    store, before = Store(tmp_path), mtimes(tmp_path)
    again = teacher_student(TeacherStudent.of(line).config(), store)
    np.testing.assert_array_equal(again.mse, found.mse)
    assert mtimes(tmp_path) == before


def test_jitters_of_a_gaussian_student_and_what_they_do(tmp_path: Path) -> None:
    config = TeacherStudent.of([*TINY, "--student", "gauss", "--d", "3"]).config()
    found = teacher_student(config, Store(tmp_path))
    np.testing.assert_array_equal(found.jitter, JITTERS)
    # the spectra know the ridge, too; next to singular ones nothing is Gaussian
    last = found.isel(case=0, jitter=-1)
    np.testing.assert_allclose(last.mse.mean("seed"), last.replica, rtol=0.15)
    assert "a jitter of 1e-10 in place of 1e-12 changes" in summary(found)


def test_lattice(tmp_path: Path, capsys: pytest.CaptureFixture[str], drawn: list[str]) -> None:
    line = ["--nu", "0.5", "1", "--n", "4", "16"]
    assert Lattice.main([*line, "--out", str(tmp_path)]) == 0
    assert "last slope" in capsys.readouterr().out
    assert drawn == ["analysis.kernel_curves.lattice"]
    with xr.open_dataset(tmp_path / LATTICE) as found:
        np.testing.assert_allclose(found.mse.sel(d=2, nu=1), lattice_mse(4.0, 3.0, (2, 4), 2))
        np.testing.assert_allclose(found.mse.sel(d=1, nu=0.5), lattice_mse(2.0, 2.0, (4, 16)))


@pytest.mark.parametrize(
    ("command", "words", "says"),
    [
        (TeacherStudent, ("--teacher", "cubic"), "unknown teacher 'cubic'"),
        (TeacherStudent, ("--student", "cubic"), "unknown student 'cubic'"),
        (TeacherStudent, ("--d", "0"), "d = 0"),
        (TeacherStudent, ("--teacher", "matern", "--nu", "0"), "nu must be above 0"),
        (TeacherStudent, ("--n", "10", "20"), "give 3 at least"),
        (TeacherStudent, ("--n", "1", "20", "40"), "n = 1 is too small"),
        (TeacherStudent, ("--n", "10", "20", "1000000"), "memory"),
        (TeacherStudent, ("--sigma", "nan"), "sigma must be finite"),
        (TeacherStudent, ("--jitter=-1",), "jitter"),
        (Lattice, ("--d", "3"), "d = 3"),
        (Lattice, ("--n", "10", "20"), "n = 10 is no square"),
        (Lattice, ("--nu", "nan"), "nu must be finite"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    command: Any,
    words: Sequence[str],
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command in COMMANDS
    assert command.main([*words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "out").exists()
