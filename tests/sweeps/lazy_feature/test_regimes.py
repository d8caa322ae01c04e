"""The sweep of regimes: what it runs, what it measures of made-up networks, and the command."""

import dataclasses
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.models.reparametrised import Reparametrised, abc
from jamming.objectives.predictor import predictor
from jamming.observables.ensembles import ensemble
from jamming.training.spec import Job
from jamming.training.train import train
from jamming.training.trajectory import Trajectory
from sweeps.engine.execute import UserSupplied
from sweeps.engine.store import Store
from sweeps.lazy_feature.commands import Regimes
from sweeps.lazy_feature.dataset import distance
from sweeps.lazy_feature.regimes import RESULTS, ChangedNetwork, Config, Uncentred
from tests.made_up.regimes import TEST, Trainer, Y, laws, swept, trained
from tests.made_up.runs import mtimes

LINE = "--dataset digits10pca --P 20 --h 4 16 --alpha-tilde 0.01 1 1000 --seeds 3 --kernel-end"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("regimes") / "made-up"
    swept(out, LINE)
    return out


@pytest.fixture
def found(folder: Path) -> xr.Dataset:
    return xr.load_dataset(folder / RESULTS)


def config(line: str) -> Config:
    return Regimes.of(line.split()).config()


def cell(found: xr.Dataset, h: int, a: float) -> xr.Dataset:
    return found.isel(dataset=0, P=0, L=0).sel(h=h, alpha_tilde=a)


def test_all_that_a_run_says_is_at_its_place(found: xr.Dataset) -> None:
    for h in (4, 16):
        for a in (0.01, 1.0, 1000.0):
            for s in range(3):
                job = config(LINE).grids()["digits10pca", 20, 2].jobs(h, a)[s]
                run, one = trained(job), cell(found, h, a).sel(seed=s)
                assert float(one.error) == run.test_error
                assert float(one.kernel_change) == run.kernel_change
                assert float(one.weight_change) == run.weight_change
                assert (float(one.fitted), float(one.t_end)) == (1.0, run.t)
                assert float(one.alpha) == pytest.approx(a / math.sqrt(h))
                assert float(one.N) == run.N


def test_times_and_growth_are_those_of_the_curves(found: xr.Dataset) -> None:
    for h in (4, 16):
        for a in (0.01, 1.0, 1000.0):
            one = cell(found, h, a)
            want = laws(Job("digits10pca", 20, (h, h), alpha=a / math.sqrt(h)))["t_half"]
            np.testing.assert_allclose(one.t_half, want, rtol=0.05)
            np.testing.assert_allclose(one.growth, 1.0, atol=1e-9)
            np.testing.assert_allclose(one.norm_half, 0.3 * a, rtol=1e-3)
            loss = one.curve_loss.values
            np.testing.assert_allclose(loss[:, 0], 1.0, rtol=1e-12)
            assert (np.diff(loss, axis=1) < 0).all()


def test_ensembles_are_made_of_all_seeds(found: xr.Dataset) -> None:
    for h, a in ((4, 0.01), (16, 1000.0)):
        jobs = config(LINE).grids()["digits10pca", 20, 2].jobs(h, a)
        want = ensemble(np.stack([trained(job).F_test for job in jobs]), Y)
        one = cell(found, h, a)
        assert float(one.ensemble_error) == want.error
        np.testing.assert_array_equal(one.ensemble_without, want.without)
        np.testing.assert_allclose(one.deviation, want.deviation)


def test_kernels_of_the_start_belong_to_widths_and_those_of_the_end_to_cells(
    found: xr.Dataset,
) -> None:
    grid = config(LINE).grids()["digits10pca", 20, 2]
    F = np.stack([trained(job).F_test for job in grid.kernel_jobs(16)])
    one = cell(found, 16, 1.0)
    np.testing.assert_array_equal(one.kernel_error, [np.mean(row * Y <= 0) for row in F])
    assert float(one.kernel_ensemble_error) == ensemble(F, Y).error
    network = trained(grid.jobs(16, 1.0)[1]).F_test
    assert network is not None
    want = math.sqrt(np.mean((network - F[1]) ** 2) / np.mean(F[1] ** 2))
    assert float(one.kernel_distance.sel(seed=1)) == pytest.approx(want)
    # made-up kernels of the end are made up like their networks
    np.testing.assert_allclose(found.end_distance, 0.0, atol=1e-12)
    np.testing.assert_array_equal(found.end_error, found.error)


