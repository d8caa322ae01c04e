"""The scan of N: what it asks for, what it makes of runs, and the command itself."""

import dataclasses
import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.fits.logistic import transition
from jamming.observables import boundary
from jamming.training.build import predictor_at
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.double_descent import ensemble as descent_cell
from sweeps.double_descent.commands import DoubleDescent
from sweeps.double_descent.ensemble import Member
from sweeps.double_descent.scan import (
    RESULTS,
    Config,
    double_descent,
    summary,
)
from sweeps.engine.store import Store
from tests.made_up.runs import Silent, mtimes

JOB = Job("random4", 12, (1,), margin=1.0, max_ticks=60, lr=3e-2, decay_every=None, test_points=40)
H = (2.0, 2.5, 6.0)


def a_config(**changes: object) -> Config:
    plain = Config(JOB, (12,), (2,), H, (5, 60), seeds=4, wide=6.0, wide_seeds=3, most=3e-2)
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Store, xr.Dataset]:
    """A scan of three small networks that learns f - f_0, run once."""
    config = a_config(job=dataclasses.replace(JOB, alpha=1.0))
    store = Store(tmp_path_factory.mktemp("scan"))
    return config, store, double_descent(config, store, progress=Silent())


def members(config: Config, store: Store, h: float) -> list[Member]:
    jobs = config.cells()[12, 2, h]
    found = []
    for job in jobs:
        told = {**store[job.key]["trajectory"], **store.arrays(job.key)}
        found.append(Member(job, Trajectory.from_dict(told)))
    return found


def test_a_width_between_two_whole_ones_has_a_layer_of_each() -> None:
    cells = a_config().cells()
    assert [cell[0].widths for cell in cells.values()] == [(2, 2), (3, 2), (6, 6)]
    assert [len(cell) for cell in cells.values()] == [4, 4, 3]


def test_networks_of_a_cell_differ_in_their_initial_weights_alone() -> None:
    for cell in a_config().cells().values():
        assert len({job.key for job in cell}) == len(cell)
        same = {dataclasses.replace(job, init_seed=0, batch_seed=0) for job in cell}
        assert len(same) == 1


def test_the_learning_rate_falls_with_the_width_from_its_bound() -> None:
    config = a_config(lr=0.1, most=1e-3)
    assert config.rate(10.0) == 1e-3
    assert config.rate(100.0) == pytest.approx(1e-4)
    assert config.rate(400.0) == pytest.approx(0.1 / 8000)


def test_the_results_are_laid_out_over_the_grid(
    scan: tuple[Config, Store, xr.Dataset],
) -> None:
    config, store, found = scan
    assert found.test_error.dims == ("P", "L", "h", "seed")
    assert found.test_error.shape == (1, 1, 3, 4)
    assert found.h.values.tolist() == list(H)
    # d h + h^2 + h with d = 4, and 4 * 3 + 3 * 2 + 2 between
    assert found.N.sel(P=12, L=2).values.tolist() == [14.0, 20.0, 66.0]
    for name in (*descent_cell.OF_ONE, "crossing", "test_error", "loss", "early_error"):
        assert np.isnan(found[name].sel(h=6.0).isel(seed=3)).all()  # of three seeds there
    for h in H:
        one = found.sel(P=12, L=2, h=h)
        for i, member in enumerate(members(config, store, h)):
            assert one.test_error.values[i] == pytest.approx(member.run.test_error)
            assert one.ticks.values[i] == member.run.ticks
            assert one.early_error.values[i] == min(member.run.snapshot_test_error)
            assert one.early_error.values[i] <= one.test_error.values[i] + 1e-12


def test_weights_and_outputs_belong_together(scan: tuple[Config, Store, xr.Dataset]) -> None:
    """Outputs of networks rebuilt from their weights, f_0 taken off, are those that were stored."""
    config, store, found = scan
    for member in members(config, store, 2.5):
        data = member.job.data()
        at = predictor_at(member.job, data.x_train, member.run.w)
        F, g = boundary.input_gradients(descent_cell.outputs, at, jnp.asarray(data.x_test))
        assert member.run.F_test is not None
        np.testing.assert_allclose(F, member.run.F_test, atol=1e-10)
        i = member.job.init_seed
        slope = found.slope.sel(P=12, L=2, h=2.5).values[i]
        assert slope == pytest.approx(boundary.slope(np.asarray(g)))


