"""Feature and lazy learning of a stripe: what learns, how it aligns, and the command itself."""

import dataclasses
import itertools
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from sklearn.svm import SVC

from jamming.checks.errors import BadInput
from jamming.kernels.analytic import nngp_ntk
from jamming.models.activations import activation
from jamming.objectives.losses import misclassified
from jamming.observables.alignment import alignment
from jamming.training.build import network_at
from jamming.training.spec import Job
from jamming.training.trajectory import Trajectory
from sweeps.engine.store import Store
from sweeps.learning_curves import compression
from sweeps.learning_curves.commands import Stripe
from sweeps.learning_curves.compression import (
    RESULTS,
    Config,
    compressed,
    learn,
    load_learnt,
    summary,
)
from sweeps.learning_curves.compression import (
    compression as sweep,
)
from tests.made_up.runs import Silent, mtimes
from tests.made_up.stores import save_run

D, H = 3, 6  # a width that is padded to 8
TINY = ("--dataset", f"stripe{D}", "--h", str(H), "--alpha-tilde", "0.1", "--test-points", "40")


def a_config(*words: str) -> Config:
    return Stripe.of([*TINY, "--pca", "64", *words]).config()


def a_job(**changes: Any) -> Job:
    return dataclasses.replace(a_config().job, P=20, max_ticks=300, **changes)


def test_points_have_a_constant_coordinate_and_are_compressed_where_the_job_says_so() -> None:
    job = a_job()
    plain, seen, small = (
        job.replace(constant=False).data(),
        job.data(),
        compressed(job, 12.5).data(),
    )
    np.testing.assert_array_equal(seen.x_train[:, :D], plain.x_train)
    np.testing.assert_array_equal(seen.x_test[:, D], np.full(40, D**0.5))
    np.testing.assert_allclose(small.x_train, seen.x_train / [1, 12.5, 12.5, 1])
    np.testing.assert_array_equal(small.y_train, plain.y_train)
    wheel = dataclasses.replace(job, dataset=f"cylinder{D}")
    twice = compressed(wheel, 2.0).data().x_test
    np.testing.assert_allclose(twice, wheel.data().x_test / [1, 1, 2, 1])
    assert compressed(job, 2.0).key != compressed(job, 3.0).key != job.key
    for by in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(BadInput, match="compression must be"):
            compressed(job, float(by))


def test_the_constant_coordinate_stands_for_biases_of_unit_variance() -> None:
    """The kernel of infinite width against neurons w.x / sqrt(d) + b, all drawn from N(0, 1).

    But for a factor d / (d + 1), as its fan-in is d + 1.
    """
    x = a_job().data().x_train[:6]
    theta = np.asarray(nngp_ntk(activation("relu", normalised=True), 1, jnp.asarray(x)).ntk)
    rng = np.random.default_rng(0)
    n = 400_000
    a = x[:, :D] @ rng.standard_normal((D, n)) / D**0.5 + rng.standard_normal(n)
    z, slope = np.sqrt(2) * np.maximum(a, 0), np.sqrt(2) * (a > 0)
    # gradients of the read-out; of the weights and biases, E[W2^2] = 1
    inputs = x[:, :D] @ x[:, :D].T / D + 1
    drawn = z @ z.T / n + inputs * (slope @ slope.T) / n
    np.testing.assert_allclose(theta * (D + 1) / D, drawn, rtol=0.02, atol=0.02)


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, list[Job]]:
    """Two small networks that have learnt, in float64."""
    with jax.enable_x64(True):
        jobs = [a_job(init_seed=s, batch_seed=s, precision="float64") for s in range(2)]
        store = Store(tmp_path_factory.mktemp("stripe") / "store")
        learn(jobs, store, progress=Silent())
        return store, jobs


