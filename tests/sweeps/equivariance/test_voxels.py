"""The sweep of pieces of Tetris as voxels, tiny."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.data.pictures import channels, framed, from_images
from jamming.equivariant.data.tetris import drawn
from sweeps.engine.store import Store
from sweeps.equivariance.voxels import RESULTS
from sweeps.equivariance.voxels import voxels as swept
from sweeps.equivariance.voxels_command import Voxels
from tests.made_up.runs import mtimes

pytest.importorskip("e3nn_jax", reason="irreps are in the extra `equivariant`")

TINY = "--network cnn --smooth 1 --n 5 --cube 1 --copies 1 --tests 1 --steps 2 --batch 8 --seeds 1"


def test_it_trains_measures_and_resumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert Voxels.main([*TINY.split(), "--out", str(out)]) == 0
    assert "turned at random" in capsys.readouterr().out
    assert (out / "voxels.png").is_file()
    with xr.open_dataset(out / RESULTS) as found:
        found.load()
    assert dict(found.sizes) == {"network": 1, "smooth": 1, "seed": 1, "piece": 8}
    np.testing.assert_array_equal(8 * found.accuracy % 1, 0)
    assert float(found.error.mean()) > 0
    # what is there is not trained again
    before = mtimes(out)
    again = swept(Voxels.of(TINY.split()).config(), Store(out))
    np.testing.assert_array_equal(again.loss, found.loss)
    assert mtimes(out) == before


@pytest.mark.slow
def test_a_steerable_network_knows_orientations_that_it_was_not_shown(tmp_path: Path) -> None:
    line = "--network gate --smooth 1 --steps 200 --seeds 1"
    found = swept(Voxels.of(line.split()).config(), Store(tmp_path))
    assert float(found.accuracy.mean()) > 0.25  # chance is 1 / 8


def test_voxels_are_scaled_and_not_shifted() -> None:
    x, y = drawn(1, 5, 0, turned=False)
    of = from_images((x, y, x, y))
    mean, scale = channels(of.pixels, np.arange(8))
    np.testing.assert_allclose([mean[0], scale[0]], [0, np.sqrt(np.square(x).mean())], rtol=1e-6)
    assert framed(of, 1, 7).pixels.shape == (16, 7, 7, 7, 1)
    with pytest.raises(BadInput, match="not enlarged"):
        framed(of, 2)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--n 4", "voxels n = 4 is too small"),
        ("--n 7 --cube 4", "take more voxels, smaller cubes"),
        ("--network relu", "unknown network 'relu'"),
        ("--smooth 2", "smooth = 2 is too large"),
        ("--batch 129", "batch = 129 is larger than the P = 128 data"),
        ("--lr 0", "learning rate must be above 0"),
        ("--seeds 0", "seeds = 0 is too small"),
    ],
)
def test_wrong_input_is_refused_in_a_line(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Voxels.main([*line.split(), "--out", str(tmp_path / "out")]) == 2
    refused = capsys.readouterr()
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()
