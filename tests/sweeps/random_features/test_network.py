"""The model in the suite's own pipeline: the flow of a network with a frozen first layer."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from jamming.checks.errors import BadInput
from jamming.dynamics.rkc import RKC
from jamming.dynamics.rkc_state import RKCState
from jamming.execution import vmapped
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.objectives.losses import loss_named
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem, Result
from jamming.random_features.harmonics import excess, harmonics, learned
from jamming.random_features.model import features, flowed, ridge, sample, spectrum, sphere
from jamming.training.train import train
from sweeps.random_features.network import (
    FrozenFirst,
    Model,
    compared,
    flow_job,
    frozen_first,
    training_set,
)

P, D, TAU = 24, 8, 0.3
PHI = activation("relu")
# when all is fitted
END = 1e8


def setting(h: int) -> tuple[FrozenFirst, dict, np.ndarray, np.ndarray, np.ndarray]:
    """The network, its weights, training set and beta."""
    data = sample(P, D, TAU, np.random.default_rng(h))
    net = FrozenFirst(FC(h=h, L=1, activation=PHI))
    return net, net.init(jax.random.key(h), jnp.asarray(data.x)), data.x, data.y, data.beta


@cache
def trained(h: int, t: float, alpha: float) -> tuple[RKCState, Problem]:
    """The state at time t of the gradient flow of alpha (f - f0)."""
    net, w0, x, y, _ = setting(h)
    problem = Problem(
        predictor(net, w0, alpha), loss_named("square", slack=1e-9), jnp.asarray(x), jnp.asarray(y)
    )
    keys = jax.random.split(jax.random.key(0), 1)
    stepper = RKC(max_ticks=50_000, max_time=t, tol=1e-4)
    *_, end = vmapped.run(stepper, vmapped.stack([problem]), keys)
    return vmapped.lane(end, 0), problem


def in_closed_form(h: int, t: float) -> np.ndarray:
    """The read-out a of the same flow: its clock is that of features without h^(-1/2)."""
    _, w0, x, y, _ = setting(h)
    theta = np.asarray(w0["params"]["W1"]).T
    return flowed(spectrum(features(PHI, theta, x), y), t / h, P=P)


@pytest.mark.parametrize(("h", "t", "alpha"), [(24, 30.0, 1.0), (60, END, 10.0)])
def test_the_flow_is_where_its_closed_form_says(h: int, t: float, alpha: float) -> None:
    """At the threshold after a finite time, and past it, when all is fitted."""
    state, problem = trained(h, t, alpha)
    _, w0, *_ = setting(h)
    x = sphere(200, D, np.random.default_rng(0))
    theta = np.asarray(w0["params"]["W1"]).T
    expected = features(PHI, theta, x) @ in_closed_form(h, t)
    found = problem.predictor(state.v, jnp.asarray(x))
    np.testing.assert_allclose(found, expected, atol=2e-3 * np.abs(expected).max())


def test_a_network_with_more_neurons_than_points_fits_them_with_the_smallest_norm() -> None:
    h = 60
    state, _ = trained(h, END, 10.0)
    assert Result(int(state.result)) is Result.FITTED
    assert int(state.unsatisfied) == 0
    _, w0, x, y, _ = setting(h)
    theta = np.asarray(w0["params"]["W1"]).T
    closed = ridge(spectrum(features(PHI, theta, x), y), 0.0, P=P, d=D)
    a = 10.0 * np.asarray(state.v["params"]["W2"])[:, 0] / np.sqrt(h)
    np.testing.assert_allclose(a, closed, atol=1e-6 * np.abs(closed).max())


def test_the_first_layer_lies_on_the_sphere_and_stays() -> None:
    state, problem = trained(24, 30.0, 1.0)
    _, w0, *_ = setting(24)
    np.testing.assert_allclose((w0["params"]["W1"] ** 2).sum(0), D)
    w = problem.predictor.weights(state.v)["params"]
    np.testing.assert_array_equal(w["W1"], w0["params"]["W1"])
    assert float(jnp.abs(w["W2"] - w0["params"]["W2"]).max()) > 0.01


def test_the_difference_is_the_difference() -> None:
    net, w0, x, *_ = setting(8)
    rng = np.random.default_rng(0)
    dw = {"params": {"W1": jnp.zeros((D, 8)), "W2": jnp.asarray(rng.normal(size=(8, 1)))}}
    w = jax.tree.map(jnp.add, w0, dw)
    x_ = jnp.asarray(x)
    expected = net.apply(w, x_) - net.apply(w0, x_)
    np.testing.assert_allclose(net.difference(w0, dw, x_), expected, atol=1e-12)


def test_as_a_job_it_comes_to_the_error_in_closed_form() -> None:
    """Through `train`, as the sweep has it, with fewer neurons than points."""
    of = Model(D, P, TAU, "relu", (0.0,), 1)
    jobs = [flow_job(of, 12, seed) for seed in (0, 1)]
    ends = train(
        jobs, data=lambda job: training_set(of, job)[0], net=frozen_first, weights=True, workers=1
    )
    for job, end in zip(jobs, ends, strict=True):
        assert not end.fitted
        by_flow, closed = compared(of, job, end.w)
        assert by_flow == pytest.approx(closed, rel=1e-4)
        # the same on other points
        data, beta = training_set(of, job)
        net = frozen_first(job)
        w0 = net.init(job.init_key(), jnp.asarray(data.x_train[:1]))
        flat, unravel = ravel_pytree(w0)
        x = sphere(20_000, D, np.random.default_rng(0))
        F = net.difference(w0, unravel(jnp.asarray(end.w) - flat), jnp.asarray(x))
        assert by_flow == pytest.approx(float(np.mean((x @ beta - F) ** 2)), rel=0.05)


def test_the_error_of_the_flow_is_between_that_of_no_training_and_of_the_end() -> None:
    """At the threshold: training for a while is far better than to the end."""
    _, w0, x, y, beta = setting(24)
    theta, sigma = np.asarray(w0["params"]["W1"]).T, harmonics(PHI, D)
    at = spectrum(features(PHI, theta, x), y)
    stopped, ended = (
        excess(learned(theta, a, sigma), beta, sigma)
        for a in (in_closed_form(24, 30.0), ridge(at, 0.0, P=P, d=D))
    )
    assert stopped < 1 < ended


@pytest.mark.parametrize("net", [FC(h=5, L=2), FC(h=5, L=1, bias=True)])
def test_other_networks_are_refused(net: FC) -> None:
    with pytest.raises(BadInput, match="one hidden layer"):
        FrozenFirst(net)
