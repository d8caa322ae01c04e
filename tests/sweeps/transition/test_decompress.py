"""Threshold states by the command: what is stored, and what goes on where it stopped."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from analysis.transition.decompressed import figure
from analysis.transition.estimates import gaps_in, overlaps_in
from jamming.nstar import decompress as states
from sweeps.engine.store import Store
from sweeps.transition import decompress as sweep
from sweeps.transition.decompress import RESULTS, STATES, summary
from sweeps.transition.decompress_command import Decompress

SIZE = {"N": 20, "depth": 1, "ratio": 4, "seeds": 2}
WORK = {"target": 1e-4, "steps": 500, "relax-steps": 400}
LINE = [word for name, x in (SIZE | WORK).items() for word in (f"--{name}", f"{x}")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("decompressed")
    assert Decompress.main([*LINE, "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> xr.Dataset:
    return xr.load_dataset(folder / RESULTS)


def test_what_is_reached_is_jammed_and_next_to_the_transition(found: xr.Dataset) -> None:
    N, P = found.N, found.sizes["point"]
    assert P == 4 * N
    for s in range(2):
        one = found.isel(seed=s)
        delta = one.delta.values[np.isfinite(one.delta.values)]
        assert 0 < one.loss
        assert (delta > 0).sum() == round(float(one.n_delta) * N) > 0
        # whole points, and a part of the last
        assert one.ratio * N <= delta.size <= one.ratio * N + 1
        assert np.sum(np.fmax(delta, 0) ** 2) / 2 / delta.size == pytest.approx(float(one.loss))
        P_of, loss = (one[f"path_{name}"].dropna("state").values for name in ("P", "loss"))
        assert (np.diff(P_of) <= 0).all()  # equal where what goes was lost
        assert loss[-1] == float(one.loss) < loss[0]
        assert gaps_in(found)[s].size + overlaps_in(found)[s].size == delta.size
    assert "P/N*" in summary(found)
    way, height, *densities = figure(found).axes
    assert len(way.lines) == 2
    assert np.nanmin(way.lines[0].get_xdata()) == pytest.approx(float(found.ratio[0]))
    assert all(ax.get_legend() for ax in densities)
    assert height.get_xscale() == "log"


def test_stopped_between_two_rounds_it_ends_the_same(
    folder: Path, found: xr.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "SECONDS", 0.0)  # a checkpoint after each round
    relax, left = states._round, 7

    def stops(*given: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return relax(*given)

    monkeypatch.setattr(states, "_round", stops)
    line = [*LINE, "--out", str(tmp_path)]
    assert Decompress.main(line) == 130
    assert list((tmp_path / STATES / "running").glob("*.npz"))
    left = 10_000
    assert Decompress.main(line) == 0
    xr.testing.assert_identical(xr.load_dataset(tmp_path / RESULTS), found)
    left = 0  # all is there
    assert Decompress.main(line) == 0
    assert len(Store(folder / STATES)) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--ratio 0.5", "fits all 10 points: give more of them"),
        ("--target 0", "target"),
        ("--target nan", "target"),
        ("--rate -1", "rate"),
        ("--N 0", "N"),
        ("--dataset nowhere", "nowhere"),
        ("--margin 0", "margin"),
        ("--relax-steps 0", "relax_steps"),
    ],
)
def test_wrong_input_is_one_line(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Decompress.main([*LINE, *line.split(), "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("decompress:")
    assert said in error