def test_what_is_kept_of_a_network_is_that_of_its_weights(learnt: tuple[Store, list[Job]]) -> None:
    store, jobs = learnt
    for job in jobs:
        found = load_learnt(store, job)
        run = found.trajectory
        assert run.w is not None
        assert run.w.size == run.N == run.N_all == H * (D + 2)
        W1, W2 = run.w[: (D + 1) * H].reshape(D + 1, H), run.w[(D + 1) * H :]
        assert found.Lambda[-1] == pytest.approx(alignment(W1, 1, D, W2).Lambda)
        assert found.Lambda_alike[-1] == pytest.approx(alignment(W1, 1, D).Lambda)
        assert len(found.Lambda) == len(run.snapshot_ticks) == len(run.snapshot_loss)
        data = job.data()
        apply, start, end = network_at(job, data.x_train, run.w)
        x = jnp.asarray(data.x_test)
        assert job.alpha is not None
        F = job.alpha * (apply(end, x) - apply(start, x))
        assert run.F_test is not None
        np.testing.assert_allclose(run.F_test, F, rtol=1e-6, atol=1e-9)
        assert run.test_error == pytest.approx(misclassified(F, jnp.asarray(data.y_test)).mean())
        assert found.Lambda[0] == pytest.approx(
            alignment(
                np.asarray(start["params"]["W1"]), 1, D, np.asarray(start["params"]["W2"])[:, 0]
            ).Lambda
        )
    assert load_learnt(store, jobs[0]) != load_learnt(store, jobs[1])
    with pytest.raises(BadInput, match="weights do not fill"):
        network_at(jobs[0], jobs[0].data().x_train, np.zeros(5))


def test_learning_again_changes_nothing(learnt: tuple[Store, list[Job]]) -> None:
    store, jobs = learnt
    before = mtimes(store.folder)
    learn(jobs, store, progress=Silent())
    assert mtimes(store.folder) == before


def rows(*Lambdas: float) -> np.ndarray:
    """Mean squares of the rows of the first layer at snapshots where Lambda is this."""
    return np.array([[Lambda**2, *[1.0] * (D - 1), 0.0] for Lambda in Lambdas])


