"""R_f of networks that learn an invariance: against outputs worked out here, and the command."""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jamming.images.noise import sphere_noise
from jamming.training.build import network_at
from jamming.training.spec import Job
from sweeps.deformations.commands import StripeStability
from sweeps.deformations.stripe import RESULTS, Config, stripe_stability, summary
from sweeps.engine import gather
from sweeps.engine.execute import load_run
from sweeps.engine.store import Store
from tests.made_up.runs import Silent, mtimes

D = 3
TINY = (
    *("--dataset", f"stripe{D}", "--h", "6", "--P", "16", "--sets", "2", "--steps", "200"),
    *("--alpha-tilde", "0.1", "100", "--radius", "0.2", "0.4", "--test-points", "30"),
    *("--precision", "float64"),
)


def config(*words: str) -> Config:
    found: Config = StripeStability.of([*TINY, *words]).config()
    return found


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, xr.Dataset]:
    """Small networks that have learnt."""
    store = Store(tmp_path_factory.mktemp("stripe") / "store")
    return store, stripe_stability(config(), store, progress=Silent())


def outputs(job: Job, w: Any, x: np.ndarray) -> np.ndarray:
    """alpha (f(w, x) - f(w_0, x))."""
    apply, start, end = network_at(job, job.data().x_train, w)
    assert job.alpha is not None
    return job.alpha * np.asarray(apply(end, jnp.asarray(x)) - apply(start, jnp.asarray(x)))


def test_of_a_network_it_is_that_of_its_outputs(swept: tuple[Store, xr.Dataset]) -> None:
    store, found = swept
    assert found.R.dims == ("alpha_tilde", "P", "set", "init", "radius", "estimator")
    for s, alpha in ((0, 0.1), (1, 100.0)):
        (job,) = config().networks(16, s, alpha)
        assert job.alpha == pytest.approx(alpha / 6**0.5)
        assert (job.data_seed, job.init_seed, job.P) == (s, s, 16)
        one = found.sel(alpha_tilde=alpha, P=16).isel(set=s, init=0)
        run, x = load_run(store, job), job.data().x_test
        assert one.error == run.test_error
        for radius in (0.2, 0.4):
            change = []
            for seed, columns in enumerate((slice(1, D), slice(D))):
                moved = x.copy()
                noise = sphere_noise(jax.random.key(seed), jnp.asarray(x[:, columns]), radius)
                moved[:, columns] += np.asarray(noise)
                assert np.linalg.norm(moved - x, axis=1) == pytest.approx(radius)
                change.append((outputs(job, run.w, moved) - outputs(job, run.w, x)) ** 2)
            for name, of in (("mean", np.mean), ("median", np.median)):
                expected = of(change[0]) / of(change[1])
                at = one.R.sel(radius=radius, estimator=name)
                assert at.item() == pytest.approx(expected, rel=1e-6)


def test_weights_move_less_the_larger_alpha(swept: tuple[Store, xr.Dataset]) -> None:
    change = swept[1].weight_change
    assert (change.sel(alpha_tilde=100.0) < 0.1 * change.sel(alpha_tilde=0.1)).all()


def test_what_is_kept_is_not_trained_again(swept: tuple[Store, xr.Dataset]) -> None:
    store, found = swept
    before = mtimes(store.folder)
    again = stripe_stability(config("--radius", "0.4"), store, progress=Silent())
    assert mtimes(store.folder) == before
    np.testing.assert_array_equal(again.R, found.R.sel(radius=[0.4]))
    assert len(summary(found).splitlines()) == 3


def test_of_a_network_that_diverged_it_is_infinite(
    swept: tuple[Store, xr.Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = gather.trained

    def lost(*args: Any, **how: Any) -> dict[Any, Any]:
        runs, at = dict(trained(*args, **how)), (0.1, 16, 0)
        return runs | {at: [dataclasses.replace(runs[at][0], loss=math.nan)]}

    monkeypatch.setattr(gather, "trained", lost)
    found = stripe_stability(config(), swept[0], progress=Silent())
    assert np.isposinf(found.R.sel(alpha_tilde=0.1).isel(set=0)).all()
    assert np.isfinite(found.R.sel(alpha_tilde=0.1).isel(set=1)).all()
    assert np.isfinite(found.R.sel(alpha_tilde=100.0)).all()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--dataset", "random5"), "no invariance"),
        (("--dataset", "cylinder2"), "no invariance"),
        (("--dataset", "mnits"), "unknown data set"),
        (("--radius", "0"), "radius must be above 0"),
        (("--alpha-tilde", "0"), "alpha_tilde must be above 0"),
        (("--h", "0"), "h = 0"),
        (("--sets", "0"), "sets = 0"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    words: Sequence[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert StripeStability.main([*TINY, *words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "out").exists()


def test_the_command(swept: tuple[Store, xr.Dataset], capsys: pytest.CaptureFixture[str]) -> None:
    out = swept[0].folder
    assert StripeStability.main([*TINY, "--out", str(out)]) == 0
    assert str(out / RESULTS) in capsys.readouterr().out
    with xr.open_dataset(out / RESULTS) as found:
        np.testing.assert_array_equal(found.R, swept[1].R)
        assert (found.attrs["d"], found.attrs["d_par"], found.attrs["h"]) == (D, 1, 6)
