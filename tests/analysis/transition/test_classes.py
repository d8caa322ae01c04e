"""The figure of several classes: what is drawn is what the runs have."""

import functools
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.figure
import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes

from analysis.plotting import cli
from analysis.transition.classes import draw, opened
from jamming.checks.errors import BadInput
from sweeps.transition.classes import RESULTS, mean_and_error

main = functools.partial(cli.run, "transition.classes")


def made_up(h: tuple[int, ...], seeds: int = 3, *, ensemble: bool = False) -> xr.Dataset:
    rng = np.random.default_rng(len(h))
    losses = ["cross_entropy", "multiclass_hinge"]
    errors = rng.uniform(0.05, 0.1, (2, len(h), seeds))
    over = ("loss", "h", "seed")
    columns: dict[str, Any] = {
        "test_error": (over, errors),
        "best_test_error": (over, errors - 0.01),
    }
    if ensemble:
        columns["ensemble_error"] = ("loss", "h"), errors.mean(-1) - 0.02
    return xr.Dataset(
        columns,
        {"loss": losses, "h": list(h), "seed": list(range(seeds))},
        {"dataset": "digits", "architecture": "fc", "P": 60, "L": 1},
    )


def axes_of(found: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> list[Axes]:
    kept: list[matplotlib.figure.Figure] = []
    with monkeypatch.context() as patch:
        patch.setattr(matplotlib.figure.Figure, "savefig", lambda figure, _: kept.append(figure))
        draw(found, BytesIO())
    return kept[0].axes


def drawn(ax: Axes) -> list[np.ndarray]:
    """The heights of all lines."""
    return [np.asarray(line.get_ydata(), float) for line in ax.get_lines()]


def shows(ax: Axes, heights: Any) -> bool:
    heights = np.atleast_1d(heights)
    return any(y.shape == heights.shape and np.allclose(y, heights) for y in drawn(ax))


def test_by_loss_are_all_seeds_their_mean_and_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made_up((4, 8))
    ax = axes_of(found, monkeypatch)[0]
    widest = found.isel(h=-1)
    for s in range(3):
        assert shows(ax, 100 * widest.test_error.isel(seed=s).values)
    for i in range(2):
        one = widest.isel(loss=i)
        mean, error = mean_and_error(one.test_error)
        assert shows(ax, 100 * mean)
        assert shows(ax, 100 * (mean - error))  # the cap of a bar
        assert shows(ax, 100 * one.best_test_error.mean().item())
    assert "h=8" in ax.get_ylabel()


def test_against_the_width_only_where_there_are_several(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(axes_of(made_up((4,)), monkeypatch)) == 1
    found = made_up((4, 8, 16), ensemble=True)
    _, ax = axes_of(found, monkeypatch)
    for i in range(2):
        assert shows(ax, 100 * found.test_error.isel(loss=i).mean("seed").values)
        assert shows(ax, 100 * found.ensemble_error.isel(loss=i).values)
    assert not shows(axes_of(made_up((4, 8, 16)), monkeypatch)[1], 100 * found.ensemble_error[0])


def test_mean_and_standard_error() -> None:
    x = xr.DataArray([1.0, 2.0, 3.0, 6.0], dims="seed")
    mean, error = mean_and_error(x)
    assert mean == 3
    assert error == pytest.approx(np.sqrt((4 + 1 + 0 + 9) / 3) / 2)
    assert np.isnan(mean_and_error(x[:1])[1])


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_command_draws_a_folder(seeds: int, tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_bytes(bytes(made_up((4, 8), seeds).to_netcdf()))
    assert main([str(tmp_path)]) == 0
    assert (tmp_path / "classes.png").stat().st_size > 10_000


def test_a_folder_without_results_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadInput, match=r"sweeps\.transition\.classes"):
        opened(tmp_path)
    (tmp_path / RESULTS).write_bytes(bytes(made_up((4,))[["test_error"]].to_netcdf()))
    assert main([str(tmp_path)]) == 2
    assert "best_test_error" in capsys.readouterr().err
