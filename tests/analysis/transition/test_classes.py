"""The figure of several classes: what is drawn is what the runs have."""

import functools
from pathlib import Path

import numpy as np
import pytest

from analysis.plotting import cli
from analysis.transition.classes import figure, opened
from jamming.checks.errors import BadInput
from jamming.fits.seeds import mean_and_error
from sweeps.transition.classes import RESULTS
from tests.made_up.artists import axis_labels, bars, legend, lines, scales, shows
from tests.made_up.searches import classes

main = functools.partial(cli.run, "transition.classes")
pytestmark = pytest.mark.usefixtures("coarse")


def test_by_loss_are_all_seeds_their_mean_and_the_best() -> None:
    found = classes((4, 8))
    ax = figure(found).axes[0]
    widest = found.isel(h=-1)
    for (x, y), seed in zip(lines(ax, "-")[:3], found.seed.values, strict=True):
        np.testing.assert_allclose([x, y], [[0, 1], 100 * widest.test_error.sel(seed=seed)])
    points = [(i, name, shift) for i in (0, 1) for name, shift in (("", 0.0), ("best_", 0.15))]
    for drawn, (i, name, shift) in zip(bars(ax), points, strict=True):
        shows(drawn, i + shift, 100 * widest[f"{name}test_error"].isel(loss=[i]))
    assert axis_labels(ax) == ("loss", "test error (%),  $h=8$")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [
        "cross\nentropy",
        "multiclass\nhinge",
    ]
    assert legend(ax) == ["at the end", "best on the way"]


def test_against_the_width_only_where_there_are_several() -> None:
    assert len(figure(classes((4,))).axes) == 1
    found = classes((4, 8, 16), ensemble=True)
    _, ax = figure(found).axes
    assert axis_labels(ax) == ("$h$", "test error at the end (%)")
    assert scales(ax) == ("log", "linear")
    assert set(legend(ax)) == {"cross entropy", "multiclass hinge", "ensemble"}
    for i, drawn in enumerate(bars(ax)):
        shows(drawn, found.h.values * 1.02**i, 100 * found.test_error.isel(loss=i))
        together = 100 * found.ensemble_error.isel(loss=i)
        np.testing.assert_allclose(lines(ax, ":")[i], [found.h, together])
    without = figure(classes((4, 8, 16))).axes[1]
    assert lines(without, ":") == []


def test_mean_and_standard_error() -> None:
    x = np.array([[1.0, 2.0, 3.0, 6.0]])
    (mean,), (error,) = mean_and_error(x)
    assert mean == 3
    assert error == pytest.approx(np.sqrt((4 + 1 + 0 + 9) / 3) / 2)
    assert np.isnan(mean_and_error(x[:, :1])[1])


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_command_draws_a_folder(seeds: int, tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_bytes(bytes(classes((4, 8), seeds).to_netcdf()))
    assert main([str(tmp_path)]) == 0
    assert (tmp_path / "classes.png").stat().st_size > 10_000


def test_a_folder_without_results_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadInput, match=r"sweeps\.transition classes"):
        opened(tmp_path)
    (tmp_path / RESULTS).write_bytes(bytes(classes((4,))[["test_error"]].to_netcdf()))
    assert main([str(tmp_path)]) == 2
    assert "best_test_error" in capsys.readouterr().err
