"""Gradients and speeds at the start, against finite steps, Jacobians and their powers of h."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.data import load
from jamming.fits.power import power_law
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.models.padding import bucket, embed, pad_of, shapes
from jamming.models.reparametrised import Reparametrised, abc
from jamming.objectives.losses import soft_hinge
from jamming.objectives.predictor import predictor
from jamming.objectives.problem import Problem
from jamming.observables.cusps import preactivations
from jamming.observables.initial import gradient_scales, velocities, weight_names

DATA = load("digits10pca", 40)
X, Y = jnp.asarray(DATA.x_train), jnp.asarray(DATA.y_train)


def network(h: int, L: int = 3, *, bias: bool = False) -> FC:
    return FC(h=h, L=L, activation=activation("softplus5", normalised=True), bias=bias)


def problem_of(net: FC, alpha: float | None = 0.5, seed: int = 0) -> Problem:
    w = net.init(jax.random.key(seed), X[:1])
    return Problem(predictor(net, w, alpha), soft_hinge(), X, Y)


@pytest.mark.parametrize("alpha", [None, 0.5, 1e4])
@pytest.mark.parametrize("bias", [False, True])
def test_speeds_are_those_of_one_small_step(alpha: float | None, bias: bool) -> None:
    """As the papers measure them; also where weights hardly move."""
    net = network(12, bias=bias)
    problem = problem_of(net, alpha)
    start, dt = problem.predictor.start(), 1e-4
    g = problem.gradient(start).g
    moved = jax.tree.map(lambda v, g: v - dt * g, start, g)
    before, after = (preactivations(net, problem.predictor.weights(v), X) for v in (start, moved))
    want = [np.sqrt(np.mean(((b - a) / dt) ** 2)) for a, b in zip(before, after, strict=True)]
    np.testing.assert_allclose(velocities(problem), want, rtol=1e-2 if alpha == 1e4 else 1e-3)


def test_speeds_are_inverse_to_alpha_at_the_start() -> None:
    """The loss is over alpha^2 and F proportional to alpha."""
    one, two = (velocities(problem_of(network(12), a)) for a in (0.1, 100.0))
    np.testing.assert_allclose(one / two, 1000.0, rtol=1e-10)


def test_speeds_of_unseen_points_differ_from_those_of_trained_ones() -> None:
    problem = problem_of(network(12))
    few = velocities(problem, X[:1])
    assert few.shape == (3,)
    np.testing.assert_allclose(velocities(problem, X), velocities(problem), rtol=1e-12)
    assert not np.allclose(few, velocities(problem))


def test_a_network_in_a_wider_one_has_the_speeds_of_its_own_neurons() -> None:
    """Padded neurons stand still and have no part in the sum; their number dilutes the mean."""
    net = network(6, L=2)
    wide = bucket(net)
    w = net.init(jax.random.key(0), X[:1])
    pad = pad_of(net, wide, X.shape[1], X.dtype)
    inside = predictor(wide, embed(w, shapes(wide, X[:1])), 0.5, pad)
    found = velocities(Problem(inside, soft_hinge(), X, Y))
    np.testing.assert_allclose(found * (8 / 6) ** 0.5, velocities(problem_of(net)), rtol=1e-10)


def test_gradient_scales_are_those_of_the_jacobian() -> None:
    net = network(7, bias=True)
    w = net.init(jax.random.key(1), X)
    J = jax.jacrev(lambda w: net.apply(w, X))(w)["params"]
    want = [float(jnp.sqrt(jnp.mean(J[f"W{i}"] ** 2))) for i in range(1, 5)]
    np.testing.assert_allclose(gradient_scales(net, w, X), want, rtol=1e-12)


def test_weights_are_named_in_order_beyond_nine() -> None:
    net = network(2, L=11, bias=True)
    assert weight_names(net.init(jax.random.key(0), X)) == [f"W{i}" for i in range(1, 13)]


@pytest.mark.slow
def test_powers_of_the_width() -> None:
    """df/dW ~ h^-1/2 at both ends and 1/h between, dz/dt ~ h^-1/2 (Eqs. 20 and 22)."""
    h = np.array([16.0, 64.0, 256.0])
    seeds = 8
    gradients, speeds = np.zeros((3, seeds, 4)), np.zeros((3, seeds, 3))
    for i, width in enumerate((16, 64, 256)):
        for s in range(seeds):
            problem = problem_of(network(width), 1.0, s)
            w = problem.predictor.weights(problem.predictor.start())
            gradients[i, s] = gradient_scales(network(width), w, X)
            speeds[i, s] = velocities(problem)
    want = (-0.5, -1.0, -1.0, -0.5)
    for layer, power in enumerate(want):
        found = power_law(h, gradients[:, :, layer]).exponent
        assert found.value == pytest.approx(power, abs=0.1)
    for layer in range(3):
        assert power_law(h, speeds[:, :, layer]).exponent.value == pytest.approx(-0.5, abs=0.15)


def test_what_shows_no_preactivations_is_refused() -> None:
    net = Reparametrised(network(4, L=2), abc("mup", 2))
    w = net.init(jax.random.key(0), X)
    with pytest.raises(BadInput, match="chains of layers"):
        velocities(Problem(predictor(net, w, 1.0), soft_hinge(), X, Y))
