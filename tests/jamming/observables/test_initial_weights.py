"""What initial weights leave to chance, against other ways to compute it."""

from typing import Any

import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen as nn
from jaxtyping import Array

from jamming.checks.errors import BadInput
from jamming.models.networks import FC
from jamming.observables.initial import (
    distance_to_frozen,
    kernel_fluctuations,
    output_fluctuations,
)

NET = FC(h=3, L=2)
KEYS = jax.random.split(jax.random.key(0), 5)
X = jax.random.normal(jax.random.key(1), (4, 2))


class Linear(nn.Module):
    """w . x: its tangent kernel x . x' never moves."""

    @nn.compact
    def __call__(self, x: Array) -> Array:
        w = self.param("w", nn.initializers.normal(1.0), (x.shape[-1],))
        return x @ w


def gradients(key: Array) -> np.ndarray:
    """[points, N] of the network drawn with that key, a point at a time."""
    w, back = jax.flatten_util.ravel_pytree(NET.init(key, X[:1]))
    one = jax.grad(lambda w, x: NET.apply(back(w), x[None])[0])
    return np.stack([one(w, x) for x in X])


def test_kernels_differ_by_what_their_gradients_say() -> None:
    kernels = np.stack([(G := gradients(key)) @ G.T for key in KEYS])
    away = np.square(kernels - kernels.mean(0)).sum((1, 2)) * 5 / 4
    expected = np.sqrt(away / np.square(kernels.mean(0)).sum())
    np.testing.assert_allclose(kernel_fluctuations(NET, KEYS, X), expected, rtol=1e-9)


def test_a_kernel_without_weights_does_not_differ() -> None:
    np.testing.assert_allclose(kernel_fluctuations(Linear(), KEYS, X), 0.0, atol=1e-12)


@pytest.mark.parametrize("n", [2, 5, 130])  # 130: more than are computed at a time
def test_outputs_differ_by_their_variance(n: int) -> None:
    keys = jax.random.split(jax.random.key(2), n)
    outputs = np.stack([NET.apply(NET.init(key, X[:1]), X) for key in keys])
    found = output_fluctuations(NET, keys, X)
    assert found.shape == (n,)
    assert found.mean() == pytest.approx(outputs.var(axis=0, ddof=1).mean())


def test_outputs_of_linear_networks_have_the_variance_of_their_inputs() -> None:
    """<(w . x)^2> = |x|^2 for weights of variance 1; 400 draws give it to 5 %."""
    keys = jax.random.split(jax.random.key(3), 400)
    found = output_fluctuations(Linear(), keys, X).mean()
    assert found == pytest.approx(float(jnp.mean(jnp.sum(X**2, -1))), rel=0.15)


def test_what_a_frozen_kernel_learns_is_at_no_distance() -> None:
    """A linear network in as many points as weights: the closed form is the solution of X w = y."""
    net, y, x_test = Linear(), jnp.array([1.0, -1.0]), X[2:]
    w0 = net.init(KEYS[0], X[:1])
    f = np.asarray(x_test @ jnp.linalg.solve(X[:2], y))
    assert distance_to_frozen(net, w0, X[:2], y, x_test, f) < 1e-10
    assert distance_to_frozen(net, w0, X[:2], y, x_test, 0 * f) == pytest.approx(1.0)
    assert distance_to_frozen(net, w0, X[:2], y, x_test, 3 * f) == pytest.approx(2.0)


@pytest.mark.parametrize("keys", [[0, 1, 2], np.arange(3), KEYS[0], None])
@pytest.mark.parametrize("fluctuations", [output_fluctuations, kernel_fluctuations])
def test_weights_are_drawn_with_keys(fluctuations: Any, keys: Any) -> None:
    with pytest.raises(BadInput, match=r"with keys: give jax\.random\.split"):
        fluctuations(NET, keys, X)


def test_one_network_has_no_fluctuations() -> None:
    with pytest.raises(BadInput, match="two networks"):
        output_fluctuations(NET, KEYS[:1], X)
