"""VGG for small images (after Simonyan & Zisserman, *Very deep convolutional networks*, 2014)."""

from jaxtyping import Array, Float

from jamming.checks.arguments import flag, whole
from jamming.checks.errors import BadInput
from jamming.models.classic.classifier import Convolutional, Steps

# depth -> convolutions in each of the five blocks
CONVOLUTIONS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


class VGG(Convolutional):
    """Five blocks of convolutions 3x3, each halved by maxima, and one fully connected layer.

    The variant of Petrini et al. (2021), Table 1, with one instead of three fully connected layers.
    `depth` is 11, 13, 16 or 19, which counts those three; `bn` puts batch normalisation between a
    convolution, which keeps its biases, and relu. Parameters of 32x32x3 images and 10 classes with
    `bn`: 9,231,114 (11), 14,728,266 (16), 20,040,522 (19). Images must be of 32x32 at least.

    Layers: input; conv1_1, ..., pool1; conv2_1, ..., pool2; ...; logits.
    """

    depth: int = 16
    bn: bool = False

    def __post_init__(self) -> None:
        self.depth = whole("depth", self.depth)
        if self.depth not in CONVOLUTIONS:
            known = ", ".join(map(str, CONVOLUTIONS))
            raise BadInput(f"VGG has no depth {self.depth}: choose {known}")
        self.bn = flag("bn", self.bn)
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        for i, n in enumerate(CONVOLUTIONS[self.depth], start=1):
            for k in range(1, n + 1):
                channels = self.wide(min(2 ** (i - 1), 8) * 64)
                z = on.conv(f"conv{i}_{k}", z, channels, bias=True, norm=self.bn)
            z = on.pool(f"pool{i}", z)
        return on.logits(z)
