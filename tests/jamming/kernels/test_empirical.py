"""Theta = J J^T, whatever the network, the blocks and the transformations around."""

import types
from functools import partial
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.checks.errors import BadInput
from jamming.kernels import empirical
from jamming.kernels.empirical import ntk, relative_change
from jamming.models.activations import activation
from jamming.models.counting import count
from jamming.models.networks import CNN, FC
from jamming.objectives.predictor import Scaled

pytestmark = pytest.mark.usefixtures("strict_dtypes")

KEY = jax.random.key(3)
RNG = np.random.default_rng(4)
FLAT, IMAGES = jnp.asarray(RNG.normal(size=(12, 5))), jnp.asarray(RNG.normal(size=(12, 9, 9, 2)))
SMOOTH = activation("softplus5", normalised=True)


class Residual(nn.Module):
    """Not of this suite's making: a residual block, a LayerNorm, an unused parameter."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        self.param("unused", nn.initializers.ones, (3,), x.dtype)
        z = nn.Dense(7, param_dtype=x.dtype)(x)
        z = z + nn.Dense(7, param_dtype=x.dtype)(nn.tanh(z))
        z = nn.LayerNorm(param_dtype=x.dtype)(z)
        return nn.Dense(1, param_dtype=x.dtype)(z)[:, 0]


NETWORKS = {
    "FC": (FC(h=6, L=2, activation=SMOOTH, bias=True), FLAT),
    "CNN": (CNN(h=3, kernel=3, strides=(2, 1), activation=SMOOTH, bias=True), IMAGES),
    "Flax": (Residual(), FLAT),
}


def initial(net: Any, x: jax.Array) -> Any:
    return jax.jit(net.init)(KEY, x)


def dense(net: Any, w: Any, x: jax.Array) -> np.ndarray:
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        J = jax.jit(jax.jacobian(lambda w: net.apply(w, x)))(w)
    return np.concatenate([np.reshape(j, (len(x), -1)) for j in jax.tree.leaves(J)], axis=1)


@pytest.fixture(autouse=True)
def flax_promotes() -> Any:
    """Flax's own layers broadcast their biases and multiply by Python scalars."""
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        yield


@partial(jax.jit, static_argnums=0, static_argnames="block")
def kernel(
    f: Any, w: Any, x1: jax.Array, x2: jax.Array | None = None, block: int | None = None
) -> jax.Array:
    return ntk(f, w, x1, x2, block=block)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("block", [None, 3])
def test_it_is_the_product_of_the_jacobians(name: str, block: int | None) -> None:
    net, x = NETWORKS[name]
    w = initial(net, x)
    J = dense(net, w, x)
    J1, J2 = J[:7], J[7:]
    theta = kernel(net.apply, w, x[:7], x[7:], block=block)
    np.testing.assert_allclose(theta, J1 @ J2.T, rtol=1e-11, atol=1e-12)
    theta = kernel(net.apply, w, x, block=block)
    np.testing.assert_allclose(theta, J @ J.T, rtol=1e-11, atol=1e-12)


def test_it_does_not_depend_on_the_blocks() -> None:
    net, x = NETWORKS["FC"]
    w = initial(net, x)
    for args in ((x[:7], x[7:]), (x,)):
        whole = np.asarray(kernel(net.apply, w, *args, block=100))
        for block in (1, 5, 7):
            theta = kernel(net.apply, w, *args, block=block)
            np.testing.assert_allclose(theta, whole, rtol=0, atol=1e-12 * np.abs(whole).max())


def test_between_a_set_and_itself_it_is_symmetric_and_positive() -> None:
    net, x = FC(h=4, L=2, activation=SMOOTH), FLAT
    for block in (None, 5):
        theta = np.asarray(kernel(net.apply, initial(net, x), x, block=block))
        np.testing.assert_array_equal(theta, theta.T)
        spectrum = np.linalg.eigvalsh(theta)
        assert spectrum[0] > -1e-12 * spectrum[-1]


def test_memory_bounds_the_default_block(monkeypatch: pytest.MonkeyPatch) -> None:
    net, x = NETWORKS["FC"]
    w = initial(net, x)
    sizes = []
    monkeypatch.setattr(empirical, "MEMORY", 2 * 5 * 8 * count(w).all)  # five points a block
    monkeypatch.setattr(empirical, "_product", lambda *J: sizes.append(J) or _product(*J))
    theta = ntk(net.apply, w, x)
    for J in sizes:
        assert {len(leaf) for leaf in jax.tree.leaves(J)} == {4}  # 12 points in even blocks
    assert sizes
    np.testing.assert_allclose(theta, dense(net, w, x) @ dense(net, w, x).T, rtol=1e-12)


_product = empirical._product