def test_norms_in_time_are_those_of_the_last_snapshot_until_then(
    scan: tuple[Config, Store, xr.Dataset],
) -> None:
    config, store, found = scan
    for i, member in enumerate(members(config, store, 6.0)):
        ticks, norm = member.run.snapshot_ticks, member.run.snapshot_norm
        for t in (5, 60):
            last = [n for k, n in zip(ticks, norm, strict=True) if k - 1 <= t][-1]
            assert found.norm_t.sel(P=12, L=2, h=6.0, t=t).values[i] == pytest.approx(last)
    run = members(config, store, 6.0)[0].run
    ends = [run.snapshot_norm[0], run.snapshot_norm[-1]]
    assert descent_cell.after(run, [0, 10**9]) == ends


def test_n_star_is_the_transition_of_the_widths_of_all_seeds(
    scan: tuple[Config, Store, xr.Dataset],
) -> None:
    _, _, found = scan
    one = found.sel(P=12, L=2)
    fits = one.fitted.values[:2] > 0
    if fits.mean(1).min() < 0.5 <= fits.mean(1).max():
        assert one.n_star == transition(np.array([14.0, 20.0]), fits).value
    else:
        assert np.isnan(one.n_star)


def test_each_training_set_has_its_own_data_and_networks() -> None:
    cells = a_config(sets=2).cells()
    one = a_config().cells()
    for at, cell in cells.items():
        half = len(cell) // 2
        assert cell[:half] == one[at]  # what there was with one set goes on
        assert [job.data_seed for job in cell] == [0] * half + [1] * half
        assert len({job.init_seed for job in cell}) == len(cell)
        assert [job.init_seed for job in cell[half:]] == [4 + s for s in range(half)]
    with pytest.raises(BadInput, match="sets"):
        a_config(sets=0)


def test_several_sets_are_measured_set_by_set(tmp_path: Path) -> None:
    """As scans of one set each, side by side; N* is of all networks."""
    both = double_descent(a_config(sets=2), Store(tmp_path), progress=Silent())
    assert both.sizes["seed"] == 8
    assert both["set"].values.tolist() == [0] * 4 + [1] * 4
    assert both.attrs["sets"] == 2
    each = []
    for n in range(2):
        job = JOB.replace(data_seed=n, init_seed=4 * n, batch_seed=4 * n)
        each.append(double_descent(a_config(job=job), Store(tmp_path), progress=Silent()))
    shared = ["ensemble_error", "N", "n_star", "n_star_low", "n_star_high"]
    for name in each[0].data_vars:
        if name in shared:
            continue
        dim = "group" if "group" in each[0][name].dims else "seed"
        beside = xr.concat([one[name] for one in each], dim, coords="minimal", compat="override")
        np.testing.assert_allclose(both[name], beside, err_msg=str(name))
    mean = (each[0].ensemble_error + each[1].ensemble_error) / 2
    np.testing.assert_allclose(both.ensemble_error, mean)
    found = both.ensemble_of_set.isel(seed=[0, 4]).mean("seed")
    np.testing.assert_allclose(found, both.ensemble_error)
    one = both.sel(P=12, L=2)
    fits = one.fitted.values[:2] > 0
    if fits.mean(1).min() < 0.5 <= fits.mean(1).max():
        due = transition(np.array([14.0, 20.0]), fits, sets=2)
        assert (one.n_star, one.n_star_low) == (due.value, due.low)


def test_the_same_scan_trains_nothing_again(scan: tuple[Config, Store, xr.Dataset]) -> None:
    config, store, found = scan
    before = mtimes(store.folder)
    again = double_descent(config, Store(store.folder), progress=Silent())
    xr.testing.assert_identical(again, found)
    assert mtimes(store.folder) == before


def a_run(**changes: object) -> Trajectory:
    plain = Trajectory(
        "FITTED",
        N=10,
        N_all=12,
        ticks=50,
        t=49.0,
        loss=0.0,
        unsatisfied=0,
        misclassified=0,
        test_error=0.3,
        snapshot_ticks=(1, 10, 50),
        snapshot_loss=(1.0, 0.5, 0.0),
        snapshot_unsatisfied=(12, 6, 0),
        seconds=0.1,
        snapshot_misclassified=(6, 3, 0),
        snapshot_test_error=(0.5, 0.2, 0.3),
        snapshot_norm=(0.1, 1.0, 4.0),
        F_train=np.ones(12),
        F_test=np.ones(40),
        w=np.zeros(12),
    )
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def test_early_stopping_takes_the_best_moment() -> None:
    found = descent_cell.of_run(Member(JOB, a_run()))
    assert found["early_error"] == 0.2
    assert found["early_norm"] == 1.0
    assert found["early_ticks"] == 10


