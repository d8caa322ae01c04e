"""AlexNet for small images (after Krizhevsky, Sutskever & Hinton, 2012)."""

from jaxtyping import Array, Float

from jamming.checks.arguments import number
from jamming.models.classic.classifier import Convolutional, Steps


class AlexNet(Convolutional):
    """Five convolutions and three fully connected layers, with dropout before the first two.

    As in the code of Petrini et al. (2021) for 32x32 images: all filters are 3x3 (11, 5, 3, 3, 3 in
    2012), the first has stride 2, and maxima halve the image after convolutions 1, 2 and 5.
    23,272,266 parameters of 32x32x3 images and 10 classes ("23 M" in their Table 1).

    Layers: input, conv1, pool1, conv2, pool2, conv3, conv4, conv5, pool5, fc1, fc2, logits.
    """

    dropout: int | float = 0.5

    def __post_init__(self) -> None:
        self.dropout = number("dropout", self.dropout, least=0.0, below=1.0)
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        for i, channels in enumerate((64, 192, 384, 256, 256), start=1):
            n, stride = self.wide(channels), 2 if i == 1 else 1
            z = on.conv(f"conv{i}", z, n, stride=stride, bias=True, norm=False)
            if i in (1, 2, 5):
                z = on.pool(f"pool{i}", z)
        for i in (1, 2):
            z = on.dense(f"fc{i}", on.dropout(z, self.dropout), self.wide(4096))
        return on.logits(z)
