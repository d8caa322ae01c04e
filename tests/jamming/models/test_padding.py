"""A padded network against the network itself: function, gradient, training, lanes, compilation."""

import dataclasses
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.flatten_util import ravel_pytree

from jamming.checks.errors import BadInput
from jamming.execution import vmapped
from jamming.models.activations import activation
from jamming.models.networks import CNN, FC, Chain, Pad
from jamming.models.padding import (
    bucket,
    bucket_width,
    embed,
    extract,
    pad_inputs,
    pad_of,
    shapes,
)
from jamming.models.parametrisation import MFP, NTP, plain

pytestmark = pytest.mark.usefixtures("strict_dtypes")

KEY = jax.random.key(7)
LAWS = {"ntp": NTP, "mfp": MFP, "plain": plain("uniform"), "orthogonal": plain("orthogonal")}


def fc(phi: str, law: str, bias: bool, h: int | tuple[int, ...], L: int, c: int = 1) -> FC:
    named = activation(phi, normalised=True)
    return FC(activation=named, parametrisation=LAWS[law], bias=bias, h=h, L=L, c=c)


def cnn(phi: str, law: str, bias: bool, h: int, c: int = 1) -> CNN:
    return CNN(
        activation=activation(phi, normalised=True),
        parametrisation=LAWS[law],
        bias=bias,
        h=h,
        c=c,
        strides=(2, 1),
        kernel=3,
    )


# (network, true d, D >= d of the bucket)
CASES: dict[str, tuple[FC | CNN, int, int]] = {
    "softplus5 ntp L1": (fc("softplus5", "ntp", False, 5, 1), 6, 6),
    "softplus5 mfp L2 bias": (fc("softplus5", "mfp", True, 11, 2), 6, 6),
    "softplus5 plain L3 tuple": (fc("softplus5", "plain", True, (5, 9, 7), 3, c=3), 6, 6),
    "relu ntp L3 tuple": (fc("relu", "ntp", False, (6, 5, 5), 3), 6, 6),
    "relu mfp L1 bias": (fc("relu", "mfp", True, 13, 1), 6, 6),
    "relu orthogonal L2, d = h": (fc("relu", "orthogonal", True, 7, 2), 7, 16),
    "tanh ntp L2 bias": (fc("tanh", "ntp", True, 10, 2), 6, 6),
    "tanh plain L3": (fc("tanh", "plain", False, 5, 3), 6, 6),
    "swish mfp L3 bias, d = h": (fc("swish", "mfp", True, 9, 3), 9, 16),
    "swish plain L1": (fc("swish", "plain", False, 3, 1), 6, 6),
    "a bucket of the width itself": (fc("softplus5", "ntp", True, 8, 2), 6, 6),
    "cnn softplus5 ntp bias": (cnn("softplus5", "ntp", True, 3), 2, 2),
    "cnn relu mfp": (cnn("relu", "mfp", False, 9), 2, 2),
    "cnn tanh plain bias": (cnn("tanh", "plain", True, 5, c=3), 2, 4),
    "cnn swish ntp": (cnn("swish", "ntp", False, 4), 1, 1),
}


def inputs(net: FC | CNN, d: int, P: int = 12, seed: int = 0) -> jax.Array:
    shape = (P, 8, 7, d) if isinstance(net, CNN) else (P, d)
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape))


def gaussian_like(tree: Any, scale: float, seed: int) -> dict:
    """None of the entries is zero, biases included."""
    rng = np.random.default_rng(seed)
    return jax.tree.map(
        lambda leaf: jnp.asarray(scale * rng.normal(size=leaf.shape), leaf.dtype), tree
    )


def relative(a: Any, b: Any) -> float:
    a, b = (np.asarray(ravel_pytree(tree)[0], float) for tree in (a, b))
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def beyond(w: Any, net_shapes: Any) -> np.ndarray:
    """All entries of w outside the corners that belong to the network."""

    def outside(leaf: jax.Array, shape: jax.ShapeDtypeStruct) -> np.ndarray:
        mask = np.ones(leaf.shape, bool)
        mask[tuple(slice(n) for n in shape.shape)] = False
        return np.asarray(leaf)[mask]

    return np.concatenate(jax.tree.leaves(jax.tree.map(outside, w, net_shapes)))


