"""The sweep of digits on the sphere, tiny."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from sweeps.engine.classify import load_image_run
from sweeps.engine.store import Store
from sweeps.equivariance.commands import Sphere
from sweeps.equivariance.sphere import RESULTS, Digits

pytest.importorskip("s2fft", reason="transforms on the sphere are in the extra `equivariant`")

TINY = (
    "--network planar spherical --P 30 --b 4 --bandwidths 2 --grids 3 --channels 3 --kernel 3"
    " --stride 2 --planar-channels 4 --steps 3 --batch 10 --seeds 2 --test-points 20"
)


def test_networks_are_tested_with_both_kinds_of_digits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [*TINY.split(), "--out", str(tmp_path)]
    assert Sphere.main(line) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].split() == ["network", "parameters", "NR/NR", "R/R", "NR/R", "R/NR"]
    assert (tmp_path / "sphere.png").is_file()
    found = xr.load_dataset(tmp_path / RESULTS)
    assert dict(found.sizes)["network"] == dict(found.sizes)["tested"] == 2
    config, store = Sphere.of(line).config(), Store(tmp_path)
    for (name, trained, seed), (job, digits, _) in config.items():
        one = found.sel(network=name, trained=trained, seed=seed)
        run = load_image_run(store, job)
        # half of the test images of a run are not rotated
        assert float(one.error.mean()) == pytest.approx(run.test_error)
        assert (one.N_all, digits.rotated) == (run.N_all, trained == "R")
    assert found.N_all.sel(network="planar", trained="R", seed=0) == 4 * 10 + (9 * 4 + 1) * 10


def test_rotations_are_those_of_the_image() -> None:
    plain, turned = (Digits("digits", 4, rotated, 30).data() for rotated in (False, True))
    for a, b in zip(plain[1:], turned[1:], strict=True):
        np.testing.assert_array_equal(a, b)
    assert (plain[0] != turned[0]).any()
    x, y = plain[2:]
    np.testing.assert_array_equal(y[:30], y[30:])
    assert not x[:30, 4:].any()  # the southern hemisphere
    assert x[30:, 4:].any()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--network cubic", "unknown network 'cubic'"),
        ("--b 6", "at least 7"),
        ("--b 65", "the bandwidth b = 65"),
        ("--grids 7 5 2", "grids of (7, 5, 2) are not as fine"),
        ("--channels 3", "3 bandwidths and 1 channels"),
        ("--P 20", "batch"),
    ],
)
def test_wrong_input_is_refused_in_a_line(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Sphere.main([*line.split(), "--out", str(tmp_path / "out")]) == 2
    refused = capsys.readouterr()
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_spherical_network_recognises_what_it_has_not_seen_rotated(tmp_path: Path) -> None:
    line = ("--network", "spherical", "planar", "--seeds", "1", "--out", str(tmp_path))
    assert Sphere.main(line) == 0
    error = xr.load_dataset(tmp_path / RESULTS).error.isel(seed=0).sel(trained="NR")
    assert error.sel(network="spherical").max() < 0.15
    assert error.sel(network="planar", tested="NR") < 0.1
    assert error.sel(network="planar", tested="R") > 0.7
