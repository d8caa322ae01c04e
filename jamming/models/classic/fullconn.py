"""The fully connected network of *Relative stability toward diffeomorphisms*: `FullConn`."""

from jaxtyping import Array, Float

from jamming.checks.arguments import layers, whole
from jamming.models.classic.classifier import Classifier, Steps


class FullConn(Classifier):
    """`depth` hidden layers of `width` neurons each, biases, and a linear last layer.

    L2, L4 and L6 of Petrini et al. (2021), Table 1, of some 200 thousand parameters: four hidden
    layers of 64 have 209,802 for 32x32x3 images. The authors' code counts the last layer, too: what
    is L4 there has three hidden layers, and 205,642 parameters. Inputs [P, ...] of any shape.

    Layers: input, fc1 ... fc<depth>, logits.
    """

    depth: int = 4
    width: int = 64

    def __post_init__(self) -> None:
        self.depth = layers(self.depth)
        self.width = whole("width", self.width)
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        for i in range(1, self.depth + 1):
            z = on.dense(f"fc{i}", z, self.width)
        return on.logits(z)
