"""The frozen dynamics dF/dt = -(1/P) Theta ell'(F) in function space (*Disentangling ...*, App.
A), against its closed form and against networks at large alpha."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from jamming.checks.errors import BadInput
from jamming.dynamics.euler import Euler, EulerState
from jamming.execution.vmapped import advance, lane, stack, start
from jamming.kernels.empirical import ntk
from jamming.kernels.frozen import Frozen, kernel_problem
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.objectives.losses import LOSSES, Loss, quadratic_hinge, soft_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem, Result

pytestmark = pytest.mark.usefixtures("strict_dtypes")

KEY = jax.random.key(17)
P, D = 8, 6
RNG = np.random.default_rng(6)
X, X_TEST = (jnp.asarray(RNG.normal(size=(n, D))) for n in (P, 5))
Y = jnp.asarray(np.where(np.arange(P) % 2 == 0, 1.0, -1.0))
M = 2.0
NET = FC(activation=activation("softplus5", normalised=True), h=20, L=2)


@pytest.fixture(scope="module")
def w0() -> dict:
    return jax.jit(NET.init)(KEY, X)


@pytest.fixture(scope="module")
def kernels(w0: dict) -> tuple[jax.Array, jax.Array]:
    """Theta between training data, and between test and training data."""
    return jax.jit(lambda w: (ntk(NET.apply, w, X), ntk(NET.apply, w, X_TEST, X)))(w0)


def finish(flow: Euler, problems: list[Problem]) -> EulerState:
    stacked = stack(problems)
    states = start(flow, stacked, jax.random.split(KEY, len(problems)))
    return advance(flow, stacked, states, flow.max_ticks)


def test_it_is_the_closed_form_where_every_constraint_is_active(
    kernels: tuple[jax.Array, jax.Array],
) -> None:
    """ell' = F - m y, so that F(t) = (1 - exp(-Theta t / P)) m y, and F_test by Theta^-1."""
    theta, theta_test = (np.asarray(k) for k in kernels)
    rate = np.linalg.eigvalsh(theta)[-1] / P
    on = kernel_problem(kernels[0], Y, quadratic_hinge(M))
    for T in (0.3 / rate, 3 / rate):
        F = M * (np.eye(P) - expm(-theta * T / P)) @ Y
        F_test = theta_test @ np.linalg.solve(theta, F)
        assert np.all(Y * F < M)
        errors = []
        for tol in (1e-6, 1e-8):
            flow = Euler(tol_gradient=tol, max_time=float(T), max_ticks=10**6)
            state = lane(finish(flow, [on]), 0)
            assert int(state.result) == Result.OUT_OF_BUDGET
            got = on.predictor(state.v, kernels[1])
            errors.append(
                [
                    np.linalg.norm(state.F - F) / np.linalg.norm(F),
                    np.linalg.norm(got - F_test) / np.linalg.norm(F_test),
                ]
            )
        assert np.max(errors[-1]) < 3e-4
        # Euler of first order, whose step is in proportion to the root of the tolerance
        np.testing.assert_allclose(np.divide(*errors), 10, rtol=0.3)


@pytest.mark.parametrize("loss", [soft_hinge(1.0), quadratic_hinge(1.0)], ids=lambda it: it.name)
def test_a_network_at_large_alpha_follows_it(
    loss: Loss, w0: dict, kernels: tuple[jax.Array, jax.Array]
) -> None:
    rate = np.linalg.eigvalsh(kernels[0])[-1] / P
    flow = Euler(tol_gradient=1e-7, max_time=float(3 / rate), max_ticks=10**6)
    frozen = kernel_problem(kernels[0], Y, loss)
    network = Problem(predictor(NET, w0, 1e6), loss, X, Y)
    a, b = (lane(finish(flow, [on]), 0) for on in (frozen, network))
    assert float(a.t) == float(b.t) > 0
    assert np.abs(a.F).min() > 0.01  # it did learn
    pairs = [(a.F, b.F), (frozen.predictor(a.v, kernels[1]), network.predictor(b.v, X_TEST))]
    for on_kernel, of_network in pairs:
        gap = np.linalg.norm(on_kernel - of_network) / np.linalg.norm(of_network)
        assert gap < 1e-3
    assert float(a.loss) == pytest.approx(float(b.loss) * 1e12, rel=1e-3)


CLASSES = jnp.asarray([0, 1, 2, 0, 1, 2, 0, 1])


@pytest.mark.parametrize("name", ["cross_entropy", "multiclass_hinge"])
def test_a_network_of_several_outputs_follows_its_full_kernel(name: str) -> None:
    net, loss = FC(activation=NET.activation, h=15, L=1, c=3), LOSSES[name]
    w0 = net.init(KEY, X)
    theta, theta_test = (ntk(net.apply, w0, *x, outputs="full") for x in ((X,), (X_TEST, X)))
    rate = np.linalg.eigvalsh(ntk(net.apply, w0, X, outputs="trace"))[-1] / P
    flow = Euler(tol_gradient=1e-7, max_time=float(1 / rate), max_ticks=10**6)
    frozen = kernel_problem(theta, CLASSES, loss)
    network = Problem(predictor(net, w0, 1e6), loss, X, CLASSES)
    a, b = (lane(finish(flow, [on]), 0) for on in (frozen, network))
    assert float(a.t) == float(b.t) > 0
    pairs = [(a.F, b.F), (frozen.predictor(a.v, theta_test), network.predictor(b.v, X_TEST))]
    for on_kernel, of_network in pairs:
        assert np.linalg.norm(of_network) > 0.01
        assert np.linalg.norm(on_kernel - of_network) < 1e-3 * np.linalg.norm(of_network)


