"""Distances between decision boundaries, against functions of which they are known."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.models.networks import FC
from jamming.observables import boundary


def plane(w: Any, x: Array) -> Array:
    """a . x - b."""
    a, b = w
    return x @ a - b


def sphere(r: Array, x: Array) -> Array:
    """|x|^2 - r^2."""
    return jnp.sum(x**2, axis=1) - r**2


def outputs(w: Any, x: Array) -> Array:
    """A small network of tanh."""
    return _net("tanh").apply(w, x)


def kinked(w: Any, x: Array) -> Array:
    """One of relu."""
    return _net("relu").apply(w, x)


def _net(phi: str) -> FC:
    return FC(h=6, L=2, activation=activation(phi), bias=True)


def points(n: int, d: int = 3, seed: int = 0) -> Array:
    return jax.random.normal(jax.random.key(seed), (n, d))


def test_gradients_are_those_of_finite_differences() -> None:
    x = points(5)
    w = _net("tanh").init(jax.random.key(1), x)
    F, g = boundary.input_gradients(outputs, w, x)
    np.testing.assert_allclose(F, outputs(w, x))
    step = 1e-6 * jnp.eye(3)
    for i in range(3):
        finite = (outputs(w, x + step[i][None]) - outputs(w, x - step[i][None])) / 2e-6
        np.testing.assert_allclose(g[:, i], finite, atol=1e-8)


def test_parallel_planes_are_as_far_apart_as_they_are() -> None:
    x, a = points(400), jnp.array([3.0, 0.0, 4.0])
    (F, g), (F_bar, _) = (boundary.input_gradients(plane, (a, b), x) for b in (0.5, 2.0))
    F, F_bar, g = map(np.asarray, (F, F_bar, g))
    assert boundary.slope(g) == pytest.approx(5.0)
    between = boundary.between(F, F_bar)
    np.testing.assert_array_equal(between, (np.asarray(x @ a) > 0.5) & (np.asarray(x @ a) < 2.0))
    assert 10 < between.sum() < 390
    assert boundary.distance(F, F_bar, g) == pytest.approx(1.5 / 5)
    assert boundary.estimate(F, F_bar, g) == pytest.approx(1.5 / 5)


def test_distances_do_not_depend_on_the_scale_of_the_outputs() -> None:
    rng = np.random.default_rng(0)
    F, F_bar, g = rng.normal(size=50), rng.normal(size=50), rng.normal(size=(50, 4))
    for of in (boundary.distance, boundary.estimate):
        assert of(-7 * F, -7 * F_bar, 7 * g) == pytest.approx(of(F, F_bar, g))
        for s in (1e-200, 1e200):
            assert of(s * F, s * F_bar, s * g) == pytest.approx(of(F, F_bar, g))
    most = np.full(1, 3e38, np.float32)
    found = boundary.distance(most, -most, np.full((1, 1), 3e38, np.float32))
    assert found == pytest.approx(2)


def test_where_all_points_are_classified_alike_there_is_no_distance() -> None:
    F = np.array([1.0, -2.0])
    g = np.ones((2, 3))
    assert math.isnan(boundary.distance(F, 2 * F, g))
    assert math.isnan(boundary.estimate(F, 2 * F, 0 * g))
    assert math.isnan(boundary.distance(F, -F, 0 * g))


def test_the_zero_of_a_plane_is_where_the_linear_estimate_says() -> None:
    found = boundary.crossings(plane, (jnp.array([1.0, -2.0, 0.5]), jnp.array(0.3)), points(20))
    np.testing.assert_allclose(found, 1.0, rtol=1e-6)


def test_the_zero_of_a_sphere_is_at_its_surface() -> None:
    """From the radius R the estimate is |R^2 - r^2| / 2R, the distance |R - r|: 2 R / (R + r)."""
    r, x = jnp.array(1.0), points(30)
    R = np.linalg.norm(np.asarray(x), axis=1)
    found = boundary.crossings(sphere, r, x)
    np.testing.assert_allclose(found, 2 * R / (R + 1), rtol=1e-6)
    assert (R < 1).any()
    assert (R > 1).any()


def test_at_the_zero_of_a_relu_network_it_is_zero() -> None:
    x = points(60)
    w = _net("relu").init(jax.random.key(2), x)
    found = boundary.crossings(kinked, w, x)
    there = np.isfinite(found)
    assert there.sum() > 20
    F, g = boundary.input_gradients(kinked, w, x)
    step = (F / jnp.sum(g**2, axis=1))[:, None] * g
    at = kinked(w, x - jnp.asarray(np.where(there, found, 0.0))[:, None] * step)
    np.testing.assert_allclose(np.asarray(at)[there], 0.0, atol=1e-7)
    half = kinked(w, x - jnp.asarray(np.where(there, 0.999 * found, 0.0))[:, None] * step)
    assert (np.sign(half) == np.sign(F))[there].all()


def test_a_function_without_a_zero_or_slope_has_no_crossing() -> None:
    def positive(w: Any, x: Array) -> Array:
        return w + jnp.sum(x**2, axis=1)

    def flat(w: Any, x: Array) -> Array:
        return w + 0 * jnp.sum(x, axis=1)

    for f in (positive, flat):
        assert np.isnan(boundary.crossings(f, jnp.ones(()), points(4))).all()
    # the first zero is at 2 R / (R + 1), which is at most 2
    far = boundary.crossings(sphere, jnp.array(1.0), 10 * points(4), reach=1.0)
    assert np.isnan(far).all()


def test_what_cannot_be_is_refused() -> None:
    def several(w: Any, x: Array) -> Array:
        return jnp.stack([x[:, 0], x[:, 1]], axis=1)

    with pytest.raises(BadInput, match="one output"):
        boundary.input_gradients(several, None, points(2))
    with pytest.raises(BadInput, match="reach, a distance,"):
        boundary.crossings(sphere, jnp.array(1.0), points(2), reach=0.0)
