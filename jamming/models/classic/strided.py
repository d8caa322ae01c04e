"""A small convolutional network whose convolutions halve the image: `StridedCNN`."""

from jaxtyping import Array, Float

from jamming.checks.arguments import whole
from jamming.checks.errors import BadInput
from jamming.models.classic.classifier import Convolutional, Steps

CHANNELS, STRIDES = (16, 32, 32, 64, 64), (1, 2, 1, 2, 1)


class StridedCNN(Convolutional):
    """Five convolutions 3x3 with batch normalisation and relu, global average, last layer.

    The second and fourth have stride 2; channels are 16, 32, 32, 64 and 64: 70,330 parameters
    of images with one channel and 10 classes. Of the kind of *Relative stability toward
    diffeomorphisms indicates performance in deep nets* (2021), and quick to train on a CPU. Filters
    of the first have `first` pixels a side, an odd number.

    Layers: input, conv1 to conv5, average, logits.
    """

    first: int = 3

    def __post_init__(self) -> None:
        if whole("first", self.first, most=63) % 2 == 0:
            raise BadInput(f"filters of {self.first} pixels have no middle: choose an odd number")
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        for i, (channels, stride) in enumerate(zip(CHANNELS, STRIDES, strict=True), start=1):
            kernel = self.first if i == 1 else 3
            z = on.conv(f"conv{i}", z, self.wide(channels), kernel, stride=stride)
        return on.logits(on.average(z))
