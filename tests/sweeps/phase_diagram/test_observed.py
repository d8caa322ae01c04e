"""Observables on the diagram, against the same by hand on trained networks."""

import dataclasses
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.data.unprepared import unprepared
from jamming.images.stability import perturbed
from jamming.training.spec import Job
from jamming.training.train import train
from sweeps.engine.store import Store
from sweeps.phase_diagram.commands import PhaseDiagram
from sweeps.phase_diagram.observed import CUT, IMAGES, SEED, images
from sweeps.phase_diagram.sweep import open_diagram
from sweeps.shared.alpha_grid import Config

ALPHAS, SEEDS = (1.0, 100.0), 2
JOB = Job("digits", 40, (1, 1), alpha=1.0, dynamics="flow", max_ticks=3000, test_points=60)
CONFIG = Config(JOB, (6,), ALPHAS, seeds=SEEDS, refine=1.0, kernel=False, observe="R_f")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep, run by its command's function."""
    from sweeps.phase_diagram.sweep import phase_diagram

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
    from sweeps.phase_diagram.sweep import phase_diagram

    store = Store(tmp_path)
    plain = Config(JOB, (6,), ALPHAS[:1], seeds=1, refine=1.0, kernel=False)
    assert "observable" not in phase_diagram(plain, store)
    with pytest.raises(BadInput, match="without their weights"):
        phase_diagram(dataclasses.replace(plain, observe="D_f"), store)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"observe": "Q_f"}, "R_f"),
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

    found = open_diagram(folder)
    page = figure(found)
    labels = {label for ax in page.axes for label in ax.get_legend_handles_labels()[1]}
    assert "$h=6$" in labels
    with pytest.raises(BadInput, match="observe"):
        figure(found.drop_vars("observable"))
