"""Networks of others through the phase diagram: its losses are those of their own functions."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from jax.flatten_util import ravel_pytree

from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.execute import UserSupplied, execute, load_run
from sweeps.engine.store import Store
from sweeps.phase_diagram.sweep import phase_diagram
from sweeps.shared.alpha_grid import Config
from tests.made_up.authors import author, network
from tests.made_up.modules import MODULES

RNG = np.random.default_rng(0)
IMAGES, TOKENS = RNG.normal(size=(30, 6, 6, 1)), RNG.integers(0, 4, (30, 6)).astype(float)
Y = np.where(np.arange(30) % 2, 1.0, -1.0)
H, ALPHA = 4, 2.0
FLOW = ("Siren", "Shared")  # the others learn by ADAM, which compiles sooner
START = np.logaddexp(0, 20) / 20  # the soft hinge of F = 0


def swept(name: str, folder: Path, *, kernel: bool) -> tuple[Job, Trajectory, xr.Dataset]:
    """The job of a diagram of one cell, its run and the diagram; by hand the same is found."""
    own = UserSupplied(
        lambda job: network(name, job.widths[0]), TOKENS if name == "Embedded" else IMAGES, Y
    )
    job = Job(
        "own",
        P=12,
        widths=(1,),
        alpha=1.0,
        dynamics="flow" if name in FLOW else "adam",
        lr=0.02,
        loss="soft_hinge",
        slack=0.0,
        max_ticks=100,
        test_points=10,
        kernel_points=4,
        precision="float32",
        label=name,
    )
    config, store = Config(job, (H,), (ALPHA,), 1, refine=1.0, kernel=kernel), Store(folder / name)
    execute(config.grid(), store, own=own, weights=True)
    (one,) = config.jobs(H, ALPHA)
    run, data = load_run(store, one), own.data(one)
    start, apply = author(name, H, one.init_key(), jnp.asarray(data.x_train, jnp.float32))
    row, back = ravel_pytree(start)
    assert run.N_all == row.size
    end = back(jnp.asarray(run.w, row.dtype))
    with jax.numpy_rank_promotion("allow"):
        f, f0 = (np.ravel(np.asarray(apply(w), float)) for w in (end, start))
    F = one.alpha * (f - f0)
    loss = np.mean(np.logaddexp(0, 20 * (1 - data.y_train * F)) / 20) / one.alpha**2
    np.testing.assert_allclose(F, run.F_train, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(run.loss, loss, rtol=1e-3)
    return one, run, phase_diagram(config, store, own=own)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_a_module_of_any_kind_has_a_diagram(name: str, tmp_path: Path) -> None:
    if name == "equinox":
        pytest.importorskip("equinox")
    job, run, found = swept(name, tmp_path, kernel=True)
    assert run.loss < 0.9 * START / job.alpha**2
    assert found.attrs["complete"] == 1
    assert found.N.item() == run.N
    if run.fitted:  # of others it is left out
        assert found.kernel_change.sel(h=H).item() == pytest.approx(run.kernel_change)
    wrong = np.mean(np.sign(run.F_test) != run.y_test)
    assert found.error.item() == pytest.approx(wrong)
    assert 0 <= found.kernel_error.sel(h=H).item() <= 1


@pytest.mark.parametrize("name", ["plain"])
def test_the_loss_of_a_diagram_is_that_of_the_modules_own_apply(name: str, tmp_path: Path) -> None:
    job, run, found = swept(name, tmp_path, kernel=False)
    assert run.loss < START / job.alpha**2
    assert found.attrs["complete"] == 1
