"""Bounds and changes of class, against linear networks and brute force."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.models.classic.names import named
from jamming.models.networks import Layer
from jamming.theory.adversarial import fgsm, smallest, universal
from jamming.theory.lipschitz import (
    fit_of_random_labels,
    gradient_norms,
    layer_norms,
    margins,
    operator_norm,
    spectral_complexity,
)

RNG = np.random.default_rng(0)


def test_the_norm_of_a_convolution_is_that_of_its_matrix() -> None:
    W = jnp.asarray(RNG.normal(size=(3, 3, 2, 3)))

    def linear(z: jax.Array) -> jax.Array:
        return Layer(W.shape)(W, z)

    matrix = jax.jacfwd(lambda z: linear(z.reshape(1, 5, 5, 2)).ravel())(jnp.zeros(50))
    found = operator_norm(linear, (1, 5, 5, 2), jax.random.key(0))
    np.testing.assert_allclose(found, np.linalg.norm(matrix, 2), rtol=1e-3)


def test_gradients_are_within_the_product_of_the_norms() -> None:
    x = jnp.asarray(RNG.normal(size=(5, 16, 16, 1)))
    net = named("lenet", width=0.3)
    w = jax.jit(net.init)(jax.random.key(0), x)
    norms = layer_norms(net, w, x)
    assert list(norms) == ["conv1", "conv2", "fc1", "fc2", "logits"]
    bound = np.prod([float(each) for each in norms.values()])
    slopes = jax.jit(lambda x: gradient_norms(lambda z: net.apply(w, z), x))(x)
    assert 0 < slopes.max() < bound
    assert spectral_complexity(norms, 500) == pytest.approx(bound * np.sqrt(125 / 500))
    with pytest.raises(BadInput, match="no chain"):
        layer_norms(named("strided"), w, x)


def test_margins() -> None:
    F = jnp.array([[1.0, 3.0, 2.0], [1.0, 3.0, 2.0]])
    np.testing.assert_array_equal(margins(F, jnp.array([1, 0])), [1.0, -2.0])
    assert fit_of_random_labels(0.0, 2) == 1.0
    assert fit_of_random_labels(0.5, 2) == 0.0
    assert fit_of_random_labels(0.9, 10) == pytest.approx(0.0)


def linear_logits() -> tuple[jax.Array, jax.Array]:
    return jnp.asarray(RNG.normal(size=(3, 4))), jnp.asarray(RNG.normal(size=(6, 2, 2)))


def test_the_smallest_change_of_linear_logits_is_known() -> None:
    W, x = linear_logits()

    def outputs(z: jax.Array) -> jax.Array:
        return z.reshape(len(z), -1) @ W.T

    F = np.asarray(outputs(x))
    k = F.argmax(1)
    r = smallest(outputs, x)
    far = [
        min((F[i, k[i]] - F[i, j]) / np.linalg.norm(W[k[i]] - W[j]) for j in range(3) if j != k[i])
        for i in range(6)
    ]
    size = np.linalg.norm(np.asarray(r).reshape(6, -1), axis=1)
    np.testing.assert_allclose(size, 1.02 * np.array(far), rtol=1e-6)
    assert (np.asarray(outputs(x + r)).argmax(1) != k).all()
    assert (np.asarray(outputs(x + r / 1.03)).argmax(1) == k).all()


def test_one_change_for_all_has_the_norm_that_it_may_have() -> None:
    W, x = linear_logits()

    def outputs(z: jax.Array) -> jax.Array:
        return z.reshape(len(z), -1) @ W.T

    small, large = (universal(outputs, x, eps) for eps in (1e-6, 20.0))
    assert float(small.kappa) == 0.0
    assert float(large.kappa) > 0.3
    assert float(jnp.linalg.norm(large.v)) <= 20.0 * (1 + 1e-6)
    moved = np.asarray(outputs(x + large.v[None])).argmax(1)
    assert np.mean(moved != np.asarray(outputs(x)).argmax(1)) == pytest.approx(float(large.kappa))


def test_signs_increase_the_loss_in_every_pixel() -> None:
    W, x = linear_logits()
    y = jnp.array([0, 1, 2, 0, 1, 2])

    def outputs(z: jax.Array) -> jax.Array:
        return z.reshape(len(z), -1) @ W.T

    def loss(z: jax.Array) -> jax.Array:
        logs = jax.nn.log_softmax(outputs(z))
        return -jnp.take_along_axis(logs, y[:, None], 1)[:, 0]

    moved = fgsm(outputs, x, y, 0.01)
    np.testing.assert_allclose(jnp.abs(moved - x), 0.01, rtol=1e-6)
    assert (loss(moved) > loss(x)).all()
