"""Observables on the diagram, against the same by hand on trained networks."""

import dataclasses
from pathlib import Path
from typing import Any, get_type_hints

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jamming.checks.errors import BadInput
from jamming.data.unprepared import unprepared
from jamming.images.stability import perturbed
from jamming.kernels.empirical import ntk
from jamming.training.spec import Job
from jamming.training.train import train
from sweeps.engine.store import Store
from sweeps.phase_diagram.commands import PhaseDiagram
from sweeps.phase_diagram.sweep import open_diagram, phase_diagram
from sweeps.shared.alpha_grid import Config
from sweeps.shared.deformed import CUT, IMAGES, SEED, images
from sweeps.shared.observables import OBSERVABLES, Trained, observable, trained

DIGITS = {"dataset": "digits"}
ALPHAS, SEEDS = (1.0, 100.0), 2
JOB = Job(
    *("digits", 40, (1, 1)),
    alpha=1.0,
    dynamics="flow",
    max_ticks=3000,
    test_points=60,
    kernel_points=30,
)
CONFIG = Config(JOB, (6,), ALPHAS, seeds=SEEDS, refine=1.0, kernel=False, observe="R_f")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep, run by its command's function."""
    folder = tmp_path_factory.mktemp("observed")
    phase_diagram(CONFIG, Store(folder))
    return folder


def by_hand(job: Job, delta: float) -> float:
    """R_f of F = alpha (f - f0) at the end of a run."""
    (run,) = train([job], weights=True)
    net, x = job.network(), job.data().x_train[:1]
    w0 = net.init(job.init_key(), jnp.asarray(x))
    w0 = jax.tree.map(lambda a: a.astype(float), w0)
    w = jax.flatten_util.ravel_pytree(w0)[1](jnp.asarray(run.w))
    of = unprepared("digits", job.P, IMAGES, seed=job.data_seed)
    three = perturbed(of.images[:60], jax.random.key(SEED), delta=delta, c=CUT)[:3]
    few = unprepared("digits", job.P, 60, seed=job.data_seed)
    z, deformed, noisy = (
        job.alpha * (net.apply(w, v) - net.apply(w0, v))
        for v in (jnp.asarray(few.inputs(np.asarray(each)).reshape(60, -1)) for each in three)
    )
    return float(np.median((deformed - z) ** 2) / np.median((noisy - z) ** 2))


def test_it_is_the_ratio_of_what_deformation_and_noise_do(folder: Path) -> None:
    found = open_diagram(folder)
    assert found.attrs["observe"] == "R_f"
    for a in ALPHAS:
        values = np.log([by_hand(job, found.attrs["delta"]) for job in CONFIG.jobs(6, a)])
        one = found.sel(h=6, alpha_tilde=a)
        assert float(one.observable) == pytest.approx(np.exp(values.mean()), rel=1e-3)
        error = values.std(ddof=1) / np.sqrt(SEEDS)
        assert float(one.observable_se) == pytest.approx(error, abs=2e-3)
    assert 0.3 < float(found.observable_start.sel(h=6)) < 3


def test_the_lazy_network_has_not_changed_what_it_is_stable_to(folder: Path) -> None:
    """F of a lazy one is linear in the gradient of f0: as stable as that, to a factor of two."""
    found = open_diagram(folder)
    assert 0.5 < float(found.observable.sel(h=6, alpha_tilde=100.0)) < 2


def observed(folder: Path, name: str, **changes: Any) -> xr.Dataset:
    """Another observable of the networks that are there."""
    return phase_diagram(dataclasses.replace(CONFIG, observe=name, **changes), Store(folder))


def test_what_the_diagram_knows_already_is_observed_alike(folder: Path) -> None:
    found = observed(folder, "error")
    np.testing.assert_allclose(found.observable, found.error, rtol=1e-6)
    np.testing.assert_allclose(found.observable_se, found.error_se, rtol=1e-6)
    for name in ("kernel_change", "weight_change"):
        found = observed(folder, name)
        for a in ALPHAS:
            runs = [Store(folder)[job.key]["trajectory"] for job in CONFIG.jobs(6, a)]
            mean = np.exp(np.mean([np.log(run[name]) for run in runs]))
            assert float(found.observable.sel(h=6, alpha_tilde=a)) == pytest.approx(mean, rel=1e-5)
        assert np.isnan(found.observable_start.values).all()  # nothing has changed yet