@pytest.mark.parametrize("others", [1, 2])
def test_a_run_without_numbers_is_wrong_in_errors_and_infinite_in_all_else(
    scan: tuple[Config, Store, xr.Dataset], others: int
) -> None:
    config, store, _ = scan
    ran = members(config, store, 6.0)[: others + 1]
    nothing = np.full_like(ran[0].run.F_test, np.nan)
    end = {"F_test": nothing, "result": "NON_FINITE", "loss": np.nan, "test_error": 1.0}
    lost = Member(ran[0].job, dataclasses.replace(ran[0].run, unsatisfied=3, **end))
    found = descent_cell.of_run(lost)
    assert (found["fitted"], found["test_error"], found["loss"]) == (0, 1, np.inf)
    rows, whole = descent_cell.of_ensemble([lost, *ran[1:]], ran[0].job.data(), 4)
    assert whole["ensemble_error"] == 1
    for name in (*descent_cell.OF_ONE, "crossing"):
        assert np.isposinf(rows[0][name]).all()
    for name in ("norm", "deviation_test"):
        known = [np.isfinite(row.get(name, np.nan)) for row in rows[1:]]
        assert all(known) == (others > 1)
    for name in ("average_error", "average_delta"):
        assert np.isposinf(whole[name]).all()


def test_networks_are_parted_into_groups_that_leave_others() -> None:
    assert descent_cell.groups(4) == (2, (1, 2))
    assert descent_cell.groups(60) == (5, (1, 2, 3, 4, 6, 8, 12))
    assert descent_cell.groups(2) == (2, (1,))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"P": ()}, "P: give 1"),
        ({"depths": (0,)}, "depth"),
        ({"h": (0.5,)}, "h must be"),
        ({"h": (2.0, 2.1)}, "two of the h"),
        ({"seeds": 1, "wide_seeds": 1}, "seeds = 1 .* at least 2"),
        ({"wide_seeds": 5}, "4 seeds at most"),
        ({"times": (61,)}, "times"),
        ({"most": 0.0}, "lr_most"),
    ],
)
def test_a_config_that_cannot_be_run_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        a_config(**changes)


def test_the_command_reads_what_it_is_told() -> None:
    line = "--dataset digits10pca --P 100 50 --h 3 4.5 --depth 2 --seeds 3 --steps 2000 --alpha 1"
    config = DoubleDescent.of(line.split()).config()
    assert config.P == (50, 100)
    assert config.h == (3.0, 4.5)
    assert config.times == (100, 1000, 2000)
    assert config.job.alpha == 1.0
    assert config.wide_seeds == 3
    with pytest.raises(BadInput, match="dimension"):
        DoubleDescent.of(["--dataset", "random"]).config()


def test_a_dry_run_says_what_there_is_to_do_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"--dataset random5 --P 10 --h 2 --seeds 2 --steps 10 --dry-run --out {tmp_path / 'x'}"
    assert DoubleDescent.main(line.split()) == 0
    # 3 layers of 2 on 5 inputs: 10 + 8 + 2 = 20 weights
    assert "2 runs, at most 2.4e+04" in capsys.readouterr().out
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("wrong", ["--h 0", "--dataset random", "--P 10000", "--seeds 1"])
def test_bad_input_is_one_line_and_no_folder(
    wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert DoubleDescent.main([*wrong.split(), "--out", str(tmp_path / "x")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "x").exists()


def test_what_is_written_can_be_opened_and_says_how_it_was_made(
    scan: tuple[Config, Store, xr.Dataset], tmp_path: Path
) -> None:
    config, _, found = scan
    path = tmp_path / RESULTS
    path.write_bytes(bytes(found.to_netcdf()))
    again = xr.load_dataset(path)
    xr.testing.assert_equal(again, found)
    told = json.loads(again.attrs["config"])
    assert told["seeds"] == 4
    assert tuple(told["h"]) == config.h
    lines = summary(again).splitlines()
    assert len(lines) == 2 + len(H) + 1
    assert lines[0] == "P = 12, L = 2"
