"""The all convolutional network (Springenberg et al., *Striving for simplicity*, 2014)."""

from jaxtyping import Array, Float

from jamming.checks.arguments import flag
from jamming.models.classic.classifier import Convolutional, Steps

# channels, kernel, stride, padding
CONVOLUTIONS = (
    (96, 3, 1, 1),
    (96, 3, 1, 1),
    (96, 3, 2, 1),
    (192, 3, 1, 1),
    (192, 3, 1, 1),
    (192, 3, 2, 1),
    (192, 3, 1, 0),
    (192, 1, 1, 0),
)


class AllCNN(Convolutional):
    """All-CNN-C: convolutions of stride 2 instead of pooling, and 1x1 instead of full connections.

    The last 1x1 convolution gives a score for each class at every pixel; the logits are the means
    of these scores over the image (without the relu that Table 1 of the paper has on the scores).
    With `dropout`, 20 % of the input and half of what each strided convolution gives. 1,369,738
    parameters of images with 3 channels and 10 classes.

    Layers: input, conv1 ... conv8, scores, logits.
    """

    dropout: bool = True

    def __post_init__(self) -> None:
        self.dropout = flag("dropout", self.dropout)
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        z = on.dropout(z, 0.2 * self.dropout)
        for i, (channels, kernel, stride, padding) in enumerate(CONVOLUTIONS, start=1):
            n = self.wide(channels)
            z = on.conv(
                f"conv{i}", z, n, kernel, stride=stride, padding=padding, bias=True, norm=False
            )
            if stride == 2:
                z = on.dropout(z, 0.5 * self.dropout)
        z = on.conv("scores", z, self.classes, 1, bias=True, norm=False, phi=False)
        return on.record("logits", z.mean(axis=(1, 2)))