def test_the_stability_of_a_layer(folder: Path) -> None:
    """Of its activations: by hand, and the last one's is that of what is linear in them."""
    found = observed(folder, "R_f@1")
    assert found.attrs["observe_label"] == "$R_f$ of hidden layer 1"
    values = []
    for job in CONFIG.jobs(6, 1.0):
        (run,) = train([job], weights=True)
        assert run.w is not None
        # biases come before the weights of 64 x 6
        B, W, phi = run.w[:6], run.w[13 : 13 + 384].reshape(64, 6), job.network().activation
        z, deformed, noisy = (np.asarray(phi(jnp.asarray(x @ W + B))) for x in images(job))
        squares = [((each - z) ** 2).sum(1) for each in (deformed, noisy)]
        values.append(np.median(squares[0]) / np.median(squares[1]))
    assert float(found.observable.sel(h=6, alpha_tilde=1.0)) == pytest.approx(
        np.exp(np.log(values).mean()), rel=1e-3
    )
    assert 0.3 < float(found.observable_start.sel(h=6)) < 3


def test_of_the_kernel_and_of_the_first_layer() -> None:
    """What labels have on the top of the spectrum, by hand; Lambda as the weights are made."""
    job = JOB.replace(dataset="stripe3", widths=(50,), kernel_points=40, bias=False)
    data = job.data()
    start = trained(job, data, None)
    theta = np.asarray(ntk(job.network().apply, start.w, data.x_test[:40]), float)
    y = data.y_test[:40].astype(float)
    top = np.linalg.eigh(theta)[1][:, -10:]
    assert OBSERVABLES["projection"].of(start) == pytest.approx(((top.T @ y) ** 2).sum() / 40)
    alike, apart = np.outer(y, y) > 0, ~np.eye(40, dtype=bool)
    within, between = theta[alike & apart].mean(), theta[~alike].mean()
    contrast = (within - between) / np.diag(theta).mean()
    assert OBSERVABLES["contrast"].of(start) == pytest.approx(contrast)
    W1, W2 = np.full((3, 50), 2.0), np.ones(50)
    W1[0] = 6.0
    W1[:, 0], W2[0] = 9.0, 0.0  # a neuron that is not read out
    of = trained(job, data, np.concatenate([W1.ravel(), W2]))
    assert OBSERVABLES["Lambda"].of(of) == pytest.approx(3.0)


def test_an_observable_of_ones_own(folder: Path) -> None:
    @observable("norm", "$|F|$")
    def norm(of: Trained) -> float:
        return float(np.sqrt(np.mean(of.outputs(of.data.x_test) ** 2)))

    try:
        found = observed(folder, "norm")
    finally:
        del OBSERVABLES["norm"]
    for a in ALPHAS:
        rows = [Store(folder).arrays(job.key)["F_test"] for job in CONFIG.jobs(6, a)]
        logs = [np.log(np.mean(np.asarray(F) ** 2)) / 2 for F in rows]
        assert float(found.observable.sel(h=6, alpha_tilde=a)) == pytest.approx(
            np.exp(np.mean(logs)), rel=1e-6
        )
    assert norm is not None


def test_bars_are_over_training_sets_where_there_are_several(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, alpha_tilde=(100.0,), sets=3, observe="error")
    jobs, store = config.jobs(6, 100.0), Store(tmp_path)
    assert [(job.data_seed, job.init_seed) for job in jobs] == [
        (s, 2 * s + i) for s in range(3) for i in range(2)
    ]
    found = phase_diagram(config, store).sel(h=6, alpha_tilde=100.0)
    each = np.array([store[job.key]["trajectory"]["test_error"] for job in jobs])
    each = each.reshape(3, 2).mean(1)
    for name in ("error", "observable"):
        assert float(found[name]) == pytest.approx(each.mean())
        assert float(found[f"{name}_se"]) == pytest.approx(each.std(ddof=1) / 3**0.5)
    together = []
    for s in range(3):
        F = sum(np.asarray(store.arrays(job.key)["F_test"]) for job in jobs[2 * s :][:2])
        together.append((F * jobs[2 * s].data().y_test <= 0).mean())
    assert float(found.ensemble_error) == pytest.approx(np.mean(together))
    assert found.attrs["sets"] == 3
    # on one of them it is as if that were alone
    alone = dataclasses.replace(config, sets=1)
    assert [job.key for job in alone.jobs(6, 100.0)] == [job.key for job in jobs[:2]]


