"""Learning curves of a small CNN and of its kernel, and the command itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.store import Store
from sweeps.learning_curves.cnn import RESULTS, Config
from sweeps.learning_curves.commands import LearningCurve
from tests.made_up.stores import save_run

TINY = ("--dataset", "digits", "--P", "8", "4", "--h", "2", "--depth", "1", "--sets", "2")
SHORT = ("--test-points", "30", "--steps", "40", "--alpha-tilde", "0.1")


def a_config(*words: str) -> Config:
    return LearningCurve.of([*TINY, *SHORT, *words]).config()


def test_networks_and_kernels_share_points_and_initial_weights() -> None:
    config = a_config("--inits", "2", "--data-seed", "3", "--init-seed", "7")
    assert config.P == (4, 8)
    networks, kernels = config.jobs("feature", 8), config.jobs("lazy", 8)
    assert len({job.key for row in networks + kernels for job in row}) == 8
    for s, i in np.ndindex(2, 2):
        network, kernel = networks[s][i], kernels[s][i]
        assert (network.data_seed, network.init_seed) == (3 + s, 7 + 2 * s + i)
        assert (kernel.data_seed, kernel.init_seed) == (network.data_seed, network.init_seed)
        assert (network.model_kind, kernel.model_kind) == ("network", "kernel_init")
        assert network.alpha == pytest.approx(0.1 / 2**0.5)
        assert kernel.alpha is None
        assert network.architecture == "cnn"


def test_networks_learn_by_other_dynamics_and_kernels_flow() -> None:
    config = a_config("--dynamics", "adam", "--lr", "0.02", "--alpha-tilde", "10")
    (network, *_), *_ = config.jobs("feature", 8)
    (kernel, *_), *_ = config.jobs("lazy", 8)
    assert (network.dynamics, kernel.dynamics) == ("adam", "flow")
    assert network.alpha is not None
    assert network.lr == pytest.approx(0.02 / network.alpha)
    assert network.numbers()["lr"] == network.lr


def made_up(job: Job) -> Trajectory:
    """A run whose error is known by its job."""
    error = job.P / 1000 + 0.01 * job.data_seed + 0.1 * (job.model_kind == "kernel_init")
    return Trajectory(
        result="FITTED" if job.P == 4 else "OUT_OF_BUDGET",
        N=1,
        N_all=1,
        ticks=9,
        t=9.0,
        loss=0.1,
        unsatisfied=0 if job.P == 4 else 3,
        misclassified=0,
        test_error=error,
        snapshot_ticks=(9,),
        snapshot_loss=(0.1,),
        snapshot_unsatisfied=(0,),
        seconds=1.0,
    )


def test_results_are_where_they_belong_and_are_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Job] = []

    def executed(jobs: Sequence[Job], store: Store, **how: Any) -> None:
        assert how["client"] is None
        for job in [job for job in jobs if job.key not in store]:
            asked.append(job)
            save_run(store, job, made_up(job))

    monkeypatch.setattr("sweeps.engine.gather.execute", executed)
    out = tmp_path / "out"
    words = [*TINY, *SHORT, "--out", str(out)]
    assert LearningCurve.main(words) == 0
    assert str(out / RESULTS) in capsys.readouterr().out
    assert [job.P for job in asked] == [4] * 4 + [8] * 4  # the small ones first
    with xr.open_dataset(out / RESULTS) as found:
        assert found.P.values.tolist() == [4, 8]
        np.testing.assert_allclose(found.feature[:, :, 0], [[0.004, 0.014], [0.008, 0.018]])
        np.testing.assert_allclose(found.lazy, found.feature + 0.1)
        np.testing.assert_array_equal(found.lazy_fitted[:, :, 0], [[1, 1], [0, 0]])
        assert found.attrs["architecture"] == "cnn"
    assert LearningCurve.main(words) == 0
    assert len(asked) == 8


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--dataset", "random5"), "random5"),
        (("--P", "1"), "P = 1"),
        (("--h", "0"), "h = 0"),
        (("--depth", "7"), "a cnn has 1 to 4 layers"),
        (("--depth", "4"), "finds no room in an image"),
        (("--sets", "0"), "sets = 0"),
        (("--alpha-tilde", "0"), "alpha_tilde must be above 0"),
        (("--loss", "cross_entropy"), "several classes"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    words: Sequence[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert LearningCurve.main([*TINY, *words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "out").exists()
