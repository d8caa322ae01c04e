"""A small convolutional network whose convolutions halve the image: `StridedCNN`."""

from jaxtyping import Array, Float

from jamming.models.classic.classifier import Convolutional, Steps

CHANNELS, STRIDES = (16, 32, 32, 64, 64), (1, 2, 1, 2, 1)


class StridedCNN(Convolutional):
    """Five convolutions 3x3 with batch normalisation and relu, global average, last layer.

    The second and fourth have stride 2; channels are 16, 32, 32, 64 and 64: 70,330 parameters
    of images with one channel and 10 classes. Of the kind of *Relative stability toward
    diffeomorphisms indicates performance in deep nets* (2021), and quick to train on a CPU.

    Layers: input, conv1 to conv5, average, logits.
    """

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        for i, (channels, stride) in enumerate(zip(CHANNELS, STRIDES, strict=True), start=1):
            z = on.conv(f"conv{i}", z, self.wide(channels), stride=stride)
        return on.logits(on.average(z))
