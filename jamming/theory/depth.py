"""What a second hidden layer is worth: radial functions that oscillate.

There are functions g(|x|) on R^d that a network of two hidden layers approximates with poly(d)
neurons and one of one hidden layer needs exp(d) for (R. Eldan & O. Shamir, *The power of depth for
feedforward neural networks*, 2016): the first layer makes |x|^2 of coordinates one by one, the
second g of it. Here both learn g(|x|) = cos(omega |x|) by the same steps of ADAM.
"""

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Key

from jamming.checks.arguments import HUGE, number, whole, wholes
from jamming.checks.arrays import one_key

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
    in the ball of radius 1, in d dimensions; relu, biases, ADAM to a rate of 0 along a cosine.
    """
    d, points, steps = whole("d", d), whole("points", points), whole("steps", steps)
    omega, lr = (
        number(name, v, above=0.0, most=HUGE) for name, v in (("omega", omega), ("lr", lr))
    )
    of_data, of_weights = jax.random.split(one_key(key))
    x, x_test = (
        _ball(k, n, d) for k, n in zip(jax.random.split(of_data), (points, TESTS), strict=True)
    )
    y, y_test = radial(x, omega), radial(x_test, omega)
    rule = optax.adam(optax.cosine_decay_schedule(lr, steps))
    found = []
    for several in widths:
        hidden = wholes("widths", several)
        w0 = _start(of_weights, (d, *hidden, 1), x.dtype)

        def loss(w: Any) -> Array:
            return ((_network(w, x) - y) ** 2).mean()

        def step(state: Any, _: None, loss: Any = loss) -> tuple[Any, None]:
            w, moments = state
            update, moments = rule.update(jax.grad(loss)(w), moments, w)
            return (optax.apply_updates(w, update), moments), None

        end = jax.jit(lambda w, step=step: jax.lax.scan(step, (w, rule.init(w)), None, steps)[0][0])
        found.append(((_network(end(w0), x_test) - y_test) ** 2).mean() / y_test.var())
    return jnp.stack(found)


def _network(w: list[tuple[Array, Array]], x: Float[Array, "n d"]) -> Float[Array, " n"]:
    for W, b in w[:-1]:
        x = jax.nn.relu(x @ W + b[None])
    W, b = w[-1]
    return (x @ W + b[None])[:, 0]


def _start(key: Key[Array, ""], sizes: tuple[int, ...], dtype: Any) -> list[tuple[Array, Array]]:
    """He's: variance 2 / fan-in, biases uniform in [-1, 1], where the ball is."""
    w = []
    for i, (n, h) in enumerate(itertools.pairwise(sizes)):
        of_w, of_b = jax.random.split(jax.random.fold_in(key, i))
        W = jax.random.normal(of_w, (n, h), dtype) * (2 / n) ** 0.5
        w.append((W, jax.random.uniform(of_b, (h,), dtype, -1, 1)))
    return w


def _ball(key: Key[Array, ""], n: int, d: int) -> Float[Array, "n d"]:
    of_direction, of_radius = jax.random.split(key)
    x = jax.random.normal(of_direction, (n, d))
    radius = jax.random.uniform(of_radius, (n, 1)) ** (1 / d)
    return radius * x / jnp.linalg.norm(x, axis=1, keepdims=True)
