"""The wide residual network against SciPy, its published size, and its lazy limit."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import signal

from jamming.checks.errors import BadInput
from jamming.models.activations import activation
from jamming.models.counting import count
from jamming.models.parametrisation import MFP, NTP
from jamming.models.residual import WideResNet
from jamming.training.spec import Job
from jamming.training.train import train

KEY = jax.random.key(5)


def some_weights(net: WideResNet, x: np.ndarray) -> dict[str, np.ndarray]:
    """Arrays of the right shapes, biases not zero."""
    shapes = jax.eval_shape(net.init, KEY, jnp.asarray(x))["params"]
    rng = np.random.default_rng(0)
    return {name: rng.normal(size=leaf.shape) for name, leaf in shapes.items()}


def convolved(z: np.ndarray, W: np.ndarray, B: np.ndarray, stride: int) -> np.ndarray:
    """[H, W, C] images, one by one, by SciPy: full correlation, then every `stride`-th pixel."""
    fan_in = math.prod(W.shape[:-1])
    pad = W.shape[0] // 2
    z = np.pad(z, ((pad, pad), (pad, pad), (0, 0)))
    planes = [
        sum(signal.correlate2d(z[..., i], W[..., i, o], "valid") for i in range(z.shape[-1]))
        for o in range(W.shape[-1])
    ]
    return np.stack(planes, axis=-1)[::stride, ::stride] / math.sqrt(fan_in) + B


def by_scipy(w: dict[str, np.ndarray], x: np.ndarray, blocks: int) -> float:
    def conv(name: str, z: np.ndarray, stride: int = 1) -> np.ndarray:
        return convolved(z, w[name], w[f"B{name}"], stride)

    z, layer = conv("W1", x), 2
    for stage in range(3):
        for k in range(blocks):
            stride = 2 if stage and not k else 1
            branch = conv(f"W{layer}", np.tanh(z))
            branch = conv(f"W{layer + 1}", np.tanh(branch), stride)
            name = f"S{layer + 1}"
            cut = conv(name, z, stride) if name in w else z
            z = math.cos(math.pi / 4) * cut + math.sin(math.pi / 4) * branch
            layer += 2
    last = w[f"W{layer}"][:, 0]
    return float(np.tanh(z).mean(axis=(0, 1)) @ last / math.sqrt(len(last)) + w[f"BW{layer}"][0])


@pytest.mark.parametrize(("blocks", "h", "stem"), [(1, 3, 2), (2, 2, 2)])
def test_it_is_the_network_of_the_formula(blocks: int, h: int, stem: int) -> None:
    """With h = stem the first block's shortcut is the identity; images of odd and unequal sides."""
    net = WideResNet(activation=activation("tanh"), h=h, blocks=blocks, stem=stem)
    x = np.random.default_rng(1).normal(size=(3, 7, 6, 2))
    w = some_weights(net, x)
    assert ("S3" in w) == (h != stem)
    got = jax.jit(net.apply)({"params": jax.tree.map(jnp.asarray, w)}, jnp.asarray(x))
    expected = [by_scipy(w, image, blocks) for image in x]
    np.testing.assert_allclose(got, expected, rtol=1e-11)


def test_28x10_has_the_published_size() -> None:
    """28 convolutions, those of three shortcuts among them, and 36.5 million parameters."""
    net = WideResNet(c=10)
    w = jax.eval_shape(net.init, KEY, jax.ShapeDtypeStruct((1, 32, 32, 3), jnp.float32))
    convolutions = [leaf for leaf in jax.tree.leaves(w) if leaf.ndim == 4]
    assert net.L == 25
    assert len(convolutions) == 28
    assert round(count(w).N / 1e6, 1) == 36.5


@pytest.mark.parametrize("bias", [False, True])
def test_difference_is_that_of_two_networks(bias: bool) -> None:
    net = WideResNet(activation("softplus5", normalised=True), h=3, blocks=1, bias=bias)
    x = jnp.asarray(np.random.default_rng(2).normal(size=(4, 8, 8, 1)))
    w = {"params": jax.tree.map(jnp.asarray, some_weights(net, np.asarray(x)))}
    dw = jax.tree.map(lambda leaf: 1e-2 * leaf[::-1], w)
    moved = jax.tree.map(jnp.add, w, dw)
    apply, difference = jax.jit(net.apply), jax.jit(net.difference)
    np.testing.assert_allclose(
        difference(w, dw, x), apply(moved, x) - apply(w, x), rtol=1e-10, atol=1e-13
    )
    # where single precision could not tell the two networks apart
    tiny = jax.tree.map(lambda leaf: 1e-7 * leaf, dw)
    exact = difference(w, tiny, x)
    single = difference(*(jax.tree.map(lambda a: a.astype(jnp.float32), v) for v in (w, tiny, x)))
    assert single.dtype == jnp.float32
    np.testing.assert_allclose(single, exact, rtol=1e-4)


def test_mfp_is_ntp_with_the_last_layer_over_its_root() -> None:
    """The read-out has 4 h = 16 inputs: equality to the last bit."""
    x = jnp.asarray(np.random.default_rng(3).normal(size=(2, 8, 8, 1)))
    ntp, mfp = (WideResNet(parametrisation=law, h=4, blocks=1) for law in (NTP, MFP))
    w = jax.jit(ntp.init)(KEY, x)
    np.testing.assert_array_equal(jax.jit(ntp.apply)(w, x), 4 * jax.jit(mfp.apply)(w, x))


@pytest.mark.parametrize("sizes", [{"h": 0}, {"blocks": 0}, {"stem": 0}])
def test_impossible_ones_are_refused(sizes: dict[str, int]) -> None:
    with pytest.raises(BadInput, match="at least 1"):
        WideResNet(**sizes).init(KEY, jnp.ones((1, 8, 8, 1)))


def a_job(**changes: object) -> Job:
    chosen = {
        "dataset": "digits",
        "P": 20,
        "widths": (2,) * 7,
        "architecture": "resnet",
        "test_points": 30,
        "activation": "softplus5",
        "normalised": True,
        "parametrisation": "ntp",
        "alpha": 1e6,
        "loss": "soft_hinge",
        "slack": 0.0,
        "dynamics": "flow",
    }
    return Job(**(chosen | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"widths": (2,) * 8}, "6 n \\+ 1"),
        ({"widths": (2,)}, "6 n \\+ 1"),
        ({"widths": (2,) * 6 + (3,)}, "one width"),
        ({"dataset": "digits10pca"}, "no pixels"),
        ({"model_kind": "kernel_infinite", "alpha": None}, "fc alone"),
    ],
)
def test_impossible_jobs_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        a_job(**changes)


@pytest.mark.slow
def test_its_lazy_limit_is_its_frozen_kernel() -> None:
    network, kernel = train([a_job(), a_job(alpha=None, model_kind="kernel_init")])
    assert network.fitted
    assert kernel.fitted
    np.testing.assert_allclose(network.F_test, kernel.F_test, rtol=2e-2, atol=2e-2)