@dataclasses.dataclass(frozen=True)
class Pair:
    """A network and the same network in its bucket."""

    net: FC | CNN
    x: jax.Array
    wide: Any
    wide_x: jax.Array
    pad: Pad
    shapes: Any
    wide_shapes: Any

    def embed(self, w: Any) -> Any:
        return jax.tree.map(jnp.asarray, embed(jax.device_get(w), self.wide_shapes))

    def extract(self, w: Any) -> Any:
        return extract(jax.device_get(w), self.shapes)


def pair(net: FC | CNN, d: int, D: int, wide: Any = None, dtype: type = jnp.float64) -> Pair:
    wide = bucket(net) if wide is None else wide
    x = inputs(net, d).astype(dtype)
    wide_x = pad_inputs(x, D)
    pad = pad_of(net, wide, d, x.dtype)
    return Pair(net, x, wide, wide_x, pad, shapes(net, x), shapes(wide, wide_x))


def everything(net: Any) -> Callable[..., Any]:
    """(f, difference, grad of a function of f, grad of a function of the difference), compiled."""

    @jax.jit
    def of(w: Any, dw: Any, x: jax.Array, *pad: Pad) -> Any:
        def f(w: Any) -> tuple[jax.Array, jax.Array]:
            out = net.apply(w, x, *pad)
            return jnp.sum(jnp.sin(out)), out

        def difference(dw: Any) -> tuple[jax.Array, jax.Array]:
            out = net.difference(w, dw, x, *pad)
            return jnp.sum(jnp.sin(out)), out

        (_, out), g = jax.value_and_grad(f, has_aux=True)(w)
        (_, moved), dg = jax.value_and_grad(difference, has_aux=True)(dw)
        return out, moved, g, dg

    return of


@pytest.mark.parametrize("name", CASES)
def test_function_difference_and_gradients_are_those_of_the_network(name: str) -> None:
    both = pair(*CASES[name])
    w, dw = gaussian_like(both.shapes, 1.0, seed=1), gaussian_like(both.shapes, 0.3, seed=2)
    f, moved, g, dg = everything(both.net)(w, dw, both.x)
    got_f, got_moved, got_g, got_dg = everything(both.wide)(
        both.embed(w), both.embed(dw), both.wide_x, both.pad
    )
    assert got_f.shape == f.shape
    assert relative(got_f, f) < 1e-14
    assert relative(got_moved, moved) < 1e-14
    for got, gradient in ((got_g, g), (got_dg, dg)):
        assert not np.any(beyond(got, both.shapes))
        for theirs, ours in zip(
            jax.tree.leaves(both.extract(got)), jax.tree.leaves(gradient), strict=True
        ):
            assert relative(theirs, ours) < 1e-14


def test_the_mask_is_needed_where_phi_of_0_is_not_0() -> None:
    """Without it the padded neurons get a gradient: the danger that the tests above rule out."""
    both = pair(*CASES["softplus5 ntp L1"])
    w = both.embed(gaussian_like(both.shapes, 1.0, seed=1))
    unmasked = dataclasses.replace(both.pad, masks=jax.tree.map(jnp.ones_like, both.pad.masks))
    g = jax.grad(lambda w: jnp.sum(both.wide.apply(w, both.wide_x, unmasked)))(w)
    assert np.any(beyond(g, both.shapes))


