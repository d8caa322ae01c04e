"""What networks compute: against SciPy, under translations, in training, and in their blocks."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import signal

from jamming.models.activations import activation
from jamming.models.classic import efficientnet
from jamming.models.classic.alexnet import AlexNet
from jamming.models.classic.allcnn import AllCNN
from jamming.models.classic.classifier import layers
from jamming.models.classic.downsampled import DOWN, DownSampled
from jamming.models.classic.efficientnet import EfficientNet
from jamming.models.classic.lenet import LeNet
from jamming.models.classic.names import named
from jamming.models.classic.resnet import ResNet
from tests.made_up.classic import images, variables_of

KEY = jax.random.key(2)


def changed(v: Any, layer: str, **values: float) -> Any:
    """The variables with the parameters of one layer replaced by constants."""
    new = {key: jnp.full_like(v["params"][layer][key], value) for key, value in values.items()}
    params = v["params"] | {layer: v["params"][layer] | new}
    return dict(v) | {"params": params}


def silent(v: Any) -> Any:
    """The variables without biases and with averages as at the start: zero remains zero."""

    def of(path: tuple[Any, ...], leaf: jax.Array) -> jax.Array:
        rest = {"bias": 0.0, "mean": 0.0, "var": 1.0}
        return jnp.full_like(leaf, rest[path[-1].key]) if path[-1].key in rest else leaf

    return jax.tree.map_with_path(of, v)


def test_lenet_is_that_of_scipy() -> None:
    net = LeNet(activation=activation("tanh"), pool="average", width=0.5)
    v, x = variables_of(net, 20, 20, 2), images(1, 20, 20, 2)
    w = jax.tree.map(np.asarray, v["params"])
    z = np.asarray(x[0])
    for name in ("conv1", "conv2"):
        W, maps = w[name]["kernel"], []
        for m in range(W.shape[-1]):
            planes = (
                signal.correlate2d(z[..., c], W[..., c, m], "valid") for c in range(W.shape[2])
            )
            maps.append(np.tanh(sum(planes) + w[name]["bias"][m]))
        z = np.stack([(a[::2] + a[1::2]) / 2 for a in maps], axis=-1)
        z = (z[:, ::2] + z[:, 1::2]) / 2
    z = z.ravel()
    for name in ("fc1", "fc2"):
        z = np.tanh(z @ w[name]["kernel"] + w[name]["bias"])
    expected = z @ w["logits"]["kernel"] + w["logits"]["bias"]
    np.testing.assert_allclose(jax.jit(net.apply)(v, x)[0], expected, rtol=1e-11, atol=1e-13)


def test_a_shift_of_four_pixels_is_one_pixel_after_two_halvings() -> None:
    """Exactly, of valid convolutions: a window that moves over a larger picture."""
    picture = images(1, 40, 36, 2)
    net = LeNet(width=0.5)
    v = variables_of(net, 36, 36, 2)
    within = jax.jit(lambda x: layers(net, v, x))
    here, there = (within(picture[:, i : i + 36]) for i in (0, 4))
    for name, shift in {"conv1": 4, "pool1": 2, "conv2": 2, "pool2": 1}.items():
        moved, still = np.asarray(there[name][:, :-shift]), np.asarray(here[name][:, shift:])
        np.testing.assert_allclose(moved, still, atol=1e-13)
        assert np.abs(moved).max() > 0.1


@pytest.mark.parametrize("down", DOWN)
def test_global_averages_forget_where_a_pattern_is(down: str) -> None:
    """Far from the border, if it is moved by whole pixels of the last layer, but not by others."""
    net = DownSampled(((1, 3), (1, 4)), down)
    v = silent(variables_of(net, 32, 32, 1))
    pattern = np.zeros((32, 32, 1))
    pattern[10:15, 10:15] = images(5, 5, 1)
    moved = [np.roll(pattern, shift, axis=(0, 1)) for shift in ((0, 0), (4, 0), (4, 8), (1, 0))]
    f = np.asarray(jax.jit(net.apply)(v, jnp.asarray(np.stack(moved))))
    np.testing.assert_allclose(f[1:3], f[[0, 0]], rtol=1e-11, atol=1e-14)
    assert np.abs(f[3] - f[0]).max() > 1e-3 * np.abs(f[0]).max()


def test_scores_of_the_all_convolutional_network_move_with_the_image() -> None:
    net = AllCNN(width=0.05, classes=3)
    v, x = silent(variables_of(net, 32, 32, 1)), np.zeros((2, 32, 32, 1))
    x[0, 12:15, 12:15] = images(3, 3, 1)
    x[1] = np.roll(x[0], 4, axis=0)
    seen = jax.jit(lambda x: layers(net, v, x))(jnp.asarray(x))
    scores = np.asarray(seen["scores"])
    np.testing.assert_allclose(scores[1, 1:], scores[0, :-1], atol=1e-13)
    np.testing.assert_allclose(seen["logits"], scores.mean((1, 2)), rtol=1e-12)
    assert np.abs(scores).max() > 1e-3


def test_statistics_of_batch_normalisation_are_chosen_apart_from_training() -> None:
    net = DownSampled(((1, 4),))
    x = images(6, 8, 8, 2)
    v = jax.jit(net.init)(KEY, x)
    trained, moved = net.apply(v, x, train=True, mutable=["batch_stats"])
    batch, running = (net.apply(v, x, batch_norm=kind) for kind in ("batch", "running"))
    # nothing else depends on training here
    np.testing.assert_array_equal(batch, trained)
    np.testing.assert_array_equal(running, net.apply(v, x))
    np.testing.assert_array_equal(running, net.apply(v, x, train=True, batch_norm="running"))
    # at the start, averages normalise nothing
    assert float(jnp.abs(batch - running).max()) > 0.01
    raised = changed(v, "conv1_1_bn", bias=100.0)  # where relu changes nothing
    spread = {
        kind: np.asarray(layers(net, raised, x, batch_norm=kind)["conv1_1"].std((0, 1, 2)))
        for kind in ("batch", "running")
    }
    np.testing.assert_allclose(spread["batch"], 1, rtol=1e-3)
    assert np.abs(spread["running"] - 1).max() > 0.1
    # which approach the batch in training
    step = jax.jit(lambda stats: net.apply(dict(v) | stats, x, True, mutable=["batch_stats"])[1])
    for _ in range(300):
        moved = step(moved)
    np.testing.assert_allclose(net.apply(dict(v) | moved, x), batch, rtol=1e-9)


def test_dropout_is_off_but_in_training() -> None:
    net = AlexNet(width=0.1)
    v, x = variables_of(net, 16, 16, 1), images(3, 16, 16, 1)
    apply = jax.jit(
        lambda key, train: net.apply(v, x, train, rngs={"dropout": key}), static_argnums=1
    )
    one, other = jax.random.split(KEY)
    first, second = apply(one, True), apply(other, True)
    np.testing.assert_array_equal(first, apply(one, True))
    assert float(jnp.abs(first - second).max()) > 1e-3
    np.testing.assert_array_equal(apply(one, False), apply(other, False))
    none = jax.jit(lambda: net.clone(dropout=0.0).apply(v, x, train=True))()
    np.testing.assert_allclose(apply(one, False), none, rtol=1e-12)


@pytest.mark.parametrize("depth", [18, 50])
def test_a_block_is_its_input_where_the_branch_is_silent(depth: int) -> None:
    """Relu changes nothing: the input is its output already."""
    net = ResNet(depth, width=0.04)
    v, x = variables_of(net, 8, 8, 2), images(2, 8, 8, 2)
    last = "block3_2_conv2" if depth == 18 else "block3_2_conv3"
    v = changed(changed(v, f"{last}_bn", bias=0.0, scale=0.0), last, kernel=0.0)
    seen = jax.jit(lambda v, x: layers(net, v, x))(v, x)
    np.testing.assert_allclose(seen["block3_2"], seen["block3_1"], rtol=1e-13)
    # and else phi(input + branch)
    branch = seen["block2_2_conv2" if depth == 18 else "block2_2_conv3"]
    assert float(branch.min()) < 0
    sum_of_both = jax.nn.relu(seen["block2_1"] + branch)
    np.testing.assert_allclose(seen["block2_2"], sum_of_both, rtol=1e-12)


def test_blocks_of_efficientnet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Depthwise filters, factors between 0 and 1, and in training branches that are left out."""
    monkeypatch.setattr(efficientnet, "STAGES", efficientnet.STAGES[:3])  # its first five blocks
    net = EfficientNet(width=0.1, drop_connect=0.5, activation=activation("tanh"))
    v, x = variables_of(net, 16, 16, 1), images(8, 16, 16, 1)
    seen = jax.jit(lambda v, x: layers(net, v, x))(v, x)
    factor = seen["block2_2_excite"] / seen["block2_2_filter"]
    mean, w = seen["block2_2_filter"].mean((1, 2)), jax.tree.map(np.asarray, v["params"])
    squeeze, gate = (w[f"block2_2_excite_{name}"] for name in ("squeeze", "gate"))
    s = np.tanh(np.asarray(mean) @ squeeze["kernel"] + squeeze["bias"])
    expected = 1 / (1 + np.exp(-(s @ gate["kernel"] + gate["bias"])))
    np.testing.assert_allclose(factor[:, 1, 0], expected, rtol=1e-9)
    np.testing.assert_allclose(factor.std((1, 2)), 0, atol=1e-9)
    assert squeeze["kernel"].shape == (48, 2)  # a quarter of the input of the block
    still = seen["block2_1_project"] + seen["block2_2_project"]
    np.testing.assert_allclose(seen["block2_2"], still, rtol=1e-12, atol=1e-14)

    _, drawn = jax.jit(
        lambda v, x: net.apply(
            v, x, True, "running", rngs={"dropout": KEY}, mutable=["intermediates"]
        )
    )(v, x)
    seen = {name: z for part in drawn["intermediates"]["layers"] for name, z in part.items()}
    added = seen["block3_2"] - seen["block3_1_project"]
    rate = 0.5 * 4 / 5  # of the last block
    share = added / seen["block3_2_project"]
    of_images = np.asarray(share[:, 0, 0, 0])
    np.testing.assert_allclose(share, np.broadcast_to(of_images[:, None, None, None], share.shape),
                               rtol=1e-6, atol=1e-9)  # fmt: skip
    kept = np.isclose(of_images, 1 / (1 - rate), rtol=1e-6)
    assert (kept | (np.abs(of_images) < 1e-9)).all()
    assert 0 < kept.sum() < 8


