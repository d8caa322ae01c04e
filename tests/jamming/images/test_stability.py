"""The stability of functions of which it is known."""

import math
import warnings
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial
from jaxtyping import Array

from jamming.images import fields
from jamming.images.estimators import relative_stability
from jamming.images.noise import sphere_noise
from jamming.images.stability import evaluate, layer_stability, perturbed, stability
from jamming.images.warp import blurred, warp

pytestmark = pytest.mark.usefixtures("strict_dtypes")

P, SIDE = 60, 12
KEY = jax.random.key(0)
# sums of low modes are images that deformations change a little
X = np.array(
    [
        fields.field(fields.coefficients(key, 3, 1.0), SIDE)
        for key in jax.random.split(jax.random.key(5), P)
    ]
).transpose(0, 2, 3, 1)
W = {k: np.random.default_rng(k).normal(size=(X[0].size, k)) / X[0].size ** 0.5 for k in (5, 400)}


def linear(W: Array, x: Array) -> Array:
    return x.reshape(len(x), -1) @ W


def curved(W: Array, x: Array) -> Array:
    return jnp.tanh(3 * linear(W, x))


def net(k: int, f: Any = linear) -> Any:
    return Partial(f, jnp.asarray(W[k]))


@pytest.mark.parametrize("estimator", ["median", "mean", "coordinates"])
@pytest.mark.parametrize("interpolation", ["bilinear", "gaussian"])
def test_a_random_linear_map_knows_no_direction(estimator: str, interpolation: str) -> None:
    how: Any = {"interpolation": interpolation, "noise": "each", "samples": 10}
    found = stability(net(400), X, KEY, estimator=estimator, **how)
    assert found.R.value == pytest.approx(1, abs=0.1)
    assert 0.01 < found.D.value < 0.5


def test_a_map_that_sees_deformations_alone_is_unstable() -> None:
    x = perturbed(X, KEY)
    change = np.asarray(x.deformed - x.clean).reshape(P, -1)
    _, _, directions = np.linalg.svd(change, full_matrices=False)
    of_deformations, of_others = (
        stability(Partial(linear, jnp.asarray(V.T)), X, KEY).R.value
        for V in (directions[:5], directions[-5:])
    )
    assert of_deformations > 5
    assert of_others < 0.2


def test_the_response_to_small_noise_is_quadratic() -> None:
    """REL-12: slope 2 of G_f in the norm of the noise, and less where the function saturates."""
    radii = (1e-3, 1e-2, 3.0, 30.0)
    G = [stability(net(5, curved), X, KEY, noise=radius).G.value for radius in radii]
    slopes = np.diff(np.log(G)) / np.diff(np.log(radii))
    assert slopes[0] == pytest.approx(2, abs=0.01)
    assert slopes[2] < 1.5


def test_it_is_that_of_the_outputs_of_the_perturbed_images() -> None:
    found = stability(net(5, curved), X, KEY, samples=20)
    x = perturbed(X, KEY)
    outputs = [curved(jnp.asarray(W[5]), y) for y in (x.clean, x.deformed, x.noisy)]
    again = relative_stability(*outputs, samples=20)
    for name in "DGR":
        one, other = getattr(found, name), getattr(again, name)
        assert one.value == pytest.approx(other.value, rel=1e-10)
        assert one.low == pytest.approx(other.low, rel=1e-10)


@pytest.mark.parametrize("interpolation", ["bilinear", "gaussian"])
def test_noise_has_the_norm_of_deformations(interpolation: str) -> None:
    each = perturbed(X, KEY, noise="each", interpolation=interpolation)
    mean = perturbed(X, KEY, noise="mean", interpolation=interpolation)
    expected = X if interpolation == "bilinear" else blurred(X)
    np.testing.assert_allclose(each.clean, expected, atol=1e-12)
    np.testing.assert_array_equal(each.deformed, mean.deformed)

    def norms(y: Array) -> np.ndarray:
        return np.linalg.norm(np.asarray(y).reshape(P, -1), axis=1)

    moved = norms(each.deformed - each.clean)
    np.testing.assert_allclose(norms(each.noisy - each.clean), moved, rtol=1e-10)
    np.testing.assert_allclose(norms(mean.noisy - mean.clean), moved.mean(), rtol=1e-10)
    np.testing.assert_allclose(perturbed(X, KEY, noise=0.3).radius, 0.3)


