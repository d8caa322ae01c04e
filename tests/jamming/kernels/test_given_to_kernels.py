"""Kernels of arrays as they are given: bytes, half floats, NaN, labels 0 and 1, other shapes."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.kernels.analytic import nngp_ntk
from jamming.kernels.distance import KERNELS, squared_distances
from jamming.kernels.empirical import ntk, relative_change, tangent_kernels
from jamming.kernels.frozen import kernel_problem, square_loss
from jamming.kernels.regression import learning_curve
from jamming.models.activations import activation
from jamming.objectives.losses import soft_hinge

RELU = activation("relu")
PIXELS = np.random.default_rng(0).integers(0, 256, (5, 64))
SMALL = (np.uint8, np.int16, np.int32, np.float16)
SINGLE = np.float32


def linear(w: Any, x: Any) -> Any:
    return x @ w


class Linear:
    def init(self, key: Any, x: Any) -> Any:
        return jnp.ones(x.shape[1], x.dtype)

    def apply(self, w: Any, x: Any) -> Any:
        return linear(w, x)


OF_PIXELS: dict[str, Callable[[Any], Any]] = {
    "squared_distances": squared_distances,
    "to others": lambda x: squared_distances(x[:2], x),
    "nngp_ntk": lambda x: nngp_ntk(RELU, 2, x).ntk,
    "nngp_ntk of JAX": lambda x: nngp_ntk(RELU, 2, jnp.asarray(x), jnp.asarray(x)).nngp,
    "ntk": lambda x: ntk(linear, jnp.ones(64), x),
    "tangent_kernels": lambda x: tangent_kernels(Linear(), jnp.ones(64), x, x)[1],
}


@pytest.mark.parametrize("dtype", SMALL)
@pytest.mark.parametrize("name", OF_PIXELS)
def test_pixels_of_any_type_are_numbers(name: str, dtype: Any) -> None:
    found = np.asarray(OF_PIXELS[name](PIXELS.astype(dtype)))
    expected = np.asarray(OF_PIXELS[name](PIXELS.astype(float)))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("name", OF_PIXELS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_points_that_are_not_finite_are_named(name: str, value: float) -> None:
    x = PIXELS.astype(SINGLE)
    x[3, 7] = value
    with pytest.raises(BadInput, match=r"1 of 5 rows are not finite \(row 3\)"):
        OF_PIXELS[name](x)


def test_half_floats_as_weights_do_not_overflow() -> None:
    x = np.full((2, 64), 100.0)
    found = ntk(linear, jnp.ones(64, jnp.float16), x.astype(np.float16))
    np.testing.assert_allclose(found, 64e4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("far", [1e4, 1e6])
def test_what_is_far_from_the_origin_is_as_far_apart(dtype: Any, far: float) -> None:
    x = np.array([[far], [far + 1], [-far]], dtype)
    r2 = squared_distances(x)
    assert r2[0, 1] == r2[1, 0] == 1
    np.testing.assert_allclose(KERNELS["laplace"](r2, 1.0)[0, 1], np.exp(-1))
    assert squared_distances(x[:1], x)[0].tolist() == r2[0].tolist()


def test_points_beyond_the_range_of_squares() -> None:
    for scale in (1e-200, 1e200):
        with pytest.raises(BadInput, match="scale them"):
            squared_distances(scale * np.eye(2))
    with pytest.raises(BadInput, match="scale the points down"):
        nngp_ntk(RELU, 1, np.full((2, 3), 1e25, SINGLE))
    assert squared_distances(np.full((2, 2), 1e200)).tolist() == [[0, 0], [0, 0]]


def test_squares_and_lengths_that_are_none() -> None:
    for kernel in KERNELS.values():
        np.testing.assert_array_equal(kernel(np.uint8([[4]]), np.int64(2)), kernel([[4.0]], 2.0))
        for r2, sigma, said in (
            ([[np.nan]], 1.0, "not finite"),
            ([[-1.0]], 1.0, "not negative"),
            ([[1.0]], 0.0, "sigma"),
            ([[1.0]], np.nan, "sigma"),
        ):
            with pytest.raises(BadInput, match=said):
                kernel(r2, sigma)


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("sigma", [1e-3, 1.0])
def test_equal_points_are_named(name: str, sigma: float) -> None:
    x = np.random.default_rng(0).normal(size=(6, 5))
    K = KERNELS[name](squared_distances(np.vstack([x, x[:1]])), sigma)
    with pytest.raises(BadInput, match=r"2 points are equal .*\(rows 0, 6\)"):
        learning_curve(K, np.ones(7), np.ones((2, 7)), [7])


def test_a_kernel_whose_pivot_is_rounding_is_singular() -> None:
    x = np.arange(12.0)[:, None]
    with pytest.raises(BadInput, match=r"singular to rounding.* lower sigma"):
        learning_curve(KERNELS["gaussian"](squared_distances(x), 40.0), x[:, 0], np.eye(12), [12])


EYE, ONES = np.eye(4), np.ones(4)


@pytest.mark.parametrize(
    ("K", "y", "K_test", "sizes", "said"),
    [
        (np.full((4, 4), np.nan), ONES, EYE, [4], "NaN in K"),
        (EYE[:3], ONES, EYE, [3], r"K has shape \[3, 4\], where \[P, P\] is meant"),
        (EYE + np.eye(4, k=1), ONES, EYE, [4], "not symmetric"),
        (EYE - 2 * np.diag([0, 1, 0, 0]), ONES, EYE, [4], "not positive at row 1"),
        (EYE, ONES[:, None], EYE, [4], r"y has shape \[4, 1\], where \[4\] is meant"),
        (EYE, ONES[:3], EYE, [3], r"y has shape \[3\]"),
        (EYE, [1, np.nan, 1, 1], EYE, [4], r"NaN in y: .*row 1"),
        (EYE, [0, 1, 0, 1], EYE, [4], r"y must be \+1 or -1"),
        (EYE, ONES, np.ones((4, 2)), [4], r"K_test has shape \[4, 2\], where \[Q, 4\] is meant"),
        (EYE, ONES, EYE, [2.5], "whole number"),
    ],
)
def test_what_kernel_regression_refuses(K: Any, y: Any, K_test: Any, sizes: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        learning_curve(K, y, K_test, sizes)


def test_what_kernel_regression_takes() -> None:
    found = learning_curve(EYE.astype(int).tolist(), [1, -1, 1, -1], EYE, np.int64(4)).outputs
    np.testing.assert_array_equal(found, [[1, -1, 1, -1]])


def test_the_square_loss_checks_its_shapes_and_takes_integers() -> None:
    y, zeros = np.array([1, -1, 1, -1]), np.zeros(4, int)
    np.testing.assert_allclose(square_loss(np.eye(4), np.eye(4), y, zeros, zeros), y)
    for name, change in {
        "theta": {"theta": np.ones((4, 3))},
        "theta_x": {"theta_x": np.ones((4, 3))},
        "y": {"y": y[:, None]},
        "f0": {"f0": np.zeros((4, 1))},
        "f0_x": {"f0_x": np.zeros(3)},
        "y must be": {"y": y > 0},
        "NaN in f0": {"f0": np.full(4, np.nan)},
        "time": {"t": np.nan},
    }.items():
        good: dict[str, Any] = {"theta": EYE, "theta_x": EYE, "y": y, "f0": zeros, "f0_x": zeros}
        with pytest.raises(BadInput, match=name):
            square_loss(**(good | change))


def test_the_square_loss_has_the_rank_of_its_precision() -> None:
    """A direction that only rounding of float32 has put there is not learnt."""
    z = np.random.default_rng(0).normal(size=(6, 2)).astype(SINGLE)
    y = np.where(np.arange(6) % 2, 1.0, -1.0)
    both = [
        square_loss(theta, theta, y.astype(theta.dtype), 0 * y, 0 * y)
        for theta in (z @ z.T, z.astype(float) @ z.T.astype(float))
    ]
    np.testing.assert_allclose(*both, atol=1e-4)
    half = (z @ z.T).astype(np.float16)
    found = square_loss(half, half, y, 0 * y, 0 * y)
    np.testing.assert_allclose(found, both[1], atol=0.05)


@pytest.mark.parametrize("x64", [True, False])
@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_the_square_loss_is_computed_in_double_precision_at_any_scale(
    scale: float, x64: bool
) -> None:
    theta, zeros = scale * np.diag([1, 1e-9]), np.zeros(2)
    with jax.enable_x64(x64):
        found = square_loss(theta, theta, np.ones(2), zeros, zeros)
        later = square_loss(theta, theta, np.ones(2), zeros, zeros, 2 / scale)
    np.testing.assert_allclose(found, 1, rtol=1e-6)
    np.testing.assert_allclose(later, -np.expm1([-1, -1e-9]), rtol=1e-6)


@pytest.mark.parametrize("y", [[0, 1], [True, False], [0.5, 1]])
def test_a_frozen_kernel_takes_labels_as_they_are_meant(y: Any) -> None:
    with pytest.raises(BadInput, match=r"must be \+1 or -1"):
        kernel_problem(np.eye(2), np.array(y), soft_hinge())
    assert kernel_problem(np.eye(2, dtype=SINGLE), [1, -1], soft_hinge()).y.dtype == SINGLE


@pytest.mark.parametrize("scale", [1e-25, 1.0, 1e25])
def test_a_relative_change_has_no_scale(scale: float) -> None:
    theta = np.asarray([[3.0, 0], [0, 4]], SINGLE) * SINGLE(scale)
    assert float(relative_change(2 * theta, theta)) == pytest.approx(1)
    assert np.isnan(relative_change(theta * np.nan, theta))
    found = jax.jit(relative_change)(jnp.asarray(2 * theta), jnp.asarray(theta))
    assert float(found) == pytest.approx(1)


@pytest.mark.parametrize("x64", [True, False])
@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_a_relative_change_in_double_precision_has_no_scale(scale: float, x64: bool) -> None:
    theta = np.array([[3.0, 0], [0, 4]]) * scale
    with jax.enable_x64(x64):
        assert float(relative_change(1.5 * theta, theta)) == pytest.approx(0.5)
    with jax.enable_x64(True):
        found = jax.jit(relative_change)(jnp.asarray(1.5 * theta), jnp.asarray(theta))
    assert float(found) == pytest.approx(0.5)


def test_a_trace_knows_types_and_shapes_alone() -> None:
    x = jnp.arange(6).reshape(3, 2)
    found = jax.jit(lambda x: nngp_ntk(RELU, 1, x).ntk)(x)
    np.testing.assert_allclose(found, nngp_ntk(RELU, 1, x).ntk, rtol=1e-12)
    with pytest.raises(BadInput, match="x2 has shape"):
        jax.jit(lambda x: ntk(linear, jnp.ones(2), x, x[:, :1]))(x)
