"""The invertible network: its inverse, its volume, its size beside the residual one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.models.classic.classifier import layers
from jamming.models.counting import count
from jamming.models.invertible import CouplingNet, codes_of, images_of, to_channels, to_pixels

X = jax.random.normal(jax.random.key(0), (3, 8, 8, 1), jnp.float32)


def test_pixels_become_channels_and_come_back() -> None:
    z = to_channels(X)
    assert z.shape == (3, 4, 4, 4)
    np.testing.assert_array_equal(z[:, 1, 2], X[:, 2:4, 4:6, 0].reshape(3, 4))
    np.testing.assert_array_equal(to_pixels(z), X)
    np.testing.assert_array_equal(to_pixels(to_pixels(to_channels(z))), X)
    with pytest.raises(BadInput, match="multiple of 8"):
        to_channels(X[:, 1:])


def test_images_come_back_from_their_codes() -> None:
    net = CouplingNet(width=0.25)
    w = jax.jit(net.init)(jax.random.key(1), X)
    # weights and averages of no special value
    w = jax.tree.map(
        lambda a: a + 0.1 * jnp.cos(jnp.arange(a.size, dtype=a.dtype)).reshape(a.shape), w
    )
    codes = jax.jit(lambda x: codes_of(net, w, x))(X)
    assert codes.shape == (3, 1, 1, 64)
    back = jax.jit(lambda z: images_of(net, w, z))(codes)
    off = jnp.linalg.norm((back - X).ravel()) / jnp.linalg.norm(X.ravel())
    assert float(off) < 1e-5
    assert float(jnp.linalg.norm((codes.reshape(X.shape) - X).ravel())) > 0.1
    seen = jax.jit(lambda x: layers(net, w, x))(X)
    assert [name for name in seen if "_" in name][::4] == ["stage1_1", "stage2_1", "stage3_1"]
    np.testing.assert_allclose(seen["average"], codes.mean((1, 2)), rtol=1e-5)


def test_the_residual_network_has_as_many_weights_and_no_inverse() -> None:
    both = [CouplingNet(width=0.25, invertible=k) for k in (True, False)]
    weights = [jax.eval_shape(net.init, jax.random.key(0), X) for net in both]
    assert len({count(w["params"]).N for w in weights}) == 1
    with pytest.raises(BadInput, match="cannot be inverted"):
        images_of(both[1], weights[1], jnp.zeros((1, 1, 1, 64)))
