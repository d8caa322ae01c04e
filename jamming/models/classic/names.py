"""The classic networks by name: `named`."""

import dataclasses
from typing import Any

from jamming.checks.arguments import one_of
from jamming.models.classic.alexnet import AlexNet
from jamming.models.classic.allcnn import AllCNN
from jamming.models.classic.classifier import Classifier
from jamming.models.classic.downsampled import CIFAR, IMAGENET, DownSampled
from jamming.models.classic.efficientnet import SCALES, EfficientNet
from jamming.models.classic.fullconn import FullConn
from jamming.models.classic.lenet import LeNet
from jamming.models.classic.resnet import BLOCKS, ResNet
from jamming.models.classic.strided import StridedCNN
from jamming.models.classic.vgg import CONVOLUTIONS, VGG
from jamming.models.hierarchical import Hierarchical
from jamming.models.invertible import CouplingNet
from jamming.wavelets import phase_collapse as collapse

NAMES: dict[str, tuple[type[Classifier], dict[str, Any]]] = {
    **{f"fullconn_l{L}": (FullConn, {"depth": L}) for L in (2, 4, 6)},
    "lenet": (LeNet, {}),
    "alexnet": (AlexNet, {}),
    **{f"vgg{L}": (VGG, {"depth": L}) for L in CONVOLUTIONS},
    **{f"vgg{L}_bn": (VGG, {"depth": L, "bn": True}) for L in CONVOLUTIONS},
    "allcnn": (AllCNN, {}),
    "strided": (StridedCNN, {}),
    **{f"resnet{L}": (ResNet, {"depth": L}) for L in BLOCKS},
    **{f"efficientnet_{scale}": (EfficientNet, {"scale": scale}) for scale in SCALES},
    "coupling": (CouplingNet, {}),
    "coupling_residual": (CouplingNet, {"invertible": False}),
    "hierarchical": (Hierarchical, {}),
    "downsampled_cifar": (DownSampled, {"blocks": CIFAR}),
    "downsampled_imagenet": (DownSampled, {"blocks": IMAGENET}),
    "pcscat_digits": (collapse.PhaseCollapse, {"blocks": collapse.DIGITS}),
    "pcscat_mnist": (collapse.PhaseCollapse, {"blocks": collapse.MNIST}),
    "pcscat_cifar10": (collapse.PhaseCollapse, {"blocks": collapse.CIFAR, "L": 8}),
    "pcscat_imagenet": (collapse.PhaseCollapse, {"blocks": collapse.IMAGENET}),
}


def named(name: Any, **options: Any) -> Classifier:
    """The network of this name, one of `NAMES`.

    Args:
        name: fullconn_l4, lenet, alexnet, vgg16, vgg16_bn, allcnn, resnet18, efficientnet_b0, ...
        options: of its class, as classes=100 or width=0.25; they win over those of the name

    Raises:
        BadInput: for an unknown name or option, and as the class.

    Example:
        >>> net = named("lenet", width=0.5)
        >>> variables = jax.jit(net.init)(jax.random.key(0), jnp.ones((1, 28, 28, 1)))
        >>> net.apply(variables, jnp.ones((5, 28, 28, 1))).shape
        (5, 10)
        >>> list(layers(net, variables, jnp.ones((5, 28, 28, 1))))
        ['input', 'conv1', 'pool1', 'conv2', 'pool2', 'fc1', 'fc2', 'logits']
    """
    kind, fixed = NAMES[one_of("network", name, NAMES)]
    known = [f.name for f in dataclasses.fields(kind) if f.name not in ("parent", "name")]
    for option in options:
        one_of(f"option of {name}:", option, known)
    return kind(**(fixed | options))
