"""The coordinate check: powers that are known, for FC, CNN and modules of one's own."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jamming.checks.errors import BadInput
from jamming.dynamics.optimiser import adam, sgd
from jamming.models.networks import CNN, FC
from jamming.models.reparametrised import LayerRates, Reparametrised, abc
from jamming.theory.coordinates import Coordinates, coordinate_check

X = jax.random.normal(jax.random.key(0), (16, 6), jnp.float32)
Y = jnp.sign(X[:, 0])


class Own(nn.Module):
    """Two layers in the standard parametrisation, and the mean in place of a sum at the end."""

    h: int

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        z = nn.relu(nn.Dense(self.h, use_bias=False, name="first")(x))
        z = nn.relu(nn.Dense(self.h, use_bias=False, name="second")(z))
        return nn.Dense(1, use_bias=False, name="last")(z) / self.h**0.5


def at_rates(h: int) -> LayerRates:
    """With the rates of mup for ADAM, where the last layer has a prefactor h^-1/2."""
    return LayerRates(Own(h), h, (("first", 0.0), ("second", 1.0), ("last", 0.5)))


def test_of_a_fully_connected_network_by_hand() -> None:
    """One step of SGD of one hidden layer: sizes by the formulas."""
    lr, h = 0.3, 32
    net = FC(h=h, L=1)
    found = coordinate_check(
        lambda h: net.clone(h=h), sgd(lr, max_ticks=9, batch=None), X, Y, h=h, steps=1, seeds=1
    )
    w = net.init(jax.random.split(jax.random.key(0))[0], X)["params"]

    def a(w: dict[str, jax.Array]) -> jax.Array:
        return X @ w["W1"] / 6**0.5

    def f(w: dict[str, jax.Array]) -> jax.Array:
        return (net.activation(a(w)) @ w["W2"])[:, 0] / h**0.5

    g = jax.grad(lambda w: jnp.mean((f(w) - Y) ** 2) / 2)(w)
    after = jax.tree.map(lambda w, g: w - lr * g, w, g)
    assert found.layers == ("a1", "output")
    np.testing.assert_allclose(found.start[0, 0], [rms(a(w)), rms(f(w))], rtol=1e-5)
    change = [rms(a(after) - a(w)), rms(f(after) - f(w))]
    np.testing.assert_allclose(found.change[0, 0, 0], change, rtol=1e-4)


def rms(a: jax.Array) -> float:
    return float(jnp.sqrt(jnp.mean(a**2)))


def test_a_module_of_ones_own_with_adam() -> None:
    """At its rates no layer knows the width; at one rate hidden layers change as h."""
    wide = {"h": (16, 64, 256), "steps": 1, "seeds": 3}
    right = coordinate_check(at_rates, adam(0.01, max_ticks=9), X, Y, **wide)
    assert right.layers == ("first", "second", "last", "output")
    powers = right.powers(0)
    assert powers.pop("last").value == pytest.approx(0.5, abs=0.15)  # before its prefactor
    assert max(abs(power.value) for power in powers.values()) < 0.2
    wrong = coordinate_check(Own, lambda h: optax.adam(0.01), X, Y, **wide)
    assert wrong.powers(0)["second"].value == pytest.approx(1.0, abs=0.2)


def test_convolutions_in_mup_with_adam() -> None:
    x = jax.random.normal(jax.random.key(1), (8, 6, 6, 1), jnp.float32)
    found = coordinate_check(
        lambda h: Reparametrised(CNN(h=h, strides=(2, 1), kernel=3), abc("mup", 2, "adam")),
        adam(0.01, max_ticks=9),
        x,
        jnp.sign(x[:, 0, 0, 0]),
        h=(8, 24, 72),
        steps=1,
        seeds=3,
        alpha=1.0,
    )
    assert found.layers == ("a1", "a2", "output")
    assert max(abs(power.value) for power in found.powers(0).values()) < 0.25


def test_what_is_refused() -> None:
    stepper = adam(0.01, max_ticks=9)
    with pytest.raises(BadInput, match="different layers"):
        coordinate_check(lambda h: FC(h=h, L=h), stepper, X, Y, h=(1, 2), seeds=1)
    with pytest.raises(BadInput, match="cannot be trained"):
        coordinate_check(lambda h: h, stepper, X, Y, h=4)  # type: ignore[arg-type, return-value]
    with pytest.raises(BadInput, match="too small"):
        coordinate_check(Own, stepper, X, Y, h=0)
    with pytest.raises(BadInput, match="3 points"):
        Coordinates((4, 5), ("output",), np.ones((2, 1, 1)), np.ones((2, 1, 1, 1))).powers()
