"""N_eff (*The jamming transition as a paradigm*, App. A and Fig. 11)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.data import load
from jamming.models.activations import activation
from jamming.models.counting import count
from jamming.models.networks import FC
from jamming.models.parametrisation import plain
from jamming.observables.effective import centred, extended_gradients, n_effective


def network(h: int, L: int, phi: str = "relu", *, bias: bool = True) -> FC:
    return FC(h=h, L=L, activation=activation(phi), parametrisation=plain(), bias=bias)


@pytest.mark.parametrize("dataset", ["digits10pca", "random10"])
@pytest.mark.parametrize(("h", "P"), [(5, 60), (8, 120), (12, 200)])
def test_relu_loses_one_parameter_for_each_hidden_neuron(dataset: str, h: int, P: int) -> None:
    net, x = network(h, L=3), jnp.asarray(load(dataset, P).x_train)
    w = centred(net, net.init(jax.random.key(h), x), x)
    assert P * 11 > 3 * count(w).all
    assert n_effective(net, w, x) == count(w).all - 3 * h


def test_tanh_has_no_scale_symmetry_and_keeps_all_parameters() -> None:
    net, x = network(6, L=2, phi="tanh"), jnp.asarray(load("random10", 100).x_train)
    w = net.init(jax.random.key(0), x)
    assert n_effective(net, w, x) == count(w).all


@pytest.mark.parametrize("L", [1, 3])
def test_a_linear_network_has_at_most_d_plus_1(L: int) -> None:
    net, x = network(8, L, phi="linear"), jnp.asarray(load("random10", 100).x_train)
    w = net.init(jax.random.key(0), x)
    assert n_effective(net, w, x) == 10 + 1


def test_a_network_through_which_no_signal_propagates_has_one() -> None:
    net, x = network(8, L=3), jnp.asarray(load("random10", 100).x_train)
    w = jax.device_get(net.init(jax.random.key(0), x))
    w["params"]["B2"] = np.full(8, -1e3)  # the second layer is silent for every input
    assert n_effective(net, w, x) == 1


def test_rows_are_gradients_and_their_slopes_along_the_inputs() -> None:
    net, x = network(4, L=2, phi="tanh"), jnp.asarray(load("random3", 5).x_train)
    w = net.init(jax.random.key(1), x)
    rows = extended_gradients(net, w, x).reshape(5, 4, -1)

    def gradient(x: jax.Array) -> np.ndarray:
        g = jax.grad(lambda w: net.apply(w, x[None])[0])(w)
        return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(g)])

    step = 1e-5
    for mu in range(5):
        assert np.allclose(rows[mu, 0], gradient(x[mu]))
        for n in range(3):
            e = step * jnp.eye(3)[n]
            slope = (gradient(x[mu] + e) - gradient(x[mu] - e)) / (2 * step)
            assert np.allclose(rows[mu, n + 1] - rows[mu, 0], slope, atol=1e-8)
