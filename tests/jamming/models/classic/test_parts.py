"""Convolutions, halvings and batch normalisation against NumPy, Flax and their identities."""

import functools
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.models.classic.classifier import layers
from jamming.models.classic.downsampled import DownSampled
from jamming.models.classic.parts import POOLS, Affine, BatchNorm, Depthwise, pool
from jamming.models.convolution import convolve
from jamming.models.networks import Layer
from jamming.models.parametrisation import MFP, NTP, plain
from tests.made_up.classic import images, variables_of

pytestmark = pytest.mark.usefixtures("strict_dtypes")


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_gradients_of_a_convolution_are_convolutions(padding: int) -> None:
    """With mirrored filters whose channels are swapped, and of the input with what comes back."""
    k = 3
    W, x = images(k, k, 2, 4), images(5, 7, 7, 2, seed=2)
    side = 7 + 2 * padding - k + 1
    dy = images(5, side, side, 4, seed=3)
    conv = functools.partial(convolve, stride=1)

    @jax.jit
    def both() -> Any:
        dW, dx = jax.vjp(lambda W, x: conv(W, x, padding=padding), W, x)[1](dy)
        through = conv(W[::-1, ::-1].swapaxes(2, 3), dy, padding=k - 1 - padding)
        # correlated over pixels and data, for each pair of channels
        update = conv(dy.transpose(1, 2, 0, 3), x.transpose(3, 1, 2, 0), padding=padding)
        return (through, update.transpose(1, 2, 0, 3)), (dx, dW)

    for ours, exact in zip(*both(), strict=True):
        np.testing.assert_allclose(ours, exact, atol=1e-12)
        assert float(jnp.abs(exact).max()) > 1


@pytest.mark.parametrize("law", [plain("uniform"), NTP, MFP])
def test_an_affine_layer_has_the_prefactor_of_its_law(law: Any) -> None:
    z = np.asarray(images(3, 6))
    for is_last in (False, True):
        dense = Affine(Layer((6, 2)), law, is_last=is_last)
        v = variables_of(dense, 6)
        W, B = (np.asarray(v["params"][name]) for name in ("kernel", "bias"))
        expected = law.prefactor(6, is_last=is_last) * (z @ W) + B
        np.testing.assert_allclose(dense.apply(v, jnp.asarray(z)), expected, rtol=1e-12)


@pytest.mark.parametrize(("k", "stride", "side"), [(3, 1, 6), (3, 2, 7), (5, 2, 6), (5, 1, 2)])
def test_a_depthwise_convolution_treats_channels_one_by_one(k: int, stride: int, side: int) -> None:
    W, z = images(k, k, 1, 3), images(2, side, side + 1, 3, seed=2)

    @jax.jit
    def both() -> Any:
        one = Layer((k, k, 1, 1), stride, k // 2)
        each = [one(W[..., c : c + 1], z[..., c : c + 1]) for c in range(3)]
        return Depthwise(W.shape, stride, k // 2)(W, z), jnp.concatenate(each, -1)

    np.testing.assert_allclose(*both(), atol=1e-12)


@pytest.mark.parametrize("shape", [(6, 6), (5, 7), (2, 3)])
def test_halvings_are_those_of_their_windows(shape: tuple[int, int]) -> None:
    z = images(2, *shape, 3)
    of_window = {"subsample": lambda w: w[0, 0], "max": np.max, "average": np.mean}
    assert set(of_window) == set(POOLS)
    for kind, value in of_window.items():
        got = np.asarray(pool(z, kind))
        assert got.shape == (2, shape[0] // 2, shape[1] // 2, 3)
        for p, i, j, c in np.ndindex(got.shape):
            window = np.asarray(z[p, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, c])
            assert got[p, i, j, c] == pytest.approx(float(value(window)), rel=1e-14)


@pytest.mark.parametrize("down", ["strided", "strided-ReLU"])
def test_strided_halvings_are_a_matrix_on_each_window(down: str) -> None:
    net = DownSampled(((1, 3),), down)
    v, x = variables_of(net, 6, 4, 2), images(2, 6, 4, 2)
    seen = jax.jit(lambda v, x: layers(net, v, x))(v, x)
    z, W = np.asarray(seen["conv1_1"]), np.asarray(v["params"]["down1"]["kernel"])
    expected = np.zeros((2, 3, 2, 3))
    for i, j in np.ndindex(3, 2):
        window = z[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        expected[:, i, j] = np.einsum("pijc,ijcm->pm", window, W)
    if down == "strided":
        expected += np.asarray(v["params"]["down1"]["bias"])
        assert (expected < 0).any()
    else:
        learnt, averages = (
            {key: np.asarray(leaf) for key, leaf in v[kind]["down1_bn"].items()}
            for kind in ("params", "batch_stats")
        )
        normal = (expected - averages["mean"]) / np.sqrt(averages["var"] + 1e-5)
        expected = np.maximum(normal * learnt["scale"] + learnt["bias"], 0)
    np.testing.assert_allclose(seen["down1"], expected, rtol=1e-12, atol=1e-14)


def test_batch_normalisation_is_that_of_flax() -> None:
    """In training, which moves the averages, and with these averages."""
    z = 3 + 2 * images(4, 5, 5, 3)
    ours = BatchNorm()
    theirs = nn.BatchNorm(
        momentum=0.9, param_dtype=jnp.float64, force_float32_reductions=False
    )  # which would compute in single precision
    v = variables_of(ours, 5, 5, 3)
    a, moved = ours.apply(v, z, batch=True, update=True, mutable=["batch_stats"])
    b, expected = theirs.apply(v, z, use_running_average=False, mutable=["batch_stats"])
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol=1e-9), moved, expected)
    a, b = ours.apply(v, z, batch=False), theirs.apply(v, z, use_running_average=True)
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    # those of the batch without moving anything
    still, same = ours.apply(v, z, batch=True, mutable=["batch_stats"])
    jax.tree.map(np.testing.assert_array_equal, same["batch_stats"], v["batch_stats"])
    scale, bias = v["params"]["scale"], v["params"]["bias"]
    np.testing.assert_allclose(still.mean((0, 1, 2)), bias, atol=1e-12)
    np.testing.assert_allclose(still.std((0, 1, 2)), scale, rtol=1e-5)


@pytest.mark.parametrize("a", [3.0, 0.1])
def test_batch_normalisation_hides_the_scale_of_weights(a: float) -> None:
    """BN(a W U) = BN(W U), with the same gradient in U and 1/a of the gradient in W."""
    W, U, out = images(3, 3, 2, 4), images(6, 5, 5, 2, seed=2), images(6, 5, 5, 4, seed=3)
    norm = BatchNorm(epsilon=0.0)
    v = variables_of(norm, 5, 5, 4)

    def f(W: Any, U: Any) -> Any:
        return norm.apply(v, convolve(W, U, stride=1, padding=1), batch=True)

    @jax.jit
    def of(W: Any) -> Any:
        y, back = jax.vjp(f, W, U)
        return y, *back(out)

    (y, dW, dU), (y_a, dW_a, dU_a) = of(W), of(a * W)
    np.testing.assert_allclose(y_a, y, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(dU_a, dU, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(a * dW_a, dW, rtol=1e-9, atol=1e-12)
    # and so no gradient along W itself
    assert abs(float(jnp.vdot(dW, W))) < 1e-10 * float(jnp.linalg.norm(dW) * jnp.linalg.norm(W))
