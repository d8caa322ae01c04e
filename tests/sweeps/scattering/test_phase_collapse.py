"""The sweep of phase collapse networks: what it finds is what training by hand gives."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from jamming.training.classify import train_images
from sweeps.scattering.commands import PhaseCollapse
from sweeps.scattering.phase_collapse import RESULTS

TINY = (
    *("--network", "pc+skip", "at", "--depth", "1", "--P", "20", "--width", "0.1"),
    *("--L", "3", "--steps", "3", "--batch", "10", "--seeds", "2", "--test-points", "20"),
)


def test_it_is_what_training_by_hand_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PhaseCollapse.main([*TINY, "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "pc+skip" in said
    assert (tmp_path / "collapse.png").is_file()
    found = xr.load_dataset(tmp_path / RESULTS)
    assert dict(found.sizes) == {"network": 2, "depth": 1, "seed": 2}
    config = PhaseCollapse.of(TINY).config()
    at = [("pc+skip", 1, 1), ("at", 1, 0)]
    runs = train_images([config[each] for each in at])
    for (network, depth, seed), run in zip(at, runs, strict=True):
        one = found.sel(network=network, depth=depth, seed=seed)
        np.testing.assert_allclose(one.test_error, run.test_error)
        np.testing.assert_allclose(one.train_loss, run.train_loss, rtol=1e-5)
        assert one.N_all == run.N_all


def test_options_reach_the_network() -> None:
    a = PhaseCollapse(network=("pc", "at+skip"), dataset="cifar10", L=4, full=False, seeds=1)
    plain, skip = (job.module(10) for job in a.config().values())
    assert (plain.variant, plain.skip, plain.L, plain.full) == ("pc", False, 4, False)
    assert (skip.variant, skip.skip) == ("at", True)
    assert len(plain.blocks) == 4
    (job,) = PhaseCollapse(network=("pc",), dataset="mnist", seeds=1).config().values()
    assert (job.pad, job.module(10).L, len(job.module(10).blocks)) == (32, 4, 4)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("--network relu", "unknown network"),
        ("--network pc --depth 4", "depth"),
        ("--P 5", "batch"),
        ("--dataset cats", "image data set"),
    ],
)
def test_what_cannot_be_is_refused(
    line: str, part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PhaseCollapse.main([*line.split(" "), "--out", str(tmp_path / "a")]) == 2
    said = capsys.readouterr().err
    assert part in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "a").exists()