def test_the_same_command_trains_nothing_and_more_widths_only_those(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer()
    monkeypatch.setattr("sweeps.engine.execute.train", trainer)
    before, content = mtimes(folder), (folder / RESULTS).read_bytes()
    assert Regimes.main([*LINE.split(), "--out", str(folder)]) == 0
    assert not trainer.trained
    assert mtimes(folder) == before
    assert (folder / RESULTS).read_bytes() == content
    assert Regimes.main([*LINE.replace("--h 4", "--h 9 4").split(), "--out", str(folder)]) == 0
    assert {job.widths[0] for job in trainer.trained} == {9}
    assert len(trainer.trained) == 3 * (3 + 3 + 1)
    (folder / RESULTS).write_bytes(content)


def test_interrupted_it_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [*LINE.split(), "--out", str(tmp_path / "out")]
    monkeypatch.setattr("sweeps.engine.execute.train", Trainer(5))
    assert Regimes.main(line) == 130
    assert len(Store(tmp_path / "out")) == 5
    assert not (tmp_path / "out" / RESULTS).exists()
    again = Trainer()
    monkeypatch.setattr("sweeps.engine.execute.train", again)
    assert Regimes.main(line) == 0
    assert len(again.trained) == 2 * 3 * (3 + 3 + 1) - 5
    assert "results:" in capsys.readouterr().out


def test_data_sets_P_and_depths_are_axes(tmp_path: Path) -> None:
    line = (
        "--dataset digits10pca random5 --P 10 20 --depth 1 3 --h 4 --alpha-tilde 1 10 --seeds 2"
        " --no-kernel"
    )
    found = swept(tmp_path / "out", line)
    assert dict(found.sizes) | {"snapshot": 0} == {
        **{"dataset": 2, "P": 2, "L": 2, "h": 1, "alpha_tilde": 2, "seed": 2, "snapshot": 0}
    }
    assert np.isfinite(found.error).all()
    assert np.isnan(found.kernel_error).all()
    assert (found.attrs["done"], found.attrs["total"]) == (32, 32)


def test_kernels_alone(tmp_path: Path) -> None:
    found = swept(tmp_path / "out", "--P 10 20 --h 4 9 --seeds 3 --no-network")
    assert np.isfinite(found.kernel_deviation).all()
    assert np.isnan(found.error).all()
    assert np.isnan(found.curve_loss).all()


def test_ensembles_are_of_one_training_set(tmp_path: Path) -> None:
    line = "--P 20 --h 4 --alpha-tilde 1 --seeds 2 --sets 2"
    found = swept(tmp_path / "out", line)
    jobs = next(iter(config(line).grids().values())).jobs(4, 1.0)
    assert [(job.data_seed, job.init_seed) for job in jobs] == [(0, 0), (0, 1), (1, 2), (1, 3)]
    one = found.isel(dataset=0, P=0, L=0, h=0, alpha_tilde=0)
    np.testing.assert_array_equal(one.set, [0, 0, 1, 1])
    F = np.stack([trained(job).F_test for job in jobs])
    each = [ensemble(F[:2], Y), ensemble(F[2:], Y)]
    assert float(one.ensemble_error) == pytest.approx(np.mean([of.error for of in each]))
    np.testing.assert_array_equal(one.ensemble_of_set, np.repeat([of.error for of in each], 2))
    np.testing.assert_allclose(one.deviation, np.concatenate([of.deviation for of in each]))
    assert (found.attrs["seeds"], found.attrs["sets"]) == (2, 2)


def test_alpha_itself_may_be_the_axis(tmp_path: Path) -> None:
    found = swept(tmp_path / "out", "--P 10 --h 4 9 --alpha 0.5 2 --seeds 2")
    np.testing.assert_array_equal(found.alpha, [0.5, 2.0])
    np.testing.assert_allclose(found.alpha_tilde.sel(h=9), [1.5, 6.0])


@pytest.mark.parametrize(("name", "power"), [("ntp", 0.5), ("mfp", 0.0), ("mup", 0.0)])
def test_alpha_tilde_is_the_scale_of_each_parametrisation(
    name: str, power: float, tmp_path: Path
) -> None:
    line = f"--P 10 --h 4 9 --alpha-tilde 6 --seeds 1 --no-kernel --parametrisation {name}"
    found = swept(tmp_path / "out", line)
    np.testing.assert_allclose(found.alpha.sel(h=9), 6.0 / 9**power)
    (job,) = config(line).grids()["digits10pca", 10, 2].jobs(9, 6.0)
    assert job.alpha == pytest.approx(6.0 / 9**power)
    assert (job.parametrisation, job.label) == (("ntp", "mup") if name == "mup" else (name, ""))


def test_runs_of_own_networks_have_names_of_their_own() -> None:
    line = "--P 10 --h 4 --alpha-tilde 6 --seeds 1 --no-kernel"
    configs = [config(line + more) for more in ("", " --no-centred", " --parametrisation mup")]
    keys = {job.key for each in configs for job in each.cells().jobs()}
    assert len(keys) == 3
    assert [each.own is None for each in configs] == [True, False, False]


def test_networks_of_the_learners() -> None:
    job = Job("digits10pca", 10, (5, 5), normalised=True, parametrisation="ntp", bias=False)
    raw, mup = ChangedNetwork("ntp", subtract=False)(job), ChangedNetwork("mup", subtract=True)(job)
    assert isinstance(raw, Uncentred)
    assert mup == Reparametrised(job.network(), abc("mup", 2))
    x = jnp.asarray(job.data().x_train)
    w = raw.init(jax.random.key(0), x)
    F = predictor(raw, w, 7.0)
    np.testing.assert_allclose(F(F.start(), x), 7.0 * raw.apply(w, x), rtol=1e-12)
    dw = jax.tree.map(lambda a: 0.1 * jnp.ones_like(a), w)
    moved = jax.tree.map(jnp.add, w, dw)
    np.testing.assert_allclose(F(dw, x), 7.0 * job.network().apply(moved, x), rtol=1e-12)


def test_alpha_f_with_f0_of_zero_is_alpha_f_less_f0() -> None:
    """At alpha of 1e-3 alpha f0 is nothing beside the margin: both learn the same in the end."""
    common = {"alpha": 1e-3, "loss": "soft_hinge", "dynamics": "flow", "slack": 0.0}
    about = {"normalised": True, "parametrisation": "ntp", "bias": False, "test_points": 50}
    job = Job("digits10pca", 10, (5,), activation="softplus5", **common, **about)
    raw = train([job], net=UserSupplied(ChangedNetwork("ntp", subtract=False)).network)[0]
    plain = train([job])[0]
    assert raw.fitted
    assert plain.fitted
    assert raw.F_test is not None
    assert plain.F_test is not None
    np.testing.assert_allclose(raw.F_test, plain.F_test, atol=0.15)
    assert raw.F_test.shape == (50,)
    assert TEST == Y.size


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ("--dataset nothing", "nothing"),
        ("--dataset digits10pca nothing", "nothing"),
        ("--P 100000", "P = 100000"),
        ("--h 0", "h = 0"),
        ("--depth 0", "depth"),
        ("--seeds 0", "seeds"),
        ("--alpha-tilde 0", "alpha"),
        ("--alpha-tilde nan", "alpha"),
        ("--alpha 1 --alpha-tilde 1", "not both"),
        ("--activation nothing", "nothing"),
        ("--parametrisation nothing", "nothing"),
        ("--parametrisation mup --bias", "bias=False"),
        ("--parametrisation mup --dynamics sgd", "known for ntp and mfp alone"),
        ("--parametrisation standard --dynamics adam", "known for ntp and mfp alone"),
        ("--no-centred --kernel-end", "leave the kernels out"),
        ("--no-centred --parametrisation mfp", "ntp alone"),
        ("--no-network --no-kernel", "neither"),
        ("--config nowhere.toml", "nowhere.toml"),
    ],
)
def test_bad_input_is_one_line_exit_code_two_and_no_folder(
    options: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--P", "20", "--h", "4", "--seeds", "1", *options.split()]
    assert Regimes.main([*line, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("regimes: ")
    assert word in said.err
    assert not (tmp_path / "out").exists()


def test_an_empty_grid_is_refused() -> None:
    with pytest.raises(BadInput, match="datasets"):
        Config(Job("digits10pca", 10, (1,)), (), (10,), (1,), (4,), (1.0,))


@pytest.mark.filterwarnings("error")
def test_outputs_that_are_all_zero_are_at_no_finite_distance() -> None:
    ones, zeros = np.ones((1, 3)), np.zeros((1, 3))
    for F, expected in ((ones, np.inf), (zeros, np.nan)):
        np.testing.assert_equal(distance(F, zeros), [expected])


def test_a_network_that_diverged_is_wrong_in_errors_and_infinite_in_all_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(job: Job) -> Trajectory:
        run = trained(job)
        if job.init_seed != 1 or job.model_kind != "network":
            return run
        lost = {"loss": math.nan, "kernel_change": math.nan, "weight_change": math.inf}
        return dataclasses.replace(
            run, **lost, result="NON_FINITE", test_error=1.0, F_test=np.full(TEST, np.nan)
        )

    monkeypatch.setattr("tests.made_up.regimes.trained", ended)
    line = "--dataset digits10pca --P 20 --h 4 --alpha-tilde 1 --seeds 3 --kernel-end"
    one = cell(swept(tmp_path / "out", line), 4, 1.0)
    assert one.fitted.values.tolist() == [1, 0, 1]
    assert float(one.error[1]) == float(one.ensemble_error) == 1
    assert float(one.ensemble_without[1]) < 1
    for name in ("kernel_change", "weight_change", "kernel_distance", "end_distance"):
        assert np.isposinf(one[name].values).tolist() == [False, True, False], name
    assert np.isposinf(one.deviation).all()
    assert np.isfinite(one.kernel_deviation).all()