def made_up(job: Job) -> Trajectory:
    """A run whose error is known by its job: P / 1000, plus a share for each seed."""
    error = job.P / 1000 + 0.01 * job.data_seed + 0.001 * job.init_seed
    error += {"network": 0.0, "kernel_init": 0.1, "kernel_infinite": 0.2, "kernel_end": 0.3}[
        job.model_kind
    ]
    error += 0.4 * (job.compression != 1)
    rng = np.random.default_rng(job.init_seed)
    return Trajectory(
        result="FITTED",
        N=1,
        N_all=1,
        ticks=9,
        t=9.0,
        loss=0.1,
        unsatisfied=0,
        misclassified=0,
        test_error=error,
        snapshot_ticks=(1, 5, 9),
        snapshot_loss=(1.0, 0.4, 0.1),
        snapshot_unsatisfied=(1, 1, 0),
        seconds=1.0,
        snapshot_t=(0.0, 1.0, 2.0),
        snapshot_test_error=(0.5, 0.4, error),
        # one of two networks is wrong by a little, the other right by more
        F_test=np.array([1.0, 2.0, -1.0]) if job.init_seed % 2 else np.array([1.0, -1.0, 0.5]),
        y_test=np.array([1, 1, 1], np.int8),
        w=rng.standard_normal(H * (D + 2)).astype(np.float32),
        observed={
            "by_read_out": rows(1.0, 30.0, 10.0 * 4.0 ** (job.init_seed % 2)),
            "alike": rows(1.0, 2.0, 5.0 * 4.0 ** (job.init_seed % 2)),
        },
    )


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Runs are made up; which were asked for."""
    asked: list[Job] = []

    def learnt(jobs: Sequence[Job], store: Store, progress: Any, *, client: Any = None) -> None:
        del progress
        for job in [job for job in jobs if job.key not in store]:
            asked.append(job)
            save_run(store, job, made_up(job))

    def executed(jobs: Sequence[Job], store: Store, progress: Any, *, client: Any = None) -> None:
        del progress
        for job in [job for job in jobs if job.key not in store]:
            asked.append(job)
            save_run(store, job, dataclasses.replace(made_up(job), w=None, observed={}))

    monkeypatch.setattr(compression, "learn", learnt)
    monkeypatch.setattr(compression, "execute", executed)
    return asked


def test_results_are_where_they_belong(tmp_path: Path, untrained: list[Job]) -> None:
    flow = ("--kernel", "kernel_infinite")
    config = a_config("--P", "64", "40", "--sets", "2", "--inits", "2", *flow)
    store = Store(tmp_path / "store")
    found = sweep(config, store, progress=Silent())
    assert found.P.values.tolist() == [40, 64]
    assert [found.sizes[name] for name in ("P", "set", "init")] == [2, 2, 2]
    np.testing.assert_allclose(found.feature.sel(P=64), [[0.064, 0.065], [0.076, 0.077]])
    np.testing.assert_allclose(found.lazy.sel(P=40)[:, 0], [0.24, 0.252])
    assert np.isnan(found.lazy.values[:, :, 1]).all()  # of infinite width there is one
    np.testing.assert_allclose(found.compressed.sel(P=40)[:, 0], [0.64, 0.652])
    # of the first network on each data set, up to the P of the kernel PCA
    assert np.isnan(found.end.values[:, :, 1]).all()
    np.testing.assert_allclose(found.end.isel(init=0), [[0.34, 0.352], [0.364, 0.376]])
    # the mean of F is (1, 0.5, -0.25): one point of three is wrong
    np.testing.assert_allclose(found.feature_ensemble, 1 / 3)
    np.testing.assert_allclose(found.Lambda.sel(P=40), [[10, 40]] * 2)
    np.testing.assert_allclose(found.Lambda_half, 30)
    np.testing.assert_allclose(found.Lambda_largest.sel(P=40), [[30, 40]] * 2)
    np.testing.assert_allclose(found.path_loss.sel(P=40)[0], [1, 0.4, 0.1])
    # compressed by the geometric mean of 5 and 20
    assert {job.compression for job in untrained if job.compression != 1} == {10.0}
    assert all(job.constant for job in untrained)
    assert found.attrs["pca_P"] == 64
    assert (found.pca_omega2.values >= 0).all()
    assert (found.pca_omega2.sum("eigenvector").values <= 1).all()
    np.testing.assert_allclose(found.pca_bits.sum("eigenvector"), found.pca_total)
    assert json.loads(found.attrs["config"])["sets"] == 2
    asked, before = len(untrained), mtimes(store.folder)
    xr.testing.assert_identical(sweep(config, store, progress=Silent()), found)
    assert len(untrained) == asked
    assert mtimes(store.folder) == before
    assert summary(found).count("\n") == 2


def test_of_a_network_that_diverged_the_alignment_is_infinite(
    tmp_path: Path, untrained: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    del untrained
    config = a_config("--P", "40", "--sets", "2", "--inits", "2")
    lost = config.networks(40, 0)[1]
    learn = compression.learn

    def learnt(jobs: Sequence[Job], store: Store, progress: Any, *, client: Any = None) -> None:
        learn(jobs, store, progress, client=client)
        seen = {"by_read_out": rows(1.0, 2.0, math.nan), "alike": rows(1.0, math.nan, math.nan)}
        run = dataclasses.replace(made_up(lost), result="NON_FINITE", loss=math.nan, observed=seen)
        save_run(store, lost, run)

    monkeypatch.setattr(compression, "learn", learnt)
    found = sweep(config, Store(tmp_path / "store"), progress=Silent())
    for name in ("Lambda", "Lambda_alike", "Lambda_largest"):
        assert np.isposinf(found[name].values).tolist() == [[[False, True], [False, False]]]
    assert np.isposinf(found.compressed.values[:, :, 0]).tolist() == [[True, False]]


def test_a_kernel_at_initialisation_is_one_for_each_network(
    tmp_path: Path, untrained: list[Job]
) -> None:
    config = a_config("--P", "40", "--sets", "1", "--inits", "2", "--kernel", "kernel_init")
    found = sweep(config, Store(tmp_path / "store"), progress=Silent())
    np.testing.assert_allclose(found.lazy.sel(P=40), [[0.14, 0.141]])
    np.testing.assert_allclose(found.lazy_ensemble, 1 / 3)
    assert {job.model_kind for job in untrained} == {"network", "kernel_init", "kernel_end"}


def test_support_vector_machines_are_those_of_the_kernel_of_infinite_width(
    tmp_path: Path, untrained: list[Job]
) -> None:
    """By scikit-learn's prediction from the flow's kernel; the second time nothing is learnt."""
    config = a_config("--P", "40", "64", "--sets", "2", "--inits", "2", "--activation", "tanh")
    store = Store(tmp_path / "store")
    found = sweep(config, store, progress=Silent())
    assert {job.model_kind for job in untrained} == {"network", "kernel_end"}
    assert np.isnan(found.lazy.values[:, :, 1]).all()
    np.testing.assert_allclose(found.lazy_ensemble, found.lazy.isel(init=0))
    phi = activation("tanh", normalised=True)
    for (P, s), by in itertools.product(config.cells, (1.0, 10.0)):
        data = compressed(config.kernels(P, s)[0], by).data()
        x, x_test = (jnp.asarray(points) for points in (data.x_train, data.x_test))
        machine = SVC(C=1e8, kernel="precomputed", tol=1e-6)
        machine.fit(np.asarray(nngp_ntk(phi, 1, x).ntk), data.y_train)
        answers = machine.predict(np.asarray(nngp_ntk(phi, 1, x_test, x).ntk))
        name = "lazy" if by == 1 else "compressed"
        wrong = float(found[name].sel(P=P)[s, 0])
        assert wrong == pytest.approx((answers != data.y_test).mean(), abs=1e-9)
        assert wrong < 0.5
        assert wrong > 0 or name == "compressed"
    before = mtimes(store.folder)
    xr.testing.assert_identical(sweep(config, store, progress=Silent()), found)
    assert mtimes(store.folder) == before


def test_above_the_p_of_the_kernel_pca_there_is_no_kernel_of_the_end() -> None:
    config = a_config("--P", "64", "65")
    assert [len(config.ends(P, 0)) for P in (64, 65)] == [1, 0]
    assert config.ends(64, 1)[0] == config.networks(64, 1)[0].replace(model_kind="kernel_end")


def test_data_sets_and_networks_have_seeds_of_their_own() -> None:
    config = a_config("--P", "8", "4", "--sets", "3", "--inits", "2", "--data-seed", "5")
    jobs = [job for P, s in config.cells for job in config.networks(P, s)]
    assert len({job.key for job in jobs}) == len(jobs) == 12
    assert [job.P for job in jobs] == [4] * 6 + [8] * 6
    for s, i in np.ndindex(3, 2):
        job = config.networks(8, s)[i]
        assert (job.data_seed, job.init_seed) == (5 + s, 2 * s + i)
        assert job.alpha == pytest.approx(0.1 / H**0.5)
        lazy = config.kernels(8, s)[0]
        assert (lazy.data_seed, lazy.alpha, lazy.model_kind) == (5 + s, None, "kernel_infinite")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--dataset", "random5"), "no invariance"),
        (("--dataset", "stripe"), "no invariance"),
        (("--dataset", "cylinder2"), "no invariance"),
        (("--dataset", "stripes"), "unknown data set"),
        (("--P", "1"), "P = 1"),
        (("--h", "0"), "h = 0"),
        (("--alpha-tilde", "0"), "alpha_tilde must be above 0"),
        (("--sets", "0"), "sets = 0"),
        (("--kernel", "linear"), "unknown kernel 'linear': choose"),
        (("--pca", "10"), "no P of the grid up to 10"),
        (("--P", "2", "64"), "have one label"),
        (("--P", "64", "1000000"), "kernels of P = 1000000"),
        (("--loss", "cubic"), "unknown loss"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_folder(
    words: Sequence[str],
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert Stripe.main([*words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "out").exists()


def test_the_command(
    tmp_path: Path, untrained: list[Job], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = [*TINY, "--P", "32", "--sets", "2", "--inits", "1", "--pca", "32", "--out", str(out)]
    assert Stripe.main(words) == 0
    said = capsys.readouterr().out
    assert str(out / RESULTS) in said
    assert f"to draw: python -m analysis learning_curves.stripe {out} (or " in said
    with xr.open_dataset(out / RESULTS) as found:
        assert found.attrs["d_par"] == 1
        assert found.feature.shape == (1, 2, 1)
    assert untrained
