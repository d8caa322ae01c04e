"""The figures of learning curves: what is drawn is what the results have, read from the axes."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib.figure
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.container import BarContainer, ErrorbarContainer

from analysis.learning_curves import kernel_pca, kernel_regression, learning_curve, stripe
from tests.made_up.curves import P, image_curves, learning_curves, regression_curves
from tests.made_up.pictures import drawn_by

Axes_of = Callable[[ModuleType, xr.Dataset], list[Axes]]


@pytest.fixture
def axes_of(monkeypatch: pytest.MonkeyPatch) -> Axes_of:
    """The axes of a figure as it is saved."""
    kept: list[matplotlib.figure.Figure] = []
    save = matplotlib.figure.Figure.savefig

    def saved(figure: matplotlib.figure.Figure, *a: Any, **k: Any) -> None:
        kept.append(figure)
        save(figure, *a, **k)

    monkeypatch.setattr(matplotlib.figure.Figure, "savefig", saved)

    def axes(module: ModuleType, found: xr.Dataset) -> list[Axes]:
        target = BytesIO()
        module.draw(found, target)
        assert target.getvalue().startswith(b"\x89PNG")
        assert not plt.get_fignums()
        return kept[-1].axes

    return axes


def points(ax: Axes) -> dict[str, np.ndarray]:
    """Label -> y of what has error bars."""
    found = {}
    for one in ax.containers:
        assert isinstance(one, ErrorbarContainer)
        line = one.lines[0]
        assert line is not None
        found[str(one.get_label())] = np.asarray(line.get_ydata(), float)
    return found


@pytest.mark.parametrize(("sets", "inits"), [(4, 2), (1, 1)])
def test_learning_curves(axes_of: Axes_of, sets: int, inits: int) -> None:
    found = learning_curves(sets=sets, inits=inits)
    errors, alignment, paths = axes_of(stripe, found)
    drawn = points(errors)
    np.testing.assert_allclose(drawn["feature learning"], found.feature.mean(("set", "init")))
    np.testing.assert_allclose(
        drawn["lazy: kernel at initialisation"], found.lazy.mean(("set", "init"))
    )
    aligned = points(alignment)
    assert len(aligned) == len(stripe.SCALES)
    np.testing.assert_allclose(
        aligned["at the end, weighed by the read-out"], found.Lambda.mean(("set", "init"))
    )
    assert [text.get_text() for text in errors.texts] == ["$P^{-0.38}$", "$P^{-0.54}$"]
    assert len(paths.lines) == len(P)
    assert np.asarray(paths.lines[0].get_xdata()).size == 7  # of nine, as it ended earlier
    assert paths.get_xlim()[0] > paths.get_xlim()[1]


def test_predicted_lines_have_the_predicted_slopes(axes_of: Axes_of) -> None:
    errors = axes_of(stripe, learning_curves(d_par=2))[0]
    dashed = [line for line in errors.lines if line.get_linestyle() == "--"]
    slopes = [
        np.polyfit(np.log(np.asarray(a.get_xdata())), np.log(np.asarray(a.get_ydata())), 1)[0]
        for a in dashed
    ]
    np.testing.assert_allclose(slopes, [-5 / 13, -1 / 2], rtol=1e-6)


def test_what_was_not_measured_is_left_out(axes_of: Axes_of) -> None:
    curves = learning_curves()
    few = curves.assign(compressed=curves.compressed.where(curves.P > 200))
    drawn = points(axes_of(stripe, few)[0])
    assert drawn[r"lazy, $x_\perp / \Lambda$"].size == len(P) - 1


@pytest.mark.parametrize("sets", [1, 4])
def test_bars(axes_of: Axes_of, sets: int) -> None:
    found = learning_curves(sets=sets)
    for ax, name in zip(axes_of(kernel_pca, found), ("pca_bits", "pca_omega2"), strict=True):
        bars = [one for one in ax.containers if isinstance(one, BarContainer)]
        assert len(bars) == 2
        for one, moment in zip(bars, ("start", "end"), strict=True):
            heights = [patch.get_height() for patch in one.patches]
            np.testing.assert_allclose(heights, found[name].sel(moment=moment).mean("set"))


@pytest.mark.parametrize("seeds", [1, 4])
def test_regression(axes_of: Axes_of, seeds: int) -> None:
    found = regression_curves(seeds=seeds)
    left, right, nearest = axes_of(kernel_regression, found)
    assert [str(one.get_label()) for one in left.containers] == [
        r"laplace: $\beta = 0.400$",
        r"gaussian: $\beta = 0.350$",
    ]
    np.testing.assert_allclose(
        points(right)[r"laplace: $\beta = 0.480$"], found.error.sel(kernel="laplace").mean("seed")
    )
    np.testing.assert_allclose(points(nearest)["$d = 14.0$"], found.nearest.mean("seed"))


@pytest.mark.parametrize("sets", [1, 4])
def test_curves_of_a_cnn(axes_of: Axes_of, sets: int) -> None:
    found = image_curves(sets=sets)
    drawn = points(axes_of(learning_curve, found)[0])
    assert len(drawn) == 2
    for label, rows in drawn.items():
        name = "lazy" if label.startswith("lazy") else "feature"
        np.testing.assert_allclose(rows, found[name].mean(("set", "init")))
        assert rf"$\beta = {0.33 if name == 'lazy' else 0.5:.2f}$" in label


@pytest.mark.parametrize("module", [stripe, kernel_pca, kernel_regression, learning_curve])
def test_commands(module: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder without results is one line and exit code 2; one with them a figure."""
    assert drawn_by(module, [str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "python -m sweeps." in said
    found, name, needed = {
        kernel_regression: (regression_curves(), "kernel_regression.nc", "error"),
        learning_curve: (image_curves(), "learning_curve.nc", "lazy"),
    }.get(module, (learning_curves(), "stripe.nc", "feature"))
    (tmp_path / name).write_bytes(bytes(found.to_netcdf()))
    assert drawn_by(module, [str(tmp_path)]) == 0
    assert Path(capsys.readouterr().out.strip()).is_file()
    found.drop_vars("P").drop_vars(needed).to_netcdf(tmp_path / name)
    assert drawn_by(module, [str(tmp_path)]) == 2
    assert "run the sweep again" in capsys.readouterr().err