def test_every_observable_is_named_by_the_command() -> None:
    said = str(get_type_hints(PhaseDiagram, include_extras=True)["observe"].__metadata__)
    assert all(name in said for name in OBSERVABLES)


def test_all_networks_see_the_same_images() -> None:
    clean, deformed, noisy = images(JOB)
    assert clean.shape == (60, 64)
    np.testing.assert_allclose(clean, JOB.data().x_test, atol=1e-10)
    norms = [np.linalg.norm(x - clean, axis=1) for x in (deformed, noisy)]
    assert norms[0].mean() == pytest.approx(norms[1].mean(), rel=0.1)
    for again in images(JOB.replace(alpha=3.0, widths=(5, 5))), images(JOB):
        np.testing.assert_array_equal(again[1], deformed)
    as_images = images(JOB.replace(architecture="cnn", widths=(4, 4)))
    assert as_images[0].shape == (60, 8, 8, 1)


def test_runs_without_weights_are_one_line(tmp_path: Path) -> None:
    store = Store(tmp_path)
    plain = Config(JOB, (6,), ALPHAS[:1], seeds=1, refine=1.0, kernel=False)
    assert "observable" not in phase_diagram(plain, store)
    with pytest.raises(BadInput, match="without their weights"):
        phase_diagram(dataclasses.replace(plain, observe="D_f"), store)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"observe": "Q_f"}, "choose R_f, D_f, G_f, error"),
        ({"observe": "error@1"}, "not known of a layer"),
        ({"observe": "R_f@3", **DIGITS}, "R_f@1 to R_f@2"),
        (
            {"observe": "R_f@1", "architecture": "resnet", "depth": (7,), **DIGITS},
            "no chain of layers",
        ),
        ({"observe": "Lambda"}, "stripe<d>"),
        ({"observe": "contrast", "loss": "cross_entropy"}, "of labels"),
        ({"observe": "projection", "loss": "multiclass_hinge"}, "of labels"),
        ({"seeds": 2**16, "sets": 2**16}, "seeds"),
        ({"observe": "R_f", "dataset": "digits10pca"}, "no set of images"),
        ({"observe": "R_f", "dataset": "digits", "test_points": 1}, "test-points"),
    ],
)
def test_what_cannot_be_observed_is_refused_before_a_run(options: dict, said: str) -> None:
    def start() -> None:
        command = PhaseDiagram(**options)
        command.check(command.config())

    with pytest.raises(BadInput, match=said):
        start()


def test_the_figure_shows_each_width(folder: Path) -> None:
    from analysis.phase_diagram.observed import figure

    found = observed(folder, "R_f")
    page = figure(found)
    labels = {label for ax in page.axes for label in ax.get_legend_handles_labels()[1]}
    assert "$h=6$" in labels
    with pytest.raises(BadInput, match="observe"):
        figure(found.drop_vars("observable"))


def test_the_figure_of_an_observable_that_is_no_ratio(folder: Path) -> None:
    from analysis.phase_diagram.observed import figure

    found = observed(folder, "error")
    right = figure(found).axes[-1]
    assert right.get_yscale() == "linear"
    assert right.get_ylabel() == "test error"
    _, _, (bars,) = right.containers[0]
    ends = np.array(bars.get_segments())[:, :, 1]
    value, error = (found[name].sel(h=6).values for name in ("observable", "observable_se"))
    np.testing.assert_allclose(ends, np.stack([value - error, value + error], 1))