@given(
    widths=st.lists(st.integers(1, 16), min_size=1, max_size=3),
    phi=st.sampled_from(["relu", "tanh", "swish", "softplus5"]),
    law=st.sampled_from(["ntp", "mfp", "plain"]),
    bias=st.booleans(),
    d=st.integers(1, 5),
)
@settings(max_examples=6, deadline=None)
def test_any_network_in_one_bucket(
    widths: list[int], phi: str, law: str, bias: bool, d: int
) -> None:
    L = len(widths)
    net = fc(phi, law, bias, tuple(widths), L)
    both = pair(net, d, 5, wide=net.clone(h=(16,) * L))
    w = gaussian_like(both.shapes, 1.0, seed=d)
    got = jax.jit(both.wide.apply)(both.embed(w), both.wide_x, both.pad)
    expected = jax.jit(net.apply)(w, both.x)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-14 * np.linalg.norm(expected))


TRAINED = {
    "softplus5 bias": (fc("softplus5", "ntp", True, (5, 6), 2), 6, 6),
    "relu, d = h": (fc("relu", "plain", True, 9, 2), 9, 16),
    "cnn": (cnn("softplus5", "mfp", True, 3), 1, 1),
}


@pytest.mark.parametrize(
    ("name", "dynamics", "scaled"),
    [
        ("softplus5 bias", "adam", False),
        ("softplus5 bias", "euler", True),
        ("relu, d = h", "adam", True),
        ("relu, d = h", "euler", False),
        ("cnn", "adam", True),
        ("cnn", "euler", False),
    ],
)
def test_padded_weights_never_move(name: str, dynamics: str, scaled: bool) -> None:
    both = pair(*TRAINED[name])
    y = jnp.asarray(np.sign(np.random.default_rng(4).normal(size=len(both.x))))
    optimiser = optax.adam(1e-2) if dynamics == "adam" else optax.sgd(0.1)

    def trained(net: Any, w0: Any, x: jax.Array, *pad: Pad) -> tuple[Any, jax.Array]:
        def F(v: Any) -> jax.Array:
            return net.difference(w0, v, x, *pad) if scaled else net.apply(v, x, *pad)

        def step(_: int, carry: Any) -> Any:
            v, state = carry
            g = jax.grad(lambda v: jnp.mean(jax.nn.relu(1 - y * F(v)) ** 2))(v)
            updates, state = optimiser.update(g, state, v)
            return optax.apply_updates(v, updates), state

        @jax.jit
        def run(v: Any) -> tuple[Any, jax.Array]:
            v, _ = jax.lax.fori_loop(0, 200, step, (v, optimiser.init(v)))
            return v, F(v)

        return run(jax.tree.map(jnp.zeros_like, w0) if scaled else w0)

    w0 = jax.jit(both.net.init)(KEY, both.x)
    with jax.numpy_dtype_promotion("standard"):  # what ADAM of optax needs
        v, F = trained(both.net, w0, both.x)
        wide_v, wide_F = trained(both.wide, both.embed(w0), both.wide_x, both.pad)
    assert np.linalg.norm(F) > 0.1
    assert not np.any(beyond(wide_v, both.shapes))
    assert relative(wide_F, F) < 1e-9
    assert relative(both.extract(wide_v), v) < 1e-9
    assert relative(v, w0) > 1e-2


def test_lanes_of_several_widths_are_each_as_if_alone_and_compile_once() -> None:
    nets = [fc("softplus5", "ntp", True, h, 2) for h in (3, (5, 8), 6, 8)]
    wide, D = bucket(nets[-1]), 8
    pairs = [pair(net, d, D, wide=wide) for net, d in zip(nets, (3, 5, 6, 8), strict=True)]
    ws = [gaussian_like(p.shapes, 1.0, seed=i) for i, p in enumerate(pairs)]
    traces = 0

    @jax.jit
    def of_lane(w: Any, x: jax.Array, pad: Pad) -> tuple[jax.Array, Any]:
        nonlocal traces
        traces += 1
        f = wide.apply(w, x, pad)
        return f, jax.grad(lambda v: jnp.sum(wide.difference(w, v, x, pad) ** 3))(w)

    lanes = [(p.embed(w), p.wide_x, p.pad) for p, w in zip(pairs, ws, strict=True)]
    each = [of_lane(*lane) for lane in lanes]
    assert traces == 1

    stacked = vmapped.stack(lanes)
    assert isinstance(stacked[2], Pad)
    assert stacked[2].masks[0].shape == (4, 8)
    assert stacked[2].scales[0].shape == (4,)
    together = jax.vmap(of_lane)(*stacked)
    one_by_one = jax.jit(lambda s: jax.lax.map(lambda lane: of_lane(*lane), s))(stacked)
    for i, (p, w, alone) in enumerate(zip(pairs, ws, each, strict=True)):
        assert relative(alone[0], jax.jit(p.net.apply)(w, p.x)) < 1e-14
        for lanes_at_once in (together, one_by_one):
            assert relative(vmapped.lane(lanes_at_once, i), alone) < 1e-13
            assert not np.any(beyond(vmapped.lane(lanes_at_once, i)[1], p.shapes))