def test_the_laws_of_initial_weights() -> None:
    """Truncated normal numbers of variance 1 / fan_in; by default uniform ones, biases as well."""
    v = jax.jit(DownSampled(((2, 64),)).init)(KEY, jnp.ones((1, 4, 4, 3)))["params"]
    for name, fan_in in (("conv1_1", 27), ("conv1_2", 576), ("logits", 64)):
        W = np.asarray(v[name]["kernel"]) * fan_in**0.5
        assert W.std() == pytest.approx(1, abs=0.06)
        assert 2.0 < np.abs(W).max() < 2 / 0.879
    v = jax.jit(LeNet().init)(KEY, jnp.ones((1, 16, 16, 3)))["params"]
    for name, fan_in in (("conv1", 75), ("conv2", 150), ("fc1", 16), ("fc2", 120)):
        for leaf in v[name].values():
            assert 0.6 * fan_in**-0.5 < float(jnp.abs(leaf).max()) <= fan_in**-0.5


@pytest.mark.parametrize("name", ["vgg11_bn", "resnet18", "downsampled_cifar"])
def test_single_precision_is_close_to_double(name: str) -> None:
    net = named(name, width=0.05)
    v, x = variables_of(net, 32, 32, 1), images(3, 32, 32, 1)
    single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), v)
    f, g = (jax.jit(net.apply)(w, x) for w in (v, single))
    assert (f.dtype, g.dtype) == (jnp.float64, jnp.float32)
    np.testing.assert_allclose(g, f, atol=1e-4 * float(jnp.abs(f).max()))


