"""What surrounds the end of a run: against autodiff, the run's own numbers, and planted kinks."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from jamming.checks.errors import BadInput
from jamming.models.counting import count
from jamming.training.spec import Job
from jamming.training.train import train
from jamming.training.trajectory import Trajectory
from sweeps.transition.endpoint import EDGES, Endpoint, endpoint, problem_of

JOB = Job("random5", 60, (4, 4), max_ticks=200, lr=0.02, decay_every=None, test_points=80)


@pytest.fixture(scope="module")
def ended() -> Trajectory:
    with jax.enable_x64(True):
        return train([JOB], weights=True)[0]


@pytest.fixture(scope="module")
def found(ended: Trajectory) -> Endpoint:
    with jax.enable_x64(True):
        return endpoint(JOB, JOB.data(), np.asarray(ended.w))


def test_it_is_the_point_at_which_the_run_has_ended(ended: Trajectory, found: Endpoint) -> None:
    y = JOB.data().y_train
    margin = JOB.loss_function().margin
    np.testing.assert_allclose(found.delta, margin - y * ended.F_train, atol=1e-13)
    assert np.mean(np.maximum(found.delta, 0) ** 2) / 2 == pytest.approx(ended.loss, rel=1e-12)
    assert (found.delta > JOB.slack * margin).sum() == ended.unsatisfied > 0


def test_the_spectra_are_those_of_the_hessian(ended: Trajectory, found: Endpoint) -> None:
    problem, v = problem_of(JOB, JOB.data(), np.asarray(ended.w))
    flat, unravel = ravel_pytree(v)

    def loss(u: jax.Array) -> jax.Array:
        return problem.loss.mean(problem.outputs(unravel(u)), problem.y, jnp.ones(()))

    H = np.asarray(jax.hessian(loss)(flat))
    np.testing.assert_allclose(found.H, np.linalg.eigvalsh(H), atol=1e-10 * np.abs(H).max())
    # traces add up, though eigenvalues do not
    assert found.H.sum() == pytest.approx(found.H_0.sum() + found.H_p.sum(), rel=1e-8)
    assert (found.H_0 > 1e-10 * found.H_0.max()).sum() <= (found.delta > 0).sum()
    assert found.H_p_start.size == flat.size


def test_the_densities_are_normalised_layer_by_layer(found: Endpoint) -> None:
    assert found.train.shape == found.unseen.shape == (JOB.L, EDGES.size - 1)
    for rows in (found.train, found.unseen):
        inside = rows @ np.diff(EDGES)
        assert (inside > 0.95).all()
        assert (inside <= 1 + 1e-12).all()
    assert EDGES[200] < 0 < EDGES[201]
    assert EDGES[200] == pytest.approx(-EDGES[201])
    assert ((found.distance > 0) & (found.distance < 0.5)).all()


def test_cusps_are_what_training_points_have_more() -> None:
    """A training point on the kink of a neuron is a cusp, one more than at random weights."""
    job = dataclasses.replace(JOB, widths=(4,))
    data = job.data()
    problem, w = problem_of(job, data)
    before = endpoint(job, data, np.asarray(ravel_pytree(w)[0]))
    a = np.asarray(problem.x[7] @ w["params"]["W1"][:, 2])
    w["params"]["B1"] = w["params"]["B1"].at[2].set(-a)
    after = endpoint(job, data, np.asarray(ravel_pytree(w)[0]))
    assert after.on_kink[0] == before.on_kink[0] + 1
    assert after.N_c == pytest.approx(after.on_kink.sum() - after.by_chance.sum())


def test_where_all_fit_the_loss_is_flat_and_has_no_spectra() -> None:
    job = dataclasses.replace(JOB, P=4, widths=(16,), max_ticks=2000)
    run = train([job], weights=True)[0]
    assert run.fitted
    w = np.asarray(run.w)
    # within the slack of the loss constraints may be left; a larger last layer meets them
    _, v = problem_of(job, job.data(), w)
    v["params"]["W2"] = 1.1 * v["params"]["W2"]
    v["params"]["B2"] = 1.1 * v["params"]["B2"]
    at = endpoint(job, job.data(), np.asarray(ravel_pytree(v)[0]))
    assert (at.delta <= 0).all()
    assert at.H.size == at.H_0.size == at.H_p.size == 0
    assert at.H_p_start.size == count(v).all


def test_alpha_is_taken_out_of_the_weights() -> None:
    """With alpha (f - f0) the variable is w - w0, and F at the run's weights is the run's."""
    job = dataclasses.replace(JOB, alpha=3.0, widths=(6,), max_ticks=50)
    run = train([job], weights=True)[0]
    problem, v = problem_of(job, job.data(), np.asarray(run.w))
    np.testing.assert_allclose(problem.outputs(v), run.F_train, rtol=1e-9, atol=1e-12)


def test_of_training_in_float32_it_is_in_float64() -> None:
    job = dataclasses.replace(JOB, precision="float32", max_ticks=50)
    run = train([job], weights=True)[0]
    assert run.w is not None
    assert run.w.dtype == np.float32
    at = endpoint(job, job.data(), np.asarray(run.w, float))
    assert at.H.dtype == at.delta.dtype == np.float64
    y = job.data().y_train
    delta = job.loss_function().margin - y * run.F_train
    np.testing.assert_allclose(at.delta, delta, atol=1e-5)


def test_foreign_weights_and_no_unseen_points_are_refused(ended: Trajectory) -> None:
    with pytest.raises(BadInput, match="7 weights do not fill a network of 49"):
        endpoint(JOB, JOB.data(), np.zeros(7))
    data = JOB.data()
    none = dataclasses.replace(data, x_test=data.x_test[:0], y_test=data.y_test[:0])
    with pytest.raises(BadInput, match="no unseen points"):
        endpoint(JOB, none, np.asarray(ended.w))


def test_float32_in_jax_is_refused(ended: Trajectory) -> None:
    with jax.enable_x64(False), pytest.raises(BadInput, match="float64 is off"):
        problem_of(JOB, JOB.data(), np.asarray(ended.w))