def test_float32_stays_float32() -> None:
    both = pair(*CASES["softplus5 mfp L2 bias"], dtype=jnp.float32)
    w = jax.jit(both.net.init)(KEY, both.x)
    wide = both.embed(w)
    assert {leaf.dtype for leaf in jax.tree.leaves((wide, both.pad))} == {jnp.dtype("float32")}
    ours = everything(both.net)(w, w, both.x)
    theirs = everything(both.wide)(wide, wide, both.wide_x, both.pad)
    assert {leaf.dtype for leaf in jax.tree.leaves(theirs)} == {jnp.dtype("float32")}
    assert relative(theirs[0], ours[0]) < 1e-6
    assert not np.any(beyond(theirs[3], both.shapes))


@pytest.mark.parametrize("name", ["relu orthogonal L2, d = h", "cnn tanh plain bias"])
def test_initial_weights_do_not_depend_on_the_bucket(name: str) -> None:
    net, d, D = CASES[name]
    x = inputs(net, d)
    w0 = jax.jit(net.init)(KEY, x)
    wide = bucket(net)
    expected = shapes(wide, pad_inputs(x, D))
    w = jax.jit(lambda x: embed(net.init(KEY, x), expected))(x)
    assert jax.tree.map(jnp.shape, w) == jax.tree.map(lambda s: s.shape, expected)
    jax.tree.map(np.testing.assert_array_equal, extract(w, shapes(net, x)), w0)
    assert not np.any(beyond(w, shapes(net, x)))


@pytest.mark.parametrize("name", CASES)
def test_extract_is_the_inverse_of_embed(name: str) -> None:
    both = pair(*CASES[name])
    w = gaussian_like(both.shapes, 1.0, seed=3)
    for there in [jax.device_get(w)] + [w] * (name == "tanh ntp L2 bias"):
        wide = embed(there, both.wide_shapes)  # in NumPy and in JAX
        assert {type(leaf) for leaf in jax.tree.leaves(wide)} == {
            type(leaf) for leaf in jax.tree.leaves(there)
        }
        assert jax.tree.map(np.shape, wide) == jax.tree.map(lambda s: s.shape, both.wide_shapes)
        assert not np.any(beyond(wide, both.shapes))
        jax.tree.map(np.testing.assert_array_equal, extract(wide, both.shapes), there)


def test_the_pad_says_which_neurons_are_real_and_the_true_prefactors() -> None:
    net = fc("relu", "mfp", False, (3, 5), 2)
    pad = pad_of(net, net.clone(h=(4, 6)), 7, jnp.float64)
    assert [mask.tolist() for mask in pad.masks] == [[1, 1, 1, 0], [1, 1, 1, 1, 1, 0]]
    assert [float(scale) for scale in pad.scales] == [7**-0.5, 3**-0.5, 1 / 5]
    pad = pad_of(cnn("relu", "ntp", False, 2), cnn("relu", "ntp", False, 3), 4, jnp.float64)
    assert [float(scale) for scale in pad.scales] == pytest.approx([36**-0.5, 18**-0.5, 2**-0.5])


