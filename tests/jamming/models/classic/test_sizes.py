"""Published numbers of parameters, sizes of feature maps, and names of layers."""

import doctest
import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jamming.models.classic.classifier import layers
from jamming.models.classic.downsampled import DOWN, IMAGENET, DownSampled
from jamming.models.classic.fullconn import FullConn
from jamming.models.classic.names import NAMES, named
from jamming.models.classic.parts import Affine
from jamming.models.networks import Layer
from jamming.models.parametrisation import plain
from tests.made_up.classic import shapes_of

pytestmark = pytest.mark.usefixtures("strict_dtypes")

SMALL, LARGE = (32, 32, 3), (224, 224, 3)


def size(net: Any, image: tuple[int, ...]) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(shapes_of(net, 1, *image)["params"]))


@functools.cache
def found(net: Any, image: tuple[int, ...]) -> Any:
    """The shapes of two images in all layers: images in double, weights in single precision."""
    x, v = (
        jax.ShapeDtypeStruct((2, *image), jnp.float64),
        shapes_of(net, 1, *image, dtype="float32"),
    )
    return jax.eval_shape(lambda v, x: layers(net, v, x), v, x)


@pytest.mark.parametrize(
    ("name", "N"),
    [
        ("fullconn_l4", 209_802),
        ("lenet", 62_006),
        ("alexnet", 23_272_266),
        ("vgg11_bn", 9_231_114),
        ("vgg16_bn", 14_728_266),
        ("vgg19_bn", 20_040_522),
        # two numbers less for each of 4224 channels
        ("vgg16", 14_728_266 - 2 * 4224),
        ("allcnn", 1_369_738),
        ("resnet18", 11_173_962),
        ("resnet34", 21_282_122),
        ("resnet50", 23_520_842),
    ],
)
def test_numbers_of_parameters_are_the_published_ones(name: str, N: int) -> None:
    """Ten classes. VGG: one fully connected layer, convolutions with biases; ResNet: without."""
    assert size(named(name), SMALL) == N


@pytest.mark.parametrize(("scale", "N", "last"), [("b0", 5_288_548, 1280), ("b2", 9_109_994, 1408)])
def test_efficientnets_have_the_published_sizes(scale: str, N: int, last: int) -> None:
    """Strides have no parameters."""
    classes, small = (1000, False) if scale == "b0" else (10, True)
    net = named(f"efficientnet_{scale}", classes=classes, small_images=small)
    assert size(net, SMALL) == N - (1000 - classes) * (last + 1)


def test_sizes_follow_from_channels_classes_and_widths() -> None:
    assert size(named("lenet"), (32, 32, 1)) == 61_706
    assert size(named("resnet18", classes=100), SMALL) == 11_173_962 + 90 * 513
    assert size(FullConn(3), SMALL) == 205_642
    assert size(FullConn(2, width=5, classes=3), (7,)) == 7 * 5 + 5 + 30 + 18
    half = {name: z.shape[-1] for name, z in found(named("vgg11", width=0.5), SMALL).items()}
    assert [half[f"pool{i}"] for i in range(1, 6)] == [32, 64, 128, 256, 256]
    assert found(named("allcnn", width=1e-9), SMALL)["conv8"].shape == (2, 6, 6, 1)


