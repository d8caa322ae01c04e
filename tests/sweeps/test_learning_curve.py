"""Learning curves of a small CNN and of its kernel, and the command itself."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from made_up_runs import mtimes

from sweeps.learning_curve import RESULTS, Config, config_of, main, parser
from sweeps.store import Store

TINY = ("--dataset", "digits", "--P", "8", "4", "--h", "2", "--depth", "1", "--sets", "2")
SHORT = ("--test-points", "30", "--steps", "40", "--alpha-tilde", "0.1")


def a_config(*words: str) -> Config:
    return config_of(parser().parse_args([*TINY, *SHORT, *words]))


def test_networks_and_kernels_share_points_and_initial_weights() -> None:
    config = a_config("--inits", "2", "--data-seed", "3", "--init-seed", "7")
    assert config.P == (4, 8)
    networks, kernels = config.jobs("feature", 8), config.jobs("lazy", 8)
    assert len({job.key for row in networks + kernels for job in row}) == 8
    for s, i in np.ndindex(2, 2):
        network, kernel = networks[s][i], kernels[s][i]
        assert (network.data_seed, network.init_seed) == (3 + s, 7 + 2 * s + i)
        assert (kernel.data_seed, kernel.init_seed) == (network.data_seed, network.init_seed)
        assert (network.learner, kernel.learner) == ("network", "kernel_init")
        assert network.alpha == pytest.approx(0.1 / 2**0.5)
        assert kernel.alpha is None
        assert network.architecture == "cnn"


def test_the_command_goes_on_where_it_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = [*TINY, *SHORT, "--out", str(out)]
    assert main(words) == 0
    assert str(out / RESULTS) in capsys.readouterr().out
    config, store = a_config(), Store(out)
    with xr.open_dataset(out / RESULTS) as found:
        assert found.P.values.tolist() == [4, 8]
        for curve in ("feature", "lazy"):
            kept = [
                [[store[job.key]["trajectory"]["test_error"] for job in row] for row in cell]
                for cell in (config.jobs(curve, P) for P in config.P)
            ]
            np.testing.assert_array_equal(found[curve], kept)
        assert found.attrs["architecture"] == "cnn"
    before = mtimes(out / "trajectories")
    assert main(words) == 0
    assert mtimes(out / "trajectories") == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--dataset", "random5"), "random5"),
        (("--P", "1"), "P must be at least 2"),
        (("--h", "0"), "h must be at least 1"),
        (("--depth", "7"), "a cnn has 1 to 4 layers"),
        (("--depth", "4"), "4"),
        (("--sets", "0"), "sets and inits"),
        (("--alpha-tilde", "0"), "alpha must be positive"),
        (("--loss", "cross_entropy"), "several classes"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    words: Sequence[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*TINY, *words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "out").exists()
