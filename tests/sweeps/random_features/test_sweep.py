"""The sweep of random features: what it measures, theory beside it, and the command itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.random_features import theory
from sweeps.engine.store import Store
from sweeps.random_features.commands import RandomFeatures
from sweeps.random_features.network import Cell, Model, measured
from sweeps.random_features.sweep import RESULTS, Config, random_features
from tests.made_up.runs import mtimes

SMALL = "--d 8 --P 16 --ratio 0.5 1 2 --ridge 0 1e-2 --members 3 --seeds 2"
LINE = SMALL.split()
NO_FLOW = [*LINE, "--flow"]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep that has been run, with a width at which gradient flow is run too."""
    folder = tmp_path_factory.mktemp("random-features") / "real"
    assert RandomFeatures.main([*LINE, "--flow", "4", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The widths that are measured; the third cell is interrupted once, and cells go one by one."""
    taken: list[int] = []

    def once(cell: Cell) -> dict[str, Any]:
        taken.append(cell.h)
        if len(taken) == 3:
            raise KeyboardInterrupt
        return {"single": [[1.0, 2.0]] * 3, "ensemble": [0.5, 1.0]}

    monkeypatch.setattr("sweeps.random_features.network.measured", once)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    return taken


def test_the_result_holds_the_cells_and_theory(real: Path) -> None:
    with xr.open_dataset(real / RESULTS) as found:
        assert found.h.values.tolist() == [8, 16, 32]
        assert dict(found.single.sizes) == {"h": 3, "seed": 2, "member": 3, "ridge": 2}
        model = Model(8, 16, 0.2, "relu", (0.0, 1e-2), 3)
        one = measured(Cell(model, 32, 1))
        np.testing.assert_allclose(found.single.sel(h=32, seed=1), one["single"], rtol=1e-9)
        np.testing.assert_allclose(found.ensemble.sel(h=32, seed=1), one["ensemble"], rtol=1e-9)
        mu = theory.constants(activation("relu"))
        at = theory.Setting(4.0, 2.0, 1e-2, 0.2)
        exact = found.sel(h=32, ridge=1e-2)
        assert float(exact.single_theory) == theory.network(at, mu)
        assert float(exact.ensemble_theory) == theory.ensemble(at, mu, 3)
        assert float(found.single_theory.sel(h=16, ridge=0.0)) == np.inf
        assert found.attrs["members"] == 3


def test_gradient_flow_comes_to_the_closed_form(real: Path) -> None:
    """Of a network with four neurons for each point."""
    with xr.open_dataset(real / RESULTS) as found:
        assert found.flow_h.values.tolist() == [64]
        np.testing.assert_allclose(found.flow, found.closed, rtol=1e-4)


def test_the_same_command_again_measures_nothing(
    real: Path, counted: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    before, results = mtimes(real), (real / RESULTS).read_bytes()
    assert RandomFeatures.main([*LINE, "--flow", "4", "--out", str(real)]) == 0
    assert counted == []
    assert (real / RESULTS).read_bytes() == results
    assert mtimes(real) == before
    lines = capsys.readouterr().out.splitlines()
    # a heading, widths at two ridges, a flow, where it is, how to draw it
    assert len(lines) == 1 + 6 + 1 + 1 + 1
    assert lines[1].split()[:3] == ["0.0e+00", "8", "0.50"]


def test_interrupted_by_the_keyboard_it_goes_on_where_it_was(
    tmp_path: Path, counted: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    assert RandomFeatures.main([*NO_FLOW, "--out", str(folder)]) == 130
    assert "the same command goes on there" in capsys.readouterr().err
    assert counted[:3] == [32, 32, 16]  # the widest first: none is left for the end
    assert 2 <= len(Store(folder)) < 6
    assert not (folder / RESULTS).exists()
    before = len(counted)
    kept = len(Store(folder))
    assert RandomFeatures.main([*NO_FLOW, "--out", str(folder)]) == 0
    assert len(counted) == before + 6 - kept
    with xr.open_dataset(folder / RESULTS) as found:
        assert (found.single.sel(ridge=0.0) == 1).all()
        assert found.sizes["run"] == 0


def test_a_wider_sweep_takes_only_what_is_new(tmp_path: Path, counted: list[int]) -> None:
    """More widths and seeds; and two ratios that come to one width are one."""
    store = Store(tmp_path / "out")
    model = Model(8, 16, 0.2, "relu", (0.0, 1e-2), 3)
    random_features(Config(model, (0.5,), 2), store)
    assert counted == [8, 8]
    counted.append(0)  # the third, so that nothing is interrupted
    found = random_features(Config(model, (0.5, 0.51, 1.0), 3), store)
    assert sorted(counted[3:]) == [8, 16, 16, 16]
    assert found.h.values.tolist() == [8, 16]
    assert found.sizes["seed"] == 3


def test_options_come_from_a_file_too(tmp_path: Path, counted: list[int]) -> None:
    options = "d = 8\nP = 16\nratio = [0.5]\nridge = [0.0, 1e-2]\nmembers = 3\nseeds = 2\nflow = []"
    (tmp_path / "sweep.toml").write_text(options)
    line = ["--config", str(tmp_path / "sweep.toml"), "--out", str(tmp_path / "out")]
    assert RandomFeatures.main(line) == 0
    assert counted == [8, 8]


def test_defaults_lie_around_the_threshold() -> None:
    config = RandomFeatures.of([]).config()
    ratio = np.array(config.widths(config.ratios)) / config.model.P
    assert ratio.min() < 0.2
    assert ratio.max() >= 2
    assert ((ratio >= 0.9) & (ratio <= 1.1)).sum() >= 5
    assert len(config.jobs()) == len(config.flow)
    assert {job.loss for job in config.jobs()} == {"square"}


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--d 2", "d = 2"),
        ("--P 1", "P = 1"),
        ("--ratio 0", "ratios"),
        ("--ratio nan", "ratios"),
        ("--flow inf", "ratios"),
        ("--ridge -1", "ridge"),
        ("--ridge 0 0", "different"),
        ("--noise -0.5", "noise"),
        ("--noise nan", "noise"),
        ("--activation nothing", "nothing"),
        ("--activation linear", "linear"),
        ("--members 0", "members"),
        ("--seeds 0", "seeds"),
        ("--config nowhere.toml", "nowhere.toml"),
    ],
)
def test_bad_input_is_one_line_exit_code_two_and_no_folder(
    options: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert RandomFeatures.main([*NO_FLOW, *options.split(), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("random_features: ")
    assert word in said.err
    assert not (tmp_path / "out").exists()


def test_an_empty_grid_is_refused_by_the_library_too() -> None:
    model = Model(8, 16, 0.2, "relu", (0.0,), 3)
    for ratios, seeds in (((), 1), ((1.0,), 0)):
        with pytest.raises(BadInput):
            Config(model, ratios, seeds)
