"""The phase diagram with SGD: its rates, its grids, and small networks that learn by both."""

import dataclasses
import math
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr

from analysis.plotting.cli import run as drawn
from jamming.checks.errors import BadInput
from jamming.training.spec import Job
from sweeps.phase_diagram.commands import SgdAxis
from sweeps.phase_diagram.sgd_axis import RESULTS
from sweeps.shared.learning_rates import stepped
from tests.made_up.runs import mtimes

LINE = (
    "--P 20 --h 2 12 --alpha-tilde 0.3 30 --batch 5 --lr 0.5 --seeds 2 --steps 4000"
    " --flow-steps 600 --test-points 50 --kernel-points 10"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sgd") / "axis"
    assert SgdAxis.main([*LINE.split(), "--out", str(out)]) == 0
    return out


def job_of(dynamics: str, alpha: float | None, L: int = 2, **more: object) -> Job:
    fields = {"parametrisation": "ntp", "dynamics": dynamics, "lr": 0.1, "alpha": alpha, **more}
    return dataclasses.replace(Job("digits10pca", 10, (4,) * L), **fields)


def test_rates_shrink_as_the_kernel_grows() -> None:
    """Eq. 24: by alpha~^(4/3) with two layers; from alpha~ of 10 on they stand."""
    at = {a: stepped(job_of("sgd", a / 2)).lr for a in (0.01, 0.1, 10.0, 1e4)}
    assert at[10.0] == at[1e4] == 0.1
    assert at[0.1] / at[0.01] == pytest.approx(10 ** (4 / 3), rel=1e-5)
    assert stepped(job_of("sgd", 0.05, L=5)).lr == pytest.approx(0.1 * 0.01 ** (5 / 3), rel=1e-5)
    assert stepped(job_of("sgd", None)).lr == 0.1
    assert stepped(job_of("flow", 1e-3)) == job_of("flow", 1e-3)


def test_adam_s_rate_shrinks_as_outputs_grow() -> None:
    assert [stepped(job_of("adam", a)).lr for a in (1e-3, 1.0, 100.0)] == [0.1, 0.1, 0.001]


def test_mfp_has_the_same_rate_in_its_own_time() -> None:
    """Claim X3: at sqrt(h) alpha, in h times the time."""
    ntp, mfp = job_of("sgd", 0.5), job_of("sgd", 1.0, parametrisation="mfp")
    assert stepped(mfp).lr == pytest.approx(4 * stepped(ntp).lr)


def test_rules_ascend_in_noise_and_the_flow_has_none() -> None:
    each = SgdAxis.of(LINE.replace("--batch 5 --lr 0.5", "--batch 2 20 --lr 0.2 0.1").split())
    rules = each.config()
    assert list(rules) == [(20, 0.0), (20, 0.1), (20, 0.2), (2, 0.1), (2, 0.2)]
    kinds = {rule: one.job.dynamics for rule, one in rules.items()}
    assert kinds.pop((20, 0.0)) == "flow"
    assert set(kinds.values()) == {"sgd"}
    keys = [job.key for one in rules.values() for job in one.grid()]
    assert len(keys) == len(set(keys)) == 5 * 2 * 2 * 2
    with pytest.raises(BadInput, match="lr"):
        dataclasses.replace(each, lr=()).config()


@pytest.mark.slow
def test_both_learn_and_stand_beside_each_other(folder: Path) -> None:
    found = xr.load_dataset(folder / RESULTS)
    assert found.rule.values.tolist() == ["flow", "batch 5, lr 0.5"]
    np.testing.assert_allclose(found.temperature, [0.0, 0.1])
    wide = found.sel(h=12)
    np.testing.assert_array_equal(wide.fit, 1.0)
    assert (wide.error < 0.4).all()
    assert np.isfinite(wide.kernel_change).all()
    # lazy kernels change little, those of features much, with noise and without
    change = wide.kernel_change.transpose("alpha_tilde", "rule").values
    assert (change[0] > 3 * change[1]).all()


@pytest.mark.slow
def test_lazy_networks_learn_the_same_with_small_steps_on_all_points(tmp_path: Path) -> None:
    """Without noise SGD is Euler's method for the flow."""
    line = (
        "--P 12 --h 8 --alpha-tilde 1e3 --batch 12 --lr 0.2 --seeds 2 --steps 10000"
        " --flow-steps 600 --test-points 50 --kernel-points 10"
    )
    assert SgdAxis.main([*line.split(), "--out", str(tmp_path)]) == 0
    found = xr.load_dataset(tmp_path / RESULTS)
    np.testing.assert_array_equal(found.fit, 1.0)
    error = found.error.values.ravel()
    assert error[0] == pytest.approx(error[1], abs=0.02)
    change = found.kernel_change.values.ravel()
    assert math.log(change[0] / change[1]) == pytest.approx(0.0, abs=0.1)


@pytest.mark.slow
def test_the_same_command_runs_nothing_again(folder: Path) -> None:
    before = mtimes(folder)
    assert SgdAxis.main([*LINE.split(), "--out", str(folder)]) == 0
    assert mtimes(folder) == before


@pytest.mark.slow
def test_it_is_drawn(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "axis.png"
    assert drawn("phase_diagram.sgd_axis", [str(folder), "--out", str(target)]) == 0
    assert target.stat().st_size > 10_000
    assert drawn("phase_diagram.sgd_axis", [str(tmp_path)]) == 2
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--dataset nothing", "nothing"),
        ("--batch 21", "batch = 21"),
        ("--batch 0", "batch"),
        ("--lr 0", "lr"),
        ("--depth 0", "depth"),
        ("--seeds 0", "seeds"),
        ("--P 100000", "P = 100000"),
    ],
)
def test_bad_input_is_one_line_exit_code_two_and_no_folder(
    options: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SgdAxis.main([*LINE.split(), *options.split(), "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("sgd_axis: ")
    assert word in said.err
    assert not (tmp_path / "out").exists()