@pytest.mark.parametrize(
    ("ratio", "smallest", "rungs"),
    [
        (2, 8, [8, 16, 32, 64, 128, 256]),
        (2, 3, [3, 6, 12, 24]),
        (2**0.5, 8, [8, 12, 16, 24, 32, 48, 64, 92, 128, 184, 256]),
        (1.5, 8, [8, 12, 20, 28, 44]),
    ],
)
def test_bucket_widths_are_the_rungs(ratio: float, smallest: int, rungs: list[int]) -> None:
    for h in range(1, rungs[-1] + 1):
        expected = next(rung for rung in rungs if rung >= h)
        assert bucket_width(h, ratio, smallest) == expected


@given(h=st.integers(1, 10**6), ratio=st.floats(1.01, 8), smallest=st.integers(1, 64))
def test_a_bucket_is_wide_enough_and_its_own_bucket(h: int, ratio: float, smallest: int) -> None:
    H = bucket_width(h, ratio, smallest)
    assert H >= h
    assert bucket_width(H, ratio, smallest) == H


def test_buckets_are_equal_where_their_shapes_are() -> None:
    """They are static under jit: equal ones share the compiled program."""
    wide = bucket(fc("tanh", "mfp", True, 9, 3))
    assert wide == fc("tanh", "mfp", True, (16, 16, 16), 3)
    for net in (fc("tanh", "mfp", True, (10, 16, 9), 3), fc("tanh", "mfp", True, 16, 3)):
        assert bucket(net) == wide
        assert hash(bucket(net)) == hash(wide)
    assert bucket(fc("tanh", "mfp", True, (9, 8, 8), 3)).h == (16, 8, 8)
    assert bucket(cnn("relu", "ntp", False, 5), ratio=2**0.5, smallest=4) == cnn(
        "relu", "ntp", False, 8
    )


class Foreign(Chain):
    """A chain of unknown widths."""


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: bucket_width(0),
        lambda: bucket_width(3, ratio=1),
        lambda: bucket_width(3, ratio=float("nan")),
        lambda: bucket_width(3, smallest=0),
        lambda: bucket(Foreign()),
        lambda: bucket(nn.Dense(3)),
        lambda: bucket(FC(h=0, L=2)),
        lambda: pad_of(FC(h=4, L=2), FC(h=4, L=3), 3, jnp.float64),
        lambda: pad_of(FC(h=4, L=2), CNN(h=4), 3, jnp.float64),
        lambda: pad_of(FC(h=4, L=2), FC(h=4, L=2, bias=True), 3, jnp.float64),
        lambda: pad_of(nn.Dense(3), FC(h=4, L=2), 3, jnp.float64),
        lambda: pad_of(FC(h=5, L=2), FC(h=4, L=2), 3, jnp.float64),
        lambda: pad_of(FC(h=3, L=2), FC(h=4, L=2, parametrisation=MFP), 3, jnp.float64),
        lambda: pad_inputs(jnp.ones((2, 5)), 4),
        lambda: embed({"W": jnp.ones((2, 5))}, {"W": jnp.ones((3, 4))}),
        lambda: embed({"W": jnp.ones((2, 5))}, {"W": jnp.ones((2,))}),
        lambda: embed({"W": jnp.ones((2, 5))}, {"W": jnp.ones((2, 5)), "B": jnp.ones((5,))}),
        lambda: extract({"W": jnp.ones((2, 5))}, {"W": jnp.ones((2, 6))}),
    ],
)
def test_what_cannot_be_padded_is_refused_in_one_line(attempt: Callable[[], Any]) -> None:
    with pytest.raises(BadInput) as refused:
        attempt()
    assert "\n" not in str(refused.value)


def test_a_pad_of_another_depth_is_refused() -> None:
    shallow, deep = FC(h=4, L=1), FC(h=4, L=2)
    x = jnp.ones((1, 4))
    w = gaussian_like(shapes(shallow, x), 1.0, seed=0)
    with pytest.raises(BadInput):
        shallow.apply(w, x, pad_of(deep, deep, 4, x.dtype))