def test_deformations_are_as_large_as_asked() -> None:
    rows, columns = np.meshgrid(*[np.arange(33.0)] * 2, indexing="ij")
    ramps = np.broadcast_to(np.stack([rows, columns], -1), (200, 33, 33, 2))
    x = perturbed(ramps, KEY, delta=1.5, c=3)
    squares = np.asarray((x.clean - x.deformed) ** 2).sum(-1)
    integral = np.trapezoid(np.trapezoid(squares)) / 32**2
    assert math.sqrt(integral.mean()) == pytest.approx(1.5, rel=0.05)


@pytest.mark.parametrize("block", [7, 30, 1000])
def test_blocks_do_not_matter(block: int) -> None:
    whole, blocks = (perturbed(X, KEY, block=size) for size in (P, block))
    for one, other in zip(whole, blocks, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
    seen = set()

    def watched(x: Array) -> Array:
        seen.add(x.shape[0])
        return linear(jnp.asarray(W[5]), x)

    np.testing.assert_allclose(evaluate(watched, X, block=block), X.reshape(P, -1) @ W[5])
    assert len(seen) == 1
    assert max(seen) <= block


def test_layers_have_each_their_own() -> None:
    def layers(x: Array) -> dict[str, Array]:
        return {"input": x, "output": linear(jnp.asarray(W[5]), x)}

    found = layer_stability(layers, X, KEY, noise="each", samples=20)
    assert list(found) == ["input", "output"]
    assert found["input"].R.value == pytest.approx(1, rel=1e-9)
    alone = stability(net(5), X, KEY, noise="each", samples=20)
    assert found["output"].R.value == pytest.approx(alone.R.value, rel=1e-9)


def test_pixels_are_numbers_of_their_own_scale() -> None:
    pixels = np.clip(128 + 60 * X, 0, 255).astype(np.uint8)
    found, expected = (perturbed(x, KEY) for x in (pixels, pixels.astype(float)))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    scaled = perturbed(pixels / 255, KEY)
    np.testing.assert_allclose(scaled.radius * 255, found.radius, rtol=1e-10)
    single = perturbed(np.float32(X), KEY)
    assert {x.dtype for x in single} == {np.dtype(np.float32)}


def test_rectangular_images() -> None:
    x = perturbed(X[:, :10], KEY, delta=0.8)
    assert x.deformed.shape == (P, 10, SIDE, 2)
    T = fields.temperature(0.8, (10, SIDE), 3)
    keys = jax.random.split(jax.random.split(KEY)[0], P)
    tau = fields.in_pixels(fields.sample_field(keys[4], (10, SIDE), 3, T))
    np.testing.assert_allclose(x.deformed[4], warp(X[4, :10], tau), atol=1e-12)
    of_noise = jax.random.split(KEY)[1]
    eta = sphere_noise(of_noise, X[:, :10], np.asarray(x.radius))
    np.testing.assert_allclose(x.noisy, X[:, :10] + np.asarray(eta), atol=1e-12)


def test_deformations_outside_of_the_window_are_warned_of_once() -> None:
    for delta, words in ((0.1, r"delta = 0\.1 pixels, max Xi = .* interpolation"), (3, "fold")):
        with pytest.warns(UserWarning, match=words) as said:
            stability(net(5), X, KEY, delta=delta, samples=2)
        assert len(said) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stability(net(5), X, KEY, samples=2)


def test_weights_are_compiled_once() -> None:
    traced = []

    def f(W: Array, x: Array) -> Array:
        traced.append(1)
        return linear(W, x)

    one, other = (evaluate(Partial(f, jnp.asarray(a * W[5])), X) for a in (1.0, 2.0))
    np.testing.assert_allclose(other, 2 * one)
    assert len(traced) == 1
