"""Networks against the papers' formulas in NumPy, and the papers' counts of parameters."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.models.counting import count, fractional_widths, n_weights
from jamming.models.networks import CNN, FC
from jamming.models.parametrisation import MFP, NTP, plain
from jamming.models.residual import WideResNet
from jamming.objectives.predictor import predictor

pytestmark = pytest.mark.usefixtures("strict_dtypes")

KEY = jax.random.key(3)
PHI: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "softplus5": lambda z: np.logaddexp(0, 5 * z) / 5,
    "swish": lambda z: z / (1 + np.exp(-z)),
}
LAWS = {"ntp": NTP, "mfp": MFP, "plain": plain("uniform")}


def gaussian(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def some_weights(net: FC | CNN, x: np.ndarray) -> dict[str, np.ndarray]:
    """Arrays of the right shapes, none of them zero."""
    shapes = jax.eval_shape(net.init, KEY, jnp.asarray(x))["params"]
    return {name: gaussian(*leaf.shape, seed=i) for i, (name, leaf) in enumerate(shapes.items())}


def outputs(net: FC | CNN, w: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    params = {"params": jax.tree.map(jnp.asarray, w)}
    return np.asarray(jax.jit(net.apply)(params, jnp.asarray(x)))


def prefactor(law: str, fan_in: int, is_last: bool) -> float:
    if law == "plain":
        return 1.0
    return 1 / fan_in if law == "mfp" and is_last else 1 / math.sqrt(fan_in)


@pytest.mark.parametrize(
    ("d", "h", "L", "c", "N"),
    [
        (51, 51, 3, 1, 7854),
        (62, 62, 2, 1, 7750),
        (40, 40, 5, 1, 8040),
        (10, 14, 5, 1, 938),
        (10, 57, 5, 1, 13623),
        (10, 1265, 5, 1, 6414815),
        (7, 9, 3, 2, 243),
    ],
)
@pytest.mark.parametrize("bias", [False, True])
def test_N_is_the_papers_count_of_weights(
    d: int, h: int, L: int, c: int, N: int, bias: bool
) -> None:
    assert n_weights(d, h, L, c) == N
    net = FC(h=h, L=L, c=c, bias=bias)
    counted = count(jax.eval_shape(net.init, KEY, jnp.ones((1, d))))
    assert counted.N == N
    assert counted.all == N + bias * (L * h + c)


def test_all_parameters_include_the_biases() -> None:
    w = jax.eval_shape(FC(h=51, L=3, bias=True).init, KEY, jnp.ones((1, 51)))
    assert count(w) == (7854, 8008)


@pytest.mark.parametrize("bias", [False, True])
def test_count_of_a_cnn(bias: bool) -> None:
    w = jax.eval_shape(CNN(h=16, c=10, bias=bias).init, KEY, jnp.ones((1, 28, 28, 3)))
    N = 25 * 3 * 16 + 3 * 25 * 16 * 16 + 16 * 10
    assert count(w) == (N, N + bias * (4 * 16 + 10))


@given(h=st.integers(1, 2000), L=st.integers(1, 9))
def test_integer_h_gives_equal_widths(h: int, L: int) -> None:
    assert fractional_widths(float(h), L) == (h,) * L


@given(steps=st.integers(9, 5000), L=st.integers(1, 9))
def test_fractional_widths_follow_the_floor_rule(steps: int, L: int) -> None:
    exact = Fraction(steps, L)
    expected = tuple(math.floor(exact + 1 - Fraction(i, L)) for i in range(1, L + 1))
    assert fractional_widths(steps / L, L) == expected
    assert sum(expected) == steps


@given(steps=st.integers(9, 3000), L=st.integers(1, 9), d=st.integers(1, 800), c=st.integers(1, 10))
def test_N_grows_with_every_fractional_step(steps: int, L: int, d: int, c: int) -> None:
    lower = n_weights(d, fractional_widths(steps / L, L), L, c)
    upper = n_weights(d, fractional_widths((steps + 1) / L, L), L, c)
    assert lower < upper


def test_fractional_widths_build_the_network_they_count() -> None:
    widths = fractional_widths(5 + 1 / 3, 3)
    assert widths == (6, 5, 5)
    w = jax.eval_shape(FC(h=widths, L=3).init, KEY, jnp.ones((2, 4)))
    assert count(w).N == n_weights(4, widths, 3) == 4 * 6 + 6 * 5 + 5 * 5 + 5


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    ("L", "h", "phi", "c"),
    [(1, 7, "softplus5", 3), (2, 7, "tanh", 1), (5, 7, "relu", 1), (3, (4, 6, 5), "swish", 2)],
)
def test_FC_is_the_formula_of_the_papers(
    law: str, bias: bool, L: int, h: int | tuple[int, ...], phi: str, c: int
) -> None:
    x = gaussian(6, 5)
    net = FC(activation=activation(phi), parametrisation=LAWS[law], bias=bias, c=c, h=h, L=L)
    w = some_weights(net, x)
    expected = np.zeros((6, c))
    for row in range(6):
        z = x[row]
        for i in range(1, L + 2):
            W = w[f"W{i}"]
            a = np.array([sum(z * W[:, j]) for j in range(W.shape[1])])
            a = prefactor(law, len(z), i == L + 1) * a
            a = a + (w[f"B{i}"] if bias else 0)
            z = PHI[phi](a)
        expected[row] = a
    got = outputs(net, w, x)
    assert got.shape == ((6,) if c == 1 else (6, c))
    np.testing.assert_allclose(got.reshape(6, c), expected, rtol=1e-11, atol=1e-12)


def slow_convolution(z: np.ndarray, W: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """Cross-correlation, one output pixel after another."""
    z = np.pad(z, ((padding, padding), (padding, padding), (0, 0)))
    k = W.shape[0]
    rows, columns = ((n - k) // stride + 1 for n in z.shape[:2])
    out = np.zeros((rows, columns, W.shape[-1]))
    for r in range(rows):
        for s in range(columns):
            patch = z[r * stride : r * stride + k, s * stride : s * stride + k]
            for j in range(W.shape[-1]):
                out[r, s, j] = (patch * W[..., j]).sum()
    return out


@pytest.mark.parametrize(
    ("law", "bias", "size", "strides", "kernel", "padding", "c"),
    [
        ("ntp", False, (21, 20), (2, 1, 2, 1), 5, 1, 1),  # the defaults
        ("mfp", True, (7, 6), (2, 1, 2, 1), 3, 1, 1),
        ("plain", True, (9, 12), (2, 2, 2), 3, 1, 4),
        ("ntp", True, (5, 5), (1,), 2, 0, 1),
        ("plain", False, (6, 5), (1, 2), 3, 2, 2),
    ],
)
def test_CNN_is_a_convolution_pixel_by_pixel(
    law: str,
    bias: bool,
    size: tuple[int, int],
    strides: tuple[int, ...],
    kernel: int,
    padding: int,
    c: int,
) -> None:
    x = gaussian(2, *size, 3)
    net = CNN(
        activation=activation("tanh"),
        parametrisation=LAWS[law],
        bias=bias,
        c=c,
        h=3,
        strides=strides,
        kernel=kernel,
        padding=padding,
    )
    w = some_weights(net, x)
    expected = np.zeros((2, c))
    for row in range(2):
        z = x[row]
        for i, stride in enumerate(strides, start=1):
            W = w[f"W{i}"]
            a = prefactor(law, kernel**2 * z.shape[-1], False)
            a = a * slow_convolution(z, W, stride, padding)
            z = np.tanh(a + (w[f"B{i}"] if bias else 0))
        last = len(strides) + 1
        out = prefactor(law, 3, True) * z.mean((0, 1)) @ w[f"W{last}"]
        expected[row] = out + (w[f"B{last}"] if bias else 0)
    got = outputs(net, w, x)
    assert got.shape == ((2,) if c == 1 else (2, c))
    np.testing.assert_allclose(got.reshape(2, c), expected, rtol=1e-11, atol=1e-12)


def test_mfp_is_ntp_with_the_last_layer_over_root_h() -> None:
    """h = 64 makes every prefactor a power of two: equality to the last bit."""
    x = jnp.asarray(gaussian(8, 16))
    phi = activation("softplus5", normalised=True)
    ntp, mfp = (FC(activation=phi, parametrisation=law, h=64, L=3) for law in (NTP, MFP))
    w = jax.jit(ntp.init)(KEY, x)
    jax.tree.map(np.testing.assert_array_equal, w, jax.jit(mfp.init)(KEY, x))
    np.testing.assert_array_equal(ntp.apply(w, x), 8 * mfp.apply(w, x))
    dw = jax.tree.map(lambda leaf: 0.1 * leaf**2, w)
    np.testing.assert_array_equal(
        predictor(ntp, w, 0.5)(dw, x),
        predictor(mfp, w, math.sqrt(64) * 0.5)(dw, x),
    )


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
def test_parameters_take_the_dtype_of_the_input(dtype: type) -> None:
    for net, shape in ((FC(h=4, bias=True), (2, 3)), (CNN(h=2, bias=True), (1, 20, 20, 1))):
        x = jax.ShapeDtypeStruct(shape, dtype)
        w = jax.eval_shape(net.init, KEY, x)
        assert {leaf.dtype for leaf in jax.tree.leaves(w)} == {jnp.dtype(dtype)}
        assert jax.eval_shape(net.apply, w, x).dtype == dtype
        assert jax.eval_shape(net.difference, w, w, x).dtype == dtype


def test_equal_networks_are_equal() -> None:
    """They are static under jit: equal configurations must share compiled programs."""
    for kind in (FC, CNN):
        nets = [kind(activation=activation("tanh"), parametrisation=plain(), h=9) for _ in "ab"]
        assert nets[0] == nets[1]
        assert hash(nets[0]) == hash(nets[1])


@pytest.mark.parametrize(
    ("h", "L"), [(0, 3), (100, 0), ((3, 3), 3), ((3, 0, 3), 3), ((), 0), ((), 3)]
)
def test_impossible_widths_are_refused(h: Any, L: int) -> None:
    with pytest.raises(BadInput):
        FC(h=h, L=L).init(KEY, jnp.ones((1, 4)))


@pytest.mark.parametrize("sizes", [{"h": 0}, {"strides": ()}])
def test_impossible_convolutions_are_refused(sizes: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        CNN(**sizes).init(KEY, jnp.ones((1, 28, 28, 1)))


@pytest.mark.usefixtures("unannotated")
@pytest.mark.parametrize("name", ["activation", "parametrisation"])
@pytest.mark.parametrize("kind", [FC, CNN, WideResNet])
def test_activation_and_parametrisation_are_no_names(kind: Any, name: str) -> None:
    with pytest.raises(BadInput, match=f"{name} = 'ntp' is no"):
        kind(**{name: "ntp"})


@pytest.mark.usefixtures("unannotated")
@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (FC, "c", 0),
        (FC, "c", 1.0),
        (CNN, "kernel", 3.0),
        (CNN, "kernel", 0),
        (CNN, "padding", -1),
        (WideResNet, "c", 0),
        (WideResNet, "stem", 2.5),
    ],
)
def test_sizes_are_whole_numbers(kind: Any, name: str, value: Any) -> None:
    with pytest.raises(BadInput, match=f"{name} = "):
        kind(**{name: value})
    assert hash(kind(**{name: np.int64(2)})) == hash(kind(**{name: 2}))


def test_an_image_too_small_for_the_filters_is_refused() -> None:
    """The mean over no pixel at all would be a silent NaN."""
    with pytest.raises(BadInput):
        jax.eval_shape(CNN(h=3).init, KEY, jnp.ones((2, 8, 8, 1)))