def test_many_weights_and_jit() -> None:
    net, x = NETWORKS["FC"]
    ws = jax.vmap(net.init, in_axes=(0, None))(jax.random.split(KEY, 3), x)
    one = partial(ntk, net.apply, x1=x, block=5)
    jitted = jax.jit(one)
    expected = [jitted(jax.tree.map(lambda leaf, i=i: leaf[i], ws)) for i in range(3)]
    assert relative_change(expected[0], expected[1]) > 0.1
    for many in (jax.jit(jax.vmap(one)), jax.jit(lambda ws: jax.lax.map(one, ws))):
        np.testing.assert_allclose(many(ws), jnp.stack(expected), rtol=1e-12)


def test_a_predictor_will_do_and_alpha_counts_squared() -> None:
    net, x = NETWORKS["FC"]
    w = initial(net, x)
    scaled = Scaled(net, w, jnp.asarray(1e3))
    theta = ntk(scaled, scaled.start(), x)
    np.testing.assert_allclose(theta, 1e6 * kernel(net.apply, w, x), rtol=1e-11)


def test_float32_stays_float32() -> None:
    net, x = FC(h=30, L=2, activation=SMOOTH), FLAT
    w = initial(net, x)
    low = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), w)
    theta = kernel(net.apply, low, x.astype(jnp.float32))
    assert theta.dtype == jnp.float32
    assert relative_change(theta.astype(float), kernel(net.apply, w, x)) < 1e-5


def test_relative_change() -> None:
    theta = jnp.asarray([[3.0, 0.0], [0.0, 4.0]])
    assert relative_change(theta, theta) == 0
    assert relative_change(theta * 1.5, theta) == pytest.approx(0.5)
    assert relative_change(theta + jnp.asarray([[0.0, 1.0], [0.0, 0.0]]), theta) == 1 / 5


def test_bad_input_says_what_to_do() -> None:
    net = FC(h=4, L=1, c=3)
    w = initial(net, FLAT)
    with pytest.raises(BadInput, match="one output"):
        ntk(net.apply, w, FLAT)
    with pytest.raises(BadInput, match="at least 1"):
        ntk(lambda w, x: net.apply(w, x)[:, 0], w, FLAT, block=0)
    with pytest.raises(BadInput, match="at least one point"):
        ntk(net.apply, w, FLAT[:0])
    theta = ntk(lambda w, x: net.apply(w, x)[:, 0], w, FLAT)
    assert theta.shape == (12, 12)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, empirical.MEMORY),
        ({"bytes_in_use": 7}, empirical.MEMORY),
        ({"bytes_limit": 2**30}, empirical.MEMORY),
        ({"bytes_limit": 80 * 2**30}, 5 * 2**30),
    ],
)
def test_blocks_grow_with_the_memory_of_an_accelerator(
    known: dict[str, int] | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = types.SimpleNamespace(memory_stats=lambda: known)
    monkeypatch.setattr(jax, "local_devices", lambda: [device])
    assert empirical.memory() == expected


@pytest.mark.parametrize("block", [None, 4])
@pytest.mark.parametrize("other", [False, True])
def test_kernels_of_several_outputs_are_those_of_the_jacobian(
    block: int | None, other: bool
) -> None:
    net, x = FC(h=5, L=2, c=3), jax.random.normal(jax.random.key(0), (7, 4))
    x2 = jax.random.normal(jax.random.key(1), (5, 4)) if other else None
    w = net.init(jax.random.key(2), x)

    def jacobian(x: jax.Array) -> jax.Array:
        leaves = jax.tree.leaves(jax.jacrev(net.apply)(w, x))
        return jnp.concatenate([leaf.reshape(len(x), 3, -1) for leaf in leaves], -1)

    due = jnp.einsum("ian,jbn->ijab", jacobian(x), jacobian(x if x2 is None else x2))
    kinds = {"full": due, "diagonal": jnp.einsum("ijaa->ija", due)}
    kinds["trace"] = kinds["diagonal"].sum(-1)
    for outputs, expected in kinds.items():
        found = ntk(net.apply, w, x, x2, block=block, outputs=outputs)
        np.testing.assert_allclose(found, expected, atol=1e-12)
    # each output by itself, and what asks for one
    one = ntk(lambda w, x: net.apply(w, x)[:, 1], w, x, x2, block=block)
    np.testing.assert_allclose(one, due[..., 1, 1], atol=1e-12)
    with pytest.raises(BadInput, match="one output for each point is wanted"):
        ntk(net.apply, w, x, x2)
    with pytest.raises(BadInput, match="unknown outputs 'all': choose one, full, diagonal, trace"):
        ntk(net.apply, w, x, x2, outputs="all")


def test_one_output_is_a_column_of_them() -> None:
    net, x = FC(h=5, L=1), jax.random.normal(jax.random.key(0), (4, 3))
    w = net.init(jax.random.key(1), x)
    full = ntk(net.apply, w, x, outputs="full")
    np.testing.assert_allclose(full[..., 0, 0], ntk(net.apply, w, x), atol=1e-13)
