"""Gradient descent on quadratic functions (Cotter's thesis, chapter 1, secs. 1.1.2 and 1.1.4)."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest


def f(x: jax.Array) -> jax.Array:
    """An ellipsoidal bowl, of condition number 10."""
    return (x[0] ** 2 + 10 * x[1] ** 2) / 2


def line_search(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The best point along the gradient, and the gradient: exact, as f is quadratic."""
    g = jax.grad(f)(x)
    Hg = jax.jvp(jax.grad(f), (x,), (g,))[1]
    return x - jnp.vdot(g, g) / jnp.vdot(g, Hg) * g, g


def test_exact_line_search_zigzags_at_the_rate_of_kantorovich() -> None:
    """From (k, 1) each step multiplies f by ((k - 1) / (k + 1))^2 = 0.669; else by less."""
    rate = (9 / 11) ** 2
    x, before = jnp.array([10.0, 1.0]), jnp.zeros(2)
    for _ in range(12):
        new, g = jax.jit(line_search)(x)
        assert float(f(new) / f(x)) == pytest.approx(rate, rel=1e-9)
        assert float(new[1] * x[1]) < 0 < float(new[0] * x[0])
        assert abs(float(jnp.vdot(g, before))) <= 1e-9 * float(jnp.vdot(g, g))
        x, before = new, g
    starts = jnp.asarray(np.random.default_rng(0).normal(size=(200, 2)))
    ends = jax.vmap(lambda x: line_search(x)[0])(starts)
    ratios = jax.vmap(f)(ends) / jax.vmap(f)(starts)
    assert 0.6 < float(ratios.max()) <= rate * (1 + 1e-12)


def test_descent_diverges_above_twice_the_best_rate() -> None:
    """On a parabola the best rate, 1 / curvature, arrives in one step; beyond twice that, never."""
    data, y = jnp.array([0.5, -1.0, 2.0]), jnp.array([1.0, 0.0, -1.0])
    gradient = jax.jit(jax.grad(lambda w: jnp.mean((w * data - y) ** 2) / 2))
    best, goal = 1 / float(jnp.mean(data**2)), float(data @ y / (data @ data))

    def distance(rate: float, steps: int) -> float:
        sgd = optax.sgd(rate)
        w, state = jnp.array(3.0), sgd.init(jnp.array(3.0))
        for _ in range(steps):
            update, state = sgd.update(gradient(w), state)
            w = optax.apply_updates(w, update)
        return abs(float(w) - goal) / abs(3.0 - goal)

    assert distance(best, 1) < 1e-12
    assert distance(1.99 * best, 100) < 0.5
    assert distance(2 * best, 100) == pytest.approx(1, rel=1e-6)
    assert distance(2.01 * best, 100) > 2
