"""Pre-activations are those of the network, and cusps are counted where they are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.models.activations import activation
from jamming.models.networks import CNN, FC
from jamming.observables.cusps import cusps, density, preactivations

P, D, H = 40, 6, 5


def test_preactivations_are_those_of_the_layers() -> None:
    net = FC(h=H, L=2, bias=True)
    x = jax.random.normal(jax.random.key(0), (P, D))
    w = net.init(jax.random.key(1), x)
    assert set(w) == {"params"}  # nothing else is kept
    first, second = preactivations(net, w, x)
    weights = {name: np.asarray(value) for name, value in w["params"].items()}
    a1 = np.asarray(x) @ weights["W1"] / D**0.5 + weights["B1"]
    a2 = np.maximum(a1, 0) @ weights["W2"] / H**0.5 + weights["B2"]
    np.testing.assert_allclose(first, a1, rtol=1e-12)
    np.testing.assert_allclose(second, a2, rtol=1e-12)
    np.testing.assert_array_equal(net.apply(w, x), net.apply(w, x, mutable=["intermediates"])[0])


def test_preactivations_of_a_convolutional_network() -> None:
    net = CNN(h=3)
    x = jax.random.normal(jax.random.key(0), (4, 28, 28, 1))
    w = net.init(jax.random.key(1), x)
    seen = preactivations(net, w, x)
    assert all(a.shape[0] == 4 and a.shape[-1] == 3 for a in seen)


@pytest.mark.parametrize("planted", [0, 7])
def test_points_that_were_put_on_the_kink_are_counted(planted: int) -> None:
    """Move points along the first neuron's weights until its pre-activation vanishes."""
    net = FC(h=H, L=1, activation=activation("relu"))
    x = np.random.default_rng(0).standard_normal((P, D))
    w = net.init(jax.random.key(1), jnp.asarray(x))
    direction = np.asarray(w["params"]["W1"])[:, 0]
    unseen = np.random.default_rng(1).standard_normal((400 * P, D))
    for mu in range(planted):
        x[mu] -= direction * (x[mu] @ direction) / (direction @ direction)
    found = cusps(net, w, jnp.asarray(x), jnp.asarray(unseen))
    assert found.train == (planted,)
    assert 0 < found.chance[0] < 0.2
    assert found.N_c == pytest.approx(planted, abs=0.2)


def test_a_density_has_a_peak_at_the_kink_and_integrates_to_one() -> None:
    rng = np.random.default_rng(0)
    runs = [np.concatenate([rng.standard_normal(900), np.zeros(100)]) * s for s in (1.0, 30.0)]
    edges = np.linspace(-6.05, 6.05, 122)  # the kink is in the middle of a bin
    p = density(runs, edges)
    assert (p * np.diff(edges)).sum() == pytest.approx(1.0)
    around = 0.9 * np.sqrt(0.9 / 2 / np.pi)  # of the Gaussian part, whose variance is 1 / 0.9
    assert p[60] * 0.1 == pytest.approx(0.1 + 0.1 * around, abs=0.02)
    assert p.argmax() == 60
