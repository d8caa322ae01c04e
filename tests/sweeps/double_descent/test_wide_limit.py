"""What initial weights do to wide networks: small networks, and the command."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.training.spec import Job
from sweeps.double_descent.commands import WideLimit
from sweeps.double_descent.wide_limit import Config, initial, summary
from sweeps.engine.execute import load_run
from sweeps.engine.store import Store
from tests.made_up.runs import Silent, mtimes
from tests.made_up.stores import save_run

JOB = Job(
    "random4",
    8,
    (1,),
    activation="softplus5",
    normalised=True,
    parametrisation="ntp",
    bias=False,
    alpha=1.0,
    loss="soft_hinge",
    slack=0.0,
    dynamics="flow",
    max_ticks=3000,
    kernel_points=6,
    test_points=6,
)
CONFIG = Config(JOB, (8, 128), seeds=3, draws=600, few=4)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, xr.Dataset]:
    store = Store(tmp_path_factory.mktemp("initial"))
    return store, initial(CONFIG, store, progress=Silent())


def test_wide_networks_depend_less_on_their_initial_weights(
    found: tuple[Store, xr.Dataset],
) -> None:
    _, wide = found
    for name in ("fluctuation", "kernel_change", "deviation"):
        narrow, broad = wide[name].mean("seed").values
        assert 0 < broad < 0.5 * narrow, name


def test_networks_stored_without_training_outputs_are_refused(tmp_path: Path) -> None:
    config, store = Config(JOB, (2,), seeds=2, draws=2, few=4), Store(tmp_path)
    initial(config, store, progress=Silent())
    job = config.squares(2)[0]
    save_run(store, job, dataclasses.replace(load_run(store, job), F_train=None))
    with pytest.raises(BadInput, match="no outputs: its folder was made by another version"):
        initial(config, store, progress=Silent())


def test_the_square_loss_is_learnt_to_its_end(found: tuple[Store, xr.Dataset]) -> None:
    _, wide = found
    assert (wide.left.values < 1e-3).all()
    assert (wide.fitted.values == 1).all()


def test_independent_weights_keep_the_variance_and_orthogonal_ones_do_not(
    found: tuple[Store, xr.Dataset],
) -> None:
    """Normalised relu: inputs of square d give outputs of variance 1; orthogonal ones d / 2 h."""
    _, wide = found
    np.testing.assert_allclose(wide.independent.mean("draw"), 1.0, rtol=0.25)
    np.testing.assert_allclose(wide.orthogonal.mean("draw") * wide.h, 4 / 2, rtol=0.25)


def test_the_same_command_goes_on(found: tuple[Store, xr.Dataset]) -> None:
    store, wide = found
    before = mtimes(store.folder)
    again = initial(CONFIG, Store(store.folder), progress=Silent())
    xr.testing.assert_identical(again, wide)
    assert mtimes(store.folder) == before
    assert len(store) == 2 * 2 * 3
    assert len(summary(again).splitlines()) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"h": ()}, "h: give 1"),
        ({"seeds": 1}, "seeds = 1 .* at least 2"),
        ({"draws": 1}, "draws = 1 .* at least 2"),
        ({"few": 9}, "2 to 8 points"),
        ({"job": dataclasses.replace(JOB, kernel_points=0)}, "at least 2"),
    ],
)
def test_a_config_that_cannot_be_run_is_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        dataclasses.replace(CONFIG, **changes)  # type: ignore[arg-type]


def test_the_command_reads_what_it_is_told() -> None:
    line = ["--P", "50", "--h", "8", "4", "8", "--depth", "3", "--seeds", "2", "--few", "5"]
    config = WideLimit.of(line).config()
    assert config.h == (4, 8)
    assert config.job.L == 3
    assert {job.alpha for job in config.jobs(4)} == {1.0}
    assert {(job.alpha, job.P, job.loss) for job in config.squares(4)} == {(None, 5, "square")}
    assert config.drawn(4, orthogonal=True).init == "orthogonal"


@pytest.mark.parametrize(
    "wrong", ["--h 0", "--dataset random", "--few 1", "--P 100000", "--kernel-points 5000"]
)
def test_bad_input_is_one_line_and_no_folder(
    wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert WideLimit.main([*wrong.split(), "--out", str(tmp_path / "x")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "x").exists()
