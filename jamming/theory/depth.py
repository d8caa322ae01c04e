"""What a second hidden layer is worth: radial functions that oscillate.

There are functions g(|x|) on R^d that a network of two hidden layers approximates with poly(d)
neurons and one of one hidden layer needs exp(d) for (R. Eldan & O. Shamir, *The power of depth for
feedforward neural networks*, 2016): the first layer makes |x|^2 of coordinates one by one, the
second g of it. Here both learn g(|x|) = cos(omega |x|) by the same steps of ADAM.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key

from jamming.checks.arguments import HUGE, number, whole, wholes
from jamming.checks.arrays import one_key
from jamming.models.networks import FC
from jamming.models.parametrisation import plain

TESTS = 2000


def radial(x: Float[Array, "n d"], omega: float) -> Float[Array, " n"]:
    """cos(omega |x|)."""
    return jnp.cos(omega * jnp.linalg.norm(x, axis=1))


def learning_errors(
    key: Key[Array, ""],
    d: Any,
    widths: Any,
    *,
    omega: Any = 6.0,
    points: Any = 2000,
    steps: Any = 1000,
    lr: Any = 1e-2,
) -> Float[Array, "hidden"]:
    """Mean square errors on new points, divided by the variance, one for each of `widths`.

    `widths`: neurons of the hidden layers of each network, as ((64,), (32, 32)). Points are uniform
    in the ball of radius 1, in d dimensions. Networks are `FC` with relu and biases, which start as
    PyTorch's do, and learn by ADAM, whose rate goes to 0 along a cosine.
    """
    d, points, steps = whole("d", d), whole("points", points), whole("steps", steps)
    omega = number("omega", omega, above=0.0, most=HUGE)
    lr = number("lr", lr, above=0.0, most=HUGE)
    of_x, of_test, of_weights = jax.random.split(one_key(key), 3)
    x, x_test = _ball(of_x, points, d), _ball(of_test, TESTS, d)
    y, y_test = radial(x, omega), radial(x_test, omega)
    found = []
    for several in widths:
        hidden = wholes("widths", several)
        net = FC(h=hidden, L=len(hidden), bias=True, parametrisation=plain("uniform"))
        F: Any = net.apply(_learnt(net, net.init(of_weights, x), x, y, steps, lr), x_test)
        found.append(((F - y_test) ** 2).mean() / y_test.var())
    return jnp.stack(found)


@functools.partial(jax.jit, static_argnums=(0, 4))
def _learnt(net: FC, w: Any, x: Array, y: Array, steps: int, lr: Any) -> Any:
    """The weights after so many steps on all points."""
    rule = optax.adam(optax.cosine_decay_schedule(lr, steps))

    def loss(w: Any) -> Array:
        F: Any = net.apply(w, x)
        return ((F - y) ** 2).mean()

    def step(state: Any, _: None) -> tuple[Any, None]:
        w, moments = state
        update, moments = rule.update(jax.grad(loss)(w), moments, w)
        return (optax.apply_updates(w, update), moments), None

    return jax.lax.scan(step, (w, rule.init(w)), None, steps)[0][0]


def _ball(key: Key[Array, ""], n: int, d: int) -> Float[Array, "n d"]:
    of_direction, of_radius = jax.random.split(key)
    x = jax.random.normal(of_direction, (n, d))
    radius = jax.random.uniform(of_radius, (n, 1)) ** (1 / d)
    return radius * x / jnp.linalg.norm(x, axis=1, keepdims=True)
