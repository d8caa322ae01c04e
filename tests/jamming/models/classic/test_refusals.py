"""What is refused, in one line each."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import pytest

from jamming.checks.errors import BadInput
from jamming.models.classic.alexnet import AlexNet
from jamming.models.classic.classifier import layers
from jamming.models.classic.downsampled import DownSampled
from jamming.models.classic.efficientnet import EfficientNet
from jamming.models.classic.fullconn import FullConn
from jamming.models.classic.lenet import LeNet
from jamming.models.classic.names import NAMES, named
from jamming.models.classic.resnet import ResNet
from jamming.models.classic.vgg import VGG
from jamming.models.networks import FC
from tests.made_up.classic import shapes_of, variables_of

KEY = jax.random.key(0)


def said(call: Callable[[], object]) -> str:
    with pytest.raises(BadInput) as refusal:
        call()
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_an_unknown_name_is_told_the_others() -> None:
    message = said(lambda: named("resnet19"))
    assert "'resnet19'" in message
    assert all(name in message for name in NAMES)
    assert "unknown network 3" in said(lambda: named(3))
    message = said(lambda: named("lenet", depth=3))
    assert "option of lenet" in message
    assert all(option in message for option in ("depth", "width", "classes", "pool"))


@pytest.mark.usefixtures("unannotated")
@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda: FullConn(width=0), "width = 0"),
        (lambda: FullConn(width=2.5), "whole"),  # type: ignore[arg-type]
        (lambda: FullConn(0), "depth = 0"),
        (lambda: LeNet(classes=0), "classes = 0"),
        (lambda: LeNet(pool="mean"), "average"),
        (lambda: LeNet(activation="relu"), "no Activation"),  # type: ignore[arg-type]
        (lambda: AlexNet(dropout=1.0), "below 1"),
        (lambda: VGG(12), "11, 13, 16, 19"),
        (lambda: VGG(bn="yes"), "bn = 'yes'"),  # type: ignore[arg-type]
        (lambda: ResNet(20), "18, 34, 50"),
        (lambda: ResNet([18]), "depth = [18]"),  # type: ignore[arg-type]
        (lambda: EfficientNet("b9"), "b0, b1, b2"),
        (lambda: DownSampled(down="mean"), "strided-ReLU"),
        (lambda: DownSampled(()), "blocks"),
        (lambda: DownSampled((2, 32)), "pairs"),  # type: ignore[arg-type]
        (lambda: DownSampled(((2, 0),)), "channels of a block = 0"),
    ],
)  # fmt: skip
def test_impossible_options_are_refused(make: Callable[[], object], part: str) -> None:
    assert part in said(make)


@pytest.mark.parametrize("name", NAMES)
def test_no_network_has_width_0(name: str) -> None:
    assert "width" in said(lambda: named(name, width=0))


@pytest.mark.parametrize(
    ("name", "side", "part"),
    [
        ("lenet", 4, "5x5 finds no room in an image of 4x4"),
        ("lenet", 5, "pool1 halves an image of 1x1"),
        ("alexnet", 8, "pool5"),
        ("vgg11", 28, "pool5 halves an image of 1x1"),
        ("allcnn", 8, "finds no room in an image of 2x2"),
        ("downsampled_cifar", 15, "down4 halves an image of 1x1"),
    ],
)
def test_too_small_images_are_refused(name: str, side: int, part: str) -> None:
    assert part in said(lambda: shapes_of(named(name, width=0.1), 1, side, side, 1))


@pytest.mark.parametrize("down", ["max", "strided", "strided-ReLU"])
def test_one_more_halving_than_there_are_pixels_is_refused(down: str) -> None:
    blocks = ((1, 2),) * 3
    assert shapes_of(DownSampled(blocks, down), 1, 8, 8, 1)
    assert "down3" in said(lambda: shapes_of(DownSampled(blocks, down), 1, 7, 8, 1))


def test_other_images_than_at_the_start_are_refused() -> None:
    lenet, full = LeNet(width=0.2), FullConn(2, 4)
    v = variables_of(lenet, 16, 16, 1)
    assert "LeNet takes images" in said(lambda: lenet.apply(v, jnp.ones((16, 16))))
    assert "real numbers" in said(lambda: lenet.apply(v, jnp.ones((1, 16, 16, 1), complex)))
    assert "conv1" in said(lambda: lenet.apply(v, jnp.ones((1, 16, 16, 3))))
    assert "fc1" in said(lambda: lenet.apply(v, jnp.ones((1, 20, 20, 1))))
    assert "[P, ...]" in said(lambda: full.init(KEY, jnp.ones(3)))
    assert "fc1" in said(lambda: full.apply(variables_of(full, 3), jnp.ones((2, 4))))


def test_impossible_ways_to_apply_are_refused() -> None:
    x = jnp.ones((2, 16, 16, 1))
    net, alex = DownSampled(((1, 2),)), AlexNet(width=0.05)
    v = variables_of(net, 16, 16, 1)
    assert "batch, running" in said(lambda: net.apply(v, x, batch_norm="train"))
    assert "mutable=['batch_stats']" in said(lambda: net.apply(v, x, train=True))
    assert "train = 2" in said(lambda: net.apply(v, x, train=2))
    assert "train" in said(lambda: jax.jit(net.apply)(v, x, True))
    apply = functools.partial(jax.eval_shape, lambda w: alex.apply(w, x, train=True))
    assert "rngs={'dropout': key}" in said(lambda: apply(shapes_of(alex, 1, 16, 16, 1)))
    assert "none of the classic networks" in said(lambda: layers(FC(), v, x))
    assert "batch, running" in said(lambda: layers(net, v, x, batch_norm=1))
