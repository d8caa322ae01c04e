"""LeNet-5 (LeCun et al., *Gradient-based learning applied to document recognition*, 1998)."""

from jaxtyping import Array, Float

from jamming.checks.arguments import one_of
from jamming.models.classic.classifier import Convolutional, Steps
from jamming.models.classic.parts import POOLS


class LeNet(Convolutional):
    """Two valid convolutions 5x5, each halved, and three fully connected layers: 6-16-120-84.

    By default relu and maxima as in Petrini et al. (2021), Table 1: 62,006 parameters of 32x32x3
    images, whose last feature maps are 16x5x5. ``activation=activation("tanh"), pool="average"`` is
    nearer to 1998; there, feature maps were also connected in part, and averages had weights.

    Layers: input, conv1, pool1, conv2, pool2, fc1, fc2, logits.
    """

    pool: str = "max"

    def __post_init__(self) -> None:
        self.pool = one_of("pool", self.pool, POOLS)
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        for i, channels in enumerate((6, 16), start=1):
            z = on.conv(f"conv{i}", z, self.wide(channels), 5, padding=0, bias=True, norm=False)
            z = on.pool(f"pool{i}", z, self.pool)
        for i, n in enumerate((120, 84), start=1):
            z = on.dense(f"fc{i}", z, self.wide(n))
        return on.logits(z)
