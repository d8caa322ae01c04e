"""Residual networks for small images (He et al., *Deep residual learning*, 2015)."""

from jaxtyping import Array, Float

from jamming.checks.arguments import whole
from jamming.checks.errors import BadInput
from jamming.models.classic.classifier import Convolutional, Steps

# depth -> blocks in each of the four stages
BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}
BOTTLENECKS = (50, 101)


class ResNet(Convolutional):
    """Four stages of residual blocks of 64, 128, 256, 512 channels, global average, last layer.

    As for small images, the first convolution is 3x3 with stride 1, and no maximum follows. A block
    is phi(S z + F(z)): F is two convolutions 3x3, or from depth 50 on a bottleneck 1x1, 3x3, 1x1
    with four times the channels at its end; S is the identity, or where shapes change a 1x1
    convolution. Stages 2 to 4 start with stride 2. Every convolution is followed by batch
    normalisation. `depth` is 18, 34, 50 or 101: 11,173,962, 21,282,122, 23,520,842 and 42,512,970
    parameters of images with 3 channels and 10 classes.

    Layers: input, conv1; for each block, block1_1_conv1, block1_1_conv2 (block1_1_conv3) within the
    branch, before the sum, and block1_1 itself; average, logits.
    """

    depth: int = 18

    def __post_init__(self) -> None:
        self.depth = whole("depth", self.depth)
        if self.depth not in BLOCKS:
            raise BadInput(
                f"ResNet has no depth {self.depth}: choose {', '.join(map(str, BLOCKS))}"
            )
        super().__post_init__()

    def through(self, z: Array, on: Steps) -> Float[Array, "P classes"]:
        z = on.conv("conv1", z, self.wide(64))
        for stage, n in enumerate(BLOCKS[self.depth], start=1):
            for k in range(1, n + 1):
                stride = 2 if stage > 1 and k == 1 else 1
                z = self.block(f"block{stage}_{k}", z, on, self.wide(32 * 2**stage), stride)
        return on.logits(on.average(z))

    def block(self, name: str, z: Array, on: Steps, n: int, stride: int) -> Array:
        """One residual block of n channels within."""
        sizes = [(n, 3, stride), (n, 3, 1)]
        if self.depth in BOTTLENECKS:
            sizes = [(n, 1, 1), (n, 3, stride), (4 * n, 1, 1)]
        end = sizes[-1][0]
        branch = z
        for i, (channels, kernel, step) in enumerate(sizes, start=1):
            branch = on.conv(
                f"{name}_conv{i}", branch, channels, kernel, stride=step, phi=i < len(sizes)
            )
        if stride > 1 or z.shape[-1] != end:
            z = on.conv(f"{name}_shortcut", z, end, 1, stride=stride, phi=False, record=False)
        return on.record(name, self.activation(z + branch))
