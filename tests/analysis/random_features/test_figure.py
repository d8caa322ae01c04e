"""The figure of random features: points and lines are what was measured and what is exact."""

import functools
from pathlib import Path

import numpy as np
import pytest

from analysis.plotting import cli
from analysis.random_features.figure import curves, figure, opened, points
from jamming.checks.errors import BadInput
from sweeps.random_features.sweep import RESULTS
from tests.made_up.features import P, random_features

main = functools.partial(cli.run, "random_features.figure", prog="random_features")
pytestmark = pytest.mark.usefixtures("coarse")


def test_points_are_means_with_their_errors_and_medians_without_a_ridge() -> None:
    found = random_features()
    factor = 1 + 0.1 * (np.arange(6) - 2.5)
    exact = found.single_theory.sel(ridge=1e-3).values
    value, low, high = points(found, "single", 1e-3)
    np.testing.assert_allclose(value, exact)
    half = 2.5706 * factor.std(ddof=1) / np.sqrt(6)  # Student's t with five degrees of freedom
    np.testing.assert_allclose(high - value, exact * half, rtol=1e-3)
    np.testing.assert_allclose(value - low, exact * half, rtol=1e-3)
    value, low, high = points(found, "ensemble", 0.0)
    expected = np.quantile(factor, [0.5, 0.25, 0.75])[:, None] * np.where(
        found.h == P, 3e2, found.ensemble_theory.sel(ridge=0.0)
    )
    np.testing.assert_allclose([value, low, high], expected)


def test_one_seed_has_no_bars() -> None:
    value, low, high = points(random_features(seeds=1), "ensemble", 1e-3)
    np.testing.assert_array_equal(value, low)
    np.testing.assert_array_equal(value, high)


def test_lines_pass_through_what_is_exact() -> None:
    found = random_features()
    lines = curves(found, 1e-3, found.h.values.astype(float))
    np.testing.assert_allclose(lines["single"], found.single_theory.sel(ridge=1e-3))
    np.testing.assert_allclose(lines["ensemble"], found.ensemble_theory.sel(ridge=1e-3))
    assert np.all(np.array(lines["limit"]) < lines["ensemble"])


def test_what_is_drawn_is_what_was_measured() -> None:
    """A column for each ridge; h = P marked; ratios to theory of 1, none where it is infinite."""
    found = random_features()
    tops, bottoms = figure(found).axes[:2], figure(found).axes[2:]
    assert [ax.get_title() for ax in tops] == [r"ridge $\lambda = 0.001$", "smallest norm"]
    for top, lam in zip(tops, (1e-3, 0.0), strict=True):
        shown = [np.asarray(line.get_ydata(), float) for line in top.get_lines()]
        for name in ("single", "ensemble"):
            value = points(found, name, lam)[0]
            assert any(y.shape == value.shape and np.allclose(y, value) for y in shown)
        assert any(np.allclose(line.get_xdata(), 1) for line in top.get_lines())
    for bottom, count in zip(bottoms, (5, 4), strict=True):
        drawn = [c.lines[0] for c in bottom.containers]
        assert [line.get_xdata().size for line in drawn] == [count] * 2
        for line in drawn:
            np.testing.assert_allclose(line.get_ydata(), 1, atol=1e-9)


def test_runs_of_gradient_flow_are_drawn_where_they_belong() -> None:
    with_runs = figure(random_features()).axes[1]
    without = figure(random_features(runs=0)).axes[1]
    told = [text.get_text() for text in with_runs.get_legend().get_texts()]
    assert sum("gradient flow" in text for text in told) == 1
    assert len(told) - len(without.get_legend().get_texts()) == 2
    crosses = [line for line in with_runs.get_lines() if line.get_marker() == "+"]
    np.testing.assert_allclose(crosses[0].get_ydata(), 0.501)
    np.testing.assert_allclose(crosses[0].get_xdata(), 2)


@pytest.mark.parametrize("ridges", [(0.0,), (1e-3,), (0.0, 1e-4, 1e-2)])
def test_any_ridges_make_a_file(tmp_path: Path, ridges: tuple[float, ...]) -> None:
    folder = tmp_path / "sweep"
    folder.mkdir()
    random_features(ridges=ridges).to_netcdf(folder / RESULTS)
    assert main([str(folder)]) == 0
    assert (folder / "random_features.png").stat().st_size > 10_000


def test_what_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "python -m sweeps.random_features" in capsys.readouterr().err
    random_features().drop_vars("single_theory").to_netcdf(tmp_path / RESULTS)
    with pytest.raises(BadInput, match="single_theory"):
        opened(tmp_path)
