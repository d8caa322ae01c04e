"""Lazy training: against closed forms, and the theorem on a small model."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.theory.laziness import (
    distances,
    doubled,
    drawn,
    gram,
    kappa,
    one_hidden,
    second_derivative,
)


def made_up(d: int = 3, m: int = 6) -> tuple[jax.Array, jax.Array, dict[str, jax.Array]]:
    keys = jax.random.split(jax.random.key(0), 3)
    x, y = jax.random.normal(keys[0], (4, d)), jax.random.rademacher(keys[1], (4,), float)
    return x, y, drawn(keys[2], d, m, float)


def test_a_linear_model_is_its_linearisation() -> None:
    A = jnp.asarray(np.random.default_rng(0).normal(size=(3, 5)))
    y = jnp.array([1.0, -1.0, 1.0])

    def model(w: jax.Array) -> jax.Array:
        return A @ w

    found = distances(model, jnp.zeros(5), y, 2.0, time=3.0, steps=300)
    np.testing.assert_allclose([found.apart, found.gap], 0, atol=1e-12)
    # the flow of least squares in closed form
    values, vectors = np.linalg.eigh(np.asarray(A @ A.T) / 3)
    c = vectors.T @ np.asarray(y) * (1 - np.exp(-3 * values)) / 2
    expected = np.linalg.norm(np.linalg.pinv(np.asarray(A)) @ (vectors @ c))
    np.testing.assert_allclose(found.moved, expected, rtol=1e-6)
    with pytest.raises(BadInput, match="one label an output"):
        distances(model, jnp.zeros(5), y[:2], 2.0, time=3.0, steps=3)


def test_distances_fall_with_alpha_as_the_theorem_says() -> None:
    x, y, w = made_up()
    once = one_hidden(x, 0.4)
    start = once(w)
    alpha = jnp.array([30.0, 300.0])

    @jax.jit
    def found(alpha: jax.Array) -> tuple[object, object]:
        of = {"time": 5.0, "steps": 50}
        twice = one_hidden(x, 0.4 / 2**0.5)
        difference = jax.vmap(lambda a: distances(lambda u: once(u) - start, w, y, a, **of))(alpha)
        return difference, jax.vmap(lambda a: distances(twice, doubled(w), y, a, **of))(alpha)

    difference, twice = found(alpha)
    for each, powers in ((difference, (1, 2, 1)), (twice, (1, 2, 2))):
        for values, power in zip(each, powers, strict=True):  # type: ignore[call-overload]
            np.testing.assert_allclose(np.log10(values[0] / values[1]), power, atol=0.02)
    np.testing.assert_allclose(one_hidden(x, 1.0)(doubled(w)), 0, atol=1e-12)


def test_norms_of_derivatives() -> None:
    """Of quadratic outputs u.A_p u / 2, whose norm is the largest over q of that of q.A."""
    rng = np.random.default_rng(1)
    A = rng.normal(size=(2, 4, 4))
    A = jnp.asarray(A + A.transpose(0, 2, 1))

    def phi(u: jax.Array) -> jax.Array:
        return jnp.einsum("pij,i,j->p", A, u, u) / 2

    angles = np.linspace(0, np.pi, 2001)
    q = np.stack([np.cos(angles), np.sin(angles)], 1)
    expected = np.abs(np.linalg.eigvalsh(np.einsum("ap,pij->aij", q, A))).max()
    found = second_derivative(phi, jnp.ones(4), jax.random.key(0))
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    np.testing.assert_allclose(gram(phi, jnp.ones(4)), (A @ jnp.ones(4)) @ (A @ jnp.ones(4)).T)


def test_kappa_depends_on_the_scale_as_it_must() -> None:
    """|Phi - y| / scale, as |D^2 Phi| / |D Phi|^2 goes with 1/scale."""
    x, y, w = made_up()
    of = jax.jit(lambda scale: kappa(one_hidden(x, scale), w, y, jax.random.key(0)))
    f = one_hidden(x, 1.0)(w)
    ratio = of(jnp.asarray(1.0)) / of(jnp.asarray(0.1))
    expected = jnp.linalg.norm(f - y) / jnp.linalg.norm(0.1 * f - y) / 10
    np.testing.assert_allclose(ratio, expected, rtol=1e-6)