@pytest.mark.parametrize(("k", "H"), [(3, 8), (5, 32), (5, 5)])
def test_convolutions_are_full_same_or_valid(k: int, H: int) -> None:
    """H + k - 1, H and H - k + 1 pixels."""
    for padding, side in ((k - 1, H + k - 1), (k // 2, H), (0, H - k + 1)):
        conv = Affine(Layer((k, k, 2, 4), padding=padding), plain())
        x = jax.ShapeDtypeStruct((1, H, H, 2), jnp.float64)
        shape, _ = jax.eval_shape(conv.init_with_output, jax.random.key(0), x)
        assert shape.shape == (1, side, side, 4)


def test_feature_maps_of_lenet_are_those_of_1998() -> None:
    shapes = {name: z.shape[1:] for name, z in found(named("lenet"), SMALL).items()}
    assert shapes == {
        "input": (32, 32, 3),
        "conv1": (28, 28, 6),
        "pool1": (14, 14, 6),
        "conv2": (10, 10, 16),
        "pool2": (5, 5, 16),
        "fc1": (120,),
        "fc2": (84,),
        "logits": (10,),
    }
    assert np.prod(shapes["pool2"]) == 400


LISTS = {
    "fullconn_l2": "input fc1 fc2 logits",
    "lenet": "input conv1 pool1 conv2 pool2 fc1 fc2 logits",
    "alexnet": "input conv1 pool1 conv2 pool2 conv3 conv4 conv5 pool5 fc1 fc2 logits",
    "vgg11_bn": "input conv1_1 pool1 conv2_1 pool2 conv3_1 conv3_2 pool3 conv4_1 conv4_2 pool4"
    " conv5_1 conv5_2 pool5 logits",
    "allcnn": "input conv1 conv2 conv3 conv4 conv5 conv6 conv7 conv8 scores logits",
    "downsampled_cifar": "input conv1_1 conv1_2 down1 conv2_1 conv2_2 down2 conv3_1 conv3_2 down3"
    " conv4_1 conv4_2 down4",
}


@pytest.mark.parametrize("name", LISTS)
def test_layers_go_from_input_to_output(name: str) -> None:
    assert list(found(named(name), SMALL)) == LISTS[name].split()


def test_layers_of_blocks_come_before_the_block() -> None:
    names = list(found(named("resnet18"), SMALL))
    assert names[:5] == ["input", "conv1", "block1_1_conv1", "block1_1_conv2", "block1_1"]
    assert len(names) == 2 + 8 * 3 + 2
    assert len(found(named("resnet50"), SMALL)) == 2 + 16 * 4 + 2
    names = list(found(named("efficientnet_b0"), SMALL))
    parts = "filter", "excite", "project"
    assert names[:5] == ["input", "conv1", *(f"block1_1_{part}" for part in parts)]
    # 16 blocks, of which one does not expand and 9 add their input
    assert len(names) == 2 + 16 * 3 + 15 + 9 + 3
    assert names[-3:] == ["conv2", "average", "logits"]


@pytest.mark.parametrize("down", DOWN)
def test_the_networks_of_ruderman_et_al_have_the_papers_points(down: str) -> None:
    """For CIFAR-10 the input, 8 convolutions and 4 down-samplings: 13 layers."""
    seen = found(DownSampled(down=down), SMALL)
    assert len(seen) == 13
    assert [seen[f"down{i}"].shape[1:] for i in range(1, 5)] == [
        (16, 16, 32), (8, 8, 64), (4, 4, 128), (2, 2, 256),
    ]  # fmt: skip
    large = found(DownSampled(IMAGENET, down, classes=1000), LARGE)
    assert len(large) == 1 + 13 + 5
    assert large["down5"].shape[1:] == (7, 7, 512)


ONE_OF_EACH = "fullconn_l2 lenet alexnet vgg11_bn allcnn resnet18 efficientnet_b0 downsampled_cifar"


@pytest.mark.parametrize("name", ONE_OF_EACH.split())
def test_every_network_computes_in_the_precision_of_its_weights(name: str) -> None:
    """Which is that of the images that it is made for; others are brought to it."""
    net = named(name)
    double = jax.tree.leaves(shapes_of(net, 1, *SMALL))
    single = found(net, SMALL).values()
    assert {leaf.dtype for leaf in double} == {jnp.dtype("float64")}
    assert {z.dtype for z in single} == {jnp.dtype("float32")}


def test_pixels_may_be_bytes() -> None:
    v, x = shapes_of(named("lenet"), 1, *SMALL), jax.ShapeDtypeStruct((2, *SMALL), jnp.uint8)
    logits = jax.eval_shape(named("lenet").apply, v, x)
    assert (logits.shape, logits.dtype) == ((2, 10), jnp.float64)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_makes_a_network(name: str) -> None:
    net = named(name, classes=7)
    assert net.classes == 7
    assert net == net.clone()
    assert hash(net) == hash(net.clone())


def test_the_example_is_true() -> None:
    given = {"jax": jax, "jnp": jnp, "named": named, "layers": layers}
    example = doctest.DocTestParser().get_doctest(named.__doc__ or "", given, "named", None, None)
    assert doctest.DocTestRunner().run(example) == doctest.TestResults(failed=0, attempted=4)