def test_a_kernel_of_one_output_stands_for_several_that_are_independent() -> None:
    K = jnp.asarray(np.cov(RNG.normal(size=(P, 40))))
    loss = LOSSES["cross_entropy"]
    whole = jnp.einsum("ij,ab->ijab", K, jnp.eye(3))
    ends = [
        lane(finish(Euler(max_ticks=300), [kernel_problem(theta, CLASSES, loss)]), 0).F
        for theta in (K, whole)
    ]
    np.testing.assert_allclose(*ends, rtol=1e-10)
    # what no point is of is a class, too, where it is said
    assert kernel_problem(K, CLASSES, loss, classes=5).predictor.start()["c"].shape == (P, 5)


def test_it_ends_fitted_with_test_outputs_by_the_same_coefficients(
    kernels: tuple[jax.Array, jax.Array],
) -> None:
    on = kernel_problem(kernels[0], Y, soft_hinge(1.0))
    state = lane(finish(Euler(max_ticks=10**5), [on]), 0)
    assert int(state.result) == Result.FITTED
    assert np.all(np.asarray(Y * state.F) > 1)
    c = np.asarray(state.v["c"])
    np.testing.assert_allclose(np.asarray(kernels[0]) @ c, state.F, rtol=1e-12)
    assert np.all(c * np.asarray(Y) > 0)  # every ell' has the sign of -y


def test_the_speed_is_that_of_the_kernel(kernels: tuple[jax.Array, jax.Array]) -> None:
    """dF/dt = -(1/P) Theta ell'; and s Theta for a time T / s is Theta for a time T."""
    theta = kernels[0]
    loss = quadratic_hinge(M)
    on = kernel_problem(theta, Y, loss)
    c = {"c": jnp.asarray(RNG.normal(size=P)) / 100}
    at = on.gradient(c)
    slope = jax.grad(lambda F: jnp.sum(loss.per_sample(F, Y)))(theta @ c["c"])
    np.testing.assert_allclose(at.F, theta @ c["c"], rtol=1e-12)
    np.testing.assert_allclose(at.g["c"], slope / P, rtol=1e-12)
    assert at.loss == jnp.mean(loss.per_sample(at.F, Y))

    T = float(P / np.linalg.eigvalsh(theta)[-1])
    ends = []
    for s in (1.0, 4.0):
        flow = Euler(tol_gradient=1e-7, max_time=T / s, max_ticks=10**6)
        ends.append(lane(finish(flow, [kernel_problem(s * theta, Y, loss)]), 0).F)
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-3)


def test_lanes_of_several_kernels(kernels: tuple[jax.Array, jax.Array]) -> None:
    flow = Euler(max_ticks=200)
    problems = [kernel_problem(s * kernels[0], Y, soft_hinge(1.0)) for s in (1.0, 0.5)]
    together = finish(flow, problems)
    for i, on in enumerate(problems):
        alone = lane(finish(flow, [on]), 0)
        np.testing.assert_array_equal(lane(together, i).v["c"], alone.v["c"])


def test_the_parts(kernels: tuple[jax.Array, jax.Array]) -> None:
    frozen = Frozen({"c": jnp.zeros(P, jnp.float32)})
    assert frozen.alpha == 1
    assert frozen.alpha.dtype == jnp.float32
    v = frozen.start()
    assert frozen.weights(v) is v
    assert not np.any(v["c"])
    assert [leaf.shape for leaf in jax.tree.leaves(frozen)] == [(P,)]
    on = kernel_problem(kernels[0], Y, soft_hinge())
    assert {f.name for f in dataclasses.fields(on.predictor)} == {"w0"}


def test_bad_input_says_what_to_do(kernels: tuple[jax.Array, jax.Array]) -> None:
    with pytest.raises(BadInput, match="labels of several classes must be integers"):
        kernel_problem(kernels[0], Y, LOSSES["cross_entropy"])
    full = jnp.zeros((P, P, 3, 3))
    for labels, loss, said in (
        (CLASSES, soft_hinge(), "a kernel of 3 outputs"),
        (CLASSES + 1, LOSSES["cross_entropy"], "there is a label 3"),
        (CLASSES[1:], LOSSES["cross_entropy"], "y"),
    ):
        with pytest.raises(BadInput, match=said):
            kernel_problem(full, labels, loss)
    with pytest.raises(BadInput, match="symmetric"):
        kernel_problem(full.at[0, 1, 0, 1].set(1.0), CLASSES, LOSSES["cross_entropy"])
    with pytest.raises(BadInput, match="at least one"):
        kernel_problem(jnp.zeros((0, 0)), jnp.zeros(0), soft_hinge())