def learning() -> tuple[Any, Callable[[Any], Any]]:
    """Weights of a network with maxima and normalisation, and its loss in training."""
    net = DownSampled(((1, 4), (1, 4)), classes=2)
    x, y = images(16, 8, 8, 1), np.arange(16) % 2
    v = jax.jit(net.init)(KEY, x)

    def loss(params: Any) -> Any:
        f, _ = net.apply(dict(v) | {"params": params}, x, True, mutable=["batch_stats"])
        return -jnp.mean(jax.nn.log_softmax(f)[np.arange(16), y])

    return v["params"], loss


def test_a_network_learns_by_gradients() -> None:
    """Through convolutions, normalisation in training, and what a maximum passes on."""
    w, loss = learning()

    @jax.jit
    def step(w: Any) -> Any:
        value, gradient = jax.value_and_grad(loss)(w)
        return value, jax.tree.map(lambda a, g: a - 0.5 * g, w, gradient)

    losses = []
    for _ in range(60):
        value, w = step(w)
        losses.append(float(value))
    assert losses[0] > 0.5
    assert losses[-1] < 0.1


def test_the_gradient_of_a_maximum_is_found_where_rounding_differs() -> None:
    """That of `max` compares its result with operands that XLA computes twice, if asked for less
    optimisation once with fused multiply-adds and once without: it was lost there, or NaN."""
    w, loss = learning()
    for _ in range(3):  # one operation after the other computes each number once
        due = jax.grad(loss)(w)
        got = jax.jit(jax.grad(loss))(w)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-12), got, due)
        w = jax.tree.map(lambda a, g: a - 0.5 * g, w, due)
