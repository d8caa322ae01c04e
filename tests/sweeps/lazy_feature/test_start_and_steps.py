"""The sweeps of what gradient flow starts with, what its tolerances do, and kernels of its ends."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from analysis.plotting.cli import run as drawn
from jamming.fits.power import power_law
from sweeps.engine.command import Sweep
from sweeps.lazy_feature import gram, initial_scales, tolerance
from sweeps.lazy_feature.commands import Gram, InitialScales, Tolerance
from tests.made_up.runs import mtimes

SWEEPS: dict[str, tuple[Any, type[Sweep], str]] = {
    "gram": (
        gram,
        Gram,
        "--P 20 --h 12 --alpha-tilde 0.1 1000 --seeds 2 --test-points 40",
    ),
    "tolerance": (
        tolerance,
        Tolerance,
        "--P 15 --h 6 --alpha-tilde 1 100 --seeds 2 --tol-gradient 1e-3 1e-4 --momentum 0.01"
        " --test-points 40",
    ),
    "initial_scales": (initial_scales, InitialScales, "--P 30 --depth 3 --h 16 64 256 --seeds 3"),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("start")
    for name, (_, command, line) in SWEEPS.items():
        assert command.main([*line.split(), "--out", str(root / name)]) == 0
    return {name: root / name for name in SWEEPS}


def found(name: str, folders: dict[str, Path]) -> xr.Dataset:
    return xr.load_dataset(folders[name] / SWEEPS[name][0].RESULTS)


def test_learnt_features_tell_classes_apart_and_lazy_ones_stay(folders: dict[str, Path]) -> None:
    one = found("gram", folders)
    gain = (one.contrast.sel(moment="end") - one.contrast.sel(moment="start")).mean("seed")
    assert float(gain.sel(alpha_tilde=0.1)) > 0.02
    assert abs(float(gain.sel(alpha_tilde=1000.0))) < 0.002
    theta = one.theta.transpose("alpha_tilde", "moment", "point", "other").values
    np.testing.assert_allclose(theta, theta.swapaxes(2, 3), rtol=1e-10)
    assert (np.linalg.eigvalsh(theta) > -1e-9 * np.abs(theta).max()).all()
    assert (np.diff(one.y) <= 0).all()  # sorted by label
    assert (one.fitted == 1).all()
    # what the top eigenvectors know of the labels grows with the features
    known = one.pca_omega2.sum("eigenvector")
    assert ((known > 0) & (known <= 1 + 1e-9)).all()
    gain = (known.sel(moment="end") - known.sel(moment="start")).mean("seed")
    assert float(gain.sel(alpha_tilde=0.1)) > 5 * abs(float(gain.sel(alpha_tilde=1000.0)))
    np.testing.assert_array_equal(
        gram.most_learnt(one).pca_omega2.values, one.pca_omega2.sel(alpha_tilde=0.1).values
    )
    np.testing.assert_array_equal(theta[0, 0], theta[1, 0])  # the start knows no alpha


def test_smaller_tolerances_take_more_gradients_to_the_same_outputs(
    folders: dict[str, Path],
) -> None:
    one = found("tolerance", folders)
    assert one.rule.values.tolist() == ["euler 0.001", "momentum 0.01", "flow 0.01", "euler 0.0001"]
    assert (one.distance.sel(rule="euler 0.0001") == 0).all()
    assert (one.distance.sel(rule="euler 0.001") < 0.02).all()
    assert (one.distance.sel(rule="flow 0.01") < 0.1).all()
    assert (one.ticks.sel(rule="euler 0.0001") > one.ticks.sel(rule="euler 0.001")).all()
    assert (one.fitted == 1).all()


def test_gradients_and_speeds_have_their_powers_of_the_width(folders: dict[str, Path]) -> None:
    """Eqs. 20 and 22."""
    one = found("initial_scales", folders)
    h = one.h.values.astype(float)
    for layer, due in ((1, -0.5), (2, -1.0), (3, -1.0), (4, -0.5)):
        y = one.gradient.sel(layer=layer).transpose("h", "seed").values
        assert power_law(h, y).exponent.value == pytest.approx(due, abs=0.12)
    for layer in (1, 2, 3):
        y = one.velocity.sel(layer=layer).transpose("h", "seed").values
        assert power_law(h, y).exponent.value == pytest.approx(-0.5, abs=0.15)
    assert np.isnan(one.velocity.sel(layer=4)).all()


@pytest.mark.parametrize("name", SWEEPS)
def test_the_same_command_runs_nothing_again_and_it_is_drawn(
    name: str, folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, command, line = SWEEPS[name]
    before = mtimes(folders[name])
    assert command.main([*line.split(), "--out", str(folders[name])]) == 0
    assert mtimes(folders[name]) == before
    target = tmp_path / "figure.png"
    assert drawn(f"lazy_feature.{name}", [str(folders[name]), "--out", str(target)]) == 0
    assert target.stat().st_size > 10_000
    capsys.readouterr()
    assert drawn(f"lazy_feature.{name}", [str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "options", "word"),
    [
        ("gram", "--dataset nothing", "nothing"),
        ("gram", "--h 0", "width"),
        ("gram", "--dataset digits --architecture resnet --depth 8", "6 n + 1"),
        ("gram", "--alpha-tilde 0", "alpha"),
        ("tolerance", "--tol-gradient 1e-4 1e-4", "two tolerances"),
        ("tolerance", "--depth 0", "depth"),
        ("tolerance", "--P 100000", "P = 100000"),
        ("initial_scales", "--seeds 0", "seeds"),
        ("initial_scales", "--depth 0", "depth"),
        ("initial_scales", "--alpha 0", "alpha"),
    ],
)
def test_bad_input_is_one_line_exit_code_two_and_no_folder(
    name: str, options: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, command, line = SWEEPS[name]
    assert command.main([*line.split(), *options.split(), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith(f"{name}: ")
    assert word in said.err
    assert not (tmp_path / "out").exists()
