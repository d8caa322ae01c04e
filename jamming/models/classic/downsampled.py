"""The networks of Ruderman, Rabinowitz, Morcos & Zoran, *Pooling is neither necessary nor
sufficient for appropriate deformation stability in CNNs*, 2018: `DownSampled`.
"""

from dataclasses import field
from typing import Any

from jaxtyping import Array, Float

from jamming.checks.arguments import one_of, some, whole
from jamming.checks.errors import BadInput
from jamming.models.classic.classifier import Convolutional, Steps
from jamming.models.classic.parts import POOLS, halvable
from jamming.models.parametrisation import Parametrisation, plain

# blocks as (convolutions, channels of each)
CIFAR = ((2, 32), (2, 64), (2, 128), (2, 256))
IMAGENET = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))
DOWN = (*POOLS, "strided", "strided-ReLU")


class DownSampled(Convolutional):
    """Blocks of convolutions 3x3, each halved in one of five ways, global average, last layer.

    Each convolution is followed by batch normalisation and relu. `down` says what halves the image
    after a block: `subsample` keeps the top left of 2x2 pixels, `max` and `average` are their
    maximum and mean, `strided` is a linear 2x2 convolution of stride 2 with biases, and
    `strided-ReLU` is one with batch normalisation and relu instead. `blocks` are (convolutions,
    channels) of each: `CIFAR`, with 1,175,786 parameters of 32x32x3 images, or `IMAGENET`. Weights
    start as truncated normal numbers of variance 1 / fan_in.

    Layers: those that the paper measures, which are the input, conv1_1, conv1_2, down1, conv2_1,
    ..., to the last down-sampling: 13 for `CIFAR`. `apply` gives the logits.
    """

    blocks: tuple[tuple[int, int], ...] = CIFAR
    down: str = "max"
    parametrisation: Parametrisation = field(default=plain("truncated"), kw_only=True)

    def __post_init__(self) -> None:
        self.down = one_of("down", self.down, DOWN)
        self.blocks = some("blocks", tuple(map(_block, self.blocks)))
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        for i, (n, channels) in enumerate(self.blocks, start=1):
            for k in range(1, n + 1):
                z = on.conv(f"conv{i}_{k}", z, self.wide(channels))
            z = self.halved(f"down{i}", z, on)
        return on.logits(z.mean(axis=(1, 2)), record=False)

    def halved(self, name: str, z: Array, on: Steps) -> Array:
        """Images of half the side."""
        if self.down in POOLS:
            return on.pool(name, z, self.down)
        halvable(z, name)
        relu = self.down == "strided-ReLU"
        return on.conv(
            name, z, z.shape[-1], 2, stride=2, padding=0, bias=not relu, norm=relu, phi=relu
        )


def _block(given: Any) -> tuple[int, int]:
    try:
        n, channels = given
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"blocks are pairs (convolutions, channels), as (2, 32), not {given!r}"
        ) from error
    return whole("convolutions of a block", n), whole("channels of a block", channels)
